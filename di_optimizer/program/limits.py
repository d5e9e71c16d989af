# SPDX-License-Identifier: Apache-2.0
"""Weight limits of each security, each with the name of the setting that set it.

Policy bounds and restrictions meet here. A position that is already outside a limit
may stay, but not move further out; only ``no_hold`` forces a sale: at once, or by a
day, on each day the part that is due if all days until then sell alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from di_optimizer.account import Account, Restriction
from di_optimizer.market import Market
from di_optimizer.policy import Bounds

CLOSED = float("inf")  # a lower limit that forbids sales; below 0, purchases
NOISE = 1e-12  # a weight this close to a limit is on it
SIDES = "trading.sides"
NO_SALES = ("buy_only", "none")
NO_BUYS = ("sell_only", "none")
NATURAL = ""  # the name of a limit that nobody set: long only, all of NAV


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Present and benchmark weight of one security, fractions of base.

    ``fixed`` is the part of ``held`` that is never traded: outside holdings, and lots
    of locked sleeves.
    """

    held: float
    benchmark: float
    most: float
    fixed: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Shut:
    """What closes a security besides its restrictions, by name.

    ``aside`` is a range of weights inside of which it is left alone.
    """

    buys: tuple[str, ...] = ()
    sales: tuple[str, ...] = ()
    aside: str = ""


NOTHING_SHUT = Shut()


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A weight and the name of what set it."""

    weight: float
    name: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Lower and upper limit of one security; ``breached`` names those relaxed."""

    lower: Limit
    upper: Limit
    breached: tuple[str, ...] = ()


def restricted(account: Account, market: Market) -> dict[str, tuple[Restriction, ...]]:
    """Return the restrictions in force on the market's date, by symbol.

    A rule on a sector or a wash-sale group reaches every symbol of the securities
    table that belongs to it. Of rules about the same, the most specific is in force.
    """
    reached: dict[str, list[Restriction]] = {}
    for rule in account.rules(market.on):
        for symbol in _symbols(rule, market):
            reached.setdefault(symbol, []).append(rule)
    return {symbol: tuple(rules) for symbol, rules in reached.items()}


def _symbols(rule: Restriction, market: Market) -> Iterable[str]:
    if rule.symbol is not None:
        return (rule.symbol,)
    return tuple(
        symbol
        for symbol, security in market.securities.items()
        if (rule.sector is not None and security.sector == rule.sector)
        or (rule.group is not None and security.wash_group == rule.group)
    )


def limits(
    weights: Weights,
    bounds: Bounds,
    rules: Iterable[Restriction],
    scale: float,
    shut: Shut = NOTHING_SHUT,
    on: date = date.max,
) -> Limits:
    """Return the limits of one security.

    ``scale`` is NAV / base: limits are set in fractions of NAV. ``on`` is the trade
    date, from which the days of a ``no_hold`` with a last day are counted.
    """
    rules = tuple(rules)
    lowers = _lowers(weights, bounds, rules, scale)
    uppers = _uppers(weights, bounds, rules, scale)
    leaving = leaves(rules) and not shut.sales
    aside = (shut.aside,) if shut.aside and not leaving else ()
    lowers += [Limit(weight=CLOSED, name=name) for name in (*shut.sales, *aside)]
    uppers += [Limit(weight=-CLOSED, name=name) for name in (*shut.buys, *aside)]
    lower = max(lowers, key=lambda limit: limit.weight)
    upper = min(uppers, key=lambda limit: limit.weight)
    breached = _breached(weights.held, lowers, uppers)
    if weights.held < lower.weight:
        lower = Limit(weight=weights.held, name=lower.name)
    if weights.held > upper.weight:
        upper = Limit(weight=weights.held, name=upper.name)
    if leaving:
        gone = _leaving(weights, rules, on)
        lower, breached = Limit(weight=0.0, name=NATURAL), ()
        upper = gone if gone.weight <= upper.weight else upper
    return Limits(lower=lower, upper=upper, breached=breached)


