# SPDX-License-Identifier: Apache-2.0
"""Two moves at once: one that takes cash and one that brings it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.orders.moves import Moves
from di_optimizer.program.groups import Flags
from di_optimizer.program.program import Floats, Ints, Program

SHORTLIST = 40  # most promising moves of each kind that are paired


@dataclass(frozen=True)
class Swap:
    """Two moves, each (number of the direction, security), and their joint change."""

    parts: tuple[tuple[int, int], tuple[int, int]]
    change: float


def best_swap(
    program: Program, options: tuple[Moves, ...], room: tuple[float, float]
) -> Swap | None:
    """Return the swap that lowers the objective most, or None.

    Parameters
    ----------
    program : Program
    options : tuple of Moves
        Single moves from the present plan.
    room : pair of float
        Least and most change of cash, fractions of base.
    """
    count = program.n
    change = np.concatenate([m.change for m in options])
    cash = np.concatenate([m.cash for m in options])
    shift = np.concatenate([m.shift for m in options])
    takes, brings = _promising(change, cash < 0.0), _promising(change, cash > 0.0)
    i, j = takes % count, brings % count
    cross = program.exposures[i] @ program.exposures[j].T
    joint = 2.0 * program.gamma * cross * np.outer(shift[takes], shift[brings])
    total = change[takes][:, None] + change[brings][None, :] + joint
    moved = cash[takes][:, None] + cash[brings][None, :]
    fits = (moved >= room[0]) & (moved <= room[1]) & (i[:, None] != j[None, :])
    total = np.where(fits, total, np.inf)
    if not np.any(np.isfinite(total)):
        return None
    row, column = np.unravel_index(int(np.argmin(total)), total.shape)
    parts = (_part(takes[row], count), _part(brings[column], count))
    return Swap(parts, float(total[row, column]))


def _promising(change: Floats, chosen: Flags) -> Ints:
    """Return the open moves among the chosen with the least change, in that order."""
    numbers = np.flatnonzero(chosen & np.isfinite(change))
    return numbers[np.argsort(change[numbers], kind="stable")][:SHORTLIST]


def _part(number: int, count: int) -> tuple[int, int]:
    return int(number) // count, int(number) % count
