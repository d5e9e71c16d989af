# SPDX-License-Identifier: Apache-2.0
"""Caps of a policy on whole accounts, in tradable sizes, through the check."""

import itertools
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from support.jobs import ON, Kind, random_job

from di_optimizer.account import AccountType, Restriction
from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Bounds, Search, Taxes, Tracking, Wash
from di_optimizer.program.job import Job

BP = 1e4


def with_policy(job: Job, **changes: object) -> Job:
    return replace(job, policy=replace(job.policy, **changes))


def account(seed: int, **kind: object) -> Job:
    job = random_job(seed, Kind(restrictions=False, **kind))
    return with_policy(job, bounds=Bounds())


def capped(job: Job, te_bp: float, **tracking: object) -> Job:
    return with_policy(
        job, tracking=replace(job.policy.tracking, max_te_bp=te_bp, **tracking)
    )


def netted(job: Job) -> Job:
    """The same account with the figures of its taxpayer's year."""
    payer = replace(
        job.account.taxpayer,
        tax_year=ON.year,
        filing_status="single",
        realised_short=Decimal(2_000),
        realised_long=Decimal(-4_000),
    )
    return replace(job, account=replace(job.account, taxpayer=payer))


def notes(plan: Plan, word: str) -> list[str]:
    return [note for note in plan.notes if word in note]


@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize("gamma", [0.0, 2.0])
@pytest.mark.parametrize("seed", [3, 7])
def test_the_cap_holds_in_tradable_sizes(
    seed: int, gamma: float, fractional: bool
) -> None:
    job = account(seed, gamma=2.0, fractional=fractional)
    free = rebalance_account(job).figures.te_after * BP
    cap = 0.8 * free
    plan = rebalance_account(capped(job, cap, gamma=gamma))
    assert plan.figures.te_after * BP <= cap + 1e-5
    assert plan.figures.te_after * BP >= (0.99 if fractional else 0.9) * cap
    assert plan.te_over_cap == 0.0
    assert plan.certificate.bound_bp <= plan.certificate.objective_bp


def test_a_binding_cap_says_what_it_costs_and_a_loose_one_nothing() -> None:
    job = account(3, gamma=2.0)
    free = rebalance_account(job)
    te = free.figures.te_after * BP
    tight, tighter = (rebalance_account(capped(job, te * f)) for f in (0.8, 0.79))
    [note] = notes(tight, "tracking.max_te_bp")
    price = float(note.split("about ")[1].split()[0])
    paid = tighter.certificate.objective_bp - tight.certificate.objective_bp
    assert paid / (0.01 * te) == pytest.approx(price, rel=0.15)
    loose = rebalance_account(capped(job, te * 1.01))
    assert notes(loose, "tracking.max_te_bp") == []
    target = job.policy.search.gap_bp  # both are within it of the best plan
    apart = loose.certificate.objective_bp - free.certificate.objective_bp
    assert abs(apart) <= target


def locked(seed: int) -> Job:
    """An account that may sell nothing: little can be done about tracking error."""
    job = account(seed)
    rules = tuple(
        Restriction(kind="no_sell", symbol=s)
        for s in sorted({lot.symbol for lot in job.account.lots})
    )
    return replace(job, account=replace(job.account, restrictions=rules))


def test_out_of_reach_the_closest_plan_says_by_how_much() -> None:
    plan = rebalance_account(capped(locked(3), 50.0))
    [note] = notes(plan, "tracking.max_te_bp 50 cannot be met")
    least = float(note.split("below ")[1].split()[0])
    assert 50.0 < least <= plan.figures.te_after * BP + 0.01
    assert plan.figures.te_after * BP <= least * 1.002 + 0.05
    assert plan.te_over_cap == pytest.approx(plan.figures.te_after - 50.0 / BP)
    assert plan.figures.te_after < plan.figures.te_before


def test_refused_out_of_reach_the_message_names_the_cap_and_what_is_missing() -> None:
    job = locked(3)
    closest = rebalance_account(capped(job, 50.0)).figures.te_after * BP
    with pytest.raises(InfeasibleError, match=r"tracking\.max_te_bp: by [\d.]+ bp of"):
        rebalance_account(capped(job, 50.0, unreachable="refuse"))
    with pytest.raises(InfeasibleError, match="max_te_bp"):
        rebalance_account(capped(job, closest * 0.99, unreachable="refuse"))
    met = rebalance_account(capped(job, closest * 1.01, unreachable="refuse"))
    assert met.te_over_cap == 0.0


def test_sizes_that_miss_the_cap_are_reported_or_refused() -> None:
    """Two shares of each name cannot track to a basis point; fractions could."""
    job = account(6, nav=2_000.0, fractional=False)
    whole = capped(job, 60.0)
    fine = replace(job, account=replace(job.account, fractional=True))
    assert rebalance_account(capped(fine, 60.0)).te_over_cap == 0.0
    plan = rebalance_account(whole)
    assert plan.te_over_cap > 0.0
    assert notes(plan, "within the other limits no plan is below")
    with pytest.raises(EngineError, match=r"tracking\.max_te_bp by .* bp of tracking"):
        rebalance_account(capped(job, 60.0, unreachable="refuse"))


