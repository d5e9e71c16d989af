# SPDX-License-Identifier: Apache-2.0
"""One program, several ways of solving it, timed in turns on one core."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.engines.baseline import Plan, solve_baseline
from benchmarks.engines.cases import Case, described
from benchmarks.engines.convex import DIRECT
from benchmarks.environment import machine
from di_optimizer.program.program import Program
from di_optimizer.solve.reference.purify import FEASIBLE, missed
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import GAPS, Settings, Solution

BP = 1e4
NAMES = tuple(f"{gap * BP:g}" for gap in GAPS)  # of the gaps, in bp

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Plans:
    """What was found of one program, with the least time of several turns each.

    ``reached`` has the seconds to each of the gaps, None where it was not reached.
    ``repeatable`` says whether every turn had the same answer, bit for bit.
    """

    solution: Solution
    seconds: float
    reached: tuple[float | None, ...]
    repeatable: bool
    baseline: Plan
    direct: Plan


def on_one_core() -> int:
    """Bind this process to one core and BLAS to one thread; return the core."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    threadpool_limits(1)
    return core


def place(core: int) -> Record:
    """Return what results say about where they come from; call it at the end.

    ``load`` is the machine's over the last five minutes: above 1, times are inflated.
    """
    return machine() | {"core": core, "load": round(os.getloadavg()[1], 2)}


def solver(name: str, settings: Settings) -> Callable[[Program], Solution]:
    """Return an engine by name, with its settings."""
    found = engine(name)
    return lambda program: found(program, settings)


def compare(
    program: Program, solve: Callable[[Program], Solution], turns: int
) -> Plans:
    """Solve with an engine, with the baseline, and by Clarabel directly, in turns.

    Every other turn goes the other way round.
    """
    solutions: list[tuple[Solution, float]] = []
    baselines: list[Plan] = []
    directs: list[Plan] = []
    steps: list[Callable[[], None]] = [
        lambda: solutions.append(timed(solve, program)),
        lambda: baselines.append(solve_baseline(program)),
        lambda: directs.append(solve_baseline(program, DIRECT)),
    ]
    for turn in range(turns):
        for step in steps if turn % 2 == 0 else steps[::-1]:
            step()
    every = [solution for solution, _ in solutions]
    return Plans(
        solution=every[0],
        seconds=min(seconds for _, seconds in solutions),
        reached=tuple(_first(every, gap) for gap in GAPS),
        repeatable=all(_same(every[0], other) for other in every),
        baseline=min(baselines, key=lambda plan: plan.seconds),
        direct=min(directs, key=lambda plan: plan.seconds),
    )


def timed(
    solve: Callable[[Program], Solution], program: Program
) -> tuple[Solution, float]:
    """Return the solution and the seconds that it took."""
    started = time.perf_counter()
    solution = solve(program)
    return solution, time.perf_counter() - started


def _first(solutions: list[Solution], gap: float) -> float | None:
    """Return the least time to a gap; None where the engine did not get there.

    Where it did and does not say when, it is the time of the whole.
    """
    if (solutions[0].gap if solutions[0].gap is not None else np.inf) > gap:
        return None
    return min(dict(s.reached).get(gap, s.seconds) for s in solutions)


def _same(one: Solution, other: Solution) -> bool:
    if one.buys is None or other.buys is None:
        return one.buys is other.buys
    equal = np.array_equal(one.buys, other.buys)
    assert one.sells is not None
    assert other.sells is not None
    return equal and np.array_equal(one.sells, other.sells) and one.bound == other.bound


def nothing(program: Program) -> tuple[float, bool]:
    """Return the objective without trades, and whether that is a plan.

    Where it is not (cash to invest, forced sales), the improvement over it is still
    counted from the same objective: what is missed is not priced.
    """
    none = np.zeros(program.n), np.zeros(len(program.lots))
    forced = bool(np.any(program.lots.floor > 0.0))
    return program.objective(*none), not forced and missed(program, *none) <= FEASIBLE


def record(case: Case, plans: Plans) -> Record:
    """Return what the results say about a case; values in bp, times in ms."""
    solution, baseline = plans.solution, plans.baseline
    value, stays = nothing(case.program)
    reached = dict(zip(NAMES, map(_ms, plans.reached), strict=True))
    better = _better(value, solution)
    return {
        **described(case),
        "nothing_bp": value * BP,
        "nothing_is_a_plan": stays,
        "status": str(solution.status),
        "objective_bp": _bp(solution.objective),
        "bound_bp": _bp(solution.bound),
        "gap_bp": _bp(solution.gap),
        "gap_of_improvement": None
        if better is None
        else (solution.gap or 0.0) / better,
        "missed": _missed(case.program, solution),
        "nodes": solution.nodes,
        "iterations": solution.iterations,
        "repeatable": plans.repeatable,
        "ms": _ms(plans.seconds),
        "ms_to": reached,
        "baseline": _baseline(baseline) | {"direct_ms": _ms(plans.direct.seconds)},
        "worse_bp": _worse(solution, baseline),
        "times": {
            name: None if ms is None else baseline.seconds * 1e3 / ms
            for name, ms in reached.items()
        },
    }


def _baseline(plan: Plan) -> Record:
    return {
        "objective_bp": plan.objective * BP,
        "bound_bp": plan.bound * BP,
        "gap_bp": (plan.objective - plan.bound) * BP,
        "missed": plan.missed,
        "ms": _ms(plan.seconds),
        "compile_ms": _ms(plan.compile),
        "solve_ms": _ms(plan.solve),
        "iterations": plan.iterations,
    }


def _better(value: float, solution: Solution) -> float | None:
    """Return the improvement over doing nothing; None where there is none."""
    if solution.objective is None or value - solution.objective <= 0.0:
        return None
    return value - solution.objective


def _missed(program: Program, solution: Solution) -> float | None:
    if solution.buys is None or solution.sells is None:
        return None
    return missed(program, solution.buys, solution.sells)


def _worse(solution: Solution, baseline: Plan) -> float | None:
    if solution.objective is None:
        return None
    return (solution.objective - baseline.objective) * BP


def _bp(value: float | None) -> float | None:
    return None if value is None else value * BP


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1e3, 4)
