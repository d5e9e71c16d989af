# SPDX-License-Identifier: Apache-2.0
"""What float64 may put a value of the dual function off: a bound gives it up.

A plain a-priori estimate: the sizes of all terms, times the roundings that one term
goes through. About 1e-7 bp of NAV at the multipliers of a solve; it matters where
multipliers are huge, as on a ray that proves infeasibility.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Program, Row
from di_optimizer.solve.ground import Ground
from di_optimizer.solve.solution import Leaf

UNIT = float(np.finfo(np.float64).eps)  # twice the error of one rounding
STEPS = 128  # roundings besides those in the sums over lots, factors and rows


@dataclass(frozen=True, kw_only=True)
class Magnitudes:
    """Largest sizes of the terms of the Lagrangian, by what multiplies them.

    ``factors`` (k,) by ν, ``rows`` (rows,) by μ, ``variance`` by the price of
    variance, ``own`` by nothing; ``steps`` roundings a term.
    """

    factors: Floats
    rows: Floats
    variance: float
    own: float
    steps: float

    def error(self, leaf: Leaf, gamma: float, constant: float) -> float:
        """Return the most that roundings can put the value of a leaf off."""
        size = (
            self.own
            + abs(constant)
            + (gamma + leaf.risk) * self.variance
            + float(np.abs(leaf.factors) @ self.factors)
            + float(np.abs(np.concatenate([leaf.rows, leaf.piece_rows])) @ self.rows)
        )
        return UNIT * self.steps * size


def magnitudes_of(program: Program, ground: Ground) -> Magnitudes:
    """Return the sizes of a program's terms at any weights within its limits."""
    blocks = ground.blocks
    weight = np.maximum(program.held, program.upper)
    active = weight + np.abs(program.benchmark)
    gain = np.maximum(np.abs(blocks.gain), np.abs(blocks.low))
    gain = np.maximum(gain, np.abs(blocks.high)) * blocks.cap
    bought = np.maximum(ground.buy_most, 0.0)
    lots = program.lots
    unit = np.abs(lots.sell_cost[blocks.lot]) + np.abs(blocks.charge)
    own = (
        float(np.abs(blocks.buy_cost) @ bought)
        + float(unit @ blocks.cap + np.abs(lots.rate[blocks.lot]) @ gain)
        + float(np.abs(blocks.constant).sum())
    )
    if program.sizes is not None:
        own += float(np.abs(program.sizes.ticket)[blocks.security].sum())
    count = len(program.rows) + program.exposures.shape[1] + ground.table.shape[1]
    return Magnitudes(
        factors=np.abs(program.exposures).T @ active,
        rows=np.array([_row(program, row, ground, gain) for row in program.rows]),
        variance=float(program.specific @ active**2),
        own=own + abs(program.constant),
        steps=float(STEPS + count),
    )


def _row(program: Program, row: Row, ground: Ground, gain: Floats) -> float:
    """Return the size of a row; ``gain`` is the most of each pair, (pairs,)."""
    blocks = ground.blocks
    bought = np.maximum(ground.buy_most, 0.0)
    limits = [abs(limit) for limit in (row.lower, row.upper) if np.isfinite(limit)]
    size = abs(row.offset) + max(limits, default=0.0)
    size += float(np.abs(row.buy)[blocks.security] @ bought)
    size += float(np.abs(row.sell)[blocks.lot] @ blocks.cap)
    for counted in (row.names, row.trades):
        if counted is not None:
            size += float(np.abs(counted)[blocks.security].sum())
    if row.short or row.long:
        by_term = np.where(program.lots.long_term, abs(row.long), abs(row.short))
        size += float(by_term[blocks.lot] @ gain)
    return float(size)
