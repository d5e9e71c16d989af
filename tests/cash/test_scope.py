# SPDX-License-Identifier: Apache-2.0
"""Only cash is rebalanced: little ledgers, end to end. E2, E6, E8, E10, E13, E22."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.cash import amount, fine, sides
from support.counted import ledger, traded
from support.jobs import ON

from di_optimizer.account import CashBalance, Flow, Restriction
from di_optimizer.errors import InputError
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Cash, Counts, Trading

PRICES = {"AAA": 10, "BBB": 10}
HELD = {"AAA": 60, "BBB": 40}  # 1000 together, far from half and half
ALONE = Cash(minimum=0.0, maximum=0.01, scope="cash")


@pytest.mark.parametrize(
    ("money", "bought", "sold"),
    [(5, 0, 0), (10, 0, 0), (15, 15, 0), (0, 0, 0), (-5, 0, 5)],
)
def test_inside_of_its_range_nothing_is_traded(money, bought, sold):
    """E2: 5 does nothing though the positions are off; 15 spends 15, not 5."""
    plan = rebalance_account(fine(PRICES, money, HELD, cash=ALONE))
    assert amount(plan, "buy") == bought
    assert amount(plan, "sell") == sold
    said = [note for note in plan.notes if note.startswith("Cash of")]
    assert len(said) == 1
    assert ("nothing is traded" in said[0]) is (not plan.trades)


def test_the_rest_of_the_objective_says_what_is_bought():
    plan = rebalance_account(fine(PRICES, 15, HELD, cash=ALONE))
    assert traded(plan) == {"BBB": Decimal("1.5")}
    plan = rebalance_account(fine(PRICES, -15, HELD, cash=ALONE))
    assert traded(plan).keys() == {"AAA"}
    assert Decimal("1.5") <= -traded(plan)["AAA"] <= Decimal("1.5001")  # a step


def test_whole_shares_leave_the_least_that_does_not_fit():
    """D7: 1 share of 10 fits into 15; to raise 15 two have to be sold."""
    plan = rebalance_account(ledger(PRICES, 15, HELD, cash=ALONE))
    assert amount(plan, "buy") == 10
    plan = rebalance_account(ledger(PRICES, -15, HELD, cash=ALONE))
    assert amount(plan, "sell") == 20
    assert plan.figures.cash_after == 5


def test_costs_are_paid_from_what_is_spent():
    trading = Trading(spread_bp=100.0, ticket=2.0)
    plan = rebalance_account(fine(PRICES, 25, HELD, cash=ALONE, trading=trading))
    assert plan.figures.cost == 2 + Decimal("0.12")  # 22.88 and half a percent of it
    assert plan.figures.cash_after == Decimal("0.00")


@pytest.mark.parametrize("least", [14.99, 15.01])
def test_an_order_that_is_too_small_is_none(least):
    trading = Trading(spread_bp=0.0, min_trade=least)
    plan = rebalance_account(fine(PRICES, 15, HELD, cash=ALONE, trading=trading))
    assert bool(plan.trades) is (least < 15)


def test_a_target_share_is_left():
    """E6: of 1100, 1 % is 11; 100 are there."""
    cash = Cash(minimum=0.0, maximum=0.02, target=0.01, scope="cash")
    plan = rebalance_account(fine(PRICES, 100, HELD, cash=cash))
    assert amount(plan, "buy") == 89
    assert plan.figures.cash_after == 11


@pytest.mark.parametrize(("target", "left"), [(None, 0), (0.01, 11)])
def test_a_rebalance_of_everything_leaves_the_target_share(target, left):
    """E6: excess cash is cash less the target's share of NAV."""
    cash = Cash(minimum=0.0, maximum=0.01, target=target)
    plan = rebalance_account(fine(PRICES, 100, HELD, cash=cash))
    assert left <= plan.figures.cash_after <= left + Decimal("0.12")
    assert sides(plan) == {"buy"} or sides(plan) == {"buy", "sell"}


def test_the_table_s_target_comes_before_the_policy_s():
    own = CashBalance(amount=Decimal(100), target=0.02, minimum=0.0, maximum=0.05)
    job = fine(PRICES, 0, HELD, {"cash": (own,)}, cash=Cash(target=0.01, scope="cash"))
    assert rebalance_account(job).figures.cash_after == 22


