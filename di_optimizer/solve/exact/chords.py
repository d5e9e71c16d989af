# SPDX-License-Identifier: Apache-2.0
"""First cuts of squares on grids: chords where trades are likely to end.

Over whole numbers of steps a square is above its chords between neighbours, and with
the cell's share they are its convex hull; cones alone leave the relaxation of a
small account far below. Where any amount may be traded SCIP cuts cones by itself,
and is quicker without tangents that it was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from pyscipopt import Model as Scip
from pyscipopt import Variable

from di_optimizer.program.program import Program
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.units import BP, Share

PARTS = (0.15, 0.4, 0.7, 1.0, 1.4, 2.0)  # of the way to the benchmark
FACTORS = (0.02, 0.1, 0.4, 1.5)  # roots of a bp
NEAR = 2  # steps to either side

Line = tuple[float, float]  # slope and level


def cut_factors(
    scip: Scip, factors: Sequence[Variable], squares: Sequence[Variable]
) -> None:
    """Add tangents of y² to both sides."""
    for factor, square in zip(factors, squares, strict=True):
        for at in FACTORS:
            for sign in (-1.0, 1.0):
                scip.addCons(2.0 * sign * at * factor - square <= at * at)


def cut_risk(
    scip: Scip,
    risk: Variable,
    amount: Variable,
    share: Share,
    lines: Iterable[Line],
) -> None:
    """Add risk ≥ slope · amount − level · share."""
    for slope, level in lines:
        scip.addCons(slope * amount - level * share - risk <= 0.0)


def chords(program: Program, cells: Cells, i: int, scale: float) -> list[Line]:
    """Return slopes and levels of chords of a cell's scale · amount², in bp."""
    own, step = cells.security[i], float(cells.step[i])
    wanted = (program.benchmark[own] - program.held[own]) * cells.side[i]
    near = np.array(PARTS) * max(float(wanted), 0.0)
    first = round(float(cells.low[i]) / step)
    last = max(round(float(cells.high[i]) / step) - 1, first)
    aside = np.arange(-NEAR, NEAR + 1)
    around = np.floor(near / step).astype(int)[:, None] + aside[None, :]
    numbers = np.unique(np.clip(np.append(around, first), first, last))
    size = BP * step
    return [
        (scale * (2 * k + 1) * size, scale * k * (k + 1) * size * size)
        for k in numbers.tolist()
    ]
