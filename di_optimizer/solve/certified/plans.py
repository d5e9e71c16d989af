# SPDX-License-Identifier: Apache-2.0
"""Plans: every kinked side and every mode fixed, the convex rest solved exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.certified.book import FREE
from di_optimizer.solve.certified.relaxation import (
    FINE,
    FIXED,
    Fixing,
    Minima,
    Picks,
    Point,
    Relaxation,
)

FEASIBLE = 1e-9  # fraction of base; rows may be missed by this
TRIES = 4  # times that sides are fixed which came out mixed


@dataclass(frozen=True)
class Plan:
    """A feasible plan: purchases (n,), sales (lots,), what was fixed, its value."""

    buys: Floats
    sells: Floats
    fixing: Fixing
    objective: float


def leaning(
    relaxation: Relaxation, fixing: Fixing, picks: Picks, minima: Minima
) -> Fixing:
    """Return a fixing of every kinked side and every mode that a point leans to.

    Modes go by what is least for the whole group at the multipliers, which for a
    security alone in its group is what its point leans to.
    """
    modes = _modes(relaxation, fixing, picks, minima)
    lead = np.where(picks.kinked, picks.side[0], 0)
    sides = np.where(fixing.sides != 0, fixing.sides, lead)
    choice = picks.choice[0]
    grouped = choice != FREE
    if grouped.any():
        other = grouped.copy()
        owner = relaxation.choices.group[choice[grouped]]
        other[grouped] = relaxation.choices.mode[choice[grouped]] != modes[owner]
        sides = np.where(other & (fixing.sides == 0), 0, sides)
    return Fixing(sides.astype(np.int64), modes)


def _modes(
    relaxation: Relaxation, fixing: Fixing, picks: Picks, minima: Minima
) -> Ints:
    choices = relaxation.choices
    if not choices.count:
        return fixing.modes
    sides = fixing.sides[relaxation.security]
    buy = np.where(sides >= 0, minima.blocks[0], np.inf)
    sell = np.where(sides <= 0, minima.blocks[1], np.inf)
    values = relaxation.by_choice(np.minimum(buy, sell))
    values = np.where(relaxation.open(fixing), values, np.inf)
    modes = fixing.modes.copy()
    for group, members in enumerate(relaxation.program.groups):
        if modes[group] != FREE:
            continue
        own = slice(choices.first[group], choices.first[group + 1])
        if len(members.securities) == 1:
            modes[group] = choices.mode[picks.choice[0, members.securities[0]]]
        else:
            modes[group] = int(np.argmin(values[own]))
    return modes


def solve_fixed(
    relaxation: Relaxation, fixing: Fixing, start: Point, judge: Program
) -> Plan | None:
    """Solve with modes and sides fixed; sides that still come out mixed get fixed.

    Parameters
    ----------
    judge : Program
        What the plan's objective is that of: the whole program.

    Returns
    -------
    Plan or None
        None where nothing fits the limits.
    """
    point: Point | None = start
    for _ in range(TRIES):
        if point is None:
            return None
        point = relaxation.solve(fixing, point, FIXED, FINE)
        if point is None:
            return None
        picks = relaxation.picks()
        if not picks.mixed.any():
            return _plan(relaxation, fixing, judge)
        sides = np.where(picks.mixed, picks.side[0], fixing.sides)
        fixing = Fixing(sides, fixing.modes)
    return None


def _plan(relaxation: Relaxation, fixing: Fixing, judge: Program) -> Plan | None:
    buys, sells = relaxation.trades()
    for row in relaxation.program.rows:
        value = relaxation.program.row_value(row, buys, sells)
        if not row.lower - FEASIBLE <= value <= row.upper + FEASIBLE:
            return None
    return Plan(buys, sells, fixing, judge.objective(buys, sells))
