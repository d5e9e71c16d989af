# SPDX-License-Identifier: Apache-2.0
"""A random case through the package's ledger, in the words of the share-by-share one.

Results come either from inside, where lots are exact, or from the tables that a user
gets. What is shown is read back digit by digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from di_optimizer.exact import exact
from di_optimizer.tax.actions import Action
from di_optimizer.tax.actions.action import Kind
from di_optimizer.tax.ledger import Batch, Ledger, LedgerState, Setting, Trade, process
from di_optimizer.tax.ledger.rounding import BILLIONTHS, CENTS
from di_optimizer.wash import WashSales, wash_sales
from support.naive_wash import Alike, Row, Sale, Split
from support.random_ledgers import GROUP, PEOPLE, TAXPAYER, TYPE, Case

SETTING = Setting(
    taxpayers=TAXPAYER, untaxed=frozenset(TYPE) - PEOPLE.taxable, groups=GROUP
)
ACCOUNTS = pd.DataFrame(
    [(name, TAXPAYER[name], kind) for name, kind in TYPE.items()],
    columns=["account", "taxpayer", "type"],
)
SECURITIES = pd.DataFrame(list(GROUP.items()), columns=["symbol", "wash_group"])
ACTION = ["date", "symbol", "kind", "new_shares", "old_shares"]
LOT = ["account", "symbol", "shares", "cost_basis", "acquired", "holding_start"]
PIECE = ["account", "sold", "shares", "gain", "disallowed", "lost"]

Piece = tuple[str, date, Fraction, Fraction, Fraction, Fraction]  # as in PIECE
Held = Mapping[tuple[str, str], Mapping[Alike, Fraction]]


def inside(
    case: Case, state: LedgerState | None = None, setting: Setting = SETTING
) -> Ledger:
    """Process a case with everything exact."""
    state = state or LedgerState()
    trades: dict[str, list[Trade]] = {}
    for number, row in enumerate(case.rows, start=state.rows):
        person = setting.taxpayer(row.account)
        trades.setdefault(person, []).append(_trade(number, row))
    actions = [
        Action(on=s.day, symbol=s.symbol, kind=_kind(s), ratio=s.ratio)
        for s in sorted(case.splits, key=lambda split: split.day)
    ]
    last = max((event.day for event in (*case.rows, *case.splits)), default=None)
    batch = Batch(trades=trades, actions=actions, rows=len(case.rows), through=last)
    return process(batch, state, setting)


def _trade(number: int, row: Row) -> Trade:
    return Trade(
        row=number,
        arrival=number,
        account=row.account,
        symbol=row.symbol,
        on=row.day,
        is_sale=row.side == "sell",
        shares=row.shares,
        amount=row.amount,
        lot_id=row.lot_id,
        order=row.purchase_order,
    )


def _kind(split: Split) -> Kind:
    return Kind.SPLIT if split.ratio > 1 else Kind.REVERSE_SPLIT


def by_tables(case: Case) -> WashSales:
    """Process a case as a user does."""
    trades = pd.DataFrame([vars(row) for row in case.rows])
    trades = trades.rename(columns={"day": "date"}).astype(
        {"date": "datetime64[s]", "shares": float, "amount": float}
    )
    splits = [
        (pd.Timestamp(s.day), s.symbol, _kind(s).value, *s.ratio.as_integer_ratio())
        for s in case.splits
    ]
    return wash_sales(
        trades,
        accounts=ACCOUNTS,
        securities=SECURITIES,
        actions=pd.DataFrame(splits, columns=ACTION),
    )


def in_sales(pieces: Iterable[Piece], rows: Sequence[Row]) -> dict[int, list[Piece]]:
    """Return the pieces of each sale; those of an account and day are in its order."""
    waiting = {n: row.shares for n, row in enumerate(rows) if row.side == "sell"}
    found: dict[int, list[Piece]] = {number: [] for number in waiting}
    for piece in pieces:
        place, shares = piece[:2], piece[2]
        number = next(n for n in waiting if (rows[n].account, rows[n].day) == place)
        found[number].append(piece)
        waiting[number] -= shares
        if abs(waiting[number]) < Fraction(1, 10**6):
            del waiting[number]
    assert not waiting, "sales without all their pieces"
    return found


def summed(pieces: Iterable[Piece]) -> Sale:
    """Return what the pieces of a sale come to."""
    *_, gain, disallowed, lost = zip(*pieces, strict=True)
    return Sale(*(sum(column, Fraction(0)) for column in (gain, disallowed, lost)))


def pieces_inside(ledger: Ledger) -> list[Piece]:
    """Return gain rows, in cents and billionths of a share as they will be shown."""
    return [
        (
            row.account,
            row.sold,
            Fraction(row.shares, BILLIONTHS),
            Fraction(row.gain, CENTS),
            Fraction(row.disallowed, CENTS),
            Fraction(row.lost, CENTS),
        )
        for row in ledger.gains
    ]


def pieces_shown(gains: pd.DataFrame) -> list[Piece]:
    """Return the rows of the gains table."""
    return [
        (account, sold.date(), *(Fraction(exact(number)) for number in numbers))
        for account, sold, *numbers in gains[PIECE].itertuples(index=False)
    ]


def held_inside(ledger: Ledger) -> Held:
    """Return the open lots, exact."""
    holdings = (lot.holding for lot in ledger.lots)
    return _together(tuple(getattr(lot, name) for name in LOT) for lot in holdings)


def held_shown(lots: pd.DataFrame) -> Held:
    """Return the rows of the lots table."""
    return _together(
        (*place, Fraction(exact(shares)), Fraction(exact(basis)), *_dates(days))
        for *place, shares, basis, bought, start in lots[LOT].itertuples(index=False)
        for days in [(bought, start)]
    )


def _dates(days: Iterable[pd.Timestamp]) -> list[date]:
    return [day.date() for day in days]


def _together(lots: Iterable[tuple[Any, ...]]) -> Held:
    """Add up the shares that are alike."""
    held: dict[tuple[str, str], dict[Alike, Fraction]] = {}
    for account, symbol, shares, basis, acquired, start in lots:
        place = held.setdefault((account, symbol), {})
        alike = basis / shares, acquired, start
        place[alike] = place.get(alike, Fraction(0)) + shares
    return held
