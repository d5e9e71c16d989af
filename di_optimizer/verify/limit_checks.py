# SPDX-License-Identifier: Apache-2.0
"""Restrictions and weight limits after the trades.

A limit that the account breaches already may not be breached further: below a
lower limit nothing is sold, above an upper limit nothing is bought. ``no_hold`` is
the exception: what can be sold is sold whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from di_optimizer.account import Restriction
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case

TOLERANCE = 1e-9  # of base: floating weights, nothing more
FORBIDS_BUYS = {"no_buy", "no_trade", "no_hold"}
FORBIDS_SALES = {"no_sell", "no_trade"}


@dataclass(frozen=True, slots=True)
class Limit:
    """A weight limit, fraction of base, and the rule that sets it."""

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
    return [
        rule
        for rule in case.account.restrictions
        if rule.active(case.on) and covers(case, rule, symbol)
    ]


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


def sellable(case: Case, symbol: str) -> bool:
    """Return whether nothing keeps a position from being sold."""
    untraded = {u.symbol for u in case.account.untraded}
    kinds = {rule.kind for rule in rules_on(case, symbol)}
    return symbol not in untraded and not kinds & FORBIDS_SALES


def must_leave(case: Case, symbol: str) -> bool:
    """Return whether a position is to be sold whole."""
    kinds = {rule.kind for rule in rules_on(case, symbol)}
    return "no_hold" in kinds and sellable(case, symbol)


def check_no_hold(case: Case, books: Books) -> list[str]:
    """Nothing is left of what may not be held and can be sold."""
    return [
        case.says(
            f"{float(shares)!r} shares after trading", "0: no_hold", symbol=symbol
        )
        for symbol, shares in sorted(books.after.items())
        if shares != 0 and must_leave(case, symbol)
    ]


def check_long_only(case: Case, books: Books) -> list[str]:
    """No position is below zero after trading."""
    return [
        case.says(f"{float(shares)!r} shares after trading", "0 or more", symbol=symbol)
        for symbol, shares in sorted(books.after.items())
        if shares < 0
    ]


def lower_limits(case: Case, symbol: str, target: float) -> list[Limit]:
    """Return every lower limit of a symbol; ``target`` is its benchmark weight."""
    bounds = case.policy.bounds
    limits = [Limit(0.0, "long only")]
    if bounds.minimum is not None:
        limits.append(Limit(bounds.minimum, "policy bounds.minimum"))
    if bounds.active is not None:
        limits.append(Limit(target - bounds.active, "policy bounds.active"))
    if bounds.multiple is not None:
        share = 1 - bounds.multiple
        limits.append(Limit(share * target, "policy bounds.multiple"))
    return limits + restricted(case, symbol, "min")


def upper_limits(case: Case, symbol: str, target: float) -> list[Limit]:
    """Return every upper limit of a symbol; ``target`` is its benchmark weight."""
    bounds = case.policy.bounds
    limits = [Limit(float("inf"), "none")]
    if bounds.maximum is not None:
        limits.append(Limit(bounds.maximum, "policy bounds.maximum"))
    if bounds.active is not None:
        limits.append(Limit(target + bounds.active, "policy bounds.active"))
    if bounds.multiple is not None:
        share = 1 + bounds.multiple
        limits.append(Limit(share * target, "policy bounds.multiple"))
    return limits + restricted(case, symbol, "max")


def restricted(case: Case, symbol: str, kind: str) -> list[Limit]:
    """Return the account's own limits of a kind on a symbol."""
    return [
        Limit(rule.value, named(rule))
        for rule in rules_on(case, symbol)
        if rule.kind == kind and rule.value is not None
    ]


def words(limit: Limit, held: float, *, breached: bool, worse: str) -> str:
    """Return a limit in words; ``worse`` is what a breached one forbids."""
    text = f"{limit.weight!r} ({limit.name})"
    return f"{text}, breached by {held!r} held: no {worse}" if breached else text


def check_weights(case: Case, books: Books) -> list[str]:
    """Weights are inside their limits, or no further outside than before."""
    before, after = books.weights(books.before), books.weights(books.after)
    target = books.target(case.benchmark)
    wrong = []
    for symbol, weight in sorted(after.items()):
        if must_leave(case, symbol):
            continue  # lower limits give way: check_no_hold is the rule
        held, goal = before.get(symbol, 0.0), target.get(symbol, 0.0)
        low = max(lower_limits(case, symbol, goal), key=lambda limit: limit.weight)
        top = min(upper_limits(case, symbol, goal), key=lambda limit: limit.weight)
        found = f"weight {weight!r} after trading"
        if weight < min(low.weight, held) - TOLERANCE:
            breached = held < low.weight
            text = words(low, held, breached=breached, worse="sale")
            wrong.append(case.says(found, f"at least {text}", symbol=symbol))
        if weight > max(top.weight, held) + TOLERANCE:
            breached = held > top.weight
            text = words(top, held, breached=breached, worse="purchase")
            wrong.append(case.says(found, f"at most {text}", symbol=symbol))
    return wrong
