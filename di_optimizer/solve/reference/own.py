# SPDX-License-Identifier: Apache-2.0
"""Terms of the account's own: what of them is linear, and which no plan can meet."""

from __future__ import annotations

import cvxpy as cp
import numpy as np

from di_optimizer.own_terms.values import Tilt
from di_optimizer.program.program import Program
from di_optimizer.solve.pieces import at_flat_rates
from di_optimizer.solve.reference.cells import cells_of, kinked
from di_optimizer.solve.reference.convex import own_limits, solved_for
from di_optimizer.solve.reference.hull import solve_hull
from di_optimizer.solve.reference.kinds import parts_of
from di_optimizer.solve.reference.mix import Mix
from di_optimizer.solve.reference.model import model_of
from di_optimizer.solve.reference.task import Task, Trace
from di_optimizer.solve.solution import Conflict

MISSED = 1e-6  # of a constraint's unit; less is met


def tilt_of(program: Program, trace: Trace) -> Tilt | None:
    """Return the linear function below the terms that touches them at the relaxation.

    Constraints count at their multipliers there: see docs/your-own-terms.md. None
    without terms, and where the relaxation has no point.
    """
    if program.own is None:
        return None
    flat = at_flat_rates(program)
    point = solve_hull(Task(flat, flat, trace)).point
    if point is None:
        return None
    own = program.securities
    tilt = program.own.minorant(point.buys[:own], point.sells, point.own)
    return tilt if np.isfinite(tilt.constant) else None


def own_conflicts(task: Task) -> tuple[Conflict, ...]:
    """Return the constraints of its own that the relaxation cannot meet, amounts least.

    In each constraint's own unit; () where others are in conflict.
    """
    program = task.program
    if program.own is None:
        return ()
    blocks = task.blocks
    plain = ~task.sized[blocks.security]
    parts = parts_of(program, blocks) if np.any(task.sized) else None
    free = np.zeros(program.n, dtype=np.int64)
    cells = cells_of(program, blocks, free, kinked(program, blocks) & plain, parts)
    model = model_of(Mix(program, blocks, cells, "own terms"))
    asked, room = own_limits(model)
    if not solved_for(model, cp.sum(room), asked):
        return ()
    amounts: list[float] = np.asarray(room.value, dtype=np.float64).tolist()
    found = zip(program.own.names, amounts, strict=True)
    return tuple(
        Conflict(name=name, amount=amount, alone=False)
        for name, amount in found
        if amount > MISSED
    )
