# SPDX-License-Identifier: Apache-2.0
"""Cash and its range, to the cent. The ledger's plan leaves 2899.59 of NAV 10000."""

from dataclasses import replace
from decimal import Decimal

import pytest
from support.verify import (
    BY_HAND,
    CASE,
    CLAIMS,
    PLAN,
    buy,
    mismatches,
    refusal,
    with_account,
    with_policy,
)

from di_optimizer.account import CashBalance
from di_optimizer.policy import Cash
from di_optimizer.verify import over_maximum


def ranged(minimum: float, maximum: float):
    return with_policy(cash=Cash(minimum=minimum, maximum=maximum))


@pytest.mark.parametrize(
    ("minimum", "passes"), [(0.289959, True), (0.28996, False), (0.2899590001, False)]
)
def test_cash_is_not_below_its_minimum_by_a_part_of_a_cent(minimum, passes):
    lines = refusal(ranged(minimum, 1.0), PLAN, BY_HAND, CLAIMS)
    assert (lines == []) is passes
    assert all("found cash 2899.59 after trading; allowed: at" in x for x in lines)


def test_spending_a_cent_too_much_is_refused():
    assert mismatches(CASE, (buy(CASE, "DDD", "199.98"),)) == []  # 0.20 of cost
    (line,) = mismatches(CASE, (buy(CASE, "DDD", "199.981"),))
    assert "found cash -0.01 after trading; allowed: at least 0.0" in line


@pytest.mark.parametrize(
    ("maximum", "excess"),
    [(0.289959, "0"), (0.5, "0"), (0.289958, "0.01"), (0.01, "2799.59")],
)
def test_cash_over_its_maximum_is_reported_to_the_cent(maximum, excess):
    case = ranged(0.0, maximum)
    assert over_maximum(case, PLAN) == Decimal(excess)
    honest = replace(CLAIMS, cash_over_maximum=Decimal(excess))
    assert refusal(case, PLAN, BY_HAND, honest) == []
    for wrong in (Decimal(excess) + Decimal("0.01"), Decimal("NaN"), Decimal("sNaN")):
        false = replace(CLAIMS, cash_over_maximum=wrong)
        (line,) = refusal(case, PLAN, BY_HAND, false)
        assert f"found {wrong} reported as cash over its maximum; allowed: " in line


def test_an_unreported_excess_is_refused():
    (line,) = refusal(ranged(0.0, 0.01), PLAN, BY_HAND, CLAIMS)
    assert line.endswith(
        "found 0 reported as cash over its maximum; "
        "allowed: 2799.59, the cash over it after trading"
    )


def test_the_account_s_own_range_replaces_the_policy_s():
    own = CashBalance(amount=Decimal(1500), minimum=0.28, maximum=0.29)
    assert refusal(with_account(cash=(own,)), PLAN, BY_HAND, CLAIMS) == []
    tight = with_account(ranged(0.4, 0.5), cash=(own,))
    assert refusal(tight, PLAN, BY_HAND, CLAIMS) == []
    high = with_account(cash=(replace(own, minimum=0.3, maximum=0.9),))
    (line,) = refusal(high, PLAN, BY_HAND, CLAIMS)
    assert "allowed: at least 3000.0" in line


def test_of_several_ranges_the_tightest_counts():
    parts = (
        CashBalance(amount=Decimal(1000), minimum=0.1, maximum=0.25),
        CashBalance(amount=Decimal(500), sleeve="reserve", minimum=0.3),
    )
    lines = refusal(with_account(cash=parts), PLAN, BY_HAND, CLAIMS)
    assert len(lines) == 2
    assert "allowed: at least 3000.0" in lines[0]
    assert "allowed: 399.59, the cash over it" in lines[1]
