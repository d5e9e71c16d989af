# SPDX-License-Identifier: Apache-2.0
"""Random accounts through the whole pipeline with each engine: every plan verifies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.jobs import Kind, random_job

from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Budget, Search, Taxes, Tracking, Wash
from di_optimizer.program.build import Job

ENGINES = ("certified", "reference")
WHOLE = 0.5  # bp of NAV: what sizes in ten-thousandths of a share may cost
few = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
thousands = settings(few, max_examples=2000, derandomize=False)

kinds = st.builds(
    Kind,
    securities=st.integers(5, 12),
    lots_each=st.integers(1, 6),
    nav=st.sampled_from([30_000.0, 250_000.0, 20_000_000.0]),
    fractional=st.booleans(),
    flow=st.sampled_from([0.0, 0.2, -0.15, -0.97]),
    restrictions=st.booleans(),
    gamma=st.sampled_from([0.0, 2.0, 10.0, 50.0]),
)


@dataclass(frozen=True)
class Wishes:
    """What a policy may ask beyond the plainest one."""

    wash: str = "disallow"
    relief: str = "optimizer"
    budget: float | None = None
    max_te_bp: float | None = None
    max_tax: float | None = None


wishes = st.builds(
    Wishes,
    wash=st.sampled_from(["disallow", "ignore", "trade_off"]),
    relief=st.sampled_from(["optimizer", "optimizer", "fifo", "hifo"]),
    budget=st.sampled_from([None, 0.0, 0.01]),
    max_te_bp=st.sampled_from([None, None, 150.0, 400.0]),
    max_tax=st.sampled_from([None, None, 0.0, 0.02]),
)


def job_of(seed: int, kind: Kind, wanted: Wishes, engine: str) -> Job:
    """A random account whose policy has these wishes; money as fractions of NAV."""
    job, budgets = random_job(seed, kind), ()
    if wanted.budget is not None:
        budgets = (Budget(measure="net", maximum=wanted.budget * kind.nav),)
    most = None if wanted.max_tax is None else wanted.max_tax * kind.nav
    policy = replace(
        job.policy,
        engine=engine,
        tracking=Tracking(gamma=kind.gamma, max_te_bp=wanted.max_te_bp),
        taxes=Taxes(relief=wanted.relief, budgets=budgets, max_tax=most),
        wash=Wash(policy=wanted.wash),
        search=Search(flips=4, nodes=40),
    )
    return replace(job, policy=policy)


def outcome(job: Job) -> Plan | Exception:
    """The plan, which ``rebalance_account`` verifies, or the documented refusal."""
    try:
        return rebalance_account(job)
    except (InfeasibleError, EngineError) as refusal:
        return refusal


def unreachable(answer: Plan | Exception) -> bool:
    """Whether the cap on tracking error cannot be met."""
    if isinstance(answer, Plan):
        return any("cannot be met" in note for note in answer.notes)
    return "tracking.max_te_bp" in str(answer)


def check_engines(seed: int, kind: Kind, wanted: Wishes) -> None:
    """Plans verify; both engines have one or neither; their intervals intersect."""
    found = [outcome(job_of(seed, kind, wanted, engine)) for engine in ENGINES]
    for name, plan in zip(ENGINES, found, strict=True):
        if isinstance(plan, Plan):
            assert plan.engine == name
            assert plan.certificate.bound_bp <= plan.certificate.objective_bp + 1e-8
    certified, reference = found
    if any(unreachable(answer) for answer in found):
        return  # each engine's own least tracking error is the cap then
    if isinstance(reference, InfeasibleError) or isinstance(certified, InfeasibleError):
        assert str(certified) == str(reference)
    if not kind.fractional:
        return
    assert isinstance(certified, Plan) or not isinstance(reference, Plan)
    if isinstance(certified, Plan) and isinstance(reference, Plan):
        one, other = certified.certificate, reference.certificate
        assert one.bound_bp <= other.objective_bp + WHOLE
        assert other.bound_bp <= one.objective_bp + WHOLE


@few
@given(st.integers(0, 10_000), kinds, wishes)
def test_plans_of_both_engines_verify(seed: int, kind: Kind, wanted: Wishes) -> None:
    check_engines(seed, kind, wanted)


@pytest.mark.slow
@thousands
@given(st.integers(0, 10_000), kinds, wishes)
def test_the_same_on_many_more(seed: int, kind: Kind, wanted: Wishes) -> None:
    check_engines(seed, kind, wanted)


@pytest.mark.parametrize("engine", [*ENGINES, "auto"])
def test_a_plan_says_which_engine_made_it(engine: str) -> None:
    plan = rebalance_account(job_of(1, Kind(), Wishes(), engine))
    assert plan.engine == ("certified" if engine == "auto" else engine)


@pytest.mark.parametrize("seed", range(6))
def test_the_certified_plan_is_as_good_as_the_other(seed: int) -> None:
    """By at most 0.1 bp worse, with sizes too small to matter."""
    kind = Kind(securities=10, nav=20_000_000.0)
    found = [outcome(job_of(seed, kind, Wishes(), engine)) for engine in ENGINES]
    certified, reference = (plan.certificate.objective_bp for plan in found)
    assert certified <= reference + 0.1
