# SPDX-License-Identifier: Apache-2.0
"""In which order the lots of a security are sold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from di_optimizer.program.program import Floats, Ints, at_modes
from di_optimizer.solve.reference.purify import in_order
from di_optimizer.solve.reference.task import Task
from di_optimizer.solve.solution import Leaf

TIE = 1e-12  # of a unit of gain: equal lots of a fixed order have the lower gain first


def lot_prices(task: Task, modes: Ints, leaf: Leaf) -> Iterator[Floats]:
    """Yield prices to sort lots by: their unit cost, then with what rows charge.

    Parameters
    ----------
    modes : (groups,)
    """
    program = at_modes(task.program, modes)
    lots, fixed = program.lots, in_order(task.program)
    unit = lots.unit + np.where(fixed, TIE * lots.gain, 0.0)
    yield unit
    charged = np.zeros(len(lots))
    multipliers = np.concatenate([leaf.rows, leaf.piece_rows])
    for row, mu in zip(program.rows, multipliers, strict=True):
        by_term = np.where(lots.long_term, row.long, row.short)
        charged += mu * (row.sell + by_term * lots.gain)
    told_apart = np.where(fixed, 0.0, charged)
    if np.any(_differs(lots.security, told_apart, program.n)):
        yield unit + told_apart


def _differs(security: Ints, amounts: Floats, count: int) -> Floats:
    """Return by how much amounts differ within their security, (count,)."""
    least, most = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(least, security, amounts)
    np.maximum.at(most, security, amounts)
    return np.where(least < most, most - least, 0.0)
