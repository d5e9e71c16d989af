# SPDX-License-Identifier: Apache-2.0
"""How much is traded, end to end: turnover, daily volume, of one account and a run."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from support.counted import ledger, traded
from support.totals import base_job, with_policy, with_rules, with_volume

from di_optimizer.account import Flow, Restriction
from di_optimizer.errors import InfeasibleError, InputError
from di_optimizer.market import Quote
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Cash, Limit, Tracking, Trading, Turnover
from di_optimizer.program.job import Job

CLOSE = Tracking(gamma=1_000.0)


def turned(job: Job, most: float | None) -> float:
    plan = rebalance_account(with_policy(job, turnover=Turnover(maximum=most)))
    return plan.figures.turnover


@pytest.mark.parametrize("flow", [0.0, 0.1, -0.1])
def test_turnover_is_what_a_flow_does_not_need(flow):
    """D21: half of purchases and sales, less half of the flow."""
    job = base_job(flow=flow)
    job = with_policy(job, cash=Cash(minimum=0.0, maximum=0.02))
    free = turned(job, None)
    nav = float(rebalance_account(job).figures.nav)
    due = abs(float(job.account.flow_due(job.on))) / nav / 2
    wide, tight = free - due + 1e-6, (free - due) / 2
    assert turned(job, wide) == free
    found = turned(job, tight)
    assert tight + due - 1e-4 <= found <= tight + due + 1e-7


def test_an_impossible_turnover_is_named():
    rule = Restriction(kind="no_hold", symbol="S01", source="rules.csv, row 2")
    job = with_rules(base_job(), rule)
    with pytest.raises(InfeasibleError, match=r"turnover\.maximum: by"):
        turned(job, 0.001)


def test_a_plan_says_that_turnover_binds():
    job = with_policy(base_job(), turnover=Turnover(maximum=0.05))
    notes = " ".join(rebalance_account(job).notes)
    assert "turnover.maximum binds: 5.0000% is turned over." in notes


@pytest.mark.parametrize(
    ("adv", "fractional", "shares"),
    [
        ("99", False, "9"),
        ("100", False, "10"),
        ("109.99", False, "10"),
        ("99", True, "9.9"),
        ("0", False, None),
        ("100000", False, "50"),
    ],
)
def test_a_tenth_of_the_volume_and_no_share_more(adv, fractional, shares):
    """D21: of AAA and BBB half each is wanted, 50 shares at 10."""
    job = ledger(
        {"AAA": 10, "BBB": 10},
        1_000,
        account={"fractional": fractional},
        tracking=CLOSE,
        turnover=Turnover(adv=0.1),
    )
    job = with_volume(job, {"AAA": float(adv), "BBB": 1e6})
    found = traded(rebalance_account(job)).get("AAA")
    assert found == (None if shares is None else Decimal(shares))


def test_sales_are_within_volume_too():
    job = ledger(
        {"AAA": 10, "BBB": 10},
        0,
        {"AAA": 100},
        tracking=CLOSE,
        turnover=Turnover(adv=0.1),
    )
    plan = rebalance_account(with_volume(job, {"AAA": 75.0, "BBB": 1e6}))
    assert traded(plan)["AAA"] == -7
    assert "turnover.adv limits the trades of AAA." in plan.notes


def test_each_symbol_without_a_volume_is_named():
    job = with_policy(base_job(), turnover=Turnover(adv=0.1))
    some = with_volume(job, dict.fromkeys(sorted(job.market.quotes)[2:], 1e6))
    with pytest.raises(InputError) as error:
        rebalance_account(some)
    assert "2 problems" in str(error.value)
    assert "prices, column 'adv': found no volume of S00" in str(error.value)
    rebalance_account(with_policy(some, turnover=Turnover()))


def test_what_may_not_be_traded_needs_no_volume():
    rules = [Restriction(kind="no_trade", symbol=s) for s in ("S00", "S01")]
    job = with_policy(with_rules(base_job(), *rules), turnover=Turnover(adv=0.1))
    volumes = dict.fromkeys(sorted(job.market.quotes)[2:], 1e6)
    rebalance_account(with_volume(job, volumes))


# Forced sales against volume: as much as volume allows, the rest another day


@pytest.mark.parametrize(
    ("adv", "left", "least"),
    [(1_000.0, 0, 0), (300.0, 10, 0), (305.0, 10, 0), (300.0, 40, 301), (0.0, 40, 0)],
)
def test_a_forced_sale_goes_as_far_as_volume_allows(adv, left, least):
    """40 shares at 10 may not be held; a tenth of the volume may be traded."""
    rule = Restriction(kind="no_hold", symbol="AAA")
    job = ledger(
        {"AAA": 10, "BBB": 10},
        600,
        {"AAA": 40},
        account={"restrictions": (rule,)},
        turnover=Turnover(adv=0.1),
        trading=Trading(spread_bp=0.0, min_trade=least),
    )
    plan = rebalance_account(with_volume(job, {"AAA": adv, "BBB": 1e6}))
    assert 40 + traded(plan).get("AAA", 0) == left
    said = "AAA: sold as far as turnover.adv allows" in " ".join(plan.notes)
    assert said is (left > 0)


def test_a_total_does_not_give_way_to_volume():
    job = ledger(
        {"AAA": 10, "BBB": 10},
        600,
        {"AAA": 40},
        turnover=Turnover(adv=0.1),
        limits=(Limit(on="factor", name="market", maximum=0.2),),
    )
    with pytest.raises(InfeasibleError) as error:
        rebalance_account(with_volume(job, {"AAA": 100.0, "BBB": 1e6}))
    assert "limits[1] (factor market) maximum: by" in str(error.value)
    assert "turnover.adv on AAA: by" in str(error.value)


@pytest.mark.parametrize("share", [Fraction(1, 3), Fraction(1)])
def test_an_account_has_its_share_of_the_volume(share):
    job = ledger(
        {"AAA": 10, "BBB": 10}, 1_000, tracking=CLOSE, turnover=Turnover(adv=0.1)
    )
    job = replace(with_volume(job, {"AAA": 90.0, "BBB": 1e6}), volume_share=share)
    assert traded(rebalance_account(job))["AAA"] == 9 * share


def test_volume_is_no_limit_where_it_is_not_set():
    job = ledger({"AAA": 10, "BBB": 10}, 1_000, tracking=CLOSE)
    assert traded(rebalance_account(with_volume(job, 1.0)))["AAA"] == 50


def test_a_deposit_is_invested_over_days():
    """Cash stays above its maximum where volume is short: a named conflict."""
    job = ledger(
        {"AAA": 10, "BBB": 10},
        0,
        {"AAA": 50, "BBB": 50},
        account={"flows": (Flow(on=base_job().on, amount=Decimal(1_000)),)},
        cash=Cash(minimum=0.0, maximum=0.02),
        turnover=Turnover(adv=0.1),
    )
    assert job.market.quotes["AAA"] == Quote(symbol="AAA", price=Decimal(10))
    with pytest.raises(InfeasibleError, match=r"turnover\.adv on AAA|cash\.maximum"):
        rebalance_account(with_volume(job, 100.0))
