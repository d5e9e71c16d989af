# SPDX-License-Identifier: Apache-2.0
"""Lots, positions, benchmark and costs of an account as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from di_optimizer.exact import ZERO
from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.job import Job
from di_optimizer.program.lot_rules import LotRule, LotView
from di_optimizer.program.program import LotArrays
from di_optimizer.program.steps import step
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term
from di_optimizer.universe import Universe


def universe_of(job: Job) -> Universe:
    """Return held and benchmark securities that the risk model knows, sorted."""
    known = set(job.risk.symbols)
    held = {lot.symbol for lot in job.account.lots}
    fixed = {u.symbol for u in job.account.untraded if u.valued}
    wanted = held | fixed | set(job.benchmark)
    return Universe(tuple(sorted(wanted & known)))


def ordered(lots: tuple[Lot, ...]) -> tuple[Lot, ...]:
    """Return lots in canonical order: whatever the order of rows, the same program."""
    return tuple(
        sorted(
            lots,
            key=lambda t: (t.symbol, t.holding_start, t.acquired, t.lot_id),
        )
    )


def gains_of(views: Sequence[LotView]) -> Floats:
    """Return the true gain of each lot per unit of weight sold, 1 − basis / value."""
    return np.array([float(1 - view.lot.cost_basis / view.value) for view in views])


def lot_arrays(
    universe: Universe,
    views: Sequence[LotView],
    rules: Sequence[LotRule],
    base: Decimal,
    tax_weight: float = 1.0,
) -> LotArrays:
    """Return the lots as arrays; what is too small to harvest has no gain."""
    weight = np.array([float(view.value / base) for view in views])
    forced = np.array([bool(rule.forced) for rule in rules], dtype=np.bool_)
    kept = np.array([bool(rule.kept) for rule in rules], dtype=np.bool_)
    counts = np.array([rule.counts for rule in rules], dtype=np.bool_)
    position = universe.position
    return LotArrays(
        security=np.array([position[view.lot.symbol] for view in views], np.int64),
        weight=weight,
        gain=np.where(counts, gains_of(views), 0.0),
        rate=tax_weight * np.array([view.rate for view in views]),
        long_term=np.array([view.term is Term.LONG for view in views], np.bool_),
        sell_cost=np.array([float(view.cost) for view in views]),
        floor=np.where(forced, weight, 0.0),
        cap=np.where(kept, 0.0, weight),
        floor_name=tuple(rule.forced for rule in rules),
        cap_name=tuple(rule.kept for rule in rules),
        charge=np.array([rule.charge for rule in rules]),
    )


def held_weights(
    job: Job, universe: Universe, lots: LotArrays, base: Decimal
) -> Floats:
    """Return present weights: tradable lots plus what is held untraded."""
    held = np.bincount(
        lots.security, weights=lots.weight, minlength=len(universe)
    ).astype(np.float64)
    for fixed in job.account.untraded:
        if fixed.valued and fixed.symbol in universe.position:
            value = fixed.shares * job.market.price(fixed.symbol)
            held[universe.position[fixed.symbol]] += float(value / base)
    return held


def fixed_weights(
    job: Job, universe: Universe, views: Sequence[LotView], base: Decimal
) -> Floats:
    """Return what of the present weights is never traded, (n,): held outside, locked.

    Beside it a rest of less than a step stays as well, for no position is sold whole.
    Lots that are merely kept today are not among it.
    """
    account, shut = job.account, job.account.locked_sleeves(job.on)
    fixed = {u.symbol: ZERO for u in account.untraded if u.valued}
    fixed |= {v.lot.symbol: ZERO for v in views if v.lot.sleeve in shut}
    free = dict.fromkeys(fixed, ZERO)
    for symbol, shares in ((u.symbol, u.shares) for u in account.untraded if u.valued):
        fixed[symbol] += shares
    for lot in (view.lot for view in views if view.lot.symbol in fixed):
        part = fixed if lot.sleeve in shut else free
        part[lot.symbol] += lot.shares
    found = np.zeros(len(universe))
    for symbol in sorted(fixed.keys() & universe.position.keys()):
        rest = free[symbol] % step(account, job.market, job.policy, symbol)
        value = (fixed[symbol] + rest) * job.market.price(symbol)
        found[universe.position[symbol]] = float(value / base)
    return found


def benchmark_weights(job: Job, universe: Universe) -> Floats:
    """Return the benchmark's weights; members outside the universe are left out."""
    known = {s: w for s, w in job.benchmark.items() if s in universe.position}
    return universe.align(known, what="benchmark", fill=0.0)


def half_spreads(job: Job, universe: Universe) -> Floats:
    """Return the cost per unit bought; 0 where there is no price."""
    quotes, default = job.market.quotes, job.policy.trading.spread_bp
    return np.array(
        [
            float(job.market.half_spread(s, default)) if s in quotes else 0.0
            for s in universe.symbols
        ]
    )


def prices_of(job: Job, universe: Universe) -> Floats:
    """Return what a share is worth, account currency; nan where there is no price."""
    quotes = job.market.quotes
    return np.array(
        [
            float(job.market.price(s)) if s in quotes else np.nan
            for s in universe.symbols
        ]
    )


def futures_of(job: Job, universe: Universe) -> Flags:
    """Return which securities are exposure without value, (n,)."""
    return np.array([job.market.is_future(s) for s in universe.symbols], np.bool_)
