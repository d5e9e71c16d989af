# SPDX-License-Identifier: Apache-2.0
"""What cash has to be after trading, from the raw account and policy, exact.

Its own reading of the settings: nothing here is shared with what makes plans.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from di_optimizer.account import CashBalance
from di_optimizer.exact import exact
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case, next_cent

NONE = Fraction(0)
BASIS_POINT = Fraction(1, 10_000)


def number(value: float) -> Fraction:
    """Return a setting as an exact number."""
    return Fraction(exact(value))


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Money: cash that may be spent before trading, and what is asked of it after.

    ``hedge`` is the end of the range at which it began: "low", "high" or "" inside.
    ``most`` is what has to be reported when it is exceeded.
    """

    start: Fraction
    fenced: Fraction
    least: Fraction
    target: Fraction
    low: Fraction
    most: Fraction
    hedge: str


def spent(case: Case) -> list[CashBalance]:
    """Return the balances that may be spent."""
    account, chosen = case.account, case.policy.cash.sleeves
    if account.locked(case.on):
        return []
    shut = account.locked_sleeves(case.on)
    open_ = [c for c in account.cash if c.sleeve not in shut]
    return [c for c in open_ if chosen is None or c.sleeve in chosen]


def cash_range(case: Case) -> tuple[Fraction, Fraction]:
    """Return the least and most cash, fractions of NAV after the flow.

    The account's own limits replace the policy's; of several the tightest counts.
    """
    rows = spent(case)
    if len({c.currency for c in rows}) > 1:
        return range_of_all(case, rows)
    minima = [c.minimum for c in rows if c.minimum is not None]
    maxima = [c.maximum for c in rows if c.maximum is not None]
    return (
        number(max(minima, default=case.policy.cash.minimum)),
        number(min(maxima, default=case.policy.cash.maximum)),
    )


def range_of_all(case: Case, rows: Sequence[CashBalance]) -> tuple[Fraction, Fraction]:
    """Return the range of cash in several currencies: the ends of all together."""
    lows: dict[str, Fraction] = {}
    highs: dict[str, Fraction] = {}
    for c in rows:
        if c.minimum is not None:
            lows[c.currency] = max(lows.get(c.currency, NONE), number(c.minimum))
        if c.maximum is not None:
            most = number(c.maximum)
            highs[c.currency] = min(highs.get(c.currency, most), most)
    policy = case.policy.cash
    others = len({c.currency for c in rows}) - len(highs)
    high = sum(highs.values(), others * number(policy.maximum))
    least = sum(lows.values(), NONE) if lows else number(policy.minimum)
    return least, min(high, Fraction(1))


def demand(case: Case, books: Books) -> Demand:
    """Return what is asked of cash."""
    policy, rows = case.policy.cash, spent(case)
    minimum, maximum = (part * books.nav for part in cash_range(case))
    own = sum((Fraction(c.amount) for c in rows), NONE)
    start = own + books.flow
    least = to_cent(max(minimum, number(policy.floor)))
    several = len({c.currency for c in rows}) > 1
    targets = [c.target for c in rows if c.target is not None and not several]
    if policy.target is not None and not targets:
        targets = [policy.target]
    target = max([least, *(number(t) * books.nav for t in targets)])
    hedge = "low" if start < least else "high" if start > maximum else ""
    only = policy.scope == "cash"
    low = least if only and not hedge else buffered(case, start, target, least)
    most = maximum
    if low > minimum:
        most = max(maximum, low + (0 if only else BASIS_POINT * max(books.nav, NONE)))
    if case.account.locked(case.on):
        least, low = min(least, start), min(low, start)
    return Demand(
        start=start,
        fenced=books.cash - own,
        least=least,
        target=target,
        low=low,
        most=most,
        hedge=hedge,
    )


def to_cent(amount: Fraction) -> Fraction:
    """Return money rounded up to the cent."""
    return Fraction(next_cent(amount))


def buffered(
    case: Case, start: Fraction, target: Fraction, least: Fraction
) -> Fraction:
    """Return the least cash after trading: the target with its buffers."""
    policy = case.policy.cash
    gap = abs(target - start)
    if start < target:
        part, amount = policy.raise_extra, policy.raise_extra_amount
        return to_cent(target + max(number(part) * gap, number(amount)))
    part, amount = policy.keep_back, policy.keep_back_amount
    kept = min(max(number(part) * gap, number(amount)), gap)
    return max(least, min(to_cent(target + kept), start))


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Money that trades move: each trade to the cent, costs of each side rounded up.

    ``against`` is the change of cash where prices move against every order.
    """

    bought: Fraction
    brought: Fraction
    against: Fraction


def moved(case: Case, books: Books) -> Moved:
    """Return what purchases take and sales bring, costs included."""
    move = number(case.policy.cash.price_move)
    charged = {side: books.charged(side) for side in SIDES}
    spread = {side: sum((e.cost for e in charged[side]), NONE) for side in SIDES}
    orders = {side: len({e.trade.symbol for e in charged[side]}) for side in SIDES}
    tickets = {side: orders[side] * books.ticket for side in SIDES}
    cost = {side: to_cent(spread[side] + tickets[side]) for side in SIDES}
    adverse = (1 + move) * spread["buy"] + (1 - move) * spread["sell"]
    traded = (1 - move) * books.money("sell") - (1 + move) * books.money("buy")
    return Moved(
        bought=books.money("buy") + cost["buy"],
        brought=books.money("sell") - cost["sell"],
        against=traded - to_cent(adverse + sum(tickets.values())),
    )


SIDES = ("buy", "sell")


def share_of_sales(case: Case) -> Fraction:
    """Return how much of what sales bring may pay for purchases."""
    policy = case.policy.cash
    return NONE if policy.use == "conservative" else number(policy.sale_share)


def closed_by_use(case: Case, books: Books, symbol: str) -> bool:
    """Return whether the use of cash keeps a symbol from being bought."""
    policy = case.policy.cash
    if policy.use == "exchange":
        return symbol not in policy.exchange_in
    if policy.use == "conservative":
        due = demand(case, books)
        return due.start <= due.low
    if policy.use == "model_change":
        return not case.benchmark.get(symbol, 0.0) > 0.0
    return policy.use == "cover"


def unrounded_cash(books: Books) -> float:
    """Return cash after trading without any rounding to the cent."""
    paid = {side: [e.amount for e in books.of(side) if e.paid] for side in SIDES}
    net = sum(paid["sell"], NONE) - sum(paid["buy"], NONE)
    return math.fsum(map(float, (books.cash, books.flow, net, -books.cost_paid)))
