# SPDX-License-Identifier: Apache-2.0
"""Sales at a loss that close their groups: past ones, and those planned for today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from di_optimizer.account import Account, AccountType, Activity
from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.window import free_from
from di_optimizer.trades import Trade
from di_optimizer.wash_facts.rules import View, group_of, is_loss
from di_optimizer.wash_facts.values import LossSale


def loss_sales(account: Account, view: View) -> Iterator[LossSale]:
    """Yield the loss sales of a taxable account in reach, past and planned."""
    if account.type is not AccountType.TAXABLE:
        return
    for row in account.activity:
        if row.side == "sell" and view.in_reach(row.on) and _lost(row, view):
            yield _sale(account, row.symbol, row.on, row.shares, view)
    lots = {lot.lot_id: lot for lot in account.lots}
    for trade in view.planned.get(account.account, ()):
        if trade.side == "sell" and _planned_loss(trade, lots, view):
            yield _sale(account, trade.symbol, None, trade.shares, view)


def _lost(row: Activity, view: View) -> bool:
    gain = row.realised_gain
    return gain is None or is_loss(gain, row.amount, view.wash)


def _planned_loss(trade: Trade, lots: Mapping[str, Lot], view: View) -> bool:
    """Judge by the lot, exact: a trade's gain is rounded and hides half a cent."""
    lot = lots.get(trade.lot_id or "")
    if lot is None:
        gain = trade.realised_gain
        return gain is None or is_loss(gain, trade.amount, view.wash)
    gained = gain_of(lot, trade.shares, trade.price)
    return is_loss(gained, trade.shares * trade.price, view.wash)


def _sale(
    account: Account, symbol: str, on: date | None, shares: Decimal, view: View
) -> LossSale:
    """Return a loss sale; without a date it is planned for today."""
    day = view.on if on is None else on
    return LossSale(
        account=account.account,
        symbol=symbol,
        group=group_of(view.market, symbol),
        on=day,
        shares=shares,
        source="planned" if on is None else "activity",
        free=free_from(day),
    )
