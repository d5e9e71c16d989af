# SPDX-License-Identifier: Apache-2.0
"""Weight limits of each security, each with the name of the setting that set it.

Policy bounds and restrictions meet here. A position that is already outside a limit
may stay, but not move further out; only ``no_hold`` forces a sale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from di_optimizer.account import Account, Restriction
from di_optimizer.market import Market
from di_optimizer.policy import Bounds

CLOSED = float("inf")  # a lower limit that forbids sales; below 0, purchases
NOISE = 1e-12  # a weight this close to a limit is on it
NATURAL = ""  # the name of a limit that nobody set: long only, all of NAV


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Present and benchmark weight of one security, fractions of base."""

    held: float
    benchmark: float
    most: float


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
    """Return the restrictions active on the market's date, by symbol.

    A rule on a sector or a wash-sale group reaches every symbol of the securities
    table that belongs to it.
    """
    reached: dict[str, list[Restriction]] = {}
    for rule in account.restrictions:
        if rule.active(market.on):
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
    closed: Iterable[str] = (),
) -> Limits:
    """Return the limits of one security.

    ``scale`` is NAV / base: limits are set in fractions of NAV. ``closed`` names what
    else closes it to purchases.
    """
    rules = tuple(rules)
    lowers = _lowers(weights, bounds, rules, scale)
    uppers = _uppers(weights, bounds, rules, scale)
    uppers += [Limit(weight=-CLOSED, name=name) for name in closed]
    lower = max(lowers, key=lambda limit: limit.weight)
    upper = min(uppers, key=lambda limit: limit.weight)
    breached = _breached(weights.held, lowers, uppers)
    if weights.held < lower.weight:
        lower = Limit(weight=weights.held, name=lower.name)
    if weights.held > upper.weight:
        upper = Limit(weight=weights.held, name=upper.name)
    exits = [r for r in rules if r.kind == "no_hold"]
    if exits and not _closed(rules, "no_sell"):
        gone = Limit(weight=0.0, name=label(exits[0]))
        lower, upper, breached = Limit(weight=0.0, name=NATURAL), gone, ()
    return Limits(lower=lower, upper=upper, breached=breached)


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
    """
    text = rule.kind
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
