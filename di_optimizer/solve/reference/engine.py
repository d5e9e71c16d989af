# SPDX-License-Identifier: Apache-2.0
"""The reference engine: hull relaxation, modes and sides fixed, then flips.

1. Solve the relaxation over the convex hull of every group and security; its
   multipliers give the lower bound through the exact dual function.
2. Fix modes, sides and kinds to what the relaxation leans to and solve the now
   convex problem; where amounts are on a grid, settle on it.
3. Change the block that is furthest from its Lagrangian minimum, one at a time,
   then two at once, and keep what is better.

A netted bill is done piece by piece. Plain and slow on purpose; a faster engine is
tested against it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Program
from di_optimizer.program.tilt import with_tilt
from di_optimizer.solve.conflicts import find_conflicts, mode_conflicts
from di_optimizer.solve.pieces import at_flat_rates
from di_optimizer.solve.reach import (
    cap_conflict,
    least_tax,
    least_variance,
    limits_tax,
    proven_error,
    tax_conflict,
)
from di_optimizer.solve.reference.convex import INFEASIBLE
from di_optimizer.solve.reference.flips import flip
from di_optimizer.solve.reference.hull import Hull, solve_hull
from di_optimizer.solve.reference.netted import solve_netted
from di_optimizer.solve.reference.own import own_conflicts, tilt_of
from di_optimizer.solve.reference.search import fallback, first_plan, leaning_plan
from di_optimizer.solve.reference.task import (
    Choice,
    Found,
    Task,
    Trace,
    better,
    choice_of,
)
from di_optimizer.solve.solution import (
    Candidate,
    Conflict,
    Settings,
    Solution,
    Status,
)

NAME = "reference"


def solve(
    program: Program,
    settings: Settings,
    warm: Solution | None = None,
) -> Solution:
    """Solve a program; every ending is a status of the solution.

    Of ``warm`` the modes and sides are tried: an interior point starts afresh.
    """
    started, trace = time.perf_counter(), Trace()
    tilt = tilt_of(program, trace)
    tilted = with_tilt(program, tilt)
    found = _solve(tilted, settings, _choices(program, warm))
    if found.buys is not None and found.sells is not None:
        found = replace(found, terms=program.terms(found.buys, found.sells))
    return replace(
        found,
        tilt=tilt,
        attempts=(*trace.attempts, *found.attempts),
        seconds=time.perf_counter() - started,
    )


def _solve(
    program: Program, settings: Settings, known: Sequence[Choice] = ()
) -> Solution:
    """Solve a program; ``known`` are choices that are tried as well."""
    trace = Trace()
    rates = at_flat_rates(program)
    flat = Task(rates, rates, trace)
    hull = solve_hull(flat)
    if hull.point is None:
        return _without_point(flat, hull, settings)
    best = leaning_plan(flat, hull, known)
    best = best or first_plan(flat, _closest(rates, settings)) or fallback(flat)
    if best is not None:
        best = flip(flat, best, settings, best.objective)
    if program.netting is None:
        return _finish(settings, best, [flat], trace)
    tasks, netted = solve_netted(program, flat, best, settings)
    if netted is None:
        return _without_piece(program, tasks, settings)
    done = _finish(settings, netted, tasks, trace)
    return replace(done, others=() if best is None else (_candidate(best),))


def _choices(program: Program, start: Solution | None) -> list[Choice]:
    """Return the choices of a solution to a program of the same shape."""
    if start is None or start.sides is None or start.modes is None:
        return []
    same = len(start.sides) == program.n and len(start.modes) == len(program.groups)
    if not same or start.buys is None or start.sells is None:
        return []
    kinds = program.kinds(start.buys, start.sells)
    return [choice_of(program, start.sides, start.modes, kinds)]


def _closest(program: Program, settings: Settings) -> list[Choice]:
    """Return the choices of the plans with the least variance and the least tax.

    Where one of the two is limited, they may fit when others do not.
    """
    ends = [least_variance(program)] if np.isfinite(program.variance_cap) else []
    ends += [least_tax(program)] if limits_tax(program) else []
    return [c for end in ends for c in _choices(program, _solve(end, settings))]


def _candidate(found: Found) -> Candidate:
    choice = found.choice
    return Candidate(found.buys, found.sells, choice.all_sides, choice.modes)


def _without_point(task: Task, hull: Hull, settings: Settings) -> Solution:
    """Report infeasible if that is proven; else what the solver said.

    A linear program proves it of linear limits, the least variance of the cap.
    """
    conflicts = find_conflicts(task.program) or mode_conflicts(task.program)
    conflicts = conflicts or own_conflicts(task)
    if not conflicts and np.isfinite(task.program.variance_cap):
        conflicts = _beyond_cap(task.program, settings)
    if conflicts:
        status = Status.INFEASIBLE
    else:
        status = Status.NO_PLAN if hull.status in INFEASIBLE else Status.FAILED
    return replace(
        _ended(status, task.trace),
        conflicts=conflicts,
        message=f"relaxation ended as '{hull.status}'",
    )


def _beyond_cap(program: Program, settings: Settings) -> tuple[Conflict, ...]:
    """Return the cap as a conflict if no plan is within it; proven."""
    free = least_variance(program)
    proven = proven_error(free, _solve(free, settings))
    missing = proven - float(np.sqrt(program.variance_cap))
    return (cap_conflict(missing),) if missing > 0.0 else ()


def _without_piece(
    program: Program, tasks: Sequence[Task], settings: Settings
) -> Solution:
    """Report a limit on the bill that no plan is within; else try the least bill."""
    trace, netting = tasks[0].trace, program.netting
    if netting is None or not limits_tax(program):
        return _finish(settings, None, tasks, trace)
    least = _solve(least_tax(program), settings)
    if least.bound is not None and least.bound > netting.cap:
        ended = _ended(Status.INFEASIBLE, trace)
        return replace(ended, conflicts=(tax_conflict(least.bound - netting.cap),))
    best: Found | None = None
    for task in tasks:
        best = better(first_plan(task, _choices(program, least)), best)
    return _finish(settings, best, tasks, trace)


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
    bound = min(bound, best.objective)  # a row may be missed by a rounding
    closed = best.objective - bound <= settings.gap
    return replace(
        proven,
        bound=bound if leaves else None,
        status=Status.SOLVED if closed else Status.LIMIT,
        buys=best.buys,
        sells=best.sells,
        sides=best.choice.all_sides,
        modes=best.choice.modes,
        objective=best.objective,
        terms=best.terms,
        risk=best.leaf.risk,
        message="",
    )
