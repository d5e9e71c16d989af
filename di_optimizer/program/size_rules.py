# SPDX-License-Identifier: Apache-2.0
"""What amounts an account may trade and hold, in the program's weights.

Least amounts are those of the grid: the smallest tradable one that is worth what is
asked for, found in exact fractions. Steps that are worth next to nothing are left
out: they are settled after the engine.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.exact import exact
from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.job import Job
from di_optimizer.program.program import Program
from di_optimizer.program.sizes import DUST, Sizes
from di_optimizer.program.steps import step
from di_optimizer.universe import Universe

FINE = 1e-6  # fraction of base; steps up to it are settled after the engine
SMALLEST = 1e-11  # weight that a name is held with at least, above the dust of sums


def sizes_of(
    job: Job, program: Program, universe: Universe, base: Decimal, scale: float
) -> Sizes | None:
    """Return the limits of sizes of a program without groups; None without any.

    Parameters
    ----------
    program : Program
        Its weights, limits and lots.
    scale : float
        NAV / base: limits of weights are set in fractions of NAV.
    """
    trading = job.policy.trading
    unit, least = _amounts(job, universe, base)
    held = least_held(program, trading.min_holding * scale, least)
    if job.policy.counts.min_names is not None:
        held = np.maximum(held, _one_name(program, unit))
    sizes = Sizes(
        step=np.where(unit > FINE, unit, 0.0),
        least_buy=least,
        least_sell=least,
        least_held=held,
        ticket=np.full(program.n, float(exact(trading.ticket) / base)),
    )
    return None if bool(np.all(sizes.plain)) else sizes


def _amounts(job: Job, universe: Universe, base: Decimal) -> tuple[Floats, Floats]:
    """Return the weights of one step and of the least order, (n,); 0 without price.

    The least order is the fewest steps that are worth ``trading.min_trade``.
    """
    money = Fraction(exact(job.policy.trading.min_trade))
    unit, least = np.zeros(len(universe)), np.zeros(len(universe))
    for i, symbol in enumerate(universe.symbols):
        if symbol in job.market.quotes:
            size = step(job.account, job.market, job.policy, symbol)
            worth = Fraction(size) * Fraction(job.market.price(symbol))
            unit[i] = worth / Fraction(base)
            least[i] = math.ceil(money / worth) * worth / Fraction(base)
    return unit, least


def least_held(program: Program, least: float, least_trade: Floats) -> Floats:
    """Return the least weight of each security that is held, (n,).

    A position below ``least`` that can neither be sold whole nor be bought up to it
    may stay what it is once forced sales are made.
    """
    if least == 0.0:
        return np.zeros(program.n)
    forced = _by_security(program, program.lots.floor)
    missing = np.maximum(least - program.held, 0.0)
    reached = program.held + np.maximum(missing, least_trade)
    up = (reached <= program.upper + DUST) & (forced <= DUST)
    stuck = ~can_leave(program) & ~up & (program.held > 0.0)
    rest = np.maximum(program.held - forced, 0.0)
    found: Floats = np.where(stuck, np.minimum(least, rest), least)
    return found


def can_leave(program: Program) -> Flags:
    """Return which positions may be sold whole, (n,)."""
    lots = program.lots
    kept = _by_security(program, (lots.cap < lots.weight) * 1.0) > 0.0
    outside = program.held - _by_security(program, lots.weight) > DUST
    found: Flags = ~kept & ~outside & (program.lower <= 0.0)
    return found


def _one_name(program: Program, unit: Floats) -> Floats:
    """Return the least weight that trading in steps can leave of a security, (n,).

    It tells a name that is held from one that nearly is not: of a purchase one step,
    of a sale what is left over of the whole steps, or the smallest lot.
    """
    lots = program.lots
    smallest = np.full(program.n, np.inf)
    np.minimum.at(smallest, lots.security, lots.weight)
    size = np.where(unit > 0.0, unit, 1.0)
    left = program.held - np.floor(program.held / size) * size
    left = np.where(left > DUST, left, unit)
    found: Floats = np.minimum(unit, np.minimum(left, smallest))
    return np.maximum(found, SMALLEST)


def _by_security(program: Program, amounts: Floats) -> Floats:
    """Sum lots by security, (n,)."""
    found = np.bincount(program.lots.security, weights=amounts, minlength=program.n)
    return found.astype(np.float64)
