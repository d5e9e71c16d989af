# SPDX-License-Identifier: Apache-2.0
"""Wash sales share by share: each rule is one sentence of the law, one function here.

Every share (or part of one, where splits leave parts) is an object of its own. All
losses are compared with all shares, again after every trade. Nothing is shared with
the package and nothing is quick: it is there to be read beside the regulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from math import prod

ZERO = Fraction(0)
Alike = tuple[Fraction, date, date]  # unit basis, acquired, holding_start


@dataclass(frozen=True)
class Row:
    """One purchase or sale; ``amount`` is what was paid or received in all."""

    account: str
    symbol: str
    day: date
    side: str
    shares: Fraction
    amount: Fraction
    lot_id: str = ""
    purchase_order: int | None = None


@dataclass(frozen=True)
class Split:
    """From ``day`` on, before its trades, one share is ``ratio`` shares."""

    symbol: str
    day: date
    ratio: Fraction


@dataclass(frozen=True)
class People:
    """Who owns an account, which accounts are taxed, which symbols are as one."""

    taxpayer: Mapping[str, str]
    taxable: frozenset[str]
    group: Mapping[str, str]

    def group_of(self, symbol: str) -> str:
        """Return the substantially identical group."""
        return self.group.get(symbol, symbol)


@dataclass(eq=False)
class Share:
    """One share, or one of the equal parts that the ledger is counted in."""

    account: str
    symbol: str
    lot_id: str
    purchase: tuple[object, ...]
    rank: int  # among the purchases of its day, blank before all
    row: int  # of its purchase
    acquired: date
    holding_start: date
    basis: Fraction
    has_replaced: bool = False
    sold: date = date.max  # this and what follows: once sold
    sale: int = -1
    loss: Fraction = ZERO


@dataclass
class Sale:
    """What one sale row comes to."""

    gain: Fraction = ZERO
    disallowed: Fraction = ZERO
    lost: Fraction = ZERO


@dataclass
class Outcome:
    """Each sale row by its number in the ledger, and how many shares are still held."""

    sales: dict[int, Sale] = field(default_factory=dict)
    held: dict[tuple[str, str], dict[Alike, Fraction]] = field(default_factory=dict)


def naive_wash(
    rows: Sequence[Row], people: People, splits: Sequence[Split] = ()
) -> Outcome:
    """Account for all rows: a taxpayer's group of securities knows nothing of others.

    Shares are counted in parts so small that no split leaves a fraction of a part.
    """
    parts = prod(split.ratio.denominator for split in splits)
    outcome = Outcome()
    family = [(people.taxpayer[r.account], people.group_of(r.symbol)) for r in rows]
    for one in dict.fromkeys(family):
        book = _Book(people, parts, outcome.sales)
        own = {number: row for number, row in enumerate(rows) if family[number] == one}
        book.run(own, [s for s in splits if people.group_of(s.symbol) == one[1]])
        for share in book.held:
            held = outcome.held.setdefault((share.account, share.symbol), {})
            alike = (share.basis * parts, share.acquired, share.holding_start)
            held[alike] = held.get(alike, ZERO) + Fraction(1, parts)
    return outcome


class _Book:
    """The shares and open losses of one taxpayer in one group."""

    def __init__(self, people: People, parts: int, sales: dict[int, Sale]) -> None:
        self.people = people
        self.parts = parts
        self.sales = sales
        self.held: list[Share] = []  # by acquired date, then arrival
        self.losses: list[Share] = []  # by sale, then acquisition of what was sold

    def run(self, rows: Mapping[int, Row], splits: Sequence[Split]) -> None:
        """Go through the days; purchases or sales with nothing between are one."""
        for day in sorted({r.day for r in rows.values()} | {s.day for s in splits}):
            for split in splits:
                if split.day == day:
                    self.held = _after_split(self.held, split)
                    self.losses = _after_split(self.losses, split)
            today = [(number, row) for number, row in rows.items() if row.day == day]
            for side, together in groupby(today, key=lambda pair: pair[1].side):
                (self.buy if side == "buy" else self.sell)(dict(together))
                self.wash()

    def buy(self, rows: Mapping[int, Row]) -> None:
        """Add the shares; rows with one purchase order are fills of one purchase."""
        for number, row in rows.items():
            order = row.purchase_order
            fills = (row.account, row.symbol, row.day, order)
            share = Share(
                account=row.account,
                symbol=row.symbol,
                lot_id=row.lot_id,
                purchase=(number,) if order is None else fills,
                rank=0 if order is None else order,
                row=number,
                acquired=row.day,
                holding_start=row.day,
                basis=row.amount / self._count(row),
            )
            self.held += [replace(share) for _ in range(self._count(row))]

    def sell(self, rows: Mapping[int, Row]) -> None:
        """Relieve all rows of one sale, then put its losses in order of acquisition.

        Treas. Reg. § 1.1012-1(c): the lot identified, otherwise first in, first out.
        Treas. Reg. § 1.1091-1(b): losses of one time count as in order of acquisition.
        """
        losses = []
        for number, row in rows.items():
            self.sales[number] = Sale()
            for share in self._relieved(row):
                self.held.remove(share)
                gain = row.amount / self._count(row) - share.basis
                self.sales[number].gain += gain
                if gain < 0 and row.account in self.people.taxable:
                    share.sold, share.sale, share.loss = row.day, number, -gain
                    losses.append(share)
        self.losses += sorted(losses, key=_acquisition)

    def _relieved(self, row: Row) -> list[Share]:
        fits = [
            share
            for share in self.held
            if (share.account, share.symbol) == (row.account, row.symbol)
            and row.lot_id in ("", share.lot_id)
        ]
        assert len(fits) >= self._count(row), f"sold more than held: {row}"
        return fits[: self._count(row)]

    def _count(self, row: Row) -> int:
        count = row.shares * self.parts
        assert count.denominator == 1, f"parts too large for {row}"
        return count.numerator

    def wash(self) -> None:
        """Let each loss, in order, find the first share that replaces what was sold.

        Treas. Reg. § 1.1091-1(b)–(d): losses in the order of disposal, shares in the
        order of acquisition, one share for one share.
        """
        in_order = sorted(self.held, key=_acquisition)
        for old in list(self.losses):
            found = next((new for new in in_order if replaces(new, old)), None)
            if found is not None:
                self.losses.remove(old)
                self._disallow(old, found)

    def _disallow(self, old: Share, new: Share) -> None:
        """Move the loss and the holding period to the replacement share.

        IRC § 1091(d), § 1223(3); Rev. Rul. 2008-5: in a retirement account the loss
        is disallowed all the same and nothing moves.
        """
        new.has_replaced = True
        self.sales[old.sale].disallowed += old.loss
        if new.account in self.people.taxable:
            new.basis += old.loss
            new.holding_start = new.acquired - (old.sold - old.holding_start)
        else:
            self.sales[old.sale].lost += old.loss


def replaces(new: Share, old: Share) -> bool:
    """Return whether a share that is held can replace one sold at a loss.

    IRC § 1091(a): acquired in the 61 days around the sale. Treas. Reg. § 1.1091-1(e):
    not if it has replaced before. Rev. Rul. 56-602: not if of the same purchase.
    """
    return (
        not new.has_replaced
        and abs((new.acquired - old.sold).days) <= 30
        and new.purchase != old.purchase
    )


def _acquisition(share: Share) -> tuple[date, int, int]:
    return share.acquired, share.rank, share.row


def _after_split(shares: Sequence[Share], split: Split) -> list[Share]:
    """Put three parts for each two (or so), which stand side by side and are alike.

    IRC § 307(a): no gain; the basis, or the open loss, is spread over the new shares.
    """
    new, old = split.ratio.numerator, split.ratio.denominator
    done: list[Share] = []
    left = list(shares)
    while left:
        if left[0].symbol != split.symbol:
            done.append(left.pop(0))
            continue
        few, left = left[:old], left[old:]
        assert len(few) == old, "parts too large for this split"
        assert len({astuple(share) for share in few}) == 1, "parts too large"
        basis, loss = few[0].basis * old / new, few[0].loss * old / new
        done += [replace(few[0], basis=basis, loss=loss) for _ in range(new)]
    return done
