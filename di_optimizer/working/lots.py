# SPDX-License-Identifier: Apache-2.0
"""Lots that an outstanding order buys, takes shares from, and what these realise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from di_optimizer.account import Account, Outstanding
from di_optimizer.exact import ZERO, cents, exact
from di_optimizer.tax.lots import Lot, basis_of
from di_optimizer.tax.relief import Relief, SaleView, relief_order
from di_optimizer.tax.term import Term
from di_optimizer.working.terms import Desk

Takes = tuple[tuple[str, Decimal], ...]


def lot_name(order_id: str) -> str:
    """Return the id of the lot that an order opens."""
    return f"order:{order_id}"


def opened(item: Outstanding, desk: Desk) -> Lot:
    """Return the lot of an outstanding purchase, bought on the trade date."""
    return Lot(
        lot_id=lot_name(item.order.order_id),
        symbol=item.order.symbol,
        shares=item.shares,
        cost_basis=item.amount,
        acquired=desk.market.on,
        holding_start=desk.market.on,
    )


def chosen_lots(items: Iterable[Outstanding], desk: Desk) -> tuple[Outstanding, ...]:
    """Return the orders, each sale with the lots it takes, one after the other.

    In the order of ``taxes.relief``; where that leaves it to the optimizer, first in,
    first out: nobody has identified the lots of an order that is at the broker.

    References
    ----------
    Treas. Reg. § 1.1012-1(c)(1): first in, first out unless lots are identified.
    """
    left = {lot.lot_id: lot.shares for lot in desk.account.lots}
    found = []
    for item in items:
        takes = _takes(item, desk, left) if item.order.side == "sell" else ()
        for lot_id, shares in takes:
            left[lot_id] -= shares
        found.append(replace(item, lots=takes))
    return tuple(found)


def _takes(item: Outstanding, desk: Desk, left: Mapping[str, Decimal]) -> Takes:
    method = desk.policy.taxes.relief
    own = [lot for lot in desk.account.lots if lot.symbol == item.order.symbol]
    fixed = Relief.FIFO if method == "optimizer" else Relief(method)
    lots = relief_order(fixed, own, _view(item, desk))
    return first_of([(lot.lot_id, left[lot.lot_id]) for lot in lots], item.shares)


def _view(item: Outstanding, desk: Desk) -> SaleView:
    account = desk.account
    return SaleView(
        price=Fraction(item.amount) / Fraction(item.shares),
        on=desk.market.on,
        short_rate=Fraction(exact(account.tax_rate(Term.SHORT))),
        long_rate=Fraction(exact(account.tax_rate(Term.LONG))),
    )


def first_of(takes: Iterable[tuple[str, Decimal]], shares: Decimal) -> Takes:
    """Return the first shares of what a sale takes.

    Examples
    --------
    >>> first_of([("1", Decimal(3)), ("2", Decimal(5))], Decimal(4))
    (('1', Decimal('3')), ('2', Decimal('1')))
    """
    found, wanted = [], shares
    for lot_id, most in takes:
        taken = min(most, wanted)
        if taken > 0:
            found.append((lot_id, taken))
            wanted -= taken
    return tuple(found)


def without(lots: Iterable[Lot], takes: Iterable[tuple[str, Decimal]]) -> list[Lot]:
    """Return what sales leave of lots; basis leaves in proportion, to the cent."""
    gone: dict[str, Decimal] = {}
    for lot_id, shares in takes:
        gone[lot_id] = gone.get(lot_id, ZERO) + shares
    cut = (_cut(lot, gone.get(lot.lot_id, ZERO)) for lot in lots)
    return [lot for lot in cut if lot.shares > 0]


def _cut(lot: Lot, shares: Decimal) -> Lot:
    if shares == 0:
        return lot
    left = lot.cost_basis - cents(basis_of(lot, shares))
    return replace(lot, shares=lot.shares - shares, cost_basis=left)


def lot_gains(item: Outstanding, account: Account) -> list[tuple[Lot, Fraction]]:
    """Return each lot that an outstanding sale takes from with its gain, exact."""
    lots = {lot.lot_id: lot for lot in account.lots}
    unit = Fraction(item.amount) / Fraction(item.shares) if item.shares else 0
    return [
        (lots[lot_id], Fraction(shares) * unit - basis_of(lots[lot_id], shares))
        for lot_id, shares in item.lots
    ]
