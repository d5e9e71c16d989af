# SPDX-License-Identifier: Apache-2.0
"""Plans in whole steps: a point put on the grid, and the rest solved again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, Program, at_modes
from di_optimizer.solve.certified.node import Fixing, Point
from di_optimizer.solve.certified.plans import (
    MARGIN,
    Plan,
    Task,
    Trades,
    keeps,
    solve_fixed,
)
from di_optimizer.solve.certified.settle import settle
from di_optimizer.solve.certified.tariff import lots_in_order, lots_sold

APART = 0.25  # of a step: weights this close to a point of the grid are only that point


def is_gridded(task: Task) -> bool:
    """Return whether any security trades in whole steps."""
    sizes = task.relaxation.program.sizes
    return sizes is not None and bool((sizes.step > 0.0).any())


def solve_whole(task: Task, lean: Fixing, start: Point, effort: int) -> Plan | None:
    """Return a plan on the grid in the fixing's modes, near a point; or None.

    Kinds of trades and weights are searched anew: the fixing's are a start. Where some
    securities may trade any amount, theirs are solved for again with the others kept.

    Parameters
    ----------
    effort : int
        Iterations of the search.
    """
    program = at_modes(task.relaxation.program, lean.modes)
    trades = settle(program, towards(program, start), effort, start.rows)
    if trades is None:
        return None
    plan = judged(task, program, replace(lean, kinds=program.kinds(*trades)), trades)
    if plan is None or _is_all_gridded(program):
        return plan
    again = solve_fixed(task, _kept(program, plan), start, MARGIN)
    if again is None or again.objective >= plan.objective:
        return plan
    fits = of_allowed_size(program, again.buys, again.sells).all()
    return again if fits else plan


def judged(task: Task, own: Program, fixing: Fixing, trades: Trades) -> Plan | None:
    """Return trades as a plan if they are allowed."""
    if not keeps(task.judge, *trades) or not of_allowed_size(own, *trades).all():
        return None
    return Plan(*trades, fixing, task.judge.objective(*trades))


def towards(program: Program, point: Point) -> Trades:
    """Return trades that lead to a point, on the grid or not; cheapest lots first."""
    moved = point.x - program.held
    order = lots_in_order(program, point.rows)
    sells = lots_sold(program, order, np.maximum(-moved, 0.0))
    return np.maximum(moved, 0.0), sells


def _is_all_gridded(program: Program) -> bool:
    sizes = program.sizes
    return sizes is not None and bool((sizes.step > 0.0).all())


def _kept(program: Program, plan: Plan) -> Fixing:
    """Return a fixing with the plan's kinds, and the weights of what is on a grid."""
    assert program.sizes is not None
    step, x = program.sizes.step, program.after(plan.buys, plan.sells)
    near: Floats = np.where(step > 0.0, APART * step, np.inf)
    return replace(plan.fixing, low=x - near, high=x + near)
