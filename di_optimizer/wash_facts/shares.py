# SPDX-License-Identifier: Apache-2.0
"""Shares that replace what is sold at a loss: lots, bare activity, planned buys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from di_optimizer.account import Account, AccountType, Activity
from di_optimizer.exact import ZERO
from di_optimizer.tax.origins import replaces
from di_optimizer.wash_facts.rules import View, group_of, purchases_of
from di_optimizer.wash_facts.values import Recent


def recent_lots(account: Account, view: View) -> Iterator[Recent]:
    """Yield the lots bought in reach whose shares have not replaced any yet."""
    purchases = purchases_of(account)
    for lot in account.lots:
        if not view.in_reach(lot.acquired) or not replaces(lot.origin):
            continue
        if not lot.replacement:
            yield Recent(
                account=account.account,
                symbol=lot.symbol,
                group=group_of(view.market, lot.symbol),
                lot_id=lot.lot_id,
                shares=lot.shares,
                acquired=lot.acquired,
                purchase=purchases[lot.lot_id],
                deferred=account.type is not AccountType.TAXABLE,
            )


def unnamed(account: Account, view: View) -> Iterator[Recent]:
    """Yield purchases in reach of securities of which the account has no lots.

    An outside account may be known by its activity alone, and so are positions that
    are held untraded.
    """
    held = {lot.symbol for lot in account.lots}
    rows = [r for r in account.activity if r.symbol not in held and view.in_reach(r.on)]
    buys = [row for row in rows if row.side == "buy"]
    sales = [row for row in rows if row.side == "sell"]
    for row, left in zip(buys, _left(buys, sales), strict=True):
        if left > ZERO:
            yield _bought(account, row.symbol, row.on, left, view)


def _left(buys: list[Activity], sales: list[Activity]) -> list[Decimal]:
    """Return what later sales leave of each purchase, first in first out.

    A sale that names a lot takes from that lot alone; one that does not takes from
    purchases of earlier days.
    """
    left = [row.shares for row in buys]
    for sale in sorted(sales, key=lambda row: row.on):
        need = sale.shares
        for number, buy in sorted(enumerate(buys), key=lambda pair: pair[1].on):
            if _may_come_from(sale, buy):
                taken = min(need, left[number])
                left[number] -= taken
                need -= taken
    return left


def _may_come_from(sale: Activity, buy: Activity) -> bool:
    if sale.symbol != buy.symbol:
        return False
    if sale.lot_id is not None:
        return sale.lot_id == buy.lot_id and buy.on <= sale.on
    return buy.on < sale.on


def planned_buys(account: Account, view: View) -> Iterator[Recent]:
    """Yield what an account plans to buy today."""
    for trade in view.planned.get(account.account, ()):
        if trade.side == "buy":
            yield _bought(account, trade.symbol, view.on, trade.shares, view)


def _bought(
    account: Account, symbol: str, on: date, shares: Decimal, view: View
) -> Recent:
    return Recent(
        account=account.account,
        symbol=symbol,
        group=group_of(view.market, symbol),
        lot_id=None,
        shares=shares,
        acquired=on,
        purchase=f"bought {on}",
        deferred=account.type is not AccountType.TAXABLE,
    )