@pytest.mark.parametrize("year", [False, True])
@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_tax_within_its_limit_to_the_cent(year: bool, weight: float) -> None:
    job = account(8, gamma=50.0)
    job = netted(job) if year else job
    taxes = replace(job.policy.taxes, weight=weight)
    free = rebalance_account(with_policy(job, taxes=taxes)).figures.tax
    most = float(free) - 300.0
    plan = rebalance_account(with_policy(job, taxes=replace(taxes, max_tax=most)))
    assert float(plan.figures.tax) <= most + 0.005
    assert float(plan.figures.tax) >= most - 60.0
    assert notes(plan, "taxes.max_tax binds")
    loose = with_policy(job, taxes=replace(taxes, max_tax=float(free) + 1.0))
    assert not notes(rebalance_account(loose), "taxes.max_tax")


@pytest.mark.parametrize("year", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_limit_on_tax_that_nothing_meets_is_named(year: bool) -> None:
    job = netted(account(8)) if year else account(8)
    taxes = Taxes(max_tax=-1e6)
    with pytest.raises(InfeasibleError, match=r"taxes\.max_tax: by [\d,]{7}"):
        rebalance_account(with_policy(job, taxes=taxes))
    free = replace(job, account=replace(job.account, type=AccountType.EXEMPT))
    assert rebalance_account(with_policy(free, taxes=taxes)).figures.tax == 0


def test_a_larger_tax_budget_never_raises_tracking_error() -> None:
    """Tracking error as objective: γ high, no weight of tax, its limit moved out."""
    job = account(8)
    least = rebalance_account(with_policy(job, tracking=Tracking(gamma=0.0)))
    job = with_policy(job, tracking=Tracking(gamma=100.0))
    errors = []
    for more in (3_000.0, 6_000.0, 12_000.0, 50_000.0):
        taxes = Taxes(weight=0.0, max_tax=float(least.figures.tax) + more)
        plan = rebalance_account(with_policy(job, taxes=taxes))
        errors.append(plan.figures.te_after)
        assert plan.figures.tax_term == 0.0
    assert all(b <= a + 1e-6 for a, b in itertools.pairwise(errors))
    assert errors[-1] < errors[0]


def test_the_weight_of_tax_scales_its_part_of_the_objective_only() -> None:
    job = account(8)
    for one in (job, netted(job)):
        plans = [
            rebalance_account(with_policy(one, taxes=Taxes(weight=w)))
            for w in (0.0, 0.5, 1.0, 3.0)
        ]
        for plan, weight in zip(plans, (0.0, 0.5, 1.0, 3.0), strict=True):
            tax = float(plan.figures.tax / plan.figures.base)
            assert plan.figures.tax_term == pytest.approx(weight * tax, abs=1e-6)
        paid = [float(plan.figures.tax) for plan in plans]
        assert all(b <= a + 1.0 for a, b in itertools.pairwise(paid))


def any_caps(seed: int) -> Job:
    """An account with a cap or a limit on tax, or both, and other rules besides."""
    rng = np.random.default_rng(seed)
    kind = Kind(
        securities=5,
        fractional=bool(rng.random() < 0.5),
        restrictions=bool(rng.random() < 0.5),
        gamma=float(rng.choice([0.0, 2.0, 20.0])),
    )
    job = random_job(seed, kind)
    job = netted(job) if rng.random() < 0.4 else job
    tracking = replace(
        job.policy.tracking,
        max_te_bp=float(rng.choice([0.0, 100.0, 400.0, 900.0])),
        unreachable=str(rng.choice(["closest", "refuse"])),
    )
    taxes = replace(
        job.policy.taxes,
        weight=float(rng.choice([0.0, 0.5, 1.0])),
        max_tax=float(rng.choice([-9_000.0, -2_000.0, 0.0, 3_000.0])),
        relief=str(rng.choice(["optimizer", "fifo", "hifo"])),
    )
    plain = Tracking(gamma=tracking.gamma)
    return with_policy(
        job,
        tracking=tracking if rng.random() < 0.7 else plain,
        taxes=taxes if rng.random() < 0.7 else Taxes(),
        wash=Wash(policy=str(rng.choice(["disallow", "trade_off", "ignore"]))),
        search=Search(flips=3),
    )


@pytest.mark.parametrize("seed", range(16))
def test_every_capped_plan_verifies_or_says_what_is_in_the_way(seed: int) -> None:
    """Relief orders, wash sales and the bill of the year together with caps."""
    plan, refusal = attempt(any_caps(seed))
    if plan is None:
        assert str(refusal).startswith(f"account 'A{seed}': no t")
        return
    assert plan.certificate.bound_bp <= plan.certificate.objective_bp + 1e-8
    said = notes(plan, "cannot be met") + notes(plan, "is exceeded by")
    assert bool(plan.te_over_cap) == bool(said)


def attempt(job: Job) -> tuple[Plan | None, Exception | None]:
    try:
        return rebalance_account(job), None
    except (InfeasibleError, EngineError) as refusal:
        return None, refusal
