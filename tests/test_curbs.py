# SPDX-License-Identifier: Apache-2.0
"""Risk limits and concentration end to end: both sides, both engines, refusals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.jobs import Kind, random_job

from di_optimizer.errors import InputError, VerificationError
from di_optimizer.one_account import check, rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Bounds, Concentration, Policy, RiskLimit, Search
from di_optimizer.program.job import Job
from di_optimizer.verify.books import open_books
from di_optimizer.verify.case import Case
from di_optimizer.verify.curb_checks import active_weights, risk_of

BP = 1e4


PLAIN = Kind()


def job_with(seed: int = 3, kind: Kind = PLAIN, **parts: object) -> Job:
    job = random_job(seed, replace(kind, restrictions=False))
    policy = replace(job.policy, bounds=Bounds(), search=Search(gap_bp=0.05), **parts)  # type: ignore[arg-type]
    return replace(job, policy=policy)


def with_policy(job: Job, **parts: object) -> Job:
    return replace(job, policy=replace(job.policy, **parts))  # type: ignore[arg-type]


def case_of(job: Job) -> Case:
    return Case(
        account=job.account,
        market=job.market,
        benchmark=job.benchmark,
        risk=job.risk,
        policy=job.policy,
        on=job.on,
    )


def weights_after(job: Job, plan: Plan) -> dict[str, float]:
    return dict(open_books(case_of(job), plan.trades).weights_after)


def top(job: Job, plan: Plan, count: int, out: tuple[str, ...] = ()) -> float:
    kept = [w for s, w in weights_after(job, plan).items() if s not in out]
    return sum(sorted(kept)[-count:])


def active_share(job: Job, plan: Plan) -> float:
    books = open_books(case_of(job), plan.trades)
    return sum(map(abs, active_weights(case_of(job), books).values())) / 2


def risk(job: Job, plan: Plan, limit: RiskLimit) -> float:
    books = open_books(case_of(job), plan.trades)
    return risk_of(case_of(job), limit, active_weights(case_of(job), books))


@pytest.mark.parametrize("engine", ["certified", "reference"])
def test_top_five_at_most_seventy_percent(engine: str) -> None:
    free_job = with_policy(job_with(), engine=engine)
    free = rebalance_account(free_job)
    before = top(free_job, free, 5)
    assert before > 0.7
    job = with_policy(free_job, concentration=Concentration(top=5, top_maximum=0.7))
    plan = rebalance_account(job)
    assert top(job, plan, 5) <= 0.7 + 1e-8
    assert top(job, plan, 5) >= 0.7 - 1e-3
    assert plan.certificate.objective_bp >= free.certificate.bound_bp
    assert engine == "reference" or plan.certificate.gap_bp <= 1.0
    wanted = Concentration(top=5, top_maximum=before + 1e-4)
    wide = with_policy(free_job, concentration=wanted)
    assert rebalance_account(wide).trades == free.trades


def test_what_is_excluded_does_not_count_among_the_largest() -> None:
    free_job = job_with()
    weights = weights_after(free_job, rebalance_account(free_job))
    largest = max(weights, key=lambda s: weights[s])
    wanted = Concentration(top=2, top_maximum=0.25, top_exclude=(largest,))
    job = with_policy(free_job, concentration=wanted)
    plan = rebalance_account(job)
    assert top(job, plan, 2, (largest,)) <= 0.25 + 1e-8
    assert weights_after(job, plan)[largest] > 0.1


@pytest.mark.parametrize("engine", ["certified", "reference"])
def test_active_share_is_kept_and_costs_something(engine: str) -> None:
    free_job = with_policy(job_with(5), engine=engine)
    free = rebalance_account(free_job)
    before = active_share(free_job, free)
    assert before > 0.02
    most = round(0.7 * before, 4)
    job = with_policy(free_job, concentration=Concentration(active_share=most))
    plan = rebalance_account(job)
    assert active_share(job, plan) <= most + 1e-8
    assert plan.certificate.objective_bp >= free.certificate.bound_bp
    assert plan.certificate.bound_bp <= plan.certificate.objective_bp
    wide = Concentration(active_share=min(before + 0.001, 1.0))
    assert rebalance_account(with_policy(free_job, concentration=wide)) is not None


@pytest.mark.parametrize(
    "limit",
    [
        RiskLimit(factors=("style",), max_te_bp=1.0),
        RiskLimit(factors=("style", "market"), max_te_bp=1.0),
        RiskLimit(on="sector", name="Health", max_te_bp=1.0),
        RiskLimit(factors=("market",), on="sector", name="Health", max_te_bp=1.0),
    ],
)
def test_risk_of_a_part_is_kept(limit: RiskLimit) -> None:
    free_job = job_with(7)
    free = rebalance_account(free_job)
    before = risk(free_job, free, limit) * BP
    assert before > 0.5
    tight = replace(limit, max_te_bp=0.6 * before)
    job = with_policy(free_job, risk_limits=(tight,))
    plan = rebalance_account(job)
    assert risk(job, plan, tight) * BP <= 0.6 * before + 1e-4
    assert plan.certificate.objective_bp >= free.certificate.bound_bp
    assert plan.certificate.gap_bp <= 3.0  # eight names: each choice weighs
    wide = replace(limit, max_te_bp=before + 0.01)
    assert (
        rebalance_account(with_policy(free_job, risk_limits=(wide,))).trades
        == free.trades
    )


def test_a_soft_cap_is_missed_at_its_price_and_charged() -> None:
    free_job = job_with(7)
    limit = RiskLimit(on="sector", name="Health", max_te_bp=0.0, price=0.0)
    missed = []
    for price in (0.0, 0.05, 100.0):
        job = with_policy(free_job, risk_limits=(replace(limit, price=price),))
        plan = rebalance_account(job)
        missed.append(risk(job, plan, limit))
        assert plan.figures.charge_term == pytest.approx(price * missed[-1], abs=1e-9)
    assert missed[0] > missed[1] > missed[2]


def test_whole_shares_stay_within() -> None:
    kind = Kind(fractional=False, nav=60_000.0)
    free_job = job_with(5, kind)
    before = top(free_job, rebalance_account(free_job), 3)
    wanted = Concentration(top=3, top_maximum=round(0.93 * before, 3))
    job = with_policy(free_job, concentration=wanted)
    plan = rebalance_account(job)
    assert top(job, plan, 3) <= round(0.93 * before, 3) + 1e-8


def test_a_plan_that_breaks_a_limit_is_refused() -> None:
    job = job_with(7)
    plan = rebalance_account(job)
    strict = with_policy(
        job,
        risk_limits=(RiskLimit(factors=("style",), max_te_bp=0.1),),
        concentration=Concentration(top=5, top_maximum=0.3, active_share=0.001),
    )
    with pytest.raises(VerificationError) as caught:
        check(strict, plan)
    text = str(caught.value)
    assert "risk_limits[1] exceeded" in text
    assert "in the 5 largest positions" in text
    assert "active share" in text


def test_unknown_factors_and_groups_are_named_at_once() -> None:
    limits = (
        RiskLimit(factors=("stile",), max_te_bp=10),
        RiskLimit(on="sector", name="Helth", max_te_bp=10),
    )
    with pytest.raises(InputError) as caught:
        rebalance_account(job_with(risk_limits=limits))
    text = str(caught.value)
    assert "unknown factor 'stile'" in text
    assert "Did you mean 'style'?" in text
    assert "'Helth', which no security has as its sector" in text


def test_policies_that_say_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="factors, or a column and a name"):
        RiskLimit(max_te_bp=10)
    with pytest.raises(ValueError, match="both or neither"):
        RiskLimit(on="sector", max_te_bp=10)


def test_a_large_withdrawal_scales_the_limits() -> None:
    """Limits are fractions of what is left, weights fractions of what was there."""
    job = job_with(5, Kind(flow=-0.95))
    plan = rebalance_account(
        with_policy(job, concentration=Concentration(top=3, top_maximum=0.6))
    )
    nav = plan.figures.nav
    assert nav < Decimal(20_000)
    weights = weights_after(job, plan).values()
    base = float(plan.figures.base)
    assert sum(sorted(weights)[-3:]) * base <= 0.6 * float(nav) + 1e-2


def test_default_is_no_limit() -> None:
    assert Policy().concentration == Concentration()
    assert Policy().risk_limits == ()
