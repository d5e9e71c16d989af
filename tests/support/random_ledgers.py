# SPDX-License-Identifier: Apache-2.0
"""Random ledgers in which wash sales are frequent and nothing is sold short.

Three accounts and two retirement accounts of two people, two symbols that are
substantially identical and one that is not; days around the edges of the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from support.naive_wash import People, Row, Split

TYPE = {
    "A1": "taxable",
    "A2": "taxable",
    "IRA": "tax_deferred",
    "ROTH": "exempt",
    "B1": "taxable",
}
TAXPAYER = {account: "bob" if account == "B1" else "ann" for account in TYPE}
GROUP = {"XXX": "X or Y", "YYY": "X or Y"}
PEOPLE = People(
    TAXPAYER, frozenset(name for name, kind in TYPE.items() if kind == "taxable"), GROUP
)

STARTS = [date(2024, 1, 29), date(2023, 1, 30), date(2023, 2, 27), date(2023, 12, 30)]
SHORT_DECIMALS = [Fraction(2), Fraction(3, 2), Fraction(1, 2)]
ALL_RATIOS = [*SHORT_DECIMALS, Fraction(4, 3), Fraction(1, 3)]


@dataclass(frozen=True)
class World:
    """What a ledger is drawn from: the narrower, the more its trades meet."""

    accounts: tuple[str, ...]
    symbols: tuple[str, ...]
    gaps: tuple[int, ...]
    orders: tuple[int | None, ...]
    cents: int = 1


ALL_ACCOUNTS = ("A1", "A1", "A1", "A2", "IRA", "ROTH", "B1")
WORLDS = st.builds(
    World,
    accounts=st.sampled_from(
        [("A1",), ("A1", "A2"), ("A1", "A1", "IRA"), ALL_ACCOUNTS]
    ),
    symbols=st.sampled_from([("XXX",), ("XXX", "YYY"), ("XXX", "XXX", "YYY", "ZZZ")]),
    gaps=st.sampled_from([(0, 0, 0, 1), (0, 0, 1, 5, 10), (0, 1, 29, 30, 31, 335)]),
    orders=st.sampled_from([(None,), (1,), (1, 2), (None, 1, 2)]),
)


@dataclass(frozen=True)
class Case:
    """Trades by date, and splits, each before the trades of its day."""

    rows: list[Row]
    splits: list[Split]

    def part(self, first: date, last: date) -> Case:
        """Return what happens on the days from ``first`` to ``last``."""
        return Case(
            [row for row in self.rows if first <= row.day <= last],
            [split for split in self.splits if first <= split.day <= last],
        )


@dataclass
class Shelf:
    """What each account holds, lot by lot, first bought first."""

    lots: dict[tuple[str, str], list[tuple[str, Fraction]]] = field(
        default_factory=dict
    )

    def trade(self, row: Row) -> None:
        """Put shares there, or take them away."""
        lots = self.lots.setdefault((row.account, row.symbol), [])
        if row.side == "buy":
            lots.append((row.lot_id, row.shares))
            return
        left, kept = row.shares, []
        for lot_id, shares in lots:
            taken = min(left, shares) if row.lot_id in ("", lot_id) else Fraction(0)
            left -= taken
            kept += [(lot_id, shares - taken)] if shares > taken else []
        lots[:] = kept

    def split(self, split: Split) -> None:
        """Multiply the shares."""
        for (_, symbol), lots in self.lots.items():
            if symbol == split.symbol:
                lots[:] = [(lot_id, n * split.ratio) for lot_id, n in lots]


@st.composite
def cases(draw: st.DrawFn, *, cents: int, ratios: Sequence[Fraction]) -> Case:
    """Draw a ledger; prices are multiples of ``cents``.

    With 144 every amount of every part is in whole cents, two splits included.
    """
    world = replace(draw(WORLDS), cents=cents)
    day = draw(st.sampled_from(STARTS))
    shelf, rows, splits = Shelf(), [], []
    for number in range(draw(st.integers(5, 18))):
        gap = draw(st.sampled_from(world.gaps))
        day += timedelta(days=gap)
        if gap and len(splits) < 2 and not draw(st.integers(0, 3)):
            split = Split(
                symbol=draw(st.sampled_from(world.symbols)),
                day=day - timedelta(days=draw(st.integers(0, gap - 1))),
                ratio=draw(st.sampled_from(ratios)),
            )
            splits.append(split)
            shelf.split(split)
        row = _sale(draw, world, shelf, day) or _purchase(draw, world, number, day)
        shelf.trade(row)
        rows.append(row)
    return Case(rows, splits)


def _price(draw: st.DrawFn, cents: int, lowest: int, highest: int) -> Fraction:
    return Fraction(draw(st.integers(lowest // cents, highest // cents)) * cents, 100)


def _purchase(draw: st.DrawFn, world: World, number: int, day: date) -> Row:
    shares = Fraction(draw(st.integers(1, 5)))
    return Row(
        account=draw(st.sampled_from(world.accounts)),
        symbol=draw(st.sampled_from(world.symbols)),
        day=day,
        side="buy",
        shares=shares,
        amount=shares * _price(draw, world.cents, 1000, 2000),
        lot_id=f"L{number}" if draw(st.booleans()) else "",
        purchase_order=draw(st.sampled_from(world.orders)),
    )


def _sale(draw: st.DrawFn, world: World, shelf: Shelf, day: date) -> Row | None:
    held = [key for key, lots in shelf.lots.items() if lots]
    if not held or draw(st.booleans()):
        return None
    account, symbol = draw(st.sampled_from(held))
    lots = shelf.lots[account, symbol]
    names = ["", *sorted({lot_id for lot_id, _ in lots if lot_id})]
    lot_id = draw(st.sampled_from(names))
    there = sum(shares for name, shares in lots if lot_id in ("", name))
    shares = min(there, Fraction(draw(st.integers(1, 8))))
    amount = shares * _price(draw, world.cents, 500, 1600)
    return Row(account, symbol, day, "sell", shares, amount, lot_id)
