# SPDX-License-Identifier: Apache-2.0
"""Limits that tie securities together, mended after rounding has broken them."""

from __future__ import annotations

import numpy as np

from di_optimizer.orders.grid import SLACK, Steps, excess, row_values
from di_optimizer.orders.moves import Moves, made
from di_optimizer.orders.rounder import Rounder
from di_optimizer.program.groups import Flags
from di_optimizer.program.program import Floats, Ints


def inside_rows(rounder: Rounder, steps: Steps) -> Steps:
    """Make the moves that cost the objective least for what they mend.

    Limits without a name are not the account's but of the piece of the bill that
    the plan is priced in: they may stay broken.
    """
    grid = rounder.grid
    hard = np.array([bool(row.lower_name or row.upper_name) for row in grid.rows])
    if not hard.any():
        return steps
    for _ in range(len(rounder.steps) + 100):
        broken = _broken(rounder, row_values(grid, steps)[:, None], hard)[0]
        if broken <= SLACK:
            break
        chosen = _best(rounder, steps, hard)
        if chosen is None:
            break
        steps = made(steps, *chosen)
    return steps


def _broken(rounder: Rounder, values: Floats, hard: Flags) -> Floats:
    """Return by how much the account's rows are broken together; values (rows, n)."""
    found: Floats = excess(rounder.grid, values)[hard].sum(axis=0)
    return found


def _best(rounder: Rounder, steps: Steps, hard: Flags) -> tuple[Moves, int] | None:
    """Return the move with the least loss of objective per unit mended."""
    one = np.ones(len(rounder.steps), dtype=np.int64)
    best: tuple[float, Moves, int] | None = None
    values = row_values(rounder.grid, steps)[:, None]
    broken = _broken(rounder, values, hard)[0]
    for number, single in enumerate(rounder.any_options(steps, one)):
        count = _count(broken, broken - _broken(rounder, values + single.rows, hard))
        move = rounder.any_options(steps, count)[number]
        mended = broken - _broken(rounder, values + move.rows, hard)
        open_ = (mended > SLACK) & np.isfinite(move.change)
        if open_.any():
            score = np.where(open_, move.change / np.maximum(mended, SLACK), np.inf)
            i = int(np.argmin(score))
            if best is None or score[i] < best[0]:
                best = (float(score[i]), move, i)
    return None if best is None else (best[1], best[2])


def _count(broken: float, mended: Floats) -> Ints:
    """Return as many steps as mend nearly all, at least one."""
    with np.errstate(divide="ignore"):
        steps = np.where(mended > SLACK, broken / np.maximum(mended, SLACK), 1.0)
    return np.maximum(np.floor(steps), 1.0).astype(np.int64)
