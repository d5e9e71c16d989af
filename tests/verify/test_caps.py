# SPDX-License-Identifier: Apache-2.0
"""Caps on tracking error and tax. The ledger's plan: variance 0.013573, tax 68."""

import math
from dataclasses import replace

import pytest
from support.verify import BY_HAND, CASE, CLAIMS, PLAN, refusal, with_policy

from di_optimizer.account import AccountType
from di_optimizer.policy import Taxes, Tracking
from di_optimizer.verify import Case, Claims, figures

ERROR = math.sqrt(0.013573)


def capped(most: float, unreachable: str = "closest") -> Case:
    tracking = replace(
        CASE.policy.tracking, max_te_bp=most * 1e4, unreachable=unreachable
    )
    return with_policy(tracking=tracking)


def reported(over: float) -> Claims:
    return replace(CLAIMS, te_over_cap=over)


@pytest.mark.parametrize("unreachable", ["closest", "refuse"])
def test_within_the_cap_nothing_is_reported(unreachable: str) -> None:
    case = capped(ERROR + 1e-12, unreachable)
    assert refusal(case, PLAN, BY_HAND, CLAIMS) == []
    (line,) = refusal(case, PLAN, BY_HAND, reported(1e-6))
    assert "found tracking error reported as 1e-06 above its cap; allowed: 0" in line


@pytest.mark.parametrize("most", [ERROR - 1e-6, 0.05, 0.0])
def test_above_the_cap_the_excess_is_reported(most: float) -> None:
    over = ERROR - most
    assert refusal(capped(most), PLAN, BY_HAND, reported(over)) == []
    for wrong in (0.0, over - 1e-7, over + 1e-7, math.nan):
        (line,) = refusal(capped(most), PLAN, BY_HAND, reported(wrong))
        assert f"reported as {wrong!r} above its cap" in line


def test_where_policy_refuses_no_report_helps() -> None:
    case = capped(ERROR - 1e-6, "refuse")
    for over in (0.0, 1e-6):
        (line,) = refusal(case, PLAN, BY_HAND, reported(over))
        assert f"found tracking error {ERROR!r}"[:30] in line
        assert "allowed: at most 0.1165" in line
        assert "(tracking.max_te_bp)" in line


def test_without_a_cap_nothing_is_above_it() -> None:
    (line,) = refusal(CASE, PLAN, BY_HAND, reported(0.01))
    assert "reported as 0.01 above its cap; allowed: 0" in line


@pytest.mark.parametrize(("most", "passes"), [(68.0, True), (67.99, False)])
def test_tax_to_the_cent(most: float, passes: bool) -> None:
    lines = refusal(with_policy(taxes=Taxes(max_tax=most)), PLAN, BY_HAND, CLAIMS)
    assert (lines == []) is passes
    for line in lines:
        assert "found a tax of 68.00; allowed: at most 67.99 (taxes.max_tax)" in line


def test_untaxed_accounts_have_no_tax_to_limit() -> None:
    account = replace(CASE.account, type=AccountType.EXEMPT)
    case = replace(with_policy(taxes=Taxes(max_tax=-1.0)), account=account)
    trades = tuple(replace(trade, tax=trade.tax * 0) for trade in PLAN)
    claimed = figures(case, trades)
    claims = replace(CLAIMS, objective=claimed.objective, bound=None)
    assert refusal(case, trades, claimed, claims) == []


def test_the_weight_of_tax_is_in_the_objective_and_nowhere_else() -> None:
    case = with_policy(taxes=Taxes(weight=0.25), tracking=Tracking())
    light = replace(BY_HAND, tax_term=0.0017)
    claims = replace(CLAIMS, objective=0.1425705 - 0.0051, bound=0.13)
    assert refusal(case, PLAN, light, claims) == []
    assert len(refusal(case, PLAN, BY_HAND, CLAIMS)) == 4
