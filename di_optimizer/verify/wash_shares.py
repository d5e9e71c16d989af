# SPDX-License-Identifier: Apache-2.0
"""Which of a taxpayer's shares are sold at a loss today, and which replace them.

Read from raw lots, activity and trades, share by share and exact. Where the tables
leave a choice, the side is that on which no wash sale is missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from di_optimizer.account import Account, AccountType, Activity
from di_optimizer.exact import exact
from di_optimizer.market import Market
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.origins import replaces
from di_optimizer.tax.window import in_wash_window
from di_optimizer.trades import Trade

Purchase = tuple[object, ...]
ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Shares of one lot sold at a loss today."""

    account: str
    lot: Lot
    shares: Fraction
    purchase: Purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class Spare:
    """Shares that replace what is sold at a loss today; ``lot_id`` where one is named.

    ``today`` says that they are bought today.
    """

    account: str
    symbol: str
    lot_id: str | None
    shares: Fraction
    acquired: date
    purchase: Purchase
    today: bool = False

    def __str__(self) -> str:
        name = f"lot {self.lot_id} of " if self.lot_id is not None else ""
        bought = "today" if self.today else f"on {self.acquired}"
        return f"{name}{self.symbol} in account {self.account}, bought {bought}"


def group_of(market: Market, symbol: str) -> str:
    """Return what a security is substantially identical with; by default itself."""
    security = market.securities.get(symbol)
    return security.wash_group or symbol if security is not None else symbol


def is_loss(
    gain: Fraction | Decimal, proceeds: Fraction | Decimal, margin: float
) -> bool:
    """Return whether a gain is below its share of the proceeds; exactly there is none.

    Examples
    --------
    >>> [is_loss(Fraction(g), Fraction(100), 0.01) for g in (0, 1)]
    [True, False]
    """
    if not margin:
        return gain < 0
    return Fraction(gain) < Fraction(exact(margin)) * Fraction(proceeds)


def purchases(account: Account) -> dict[str, Purchase]:
    """Return the purchase that each lot is part of, by lot id.

    Lots are of one purchase where the lots or the activity say so; else each lot is
    a purchase of its own (Rev. Rul. 56-602: shares of one never replace each other).
    """
    found: dict[str, Purchase] = {
        row.lot_id: (account.account, row.symbol, row.on, row.purchase_order)
        for row in account.activity
        if row.side == "buy" and row.lot_id is not None
        if row.purchase_order is not None
    }
    for lot in account.lots:
        if lot.purchase:
            found[lot.lot_id] = (account.account, lot.symbol, lot.purchase)
        found.setdefault(lot.lot_id, (account.account, lot.lot_id))
    return found


def sold_by_lot(trades: Iterable[Trade]) -> dict[str, Fraction]:
    """Return the shares sold of each lot."""
    sold: dict[str, Fraction] = {}
    for trade in trades:
        if trade.side == "sell" and trade.lot_id is not None:
            sold[trade.lot_id] = sold.get(trade.lot_id, ZERO) + Fraction(trade.shares)
    return sold


def losses(
    account: Account, trades: Sequence[Trade], market: Market, margin: float = 0.0
) -> list[Loss]:
    """Return today's loss sales of an account, in order of acquisition.

    Outside taxable accounts no loss is ever deducted, so none can be disallowed.
    """
    if account.type is not AccountType.TAXABLE:
        return []
    sold, bought = sold_by_lot(trades), purchases(account)
    return [
        Loss(
            account=account.account,
            lot=lot,
            shares=sold[lot.lot_id],
            purchase=bought[lot.lot_id],
        )
        for lot in in_order(account, (x for x in account.lots if x.lot_id in sold))
        if lot_loses(lot, market, margin)
    ]


def in_order(account: Account, lots: Iterable[Lot]) -> list[Lot]:
    """Return lots in order of acquisition: by date, then by purchase order."""
    ranks = {
        row.lot_id: row.purchase_order or 0
        for row in account.activity
        if row.side == "buy"
    }

    def place(lot: Lot) -> tuple[object, ...]:
        return lot.acquired, ranks.get(lot.lot_id, 0), lot.symbol, lot.lot_id

    return sorted(lots, key=place)


def lot_loses(lot: Lot, market: Market, margin: float) -> bool:
    """Return whether a sale of a lot at the market price is a loss sale."""
    proceeds = Fraction(lot.shares) * Fraction(market.price(lot.symbol))
    return is_loss(proceeds - Fraction(lot.cost_basis), proceeds, margin)


def recent(
    account: Account, on: date, sold: Mapping[str, Fraction] | None = None
) -> list[Spare]:
    """Return what is kept of the lots that can replace, in order of acquisition.

    Bought in the window and not replaced with before: each share replaces once.
    """
    gone = sold or {}
    fresh = [lot for lot in account.lots if in_wash_window(on, lot.acquired)]
    if not fresh:
        return []
    bought = purchases(account)
    found = [
        Spare(
            account=account.account,
            symbol=lot.symbol,
            lot_id=lot.lot_id,
            shares=Fraction(lot.shares) - gone.get(lot.lot_id, ZERO),
            acquired=lot.acquired,
            purchase=bought[lot.lot_id],
        )
        for lot in in_order(account, fresh)
        if not lot.replacement and replaces(lot.origin)
    ]
    return [spare for spare in found if spare.shares > 0]


def unnamed(account: Account, on: date) -> Iterator[Spare]:
    """Yield what is left of purchases in the window without a lot in the account.

    Accounts elsewhere are known by their activity alone; positions held untraded
    have no lots either.
    """
    named = {lot.symbol for lot in account.lots}
    rows = [r for r in account.activity if r.symbol not in named and r.on <= on]
    rows = [row for row in rows if in_wash_window(on, row.on)]
    for number, (row, shares) in enumerate(left_of(rows)):
        if shares > 0:
            yield Spare(
                account=account.account,
                symbol=row.symbol,
                lot_id=row.lot_id,
                shares=shares,
                acquired=row.on,
                purchase=(account.account, row.symbol, row.on, "row", number),
            )


def left_of(rows: Iterable[Activity]) -> list[tuple[Activity, Fraction]]:
    """Return purchases by date with what later sales leave of them, first in first out.

    A sale that names a lot takes of that one alone, any other of earlier days.
    """
    dated = sorted(rows, key=lambda row: row.on)
    bought = [row for row in dated if row.side == "buy"]
    left = [Fraction(row.shares) for row in bought]
    for sale in (row for row in dated if row.side == "sell"):
        open_shares = Fraction(sale.shares)
        for i, row in enumerate(bought):
            if takes_from(sale, row):
                taken = min(open_shares, left[i])
                left[i], open_shares = left[i] - taken, open_shares - taken
    return list(zip(bought, left, strict=True))


def takes_from(sale: Activity, row: Activity) -> bool:
    """Return whether a sale can have sold shares of a purchase."""
    if sale.symbol != row.symbol:
        return False
    if sale.lot_id is None:
        return row.on < sale.on
    return row.lot_id == sale.lot_id and row.on <= sale.on


def bought_today(account: Account, trades: Iterable[Trade], on: date) -> list[Spare]:
    """Return today's purchases of an account."""
    return [
        Spare(
            account=account.account,
            symbol=trade.symbol,
            lot_id=None,
            shares=Fraction(trade.shares),
            acquired=on,
            purchase=(account.account, trade.symbol, on, "today"),
            today=True,
        )
        for trade in sorted(trades, key=lambda trade: trade.symbol)
        if trade.side == "buy"
    ]