def test_a_floor_is_kept_in_money():
    """E20: 40 are more than 1 % of 1100."""
    cash = Cash(minimum=0.01, maximum=0.02, floor=40.0, scope="cash")
    assert (
        rebalance_account(fine(PRICES, 100, HELD, cash=cash)).figures.cash_after == 40
    )
    assert rebalance_account(fine(PRICES, 40, HELD, cash=cash)).trades == ()
    short = rebalance_account(fine(PRICES, 39, HELD, cash=cash))
    assert amount(short, "sell") == 1


@pytest.mark.parametrize(("p", "raised"), [(0.02, 110), (0.20, 120)])
def test_more_is_raised_than_is_short(p, raised):
    """E3."""
    cash = Cash(scope="cash", raise_extra=p, raise_extra_amount=10.0)
    plan = rebalance_account(fine(PRICES, -100, HELD, cash=cash))
    assert amount(plan, "sell") == raised


@pytest.mark.parametrize(("p", "used"), [(0.02, 90), (0.20, 80)])
def test_less_is_used_than_there_is(p, used):
    """E4."""
    cash = Cash(scope="cash", keep_back=p, keep_back_amount=10.0)
    plan = rebalance_account(fine(PRICES, 100, HELD, cash=cash))
    assert amount(plan, "buy") == used


@pytest.mark.parametrize(("short", "rest"), [(30, 10), (40, 0), (50, 0)])
def test_all_of_a_position_is_sold_only_where_there_is_room(short, rest):
    """E13: 40 of what may not be held; what is short of that leaves some."""
    held = {"AAA": 60, "BBB": 4}
    rule = Restriction(kind="no_hold", symbol="BBB")
    cash = Cash(scope="cash", maximum=0.0)
    bounded = Restriction(
        kind="min", symbol="AAA", value=(600 - max(short - 40, 0)) / 600
    )
    rules = {"restrictions": (rule, bounded)}
    plan = rebalance_account(fine(PRICES, -short, held, rules, cash=cash))
    assert amount(plan, "sell") == short
    sold = -traded(plan).get("BBB", Decimal(0)) * 10
    assert sold <= min(short, 40)
    assert any("wait for a full rebalance" in note for note in plan.notes)
    inside = rebalance_account(fine(PRICES, 0, held, rules, cash=cash))
    assert inside.trades == ()
    assert rest >= 0


def test_lots_that_are_to_be_sold_wait():
    rule = Restriction(kind="sell_lot", symbol="BBB", lot_id="BBB-1")
    job = fine(PRICES, 5, HELD, {"restrictions": (rule,)}, cash=ALONE)
    assert rebalance_account(job).trades == ()


def test_a_limit_that_no_trade_breaks_is_named():
    """Two positions and at most one: that cannot be met without a trade."""
    job = fine(PRICES, 5, HELD, cash=ALONE, counts=Counts(max_names=1))
    with pytest.raises(InputError, match=r"counts\.max_names"):
        rebalance_account(job)


@pytest.mark.parametrize("dividend", [100, 300])
def test_a_dividend_reduces_drift_without_a_sale(dividend):
    """E22: BBB is 200 under; what is paid in goes there, and nothing is sold."""
    flow = Flow(on=ON, amount=Decimal(dividend))
    job = fine(PRICES, 0, HELD, {"flows": (flow,)}, cash=ALONE)
    plan = rebalance_account(job)
    assert sides(plan) == {"buy"}
    assert amount(plan, "buy") == dividend
    assert traded(plan)["BBB"] >= min(dividend, 200) / Decimal(10)


def test_a_dividend_that_covers_the_underweight_creates_no_sale():
    """E22, E9: a rebalance of everything has nothing to sell then either."""
    flow = Flow(on=ON, amount=Decimal(200))
    job = fine(PRICES, 0, HELD, {"flows": (flow,)}, cash=Cash(maximum=0.0))
    assert traded(rebalance_account(job)) == {"BBB": Decimal(20)}


def test_everything_is_rebalanced_by_default():
    """E9: cash of 5 is in its range and trades are made all the same."""
    plan = rebalance_account(fine(PRICES, 5, HELD, cash=Cash()))
    assert sides(plan) == {"buy", "sell"}
