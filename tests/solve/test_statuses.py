# SPDX-License-Identifier: Apache-2.0
"""Every ending of the underlying solver becomes a status; none is taken for success."""

import dataclasses
import inspect

import numpy as np
import pytest
from support.programs import Shape, random_program

from di_optimizer.solve.reference import convex
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.registry import ENGINES, engine
from di_optimizer.solve.solution import Settings, Status

PROGRAM = random_program(1, Shape(securities=4))


def test_solved_records_every_attempt() -> None:
    solution = solve(PROGRAM, Settings())
    assert solution.status is Status.SOLVED
    steps = [a.step for a in solution.attempts]
    assert steps[0] == "hull"
    assert set(steps[1:]) == {"sides"}
    assert {a.solver for a in solution.attempts} == {"CLARABEL, tight"}
    assert {a.status for a in solution.attempts} == {"optimal"}


def test_limit_is_said_when_the_gap_stays_open() -> None:
    wide = next(
        solution
        for seed in range(300)
        if (
            solution := solve(
                random_program(seed, Shape(securities=4, gamma=50)),
                Settings(gap=0.0, flips=0),
            )
        ).gap
        and solution.gap > 1e-4
    )
    assert wide.status is Status.LIMIT


def test_an_iteration_limit_is_not_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        convex, "TOLERANCES", {"one": {"max_iter": 1}, "two": {"max_iter": 2}}
    )
    solution = solve(PROGRAM, Settings())
    assert solution.status is Status.FAILED
    assert solution.buys is None
    assert solution.objective is None
    assert [a.solver for a in solution.attempts] == ["CLARABEL, one", "CLARABEL, two"]
    assert solution.attempts[-1].status not in convex.SOLVED
    assert solution.attempts[-1].status in solution.message


def test_an_inaccurate_answer_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    beyond = {"tol_gap_abs": 1e-30, "tol_gap_rel": 1e-30, "tol_feas": 1e-30}
    usual = convex.TOLERANCES["usual"]
    monkeypatch.setattr(convex, "TOLERANCES", {"beyond": beyond, "usual": usual})
    solution = solve(PROGRAM, Settings())
    assert solution.status is Status.SOLVED
    first, second = solution.attempts[:2]
    assert (first.solver, second.solver) == ("CLARABEL, beyond", "CLARABEL, usual")
    assert first.status != "optimal"
    assert second.status == "optimal"


def test_the_bound_does_not_rest_on_the_solver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sloppy solve gives a weaker bound, never a wrong one."""
    exact = solve(PROGRAM, Settings())
    sloppy = {"tol_gap_abs": 1e-1, "tol_gap_rel": 1e-1, "tol_feas": 1e-2}
    monkeypatch.setattr(convex, "TOLERANCES", {"sloppy": sloppy})
    rough = solve(PROGRAM, Settings())
    assert rough.bound is not None
    assert exact.bound is not None
    assert exact.objective is not None
    assert rough.bound <= exact.objective + 1e-12
    assert rough.bound <= exact.bound + 1e-9


def test_lost_solver_is_a_status() -> None:
    """Exposures that are not numbers make Clarabel give up; nothing is raised."""
    broken = dataclasses.replace(
        PROGRAM, exposures=np.full_like(PROGRAM.exposures, 1e200)
    )
    solution = solve(broken, Settings())
    assert solution.status in (Status.FAILED, Status.NO_PLAN)


def test_engines_by_name() -> None:
    assert list(ENGINES) == ["auto", "certified", "exact", "reference"]
    assert inspect.unwrap(engine("reference")) is solve
    with pytest.raises(KeyError):
        engine("fastest")
