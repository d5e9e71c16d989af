# SPDX-License-Identifier: Apache-2.0
"""The reference engine: hull relaxation, modes and sides fixed, then flips.

1. Solve the relaxation over the convex hull of every group and security; its
   multipliers give the lower bound through the exact dual function.
2. Fix modes and sides to what the relaxation leans to and solve the now convex
   problem.
3. Change the block that is furthest from its Lagrangian minimum, one at a time,
   then two at once, and keep what is better.

A netted bill is done piece by piece. Plain and slow on purpose; a faster engine is
tested against it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from di_optimizer.program.program import Program
from di_optimizer.solve.conflicts import find_conflicts, mode_conflicts
from di_optimizer.solve.pieces import at_flat_rates
from di_optimizer.solve.reference.convex import INFEASIBLE
from di_optimizer.solve.reference.flips import flip
from di_optimizer.solve.reference.hull import Hull, solve_hull
from di_optimizer.solve.reference.netted import solve_netted
from di_optimizer.solve.reference.search import (
    Found,
    Task,
    Trace,
    fallback,
    first_plan,
    leanings,
)
from di_optimizer.solve.solution import Candidate, Settings, Solution, Status

NAME = "reference"


def solve(
    program: Program,
    settings: Settings,
    warm: Solution | None = None,  # noqa: ARG001  an interior point starts afresh
) -> Solution:
    """Solve a program; every ending is a status of the solution."""
    started = time.perf_counter()
    found = _solve(program, settings)
    return replace(found, seconds=time.perf_counter() - started)


def _solve(program: Program, settings: Settings) -> Solution:
    trace = Trace()
    rates = at_flat_rates(program)
    flat = Task(rates, rates, trace)
    hull = solve_hull(flat)
    if hull.point is None:
        return _without_point(flat, hull)
    best = first_plan(flat, leanings(hull.mix, hull.point)) or fallback(flat)
    if best is not None:
        best = flip(flat, best, settings, best.objective)
    if program.netting is None:
        return _finish(settings, best, [flat], trace)
    tasks, netted = solve_netted(program, flat, best, settings)
    done = _finish(settings, netted, tasks, trace)
    return replace(done, others=() if best is None else (_candidate(best),))


def _candidate(found: Found) -> Candidate:
    choice = found.choice
    return Candidate(found.buys, found.sells, choice.sides, choice.modes)


def _without_point(task: Task, hull: Hull) -> Solution:
    """Report infeasible if a linear program proves it; else what the solver said."""
    conflicts = find_conflicts(task.program) or mode_conflicts(task.program)
    if conflicts:
        status = Status.INFEASIBLE
    else:
        status = Status.NO_PLAN if hull.status in INFEASIBLE else Status.FAILED
    return replace(
        _ended(status, task.trace),
        conflicts=conflicts,
        message=f"relaxation ended as '{hull.status}'",
    )


def _ended(status: Status, trace: Trace) -> Solution:
    """Return a solution without plan or bound."""
    return Solution(
        status=status,
        engine=NAME,
        attempts=tuple(trace.attempts),
        iterations=trace.iterations,
        nodes=max(len(trace.attempts) - 1, 0),
    )


def _finish(
    settings: Settings, best: Found | None, tasks: Sequence[Task], trace: Trace
) -> Solution:
    """Assemble the solution from what was found and what was proven."""
    bound = min(task.bound for task in tasks)
    leaves = tuple(task.leaf for task in tasks if task.leaf is not None)
    proven = replace(
        _ended(Status.NO_PLAN, trace),
        bound=bound if leaves else None,
        leaves=leaves,
        message="no choice of modes and sides that was tried has a feasible plan",
    )
    if best is None:
        return proven
    closed = best.objective - bound <= settings.gap
    return replace(
        proven,
        status=Status.SOLVED if closed else Status.LIMIT,
        buys=best.buys,
        sells=best.sells,
        sides=best.choice.sides,
        modes=best.choice.modes,
        objective=best.objective,
        terms=best.terms,
        message="",
    )
