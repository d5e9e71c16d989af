# SPDX-License-Identifier: Apache-2.0
"""Whatever is asked of cash: plans verify, and cash is counted anew to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cash import cash_if, random_cash_job

from di_optimizer.errors import EngineError, InfeasibleError, InputError
from di_optimizer.one_account import rebalance_account
from di_optimizer.program.job import Job


def check(job: Job) -> bool:
    """Check a plan's cash against its least, without the package's own count."""
    try:
        plan = rebalance_account(job)
    except (InputError, InfeasibleError, EngineError):
        return False
    policy = job.policy.cash
    spent = [
        c
        for c in job.account.cash
        if policy.sleeves is None or c.sleeve in policy.sleeves
    ]
    fenced = plan.figures.cash_before - sum((c.amount for c in spent), Decimal(0))
    least = max(
        Fraction(str(policy.minimum)) * Fraction(plan.figures.nav),
        Fraction(str(policy.floor)),
    )
    moved = cash_if(job, plan.trades, Fraction(str(policy.price_move)))
    assert cash_if(job, plan.trades, Fraction(0)) == Fraction(plan.figures.cash_after)
    assert plan.figures.cash_after - fenced >= least
    assert moved - Fraction(fenced) >= least
    bought = {t.symbol for t in plan.trades if t.side == "buy"}
    sold = {t.symbol for t in plan.trades if t.side == "sell"}
    assert not (bought and policy.use == "cover")
    assert not (sold and policy.use == "invest")
    assert not (bought and sold and policy.scope == "cash")
    return True


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 100_000))
def test_cash_is_never_below_its_least_by_a_cent(seed):
    check(random_cash_job(seed))


@pytest.mark.slow
def test_most_random_accounts_have_a_plan():
    assert sum(check(random_cash_job(seed)) for seed in range(70)) >= 50
