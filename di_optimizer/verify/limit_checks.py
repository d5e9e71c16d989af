# SPDX-License-Identifier: Apache-2.0
"""Restrictions and weight limits after the trades.

A limit that the account breaches already may not be breached further: below a
lower limit nothing is sold, above an upper limit nothing is bought. ``no_hold`` is
the exception: what can be sold is sold whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from di_optimizer.account import Restriction
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.share_checks import grid
from di_optimizer.verify.turnover_checks import held_back
from di_optimizer.verify.waiting import kept_by_use, out_of_model, waits

TOLERANCE = 1e-9  # of base: floating weights, nothing more
FORBIDS_BUYS = {"no_buy", "no_trade", "no_hold"}
FORBIDS_SALES = {"no_sell", "no_trade"}
KEEPS_ALL = {"buy_only", "none"}  # trading.sides


@dataclass(frozen=True, slots=True)
class Limit:
    """A weight limit, fraction of NAV after the flow, and the rule that sets it."""

    weight: float
    name: str


def covers(case: Case, rule: Restriction, symbol: str) -> bool:
    """Return whether an active rule is about a symbol, its sector or its group."""
    if rule.symbol is not None:
        return rule.symbol == symbol
    security = case.market.securities.get(symbol)
    if security is None:
        return False
    if rule.sector is not None:
        return rule.sector == security.sector
    return rule.group == security.wash_group


def rules_on(case: Case, symbol: str) -> list[Restriction]:
    """Return the restrictions that hold for a symbol on the trade date."""
    return [rule for rule in case.rules if covers(case, rule, symbol)]


def named(rule: Restriction) -> str:
    """Return what messages call a rule."""
    return f"{rule.kind} ({rule.source})" if rule.source else rule.kind


def check_sides(case: Case, books: Books) -> list[str]:
    """Nothing is bought or sold that a restriction forbids to buy or sell."""
    forbidden = {"buy": FORBIDS_BUYS, "sell": FORBIDS_SALES}
    return [
        case.says(f"a {side}", f"none: {named(rule)}", symbol=symbol)
        for side, kinds in forbidden.items()
        for symbol in sorted(books.shares(side))
        for rule in rules_on(case, symbol)
        if rule.kind in kinds
    ]


def must_leave(case: Case, symbol: str, rules: Sequence[Restriction]) -> bool:
    """Return whether a position may not be held and nothing forbids its sale."""
    kinds = {rule.kind for rule in rules}
    if "no_hold" not in kinds and not out_of_model(case, symbol):
        return False
    if kinds & FORBIDS_SALES or waits(case) or kept_by_use(case, symbol):
        return False
    if case.policy.trading.sides in KEEPS_ALL or case.account.locked(case.on):
        return False
    return symbol not in {u.symbol for u in case.account.untraded if u.closed}


def fixed_shares(case: Case, symbol: str) -> Fraction:
    """Return the shares that are never traded: held elsewhere, in locked sleeves."""
    shut = {rule.sleeve for rule in case.rules if rule.kind == "lock"}
    lots = [t for t in case.account.lots if t.sleeve in shut or None in shut]
    own = [lot.shares for lot in lots if lot.symbol == symbol]
    own += [u.shares for u in case.account.untraded if u.symbol == symbol and u.valued]
    return sum((Fraction(shares) for shares in own), Fraction(0))


def least_left(case: Case, books: Books, symbol: str) -> Fraction:
    """Return the shares that nothing can sell, with the rest of a step beside them."""
    fixed = fixed_shares(case, symbol)
    free = books.before.get(symbol, Fraction(0)) - fixed
    return fixed + free % grid(case, symbol) if fixed > 0 else fixed


def check_no_hold(case: Case, books: Books) -> list[str]:
    """Of what may not be held no more is left than is due later.

    With d days until the last one, 1 / (d + 1) of what can be sold goes today, within
    its volume.
    """
    wrong = []
    for symbol, shares in sorted(books.after.items()):
        rules = rules_on(case, symbol)
        if shares == 0 or not must_leave(case, symbol, rules):
            continue
        most, days = least_left(case, books, symbol), days_left(case, symbol, rules)
        most += (books.before.get(symbol, Fraction(0)) - most) * days / (days + 1)
        over = (shares - most) * books.prices[symbol] > TOLERANCE * books.base
        if over and not held_back(case, books, symbol):
            found = f"{float(shares)!r} shares after trading"
            allowed = f"{float(most):g}: no_hold" + f", {days} days left" * bool(days)
            wrong.append(case.says(found, allowed, symbol=symbol))
    return wrong


def days_left(case: Case, symbol: str, rules: Sequence[Restriction]) -> int:
    """Return the days until the soonest last day of what may not be held."""
    exits = [rule for rule in rules if rule.kind == "no_hold"]
    left = [0 if r.by is None else max((r.by - case.on).days, 0) for r in exits]
    return 0 if out_of_model(case, symbol) else min(left, default=0)


def check_long_only(case: Case, books: Books) -> list[str]:
    """No position is below zero after trading."""
    return [
        case.says(f"{float(shares)!r} shares after trading", "0 or more", symbol=symbol)
        for symbol, shares in sorted(books.after.items())
        if shares < 0
    ]


def lower_limits(case: Case, symbol: str, rules: Sequence[Restriction]) -> list[Limit]:
    """Return every lower limit of a symbol, fractions of NAV."""
    bounds, goal = case.policy.bounds, case.benchmark.get(symbol, 0.0)
    limits = [Limit(0.0, "long only")]
    if bounds.minimum is not None:
        limits.append(Limit(bounds.minimum, "policy bounds.minimum"))
    if bounds.active is not None:
        limits.append(Limit(goal - bounds.active, "policy bounds.active"))
    if bounds.multiple is not None:
        limits.append(Limit((1 - bounds.multiple) * goal, "policy bounds.multiple"))
    return limits + own_limits(rules, "min")


def upper_limits(case: Case, symbol: str, rules: Sequence[Restriction]) -> list[Limit]:
    """Return every upper limit of a symbol, fractions of NAV."""
    bounds, goal = case.policy.bounds, case.benchmark.get(symbol, 0.0)
    limits = [Limit(math.inf, "none")]
    if bounds.maximum is not None:
        limits.append(Limit(bounds.maximum, "policy bounds.maximum"))
    if bounds.active is not None:
        limits.append(Limit(goal + bounds.active, "policy bounds.active"))
    if bounds.multiple is not None:
        limits.append(Limit((1 + bounds.multiple) * goal, "policy bounds.multiple"))
    return limits + own_limits(rules, "max")


def own_limits(rules: Sequence[Restriction], kind: str) -> list[Limit]:
    """Return the account's own limits of a kind, fractions of NAV."""
    return [
        Limit(rule.value, named(rule))
        for rule in rules
        if rule.kind == kind and rule.value is not None
    ]