def leaves(rules: Iterable[Restriction]) -> bool:
    """Return whether rules make a position leave: nothing forbids its sale."""
    rules = tuple(rules)
    return any(r.kind == "no_hold" for r in rules) and not _closed(rules, "no_sell")


def _leaving(weights: Weights, rules: Iterable[Restriction], on: date) -> Limit:
    """Return what may be left today of a position that leaves; the soonest counts."""
    exits = [rule for rule in rules if rule.kind == "no_hold"]
    soonest = min(exits, key=lambda rule: rule.days_left(on))
    days = soonest.days_left(on)
    rest = (weights.held - weights.fixed) * days / (days + 1)
    return Limit(weight=max(weights.fixed, 0.0) + rest, name=label(soonest))


def _breached(
    held: float, lowers: Iterable[Limit], uppers: Iterable[Limit]
) -> tuple[str, ...]:
    """Name the limits that a weight is outside of; a closed side is none of them."""
    return (
        *(li.name for li in lowers if held < li.weight - NOISE and li.weight < CLOSED),
        *(li.name for li in uppers if held > li.weight + NOISE and li.weight > -CLOSED),
    )


def label(rule: Restriction) -> str:
    """Return what messages call a restriction, without the symbol it is felt on.

    Examples
    --------
    >>> label(Restriction(kind="no_buy", sector="Energy", source="rules.csv, row 2"))
    'no_buy sector Energy (rules.csv, row 2)'
    >>> label(Restriction(kind="no_hold", symbol="XOM", by=date(2024, 3, 1)))
    'no_hold by 2024-03-01'
    """
    text = rule.kind if rule.by is None else f"{rule.kind} by {rule.by}"
    if rule.sleeve is not None:
        text += f" sleeve {rule.sleeve}"
    if rule.sector is not None:
        text += f" sector {rule.sector}"
    if rule.group is not None:
        text += f" group {rule.group}"
    return f"{text} ({rule.source})" if rule.source else text


def _closed(rules: Iterable[Restriction], kind: str) -> bool:
    return any(rule.kind in (kind, "no_trade") for rule in rules)


def _lowers(
    weights: Weights, bounds: Bounds, rules: tuple[Restriction, ...], scale: float
) -> list[Limit]:
    found = [Limit(weight=0.0, name=NATURAL)]
    b = weights.benchmark
    if bounds.minimum is not None:
        found.append(Limit(weight=bounds.minimum * scale, name="bounds.minimum"))
    if bounds.active is not None:
        found.append(Limit(weight=b - bounds.active * scale, name="bounds.active"))
    if bounds.multiple is not None:
        found.append(Limit(weight=(1 - bounds.multiple) * b, name="bounds.multiple"))
    for rule in rules:
        if rule.kind == "min" and rule.value is not None:
            found.append(Limit(weight=rule.value * scale, name=label(rule)))
        if rule.kind in ("no_sell", "no_trade"):
            found.append(Limit(weight=CLOSED, name=label(rule)))
    return found


def _uppers(
    weights: Weights, bounds: Bounds, rules: tuple[Restriction, ...], scale: float
) -> list[Limit]:
    found = [Limit(weight=max(weights.most, weights.held), name=NATURAL)]
    b = weights.benchmark
    if bounds.maximum is not None:
        found.append(Limit(weight=bounds.maximum * scale, name="bounds.maximum"))
    if bounds.active is not None:
        found.append(Limit(weight=b + bounds.active * scale, name="bounds.active"))
    if bounds.multiple is not None:
        found.append(Limit(weight=(1 + bounds.multiple) * b, name="bounds.multiple"))
    for rule in rules:
        if rule.kind == "max" and rule.value is not None:
            found.append(Limit(weight=rule.value * scale, name=label(rule)))
        if rule.kind in ("no_buy", "no_trade", "no_hold"):
            found.append(Limit(weight=-CLOSED, name=label(rule)))
    return found
