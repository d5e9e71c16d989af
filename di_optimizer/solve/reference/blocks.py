# SPDX-License-Identifier: Apache-2.0
"""Facts about a program's blocks that both convex problems need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.groups import sums_before

Flags = NDArray[np.bool_]

DUST = 1e-9  # fraction of base: an interior-point zero, a tenth of a cent in a million


@dataclass(frozen=True)
class Ranges:
    """Least and most that each security may buy and sell; shapes (n,).

    ``can_buy`` and ``can_sell`` say whether that side is open at all: a position
    above its upper limit must be sold down and has no buy side.
    """

    buy_low: Floats
    buy_high: Floats
    sell_low: Floats
    sell_high: Floats
    can_buy: Flags
    can_sell: Flags


def ranges(program: Program) -> Ranges:
    """Return the purchase and sale range of every security."""
    room = program.upper - program.held
    sellable = np.bincount(
        program.lots.security, weights=program.lots.weight, minlength=program.n
    )
    spare = np.maximum(np.minimum(program.held - program.lower, sellable), 0.0)
    forced = np.maximum(-room, 0.0)
    # a full exit sells what the lots hold, which may differ from h by a rounding
    rounded = (forced > spare) & (forced <= spare + DUST)
    return Ranges(
        buy_low=np.maximum(program.lower - program.held, 0.0),
        buy_high=np.maximum(room, 0.0),
        sell_low=np.where(rounded, spare, forced),
        sell_high=spare,
        can_buy=room >= 0.0,
        can_sell=program.held - program.lower >= 0.0,
    )


def kinked(program: Program) -> Flags:
    """Return where buying and selling together would pay: the non-convex blocks.

    At h the slope jumps from −(unit cost of the cheapest lot sold) to +buy cost;
    the kink is concave when their sum is negative, as for a lot at a loss.
    """
    cheapest = np.full(program.n, np.inf)
    unit = program.lots.tax + program.lots.sell_cost
    np.minimum.at(cheapest, program.lots.security, unit)
    limits = ranges(program)
    both = limits.can_buy & limits.can_sell
    both &= (limits.buy_high > DUST) & (limits.sell_high > DUST)
    return both & (cheapest + program.buy_cost < 0.0)


def lot_matrix(program: Program) -> csr_array:
    """Return A (n × lots): A @ s sums lot sales by security."""
    count = len(program.lots)
    entries = (np.ones(count), (program.lots.security, np.arange(count)))
    return csr_array(entries, shape=(program.n, count))


def cheapest_first(program: Program, sold: Floats) -> Floats:
    """Spread what each security sells over its lots, cheapest unit cost first.

    Parameters
    ----------
    sold : (n,)
        Weight sold of each security, at most what its lots hold.

    Returns
    -------
    (lots,)
        Weight sold of each lot; ties in lot order.
    """
    unit = program.lots.tax + program.lots.sell_cost
    order = np.lexsort((np.arange(len(unit)), unit, program.lots.security))
    owner, weight = program.lots.security[order], program.lots.weight[order]
    before = sums_before(owner, weight)
    sells = np.zeros(len(unit))
    sells[order] = np.clip(sold[owner] - before, 0.0, weight)
    return sells
