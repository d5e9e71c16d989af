# SPDX-License-Identifier: Apache-2.0
"""The little ledger, by hand, and its figures tampered with one at a time."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from support.verify import (
    BY_HAND,
    CASE,
    CLAIMS,
    OBJECTIVE,
    PLAN,
    refusal,
    with_account,
)

from di_optimizer.account import AccountType, Flow
from di_optimizer.errors import VerificationError
from di_optimizer.trades import Figures
from di_optimizer.verify import Claims, figures, verify

MONEY = [
    f.name for f in fields(Figures) if isinstance(getattr(BY_HAND, f.name), Decimal)
]
FRACTIONS = [f.name for f in fields(Figures) if f.name not in {*MONEY, "bill"}]


def test_figures_are_those_made_by_hand():
    found = figures(CASE, PLAN)
    assert {n: getattr(found, n) for n in MONEY} == {
        n: getattr(BY_HAND, n) for n in MONEY
    }
    for name in FRACTIONS:
        assert getattr(found, name) == pytest.approx(getattr(BY_HAND, name), abs=1e-13)
    assert found.objective == pytest.approx(OBJECTIVE, abs=1e-13)
    assert (found.tax, found.bill) == (68, None)


@pytest.mark.parametrize("bill", [Decimal(0), Decimal(68), Decimal("NaN")])
def test_a_bill_where_flat_rates_apply_is_refused(bill):
    (line,) = refusal(CASE, PLAN, replace(BY_HAND, bill=bill), CLAIMS)
    assert line == f"account X1: found bill {bill}; allowed: None"


def test_a_true_plan_passes_and_its_figures_come_back():
    assert verify(CASE, PLAN, BY_HAND, CLAIMS) == figures(CASE, PLAN)


def test_the_order_of_trades_does_not_matter():
    assert figures(CASE, PLAN[::-1]) == figures(CASE, PLAN)


def test_no_trades_is_a_plan():
    found = figures(CASE, ())
    assert (found.cash_after, found.cost, found.turnover) == (2000, 0, 0.0)
    assert found.te_after == found.te_before
    assert found.objective == pytest.approx(10 * 0.0078)


@pytest.mark.parametrize("name", MONEY)
@pytest.mark.parametrize("cent", ["0.01", "-0.01", "NaN", "sNaN", "Infinity"])
def test_money_off_by_a_cent_is_refused(name, cent):
    number = Decimal(cent)
    if number.is_finite():
        number += getattr(BY_HAND, name)
    wrong = replace(BY_HAND, **{name: number})
    (line,) = refusal(CASE, PLAN, wrong, CLAIMS)
    assert line.startswith(f"account X1: found {name} {number}; allowed: ")


@pytest.mark.parametrize("name", MONEY)
@pytest.mark.parametrize("part", ["0.004", "-0.004", "0.005"])
def test_only_balances_may_carry_parts_of_a_cent(name, part):
    wrong = replace(BY_HAND, **{name: getattr(BY_HAND, name) + Decimal(part)})
    lines = refusal(CASE, PLAN, wrong, CLAIMS)
    balance = name in {"nav", "base", "flow", "cash_before", "cash_after"}
    assert (lines == []) is (balance and part != "0.005")


@pytest.mark.parametrize("name", FRACTIONS)
@pytest.mark.parametrize("error", [2e-9, -2e-9, float("nan"), float("inf")])
def test_fractions_off_by_more_than_1e_9_are_refused(name, error):
    wrong = replace(BY_HAND, **{name: getattr(BY_HAND, name) + error})
    lines = refusal(CASE, PLAN, wrong, CLAIMS)
    assert lines[0].startswith(f"account X1: found {name} ")
    in_objective = name.endswith("_term")
    assert len(lines) == 1 + in_objective
    assert all("in the figures" in line for line in lines[1:])


@pytest.mark.parametrize("name", FRACTIONS)
def test_fractions_off_by_less_than_1e_9_pass(name):
    close = replace(BY_HAND, **{name: getattr(BY_HAND, name) + 0.9e-9})
    assert refusal(CASE, PLAN, close, CLAIMS) == []


@pytest.mark.parametrize("objective", [OBJECTIVE + 2e-9, 0.0, float("nan")])
def test_another_objective_in_the_certificate_is_refused(objective):
    (line,) = refusal(CASE, PLAN, BY_HAND, replace(CLAIMS, objective=objective))
    assert f"objective {objective!r} in the certificate" in line


@pytest.mark.parametrize("bound", [None, -1.0, OBJECTIVE - 1e-9, OBJECTIVE + 0.5e-12])
def test_a_bound_up_to_the_objective_passes(bound):
    assert refusal(CASE, PLAN, BY_HAND, replace(CLAIMS, bound=bound)) == []


@pytest.mark.parametrize(
    "bound", [OBJECTIVE + 2e-12, 1.0, float("nan"), float("inf"), -float("inf")]
)
def test_a_bound_above_the_objective_or_no_number_is_refused(bound):
    (line,) = refusal(CASE, PLAN, BY_HAND, replace(CLAIMS, bound=bound))
    assert f"found bound {bound!r}; allowed: a number up to the objective" in line


def test_all_mismatches_are_listed_at_once():
    trades = (replace(PLAN[0], tax=Decimal(-80)), *PLAN[1:])
    wrong = replace(BY_HAND, nav=Decimal(1), te_after=0.0)
    with pytest.raises(VerificationError) as caught:
        verify(CASE, trades, wrong, Claims(objective=0.0, bound=1.0))
    assert str(caught.value).splitlines() == [
        "account X1 refused: 5 mismatches",
        "  account X1, symbol AAA, lot A1: found tax -80; allowed: 80.00",
        "  account X1: found nav 1; allowed: 10000.00",
        f"  account X1: found te_after 0.0; allowed: {figures(CASE, PLAN).te_after}",
        "  account X1: found objective 0.0 in the certificate; allowed: "
        f"{figures(CASE, PLAN).objective!r}",
        "  account X1: found bound 1.0; allowed: a number up to the objective "
        f"{figures(CASE, PLAN).objective!r}",
    ]


@pytest.mark.parametrize("kind", [AccountType.TAX_DEFERRED, AccountType.EXEMPT])
def test_no_tax_outside_taxable_accounts(kind):
    case = with_account(type=kind)
    untaxed = tuple(replace(t, tax=Decimal(0)) for t in PLAN)
    found = figures(case, untaxed)
    assert (found.tax, found.tax_term, found.gain_long) == (0, 0.0, 400)
    claims = Claims(objective=found.objective, bound=None)
    assert refusal(case, untaxed, found, claims) == []
    lines = refusal(case, PLAN, found, claims)
    assert [line.split("found ")[1] for line in lines] == [
        "tax 80; allowed: 0.00",
        "tax -12; allowed: 0.00",
    ]


# Before the flow 9500. Taking out 8550 (90 %) leaves 950 of base; 8551 more does not.
@pytest.mark.parametrize(
    ("flow", "nav", "base"), [(-8550, 950, 950), (-8551, 949, 9500), (-9500, 0, 9500)]
)
def test_base_is_nav_before_a_flow_that_takes_out_more_than_90_percent(flow, nav, base):
    case = with_account(flows=(Flow(on=CASE.on, amount=Decimal(flow)),))
    found = figures(case, ())
    assert (found.nav, found.base, found.flow) == (nav, base, flow)


# Base 9500, NAV 0: the target is nothing, so the active weights are those held:
# 4000, 3000 and 1000 of 9500. Factor (4 + 3 + 2)² · 0.04; specific 0.16 + 0.36 + 0.09.
def test_the_benchmark_shrinks_with_nav_when_base_does_not():
    case = with_account(flows=(Flow(on=CASE.on, amount=Decimal(-9500)),))
    expected = (81 * 0.04 + 16 * 0.01 + 9 * 0.04 + 1 * 0.09) ** 0.5 / 9.5
    assert figures(case, ()).te_before == pytest.approx(expected, abs=1e-13)


def test_an_account_without_value_cannot_be_checked():
    case = with_account(lots=(), cash=(), flows=())
    with pytest.raises(VerificationError, match=r"found base 0\.0; allowed: above 0"):
        figures(case, ())
    assert refusal(case, (), BY_HAND, CLAIMS) == [
        "account X1: found base 0.0; allowed: above 0"
    ]
