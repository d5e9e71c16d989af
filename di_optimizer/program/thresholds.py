# SPDX-License-Identifier: Apache-2.0
"""Ranges of weights inside of which a position is left alone, and their least trades.

A position with a ``threshold_max`` above 0 is traded only where its share of NAV is
outside of [threshold_min or 0, threshold_max]; then a purchase is worth more than
(target − min) × NAV and a sale more than (max − target) × NAV, where the target is
the benchmark weight. What has to leave is exempt. Exact comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.account import Restriction
from di_optimizer.exact import exact
from di_optimizer.program.groups import Floats
from di_optimizer.program.job import Job, value_of
from di_optimizer.program.limits import label, leaves, restricted
from di_optimizer.program.steps import step
from di_optimizer.universe import Universe

ZERO = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Band:
    """Shares of NAV from ``low`` to ``high``, and the row that sets the upper one."""

    low: Fraction
    high: Fraction
    name: str

    def holds(self, share: Fraction) -> bool:
        """Return whether a share is inside; both ends are."""
        return self.low <= share <= self.high


def band_of(rules: Iterable[Restriction]) -> Band | None:
    """Return the range of one security's rules, the tightest; None without a maximum.

    Examples
    --------
    >>> low = Restriction(kind="threshold_min", symbol="A", value=0.04)
    >>> high = Restriction(kind="threshold_max", symbol="A", value=0.07)
    >>> band_of([low]) is None, band_of([low, high]).holds(Fraction(7, 100))
    (True, True)
    """
    rules = tuple(rules)
    highs = [r for r in rules if r.kind == "threshold_max" and r.value]
    if not highs:
        return None
    tightest = min(highs, key=lambda rule: rule.value or 0.0)
    lows = [r.value for r in rules if r.kind == "threshold_min" and r.value]
    return Band(
        low=Fraction(exact(max(lows, default=0.0))),
        high=Fraction(exact(tightest.value or 0.0)),
        name=label(tightest),
    )


def bands_of(job: Job) -> dict[str, Band]:
    """Return the range of each security that has one and need not leave."""
    if not any(r.kind == "threshold_max" for r in job.account.restrictions):
        return {}
    due = {rule.lot_id for rule in job.account.rules(job.on) if rule.kind == "sell_lot"}
    leaving = {lot.symbol for lot in job.account.lots if lot.lot_id in due}
    found = {}
    for symbol, rules in restricted(job.account, job.market).items():
        band = band_of(rules)
        exempt = symbol in leaving or leaves(rules)
        if band is not None and not exempt and symbol in job.market.quotes:
            found[symbol] = band
    return found


def left_alone(job: Job) -> dict[str, str]:
    """Return the names of the ranges that securities are inside of, by symbol."""
    bands = bands_of(job)
    nav = value_of(job.account, job.market) if bands else 0
    if nav <= 0:
        return {}
    values = values_of(job)
    return {
        symbol: band.name
        for symbol, band in bands.items()
        if band.holds(values.get(symbol, ZERO) / Fraction(nav))
    }


def values_of(job: Job) -> dict[str, Fraction]:
    """Return the value of each position, what is held untraded included."""
    pieces = [(lot.symbol, lot.shares) for lot in job.account.lots]
    pieces += [(u.symbol, u.shares) for u in job.account.untraded if u.valued]
    found: dict[str, Fraction] = {}
    for symbol, shares in pieces:
        value = Fraction(shares) * Fraction(job.market.price(symbol))
        found[symbol] = found.get(symbol, ZERO) + value
    return found


def least_trades(
    job: Job, universe: Universe, base: Decimal
) -> tuple[Floats, Floats] | None:
    """Return the least purchases and sales that ranges allow, each (n,), weights.

    None where there are no ranges; 0 where a security has none.
    """
    bands = bands_of(job)
    if not bands:
        return None
    nav = Fraction(value_of(job.account, job.market))
    least = np.zeros((2, len(universe)))
    for symbol in sorted(bands.keys() & universe.position.keys()):
        target = Fraction(exact(job.benchmark.get(symbol, 0.0)))
        worth = Fraction(step(job.account, job.market, job.policy, symbol))
        worth *= Fraction(job.market.price(symbol))
        at = universe.position[symbol]
        limits = limits_of(bands[symbol], target, nav)
        least[:, at] = [above(money, worth) / Fraction(base) for money in limits]
    return least[0], least[1]


def limits_of(band: Band, target: Fraction, nav: Fraction) -> tuple[Fraction, Fraction]:
    """Return what purchases and sales have to be worth more than, money.

    Examples
    --------
    >>> band = Band(low=Fraction("0.04"), high=Fraction("0.07"), name="")
    >>> [int(money) for money in limits_of(band, Fraction("0.05"), Fraction(100_000))]
    [1000, 2000]
    """
    return (target - band.low) * nav, (band.high - target) * nav


def above(money: Fraction, worth: Fraction) -> Fraction:
    """Return the value of the fewest steps worth more than ``money``, 0 for none."""
    return ZERO if money < 0 else (math.floor(money / worth) + 1) * worth
