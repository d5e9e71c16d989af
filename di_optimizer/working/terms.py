# SPDX-License-Identifier: Apache-2.0
"""What a working order comes to at its own terms, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction

from di_optimizer.account import Account, Outstanding, WorkingOrder
from di_optimizer.errors import Problem
from di_optimizer.exact import ZERO, cents, cents_up, exact, floor_to, plain
from di_optimizer.market import Market
from di_optimizer.policy import Policy
from di_optimizer.universe import nearest

OPEN = "open"
LATER = (
    "accepted",
    "executable",
    "sent",
    "in_execution",
    "partially_executed",
    "executed",
    "settled",
)
TRADES = ("buy", "sell")
MONEY = ("deposit", "withdraw")
FINEST = Decimal(1).scaleb(-9)  # shares; what an order of money is rounded down to
EXACT = 60  # digits


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What working orders of an account are looked at with.

    ``known`` are the symbols that have exposures; None leaves that out.
    """

    account: Account
    market: Market
    policy: Policy
    known: frozenset[str] | None = None

    @property
    def expected(self) -> bool:
        """Whether a rebalance starts from what is there once all orders are done."""
        return self.policy.working.start == "expected"


def terms_of(order: WorkingOrder, desk: Desk) -> Outstanding:
    """Return a sound order at its own terms: limit price first, then market price.

    An order of money buys or sells as many whole shares as it pays for, or, where
    the account holds fractions, spends all of it.
    """
    if order.side in MONEY:
        amount = order.amount or ZERO
        signed = amount if order.side == "deposit" else -amount
        return Outstanding(order=order, amount=amount, cash=signed)
    with localcontext(prec=EXACT):
        return _trade(order, desk)


def _trade(order: WorkingOrder, desk: Desk) -> Outstanding:
    price, unit = _price(order, desk), _unit(order, desk)
    shares = _shares(order, desk)
    amount = cents(shares * unit)
    if order.amount is not None and desk.account.fractional:
        amount = order.amount
    trading = desk.policy.trading
    half = Fraction(desk.market.half_spread(order.symbol, trading.spread_bp))
    cost = cents_up(Fraction(amount) * half + Fraction(exact(trading.ticket)))
    future = desk.market.is_future(order.symbol)
    return Outstanding(
        order=order,
        shares=shares,
        price=price,
        amount=amount,
        cost=cost,
        cash=_of_future(order, desk, cost) if future else _cash(order, amount, cost),
    )


def _cash(order: WorkingOrder, amount: Decimal, cost: Decimal) -> Decimal:
    return amount - cost if order.side == "sell" else -amount - cost


def _of_future(order: WorkingOrder, desk: Desk, cost: Decimal) -> Decimal:
    """Return 0 but, where that is charged at once, what a purchase costs."""
    at_once = desk.policy.trading.futures_cost == "immediate"
    return -cost if at_once and order.side == "buy" else ZERO


def _price(order: WorkingOrder, desk: Desk) -> Decimal:
    if order.limit_price is not None:
        return order.limit_price
    return desk.market.quotes[order.symbol].price


def _unit(order: WorkingOrder, desk: Desk) -> Decimal:
    """Return what one share comes to at the order's price, multiplier included."""
    security = desk.market.securities.get(order.symbol)
    price = _price(order, desk)
    return price if security is None else price * security.multiplier


def _shares(order: WorkingOrder, desk: Desk) -> Decimal:
    if order.shares is not None:
        return order.shares
    size = FINEST if desk.account.fractional else Decimal(1)
    return floor_to((order.amount or ZERO) / _unit(order, desk), size)


def problems(orders: Iterable[WorkingOrder], desk: Desk) -> list[Problem]:
    """Return everything that keeps orders from being taken into account."""
    chosen = tuple(orders)
    found = [problem for order in chosen for problem in _wrong(order, desk)]
    return found or [*_oversold(chosen, desk)]


def _wrong(order: WorkingOrder, desk: Desk) -> Iterator[Problem]:
    if order.status not in LATER:
        yield _problem(order, "status", order.status, ", ".join((OPEN, *LATER)))
    if order.side in MONEY:
        yield from _wrong_money(order)
    elif order.side in TRADES:
        yield from _wrong_trade(order, desk)
    else:
        yield _problem(order, "side", order.side, ", ".join((*TRADES, *MONEY)))


def _wrong_money(order: WorkingOrder) -> Iterator[Problem]:
    if order.symbol:
        yield _problem(order, "symbol", order.symbol, f"blank for a {order.side}")
    if order.amount is None:
        yield _problem(order, "amount", "blank", f"the money of the {order.side}")


def _wrong_trade(order: WorkingOrder, desk: Desk) -> Iterator[Problem]:
    symbol, quotes = order.symbol, desk.market.quotes
    if not symbol:
        yield _problem(order, "symbol", "blank", "the security that is traded")
    elif symbol not in quotes:
        hint = nearest(symbol, quotes)
        yield _problem(order, "symbol", f"'{symbol}'", "a symbol with a price", hint)
    elif desk.known is not None and symbol not in desk.known:
        allowed = "a symbol of the risk model"
        yield _problem(order, "symbol", f"'{symbol}'", allowed)
    elif order.shares is None and order.amount is None:
        yield _problem(order, "shares", "blank", "shares or an amount")
    elif _shares(order, desk) <= 0:
        found = f"{order.amount}, less than one share"
        yield _problem(order, "amount", found, f"at least {_unit(order, desk)}")


def _oversold(orders: Iterable[WorkingOrder], desk: Desk) -> Iterator[Problem]:
    """Yield orders that sell more than what orders before them leave."""
    left = desk.account.positions()
    for order in orders:
        if order.side == "sell":
            shares, held = _shares(order, desk), left.get(order.symbol, ZERO)
            left[order.symbol] = held - shares
            if shares > held:
                column = "amount" if order.shares is None else "shares"
                found = f"a sale of {plain(shares)} {order.symbol}"
                allowed = f"at most {plain(max(held, ZERO))}, what other orders leave"
                yield _problem(order, column, found, allowed, "Check the lots.")


def _problem(
    order: WorkingOrder, column: str, found: str, allowed: str, todo: str = ""
) -> Problem:
    return Problem(
        file=order.file,
        row=order.row,
        column=column,
        found=f"{found} in working order '{order.order_id}'",
        allowed=allowed,
        todo=todo,
    )


def part_of(whole: Decimal, shares: Decimal, of: Decimal) -> Decimal:
    """Return a part of money in proportion to shares, rounded down to the cent.

    Examples
    --------
    >>> part_of(Decimal(10), Decimal(1), Decimal(3)), part_of(ZERO, ZERO, ZERO)
    (Decimal('3.33'), Decimal('0'))
    """
    if shares == of:
        return whole
    with localcontext(prec=EXACT):
        exactly = whole * shares / of
        return exactly.quantize(Decimal("0.01"), rounding=ROUND_DOWN)
