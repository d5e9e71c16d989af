# SPDX-License-Identifier: Apache-2.0
"""The least and most that each security trades, where a point has chosen its steps."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Program
from di_optimizer.program.sizes import NEAR
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.counts import whole
from di_optimizer.solve.exact.picked import Picked
from di_optimizer.solve.groups import totals


def ends_of(
    program: Program, cells: Cells, picked: Picked, *, fine: bool = False
) -> tuple[Floats, Floats]:
    """Return the least and most of each security's trade, (n,).

    A trade in steps is the nearest whole number of them, one in none anything that its
    cell allows. Steps too small for SCIP count as none unless ``fine``.
    """
    cell = picked.cell
    low, high = cells.low[cell], cells.high[cell]
    stepped = cells.step[cell] > 0.0 if fine else whole(cells)[cell]
    step = np.where(stepped, cells.step[cell], 1.0)
    sold = totals(program.lots.security, picked.sells, program.n)
    amount = np.where(cells.side[cell] > 0, picked.buys, sold)
    found = np.clip(step * np.rint(amount / step), low, high)
    found = np.where(found >= high - NEAR * step, high, found)
    return np.where(stepped, found, low), np.where(stepped, found, high)
