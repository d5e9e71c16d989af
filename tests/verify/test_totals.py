# SPDX-License-Identifier: Apache-2.0
"""Totals, turnover and volume against limits on both sides, figures made by hand.

After PLAN: AAA 0.17, BBB 0.3, CCC 0.24 of NAV; the benchmark has AAA 0.5, BBB 0.3,
DDD 0.2. Turnover is 0.185, and half of the flow 0.025.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from support.verify import (
    BY_HAND,
    CASE,
    CLAIMS,
    PLAN,
    QUOTES,
    RISK,
    SECURITIES,
    buy,
    mismatches,
    refusal,
    sale,
    with_account,
    with_market,
    with_policy,
)

from di_optimizer.account import Restriction
from di_optimizer.policy import Limit, Trading, Turnover
from di_optimizer.verify import figures
from di_optimizer.verify.total_checks import betas

ABOVE, BELOW = 1e-6, -1e-6
# β = Σb / bᵀΣb: b = (.5, .3, 0, .2); factor 0.04 · x · 0.8, specific d · b
SIGMA_B = np.array([0.032 + 0.005, 0.032 + 0.012, 0.064, 0.032])
BETA_VARIANCE = 0.8 * 0.8 * 0.04 + 0.01 * 0.25 + 0.04 * 0.09 + 0.16 * 0.04


def limited(*limits: Limit):
    return mismatches(with_policy(limits=limits), PLAN)


def case_with_numbers():
    numbers = {"AAA": 10.0, "BBB": -4.0, "CCC": 2.5}
    new = {
        s: replace(one, attributes={"esg": numbers[s]}, issuer="X")
        for s, one in SECURITIES.items()
    }
    return with_market(securities=new)


@pytest.mark.parametrize(
    ("about", "total", "goal"),
    [
        ({"on": "sector", "name": "tech"}, 0.47, 0.8),
        ({"on": "sector", "name": "energy"}, 0.24, 0.0),
        ({"on": "sector", "name": "tech", "exclude": ("BBB",)}, 0.17, 0.5),
        ({"on": "wash_group", "name": "G1"}, 0.17, 0.5),
        ({"on": "currency", "name": "USD"}, 0.71, 0.8),
        ({"on": "issuer", "name": "X"}, 0.71, 0.8),
        ({"on": "esg"}, 1.7 - 1.2 + 0.6, 5.0 - 1.2),
        ({"on": "factor", "name": "market"}, 0.17 + 0.3 + 0.48, 0.8),
        ({"on": "factor", "name": "*"}, 0.17 + 0.3 + 0.48, 0.8),
        ({"on": "beta"}, (SIGMA_B @ [0.17, 0.3, 0.24, 0]) / BETA_VARIANCE, 1.0),
    ],
)
@pytest.mark.parametrize("unit", ["absolute", "active", "multiple"])
@pytest.mark.parametrize("end", ["minimum", "maximum"])
def test_totals_by_hand(about, total, goal, unit, end):
    if unit == "multiple" and goal == 0.0:
        return
    value = {"absolute": total, "active": total - goal, "multiple": total / (goal or 1)}
    case, limit = case_with_numbers(), value[unit]
    for move in (ABOVE, BELOW):
        set_ = Limit(unit=unit, **about, **{end: limit + 10 * move})
        wrong = mismatches(with_policy(case, limits=(set_,)), PLAN)
        broken = (move > 0) == (end == "minimum")
        assert len(wrong) == broken
        if broken:
            name = about.get("name", "").replace("*", "market")
            said = f"limits[1] ({(about['on'] + ' ' + name).strip()}) of "
            head, _, tail = wrong[0].partition(said)
            assert head == "account X1: found "
            assert float(tail.split()[0]) == pytest.approx(total)


def test_betas_by_hand():
    found = betas(CASE)
    assert list(found.values()) == pytest.approx((SIGMA_B / BETA_VARIANCE).tolist())
    doubled = replace(CASE, risk=RISK.calibrated(2.0))
    assert list(betas(doubled).values()) == pytest.approx(list(found.values()))


def test_each_group_is_limited_by_itself():
    wrong = limited(Limit(on="sector", name="*", maximum=0.23))
    assert [w.partition(": found ")[2][:23] for w in wrong] == [
        "limits[1] (sector energ",
        "limits[1] (sector tech)",
    ]
    assert limited(Limit(on="sector", name="*", maximum=0.4701)) == []


def test_what_is_in_no_group_is_in_none():
    """DDD has no sector, and 20 % of the benchmark."""
    assert limited(Limit(on="sector", name="*", unit="active", minimum=-0.331)) == []
    [wrong] = limited(Limit(on="sector", name="*", unit="active", minimum=-0.329))
    assert "sector tech" in wrong


def test_a_negative_benchmark_turns_multiples_round():
    case = with_market(
        securities={
            "AAA": replace(SECURITIES["AAA"], attributes={"x": -1.0}),
            "BBB": replace(SECURITIES["BBB"], attributes={"x": 0.0}),
        }
    )
    ends = {"minimum": 0.3, "maximum": 0.35}  # −0.17 of −0.5 is 0.34
    limit = Limit(on="x", unit="multiple", **ends)
    assert mismatches(with_policy(case, limits=(limit,)), PLAN) == []
    for wrong in ({"minimum": 0.341}, {"maximum": 0.339}):
        limit = Limit(on="x", unit="multiple", **wrong)
        [text] = mismatches(with_policy(case, limits=(limit,)), PLAN)
        assert "limits[1] (x) of -0.17 after trading" in text


@pytest.mark.parametrize(
    ("kind", "value", "wrong"),
    [
        ("max_total", 0.47, False),
        ("max_total", 0.4699, True),
        ("min_total", 0.47, False),
        ("min_total", 0.4701, True),
    ],
)
@pytest.mark.parametrize("scope", [{"sector": "tech"}, {"group": "both"}])
def test_restrictions_on_totals(kind, value, wrong, scope):
    new = {s: replace(SECURITIES[s], wash_group="both") for s in ("AAA", "BBB")}
    case = with_market(securities=new)
    case = with_policy(case, wash=replace(case.policy.wash, policy="ignore"))
    rule = Restriction(kind=kind, value=value, **scope)
    found = mismatches(with_account(case, restrictions=(rule,)), PLAN)
    assert len(found) == wrong
    if wrong:
        assert f"{kind} of {scope.get('sector', 'both')} of 0.47 after" in found[0]


# Prices


def test_a_soft_limit_is_charged_and_refuses_nothing():
    """0.47 of at most 0.4 at 0.05 a unit: 35 bp."""
    soft = Limit(on="sector", name="tech", maximum=0.4, price=0.05)
    case = with_policy(limits=(soft, replace(soft, maximum=0.5)))
    assert mismatches(case, PLAN) == []
    due = figures(case, PLAN)
    assert due.charge_term == pytest.approx(0.05 * 0.07, abs=1e-12)
    silent = refusal(case, PLAN, BY_HAND, CLAIMS)
    assert any("charge" in line or "objective" in line for line in silent)


def test_a_soft_minimum_is_charged_from_the_other_side():
    soft = Limit(on="sector", name="tech", minimum=0.5, maximum=0.9, price=0.1)
    due = figures(with_policy(limits=(soft,)), PLAN)
    assert due.charge_term == pytest.approx(0.1 * 0.03, abs=1e-12)


# Turnover and volume


@pytest.mark.parametrize(("most", "wrong"), [(0.16, 0), (0.1599, 1)])
def test_turnover_less_half_of_the_flow(most, wrong):
    found = mismatches(with_policy(turnover=Turnover(maximum=most)), PLAN)
    assert len(found) == wrong
    assert all("found turnover of 1850.0; allowed: 0.1599 of NAV" in x for x in found)


def volumes(**adv):
    quotes = {s: replace(QUOTES[s], adv=v) for s, v in adv.items()}
    return with_policy(with_market(quotes=quotes), turnover=Turnover(adv=0.1))


@pytest.mark.parametrize(
    ("sold", "bought", "wrong"),
    [(230, 700, []), (229.9, 700, ["sell of 23"]), (230, 699.9, ["buy of 70"])],
)
def test_volume_to_the_share(sold, bought, wrong):
    """23 shares of two lots of AAA are sold, 70 of CCC bought; a tenth may be."""
    found = mismatches(volumes(AAA=sold, CCC=bought), PLAN)
    assert len(found) == len(wrong)
    for text, said in zip(found, wrong, strict=True):
        assert said in text
        assert text.endswith(": turnover.adv")


def test_an_account_has_its_share_of_a_volume():
    case = volumes(AAA=690.0, CCC=2_100.0)
    assert mismatches(replace(case, volume_share=Fraction(1, 3)), PLAN) == []
    part = replace(case, volume_share=Fraction(333, 1000))
    assert len(mismatches(part, PLAN)) == 2


def test_a_trade_without_a_volume_is_refused():
    assert len(mismatches(volumes(AAA=1e6), PLAN)) == 1


@pytest.mark.parametrize(
    ("adv", "sold", "wrong"),
    [(600, 60, 0), (599, 59, 0), (599, 58, 1), (595, 60, 1), (0, 0, 0)],
)
def test_what_may_not_be_held_is_sold_as_far_as_volume_allows(adv, sold, wrong):
    rule = Restriction(kind="no_hold", symbol="BBB")
    case = with_account(volumes(BBB=float(adv)), restrictions=(rule,))
    case = with_account(case, fractional=False)
    plan = (sale(case, "B1", str(sold)),) if sold else ()
    assert len(mismatches(case, plan)) == wrong


def test_volume_that_is_worth_less_than_the_least_trade_is_none():
    rule = Restriction(kind="no_hold", symbol="BBB")
    case = with_account(volumes(BBB=30.0), restrictions=(rule,))
    assert len(mismatches(case, ())) == 1
    assert mismatches(with_policy(case, trading=Trading(min_trade=151)), ()) == []
    assert buy(case, "CCC", "1").amount == 20
