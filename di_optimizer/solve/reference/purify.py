# SPDX-License-Identifier: Apache-2.0
"""From an interior-point answer to a clean plan: no dust, cheapest lots first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.reference.blocks import (
    DUST,
    Flags,
    cheapest_first,
    lot_matrix,
    ranges,
)
from di_optimizer.solve.reference.convex import Point


@dataclass(frozen=True)
class Pure:
    """A cleaned point; ``doubled`` securities both buy and sell, ``lean`` by net."""

    buys: Floats
    sells: Floats
    doubled: Flags
    lean: Ints


def purify(program: Program, point: Point) -> Pure:
    """Snap dust to 0 and near-limits to the limit; order sales by unit cost.

    The order is free only as long as no row tells the lots of a security apart: a
    row with coefficients of its own a lot would have to be priced in first.
    """
    limit = ranges(program)
    buys = _snap(point.buys, limit.buy_low, limit.buy_high)
    total: Floats = lot_matrix(program) @ point.sells
    sold: Floats = _snap(total, limit.sell_low, limit.sell_high)
    doubled = (buys > 0.0) & (sold > 0.0)
    lean = np.where(buys > sold, 1, -1)
    return Pure(buys, cheapest_first(program, sold), doubled, lean)


def _snap(amount: Floats, low: Floats, high: Floats) -> Floats:
    """Clip to [low, high] and take an end that is within the dust, low before high."""
    clipped = np.minimum(np.maximum(amount, low), high)
    ended = np.where(high - clipped <= DUST, high, clipped)
    return np.where(clipped - low <= DUST, low, ended)