def check_weights(case: Case, books: Books) -> list[str]:
    """Weights are inside their limits, or no further outside than before.

    Limits are fractions of NAV, weights of base: ``scale`` is one in the other.
    """
    scale = float(books.nav / books.base)
    wrong = []
    for symbol, weight in sorted(books.weights_after.items()):
        rules = rules_on(case, symbol)
        if must_leave(case, symbol, rules):
            continue  # lower limits give way: check_no_hold is the rule
        held = books.weights_before.get(symbol, 0.0)
        low = max(lower_limits(case, symbol, rules), key=lambda limit: limit.weight)
        top = min(upper_limits(case, symbol, rules), key=lambda limit: limit.weight)
        least, most = low.weight * scale, top.weight * scale
        found = f"weight {weight!r} after trading"
        if weight < min(least, held) - TOLERANCE:
            breach = f", breached by {held!r} held: no sale" if held < least else ""
            text = f"at least {least!r} ({low.name}){breach}"
            wrong.append(case.says(found, text, symbol=symbol))
        if weight > max(most, held) + TOLERANCE:
            breach = f", breached by {held!r} held: no purchase" if held > most else ""
            text = f"at most {most!r} ({top.name}){breach}"
            wrong.append(case.says(found, text, symbol=symbol))
    return wrong
