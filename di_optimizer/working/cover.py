# SPDX-License-Identifier: Apache-2.0
"""Outstanding sales under the start "present": they count as far as they are needed.

What they bring is no available cash, and no purchase makes up for them. But where the
account has to sell the same security, they come first: a plan without them says how
much it would sell, and that much of them is taken as done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from di_optimizer.account import Account, Outstanding, Restriction
from di_optimizer.exact import ZERO
from di_optimizer.market import Market
from di_optimizer.trades import Trade
from di_optimizer.working.apply import closure, moved
from di_optimizer.working.lots import first_of, without
from di_optimizer.working.terms import part_of


def pending(account: Account) -> tuple[Outstanding, ...]:
    """Return the outstanding sales of which nothing is counted yet."""
    return tuple(
        item
        for item in account.outstanding
        if item.order.side == "sell" and item.counted == 0
    )


def covered(account: Account, trades: Iterable[Trade], market: Market) -> Account:
    """Return the account with its pending sales as far as a plan would sell anyway.

    What is counted is as if done at the order's own terms, and not bought back. Where
    a part is not needed, no more is sold of the security: new = max(0, need − what is
    outstanding). Where nothing is needed of any, the same account.

    Parameters
    ----------
    trades : iterable of Trade
        Of a plan of this account.
    """
    items = _with_need(account, trades)
    if items == account.outstanding:
        return account
    waiting = {item.order.order_id for item in pending(account)}
    chosen = [item for item in items if item.order.order_id in waiting]
    cash = account.cash
    for item in chosen:
        cash = moved(cash, _cash(item), market.paid_in(item.order.symbol))
    takes = [take for item in chosen for take in first_of(item.lots, item.counted)]
    rules = [rule for item in chosen for rule in _closures(item)]
    return replace(
        account,
        lots=tuple(without(account.lots, takes)),
        cash=cash,
        restrictions=(*account.restrictions, *rules),
        outstanding=items,
    )


def _with_need(account: Account, trades: Iterable[Trade]) -> tuple[Outstanding, ...]:
    need: dict[str, Decimal] = {}
    for trade in trades:
        if trade.side == "sell":
            need[trade.symbol] = need.get(trade.symbol, ZERO) + trade.shares
    waiting, found = pending(account), []
    for item in account.outstanding:
        if item in waiting:
            used = min(need.get(item.order.symbol, ZERO), item.shares)
            need[item.order.symbol] = need.get(item.order.symbol, ZERO) - used
            found.append(replace(item, counted=used))
        else:
            found.append(item)
    return tuple(found)


def _cash(item: Outstanding) -> Decimal:
    return part_of(item.cash, item.counted, item.shares)


def _closures(item: Outstanding) -> list[Restriction]:
    kinds = ["no_sell"] if item.counted < item.shares else []
    kinds += ["no_buy"] if item.counted > 0 else []
    return [closure(kind, item) for kind in kinds]
