# SPDX-License-Identifier: Apache-2.0
"""Whether an account beside its working orders follows from the one of the tables.

Shares, cash, flows and basis are added up again from the orders, in plain fractions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from di_optimizer.account import Account, WorkingOrder
from di_optimizer.exact import exact
from di_optimizer.tax.lots import Lot
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case, nearest_cent, next_cent

NONE = Fraction(0)
CENT = Fraction(1, 100)


def check_working(case: Case, _books: Books) -> list[str]:
    """Positions and cash are those of the tables and what orders make of them."""
    raw = case.account.received
    if raw is None:
        return []
    later = {o.order_id: o for o in raw.working_orders if o.status != "open"}
    counted = {
        item.order.order_id: Fraction(item.counted) for item in case.account.outstanding
    }
    if later.keys() != counted.keys():
        found = f"working orders {sorted(counted)} that stay"
        return [case.says(found, f"{sorted(later)}, all that are not open")]
    return [
        *_counted(case, later, counted),
        *_shares(case, raw, later, counted),
        *_money(case, raw, later, counted),
        *_lots(case, raw, later),
        *_closures(case, later, counted),
    ]


Orders = Mapping[str, WorkingOrder]
Counted = Mapping[str, Fraction]


def unit(case: Case, order: WorkingOrder) -> Fraction:
    """Return what a share comes to at the order's own price."""
    security = case.market.securities.get(order.symbol)
    price = order.limit_price
    if price is None:
        price = case.market.quotes[order.symbol].price
    many = Fraction(1) if security is None else Fraction(security.multiplier)
    return Fraction(price) * many


def ordered(case: Case, order: WorkingOrder) -> Fraction:
    """Return the shares of an order; of money those that it pays for."""
    if order.side in ("deposit", "withdraw"):
        return NONE
    if order.shares is not None:
        return Fraction(order.shares)
    parts = 10**9 if case.account.fractional else 1
    money = Fraction(order.amount or 0)
    return Fraction(math.floor(money / unit(case, order) * parts), parts)


def cash_effect(case: Case, order: WorkingOrder) -> Fraction:
    """Return by how much an order changes cash once it is done, costs included."""
    if order.side in ("deposit", "withdraw"):
        money = Fraction(order.amount or 0)
        return money if order.side == "deposit" else -money
    value = Fraction(nearest_cent(ordered(case, order) * unit(case, order)))
    if order.amount is not None and case.account.fractional:
        value = Fraction(order.amount)
    trading = case.policy.trading
    half = Fraction(case.market.half_spread(order.symbol, trading.spread_bp))
    cost = Fraction(next_cent(value * half + Fraction(exact(trading.ticket))))
    security = case.market.securities.get(order.symbol)
    if security is not None and security.type == "future":
        pays = order.side == "buy" and trading.futures_cost == "immediate"
        return -cost if pays else NONE
    return value - cost if order.side == "sell" else -value - cost


def _counted(case: Case, later: Orders, counted: Counted) -> Iterator[str]:
    """Purchases count whole, sales from 0 to all, and all where that is expected."""
    expected = case.policy.working.start == "expected"
    for name, order in later.items():
        most = ordered(case, order)
        least = most if expected or order.side == "buy" else NONE
        if not least <= counted[name] <= most:
            found = f"{float(counted[name]):g} shares of working order '{name}' counted"
            yield case.says(found, f"from {float(least):g} to {float(most):g}")


def _shares(case: Case, raw: Account, later: Orders, counted: Counted) -> Iterator[str]:
    """Yield positions that are not those of the tables and the orders that count."""
    due = {s: Fraction(n) for s, n in raw.positions().items()}
    for name, order in later.items():
        sign = {"buy": 1, "sell": -1}.get(order.side, 0)
        if sign:
            due[order.symbol] = due.get(order.symbol, NONE) + sign * counted[name]
    held = case.account.positions()
    for symbol in sorted(due.keys() | held.keys()):
        found, right = Fraction(held.get(symbol, 0)), due.get(symbol, NONE)
        if found != right:
            text = f"{float(found)!r} shares beside working orders"
            yield case.says(text, f"{float(right)!r}", symbol=symbol)


def _money(case: Case, raw: Account, later: Orders, counted: Counted) -> Iterator[str]:
    """Yield cash and flows that do not follow; parts of sales are rounded down."""
    expected = case.policy.working.start == "expected"
    cash, flow = Fraction(raw.cash_amount()), Fraction(raw.flow_due(case.on))
    for name, order in later.items():
        effect = cash_effect(case, order)
        if order.side == "withdraw" or (order.side == "deposit" and expected):
            flow += effect
        elif order.side in ("buy", "sell"):
            part = counted[name] / ordered(case, order)
            whole = part == 1
            cash += effect if whole else math.floor(effect * part / CENT) * CENT
    for name, found, due in (
        ("cash", case.account.cash_amount(), cash),
        ("flow", case.account.flow_due(case.on), flow),
    ):
        if Fraction(found) != due:
            text = f"{name} {found} beside working orders"
            yield case.says(text, f"{nearest_cent(due)}")


def _lots(case: Case, raw: Account, later: Orders) -> Iterator[str]:
    """Yield lots that are neither of the tables, in whole or in part, nor of an order.

    Basis leaves a lot in proportion to shares, to the cent for each order.
    """
    before = {lot.lot_id: lot for lot in raw.lots}
    for lot in case.account.lots:
        old = before.get(lot.lot_id)
        if old is None:
            name = lot.lot_id.removeprefix("order:")
            if name not in later or not _of_order(case, lot, later[name]):
                yield case.says("a lot of no working order", "none", lot=lot.lot_id)
        elif not _part_of(lot, old, len(later)):
            allowed = "a part of the lot of the tables, basis in proportion"
            yield case.says(f"{lot.shares} shares", allowed, lot=lot.lot_id)


def _of_order(case: Case, lot: Lot, order: WorkingOrder) -> bool:
    value = Fraction(nearest_cent(ordered(case, order) * unit(case, order)))
    if order.amount is not None and case.account.fractional:
        value = Fraction(order.amount)
    return (
        order.side == "buy"
        and lot.symbol == order.symbol
        and lot.acquired == lot.holding_start == case.on
        and Fraction(lot.cost_basis) == value
    )


def _part_of(lot: Lot, old: Lot, orders: int) -> bool:
    part = Fraction(lot.shares) / Fraction(old.shares)
    off = abs(Fraction(lot.cost_basis) - Fraction(old.cost_basis) * part)
    same = replace(lot, shares=old.shares, cost_basis=old.cost_basis) == old
    return same and part <= 1 and off <= orders * CENT


def _closures(case: Case, later: Orders, counted: Counted) -> Iterator[str]:
    """Nothing is traded against an order that stays, where it is not taken as done."""
    if case.policy.working.start == "expected":
        return
    rules = {(r.kind, r.symbol) for r in case.account.restrictions}
    for name, order in later.items():
        partly = order.side == "sell" and 0 < counted[name] < ordered(case, order)
        wanted = ["no_sell"] if order.side == "buy" or partly else []
        if order.side == "sell" and counted[name] > 0:
            wanted.append("no_buy")
        for kind in wanted:
            if (kind, order.symbol) not in rules:
                found = f"no {kind} beside working order '{name}'"
                yield case.says(found, kind, symbol=order.symbol)
