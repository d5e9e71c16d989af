# SPDX-License-Identifier: Apache-2.0
"""Any combination of everything: plans verify, or say what is in the way."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from support.every_limit import CHANGES, job_of, jobs

from di_optimizer.errors import EngineError, InfeasibleError, InputError
from di_optimizer.one_account import rebalance_account
from di_optimizer.program.build import build
from di_optimizer.program.job import Job
from di_optimizer.solve.cut_rows import with_cut_rows
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings, Status

SAID = (InfeasibleError, InputError, EngineError)  # VerificationError is none of them
FEW = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
MANY = settings(FEW, max_examples=1500, derandomize=False)
CLOSE = 3e-8  # fraction of base: tolerances of the convex solver


def check_plan(job: Job) -> bool:
    """A plan verifies inside; what cannot be done is said in words."""
    try:
        plan = rebalance_account(job)
    except SAID:
        return False
    assert plan.certificate.bound_bp <= plan.certificate.objective_bp + 1e-8
    return True


def check_engines(job: Job) -> None:
    """The intervals of two engines have a value in common; leaves prove bounds."""
    try:
        program = build(job).program
    except SAID:
        return
    bounds, objectives = [-1e9], [1e9]
    for name in ("certified", "reference"):
        found = engine(name)(program, Settings(gap=1e-6, nodes=40, flips=2))
        assert found.status is not Status.FAILED
        if found.buys is not None:
            assert found.objective is not None
            objectives.append(found.objective)
        if found.bound is not None and found.status is not Status.INFEASIBLE:
            bounds.append(found.bound)
            if found.leaves:
                whole = with_cut_rows(program, found.cuts)
                assert bound_of(whole, found.leaves) >= found.bound - 1e-6
    assert max(bounds) <= min(objectives) + CLOSE


@FEW
@given(jobs())
def test_every_plan_verifies_or_says_why_not(job: Job) -> None:
    check_plan(job)


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_each_by_itself_has_plans(number: int) -> None:
    assert any(check_plan(job_of(seed, [number])) for seed in range(4))


@settings(FEW, max_examples=10)
@given(jobs(4))
def test_intervals_of_the_engines_intersect(job: Job) -> None:
    check_engines(job)


@pytest.mark.slow
@MANY
@given(jobs(8))
def test_every_plan_verifies_or_says_why_not_many(job: Job) -> None:
    check_plan(job)


@pytest.mark.slow
@settings(MANY, max_examples=300)
@given(jobs(6))
def test_intervals_of_the_engines_intersect_many(job: Job) -> None:
    check_engines(job)
