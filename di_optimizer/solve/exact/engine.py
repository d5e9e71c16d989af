# SPDX-License-Identifier: Apache-2.0
"""The exact engine: SCIP on the whole mixed-integer program, then a clean plan.

Slow and thorough, to measure the other engines against; it needs the extra
``exact``. The bound is SCIP's dual bound, computed in floating point within SCIP's
tolerances (1e-7 on reduced costs): no leaf comes with it that would prove it, and
what those tolerances hide is not part of it.
"""

from __future__ import annotations

import time
from dataclasses import replace

from di_optimizer.program.program import Program
from di_optimizer.solve.conflicts import find_conflicts, mode_conflicts
from di_optimizer.solve.exact.cells import cells_of
from di_optimizer.solve.exact.lean import leaning
from di_optimizer.solve.exact.model import Model, model_of
from di_optimizer.solve.exact.picked import picked
from di_optimizer.solve.exact.polish import Plan, polished
from di_optimizer.solve.exact.run import bound_of, configure, ending
from di_optimizer.solve.exact.sane import strange
from di_optimizer.solve.exact.sized import is_sized
from di_optimizer.solve.exact.start import offer
from di_optimizer.solve.exact.units import BP
from di_optimizer.solve.solution import Attempt, Settings, Solution, Status

NAME = "exact"
OTHERS = 8  # of SCIP's plans are judged where a mode may charge less than the truth
NOTED = 1e-9  # fraction of base; a smaller difference is not worth a message


def solve(
    program: Program, settings: Settings, warm: Solution | None = None
) -> Solution:
    """Solve a program with SCIP; every ending is a status of the solution.

    Parameters
    ----------
    program : Program
    settings : Settings
        ``gap`` is the target, ``seconds`` the only limit: without it, SCIP goes on
        until the gap is closed or its memory used up.
    warm : Solution, optional
        A plan for a program like this one; offered to SCIP, which takes it if it is
        within the limits.

    Returns
    -------
    Solution
        ``bound`` holds for every plan up to SCIP's own tolerances: what modes charge
        is at most what a plan truly costs. ``objective`` is the true one; where the
        modes charge less, the message says how much. No limit is missed by more than
        1e-9 of base.
    """
    started = time.perf_counter()
    found = _solve(program, settings, warm, started)
    return replace(found, seconds=time.perf_counter() - started)


def _solve(
    program: Program, settings: Settings, warm: Solution | None, started: float
) -> Solution:
    found = strange(program)
    if found:
        message = f"not finite, or too large for SCIP: {', '.join(found)}"
        return Solution(status=Status.FAILED, engine=NAME, message=message)
    cells = cells_of(program)
    if cells.impossible:
        return _infeasible(program, Solution(status=Status.INFEASIBLE, engine=NAME))
    model = model_of(program, cells)
    if warm is not None:
        offer(model, program, warm)
    with leaning(program, model):
        configure(model.scip, settings, time.perf_counter() - started)
        model.scip.optimize()
    status, bound = ending(model.scip), bound_of(model.scip)
    version = f"SCIP {model.scip.version()}"
    text = str(model.scip.getStatus())
    ended = Solution(
        status=status,
        engine=NAME,
        attempts=(Attempt(step="branch and bound", solver=version, status=text),),
        iterations=int(model.scip.getNLPIterations()),
        nodes=int(model.scip.getNTotalNodes()),
    )
    if status is Status.INFEASIBLE:
        return _infeasible(program, ended)
    if status is Status.FAILED:
        return replace(ended, message=f"SCIP ended as '{text}'")
    return _finish(program, settings, model, replace(ended, bound=bound))


def _infeasible(program: Program, ended: Solution) -> Solution:
    """Name the limits in conflict where a linear program can tell them."""
    conflicts = find_conflicts(program) or mode_conflicts(program)
    return replace(ended, conflicts=conflicts, message="SCIP excludes every plan")


def _finish(
    program: Program, settings: Settings, model: Model, ended: Solution
) -> Solution:
    """Clean SCIP's plans and report the best."""
    plan, attempts = _best(program, model)
    ended = replace(ended, attempts=(*ended.attempts, *attempts))
    if plan is None:
        message = "no plan within the limits" if attempts else "SCIP found no plan"
        return replace(ended, status=Status.NO_PLAN, message=message)
    bound = ended.bound
    if bound is not None:
        bound = min(bound, plan.charged)  # SCIP's own tolerance, where it is above
    closed = bound is not None and plan.objective - bound <= settings.gap
    over = Status.TIME if ended.status is Status.TIME else Status.LIMIT
    return replace(
        ended,
        status=Status.SOLVED if closed else over,
        buys=plan.buys,
        sells=plan.sells,
        sides=plan.picked.sides,
        modes=plan.picked.modes,
        objective=plan.objective,
        bound=bound,
        terms=program.terms(plan.buys, plan.sells),
        message=_message(plan),
    )


def _message(plan: Plan) -> str:
    less = plan.objective - plan.charged
    if less <= NOTED:
        return ""
    return f"its modes charge {less * BP:.6f} bp less than the plan truly costs"


def _best(program: Program, model: Model) -> tuple[Plan | None, list[Attempt]]:
    """Return the best clean plan, the first of equals, and what was tried.

    Where modes are hopeful, the best plan for SCIP need not be the best one.
    """
    hopeful = any(group.wash is not None for group in program.groups)
    points = model.scip.getSols()
    attempts: list[Attempt] = []
    best: Plan | None = None
    for point in points[: OTHERS if hopeful or is_sized(program) else 1]:
        if best is not None and not hopeful:
            break
        plan, tried = polished(program, model.cells, picked(program, model, point))
        attempts += tried
        if plan is not None and (best is None or plan.objective < best.objective):
            best = plan
    return best, attempts
