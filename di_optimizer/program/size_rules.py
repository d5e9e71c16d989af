# SPDX-License-Identifier: Apache-2.0
"""What amounts an account may trade and hold, in the program's weights.

Least amounts are those of the grid: the smallest tradable one that is worth what is
asked for, found in exact fractions. Steps that are worth next to nothing are left
out: they are settled after the engine.
"""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.exact import exact
from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.job import Job
from di_optimizer.program.program import Program
from di_optimizer.program.sizes import DUST, NEAR, Sizes
from di_optimizer.program.steps import step
from di_optimizer.program.thresholds import least_trades
from di_optimizer.universe import Universe

CENT = 0.01  # money; an order for less is none
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
    unit = least_amounts(job, universe, base, 0.0)
    least = least_amounts(job, universe, base, trading.min_trade)
    beyond = least_trades(job, universe, base) or (np.zeros(program.n),) * 2
    first = np.maximum(least, beyond[0])
    held = least_held(program, trading.min_holding * scale, (unit, first))
    if job.policy.counts.min_names is not None:
        penny = least_amounts(job, universe, base, CENT)
        held = np.maximum(held, _one_name(program, unit, penny))
    if trading.min_trade == 0.0:
        least = np.zeros(program.n)
    sizes = Sizes(
        step=np.where(unit > FINE, unit, 0.0),
        least_buy=np.maximum(least, beyond[0]),
        least_sell=np.maximum(least, beyond[1]),
        least_held=held,
        ticket=np.full(program.n, float(exact(trading.ticket) / base)),
    )
    return None if bool(np.all(sizes.plain)) else sizes


def has_steps(program: Program) -> bool:
    """Return whether the program itself chooses among steps."""
    return program.sizes is not None and bool(np.any(program.sizes.step > 0.0))


def in_any_amounts(program: Program) -> Program:
    """Return the program without steps; all other limits stay."""
    if program.sizes is None:
        return program
    sizes = replace(program.sizes, step=np.zeros(program.n))
    return replace(program, sizes=None if bool(np.all(sizes.plain)) else sizes)


def least_amounts(job: Job, universe: Universe, base: Decimal, money: float) -> Floats:
    """Return the weight of the fewest steps worth ``money``, at least one, (n,).

    0 where there is no price.
    """
    wanted, found = Fraction(exact(money)), np.zeros(len(universe))
    for i, symbol in enumerate(universe.symbols):
        if symbol in job.market.quotes:
            size = step(job.account, job.market, job.policy, symbol)
            worth = Fraction(size) * Fraction(job.market.price(symbol))
            found[i] = max(math.ceil(wanted / worth), 1) * worth / Fraction(base)
    return found


def least_held(
    program: Program, least: float, amounts: tuple[Floats, Floats]
) -> Floats:
    """Return the least weight of each security that is held, (n,).

    A position below ``least`` that can neither be sold whole nor be bought up to it
    may stay what it is once forced sales are made.

    Parameters
    ----------
    amounts : pair of (n,)
        Weights of one step and of the least order.
    """
    if least == 0.0:
        return np.zeros(program.n)
    unit = np.where(amounts[0] > 0.0, amounts[0], 1.0)
    forced = _by_security(program, program.lots.floor)
    missing = np.ceil(np.maximum(least - program.held, 0.0) / unit - NEAR) * unit
    reached = program.held + np.maximum(missing, amounts[1])
    up = (reached <= program.upper + DUST) & (forced <= DUST)
    stuck = ~can_leave(program) & ~up & (program.held > 0.0)
    rest = np.maximum(program.held - forced, 0.0)
    found: Floats = np.where(stuck, np.minimum(least, rest), least)
    return found


def can_leave(program: Program) -> Flags:
    """Return which positions may be sold whole, (n,)."""
    lots = program.lots
    kept = _by_security(program, (lots.cap < lots.weight).astype(np.float64)) > 0.0
    outside = program.held - _by_security(program, lots.weight) > DUST
    found: Flags = ~kept & ~outside & (program.lower <= 0.0)
    return found


def _one_name(program: Program, unit: Floats, penny: Floats) -> Floats:
    """Return the least weight that trading in steps can leave of a security, (n,).

    It tells a name that is held from one that nearly is not: of a purchase the fewest
    steps worth a cent, of a sale what is left over of the whole steps, or the smallest
    lot.
    """
    lots = program.lots
    smallest = np.full(program.n, np.inf)
    np.minimum.at(smallest, lots.security, lots.weight)
    size = np.where(unit > 0.0, unit, 1.0)
    left = program.held - np.floor(program.held / size) * size
    left = np.where(left > DUST, left, unit)
    sold = np.minimum(np.minimum(unit, left), smallest)
    found: Floats = np.where(program.held > 0.0, sold, penny)
    return np.maximum(found, SMALLEST)


def _by_security(program: Program, amounts: Floats) -> Floats:
    """Sum lots by security, (n,)."""
    found = np.bincount(program.lots.security, weights=amounts, minlength=program.n)
    return found.astype(np.float64)
