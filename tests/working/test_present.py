# SPDX-License-Identifier: Apache-2.0
"""F16 to F19, E12, E16: a rebalance from what is held, beside outstanding orders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.counted import traded
from support.orders import order, ready, simple, weighted, working

from di_optimizer.account import AccountType
from di_optimizer.market import Security
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Trading
from di_optimizer.working import LATER

D = Decimal


def test_five_hundred_less_a_buy_order_of_two_hundred_are_three_hundred():
    """E16."""
    job = working(simple(500), order("1", "buy", "AAA", amount=200))
    after = ready(job)
    assert after.cash_amount() == 300
    assert after.positions() == {"AAA": D(20)}


def test_costs_of_an_outstanding_purchase_are_in_the_cash_to_the_cent():
    """Half of 7 bp of 200.00 and the ticket of 1.005: 0.07 + 1.005, rounded up."""
    trading = Trading(spread_bp=7.0, ticket=1.005)
    job = working(simple(500, trading=trading), order("1", "buy", "AAA", amount=200))
    assert ready(job).cash_amount() == D("298.92")


def test_outstanding_withdrawals_are_due_and_deposits_are_not():
    """E16: orders with a positive cash effect are ignored."""
    job = working(
        simple(500, {"AAA": 10}),
        order("1", "withdraw", amount=120),
        order("2", "deposit", amount=1_000),
        order("3", "sell", "AAA", shares=10),
    )
    after = ready(job)
    assert after.cash_amount() + after.flow_due(job.on) == 380
    assert after.positions() == {"AAA": D(10)}


def test_need_100_with_40_on_the_way_buys_60():
    """F18."""
    job = weighted(simple(1_000), AAA=1.0)
    assert traded(rebalance_account(working(job))) == {"AAA": D(100)}
    plan = rebalance_account(working(job, order("1", "buy", "AAA", shares=40)))
    assert traded(plan) == {"AAA": D(60)}
    assert plan.figures.cash_after == 0


@pytest.mark.parametrize(
    ("outstanding", "sold"), [(40, 60), (99, 1), (100, 0), (130, 0)]
)
def test_need_to_sell_100_with_some_on_the_way_sells_the_rest(outstanding, sold):
    """F18: new = max(0, need − outstanding), and what is on the way is not rebought."""
    job = weighted(simple(0, {"AAA": 200}), AAA=0.5, BBB=0.5)
    assert traded(rebalance_account(working(job))) == {"AAA": D(-100), "BBB": D(100)}
    plan = rebalance_account(
        working(job, order("1", "sell", "AAA", shares=outstanding))
    )
    assert traded(plan).get("AAA", D(0)) == -sold
    assert traded(plan)["BBB"] == 100
    assert plan.outstanding[0].counted == min(outstanding, 100)


def test_a_purchase_is_not_enlarged_by_an_outstanding_sale():
    """F19: need buy 100, outstanding sell 40, new buy 100."""
    job = weighted(simple(1_000, {"AAA": 100}), AAA=1.0)
    plan = rebalance_account(working(job, order("1", "sell", "AAA", shares=40)))
    assert traded(plan) == {"AAA": D(100)}
    assert plan.outstanding[0].counted == 0
    assert plan.figures.cash_after == 0


def test_nothing_is_sold_against_an_outstanding_purchase():
    """Neither of the shares on the way nor of those held."""
    job = weighted(simple(400, {"AAA": 100, "BBB": 100}), BBB=1.0)
    plan = rebalance_account(working(job, order("1", "buy", "AAA", shares=40)))
    assert traded(plan) == {}
    assert any("AAA is not sold" in note for note in plan.notes)
    free = rebalance_account(working(job))
    assert traded(free) == {"AAA": D(-100), "BBB": D(140)}


@pytest.mark.parametrize("status", LATER)
def test_every_later_status_stays(status):
    """F17."""
    job = weighted(simple(1_000), AAA=1.0)
    plan = rebalance_account(
        working(job, order("1", "buy", "AAA", status=status, shares=40))
    )
    assert traded(plan) == {"AAA": D(60)}
    assert plan.cancels == ()
    assert plan.outstanding[0].counted == 40


def test_open_orders_are_cancelled_and_replaced():
    """F16."""
    job = weighted(simple(1_000), AAA=1.0)
    given = order("7", "buy", "AAA", status="open", shares=40)
    plan = rebalance_account(working(job, given))
    assert traded(plan) == {"AAA": D(100)}
    assert plan.cancels == (given,)
    assert "Cancel working order '7' (open: buy 40 AAA): it is replaced." in plan.notes


def test_purchases_beyond_available_cash_are_covered_by_sales():
    """E12: cash is 100 − 400 before trading; 300 are raised."""
    job = weighted(simple(100, {"BBB": 100}), AAA=4 / 11, BBB=7 / 11)
    given = working(job, order("1", "buy", "AAA", shares=40))
    assert ready(given).cash_amount() == -300
    plan = rebalance_account(given)
    assert traded(plan) == {"BBB": D(-30)}
    assert plan.figures.cash_after == 0


def test_withdrawals_beyond_available_cash_are_covered_by_sales():
    """E12, with a withdrawal."""
    job = weighted(simple(100, {"BBB": 100}), BBB=1.0)
    plan = rebalance_account(working(job, order("1", "withdraw", amount=250)))
    assert traded(plan) == {"BBB": D(-15)}
    assert plan.figures.cash_after == 0


def test_a_limit_price_is_what_an_order_pays():
    """40 shares at 9.50 take 380 of cash; the position is worth the market's 400."""
    job = working(simple(500), order("1", "buy", "AAA", shares=40, limit_price="9.5"))
    after = ready(job)
    assert after.cash_amount() == 120
    (lot,) = after.lots
    assert (lot.lot_id, lot.cost_basis, lot.acquired) == ("order:1", D(380), job.on)


def test_an_order_of_money_buys_whole_shares_where_only_these_trade():
    """205 are 20 shares for 200; with fractions they are all spent."""
    whole = working(simple(500), order("1", "buy", "AAA", amount=205))
    assert ready(whole).cash_amount() == 300
    account = replace(whole.account, fractional=True)
    parts = ready(replace(whole, account=account))
    assert parts.cash_amount() == 295
    assert parts.positions() == {"AAA": D("20.5")}


def test_sales_realise_their_gain_in_the_year_whatever_is_counted():
    """First in, first out; the bill of the year starts after it."""
    job = weighted(simple(1_000, {"AAA": 100}), AAA=1.0)
    given = working(job, order("1", "sell", "AAA", shares=40, limit_price=12))
    person = ready(given).taxpayer
    assert (person.realised_short, person.realised_long) == (0, D(80))
    exempt = replace(given.account, type=AccountType.EXEMPT)
    assert ready(replace(given, account=exempt)).taxpayer.realised_long == 0


def test_a_sale_at_a_loss_keeps_its_group_closed():
    """An outstanding sale is one of today: its group is not bought within 30 days."""
    job = weighted(simple(1_000, {"AAA": 100}), AAA=1.0)
    given = working(job, order("1", "sell", "AAA", shares=40, limit_price=9))
    plan = rebalance_account(given)
    assert traded(plan) == {}
    gains = working(job, order("1", "sell", "AAA", shares=40, limit_price=11))
    assert traded(rebalance_account(gains)) == {"AAA": D(100)}


@pytest.mark.parametrize("twins", [False, True])
def test_a_purchase_on_its_way_replaces_a_loss(twins):
    """The twin of what is being bought is not sold at a loss under "disallow"."""
    held = simple(400, {"BBB": 100})
    lot = replace(held.account.lots[0], cost_basis=D(2_000))
    group = {"wash_group": "twins"} if twins else {}
    securities = {s: Security(symbol=s, **group) for s in ("AAA", "BBB")}
    job = replace(
        weighted(held, AAA=0.5, CCC=0.5),
        account=replace(held.account, lots=(lot,)),
        market=replace(held.market, securities=securities),
    )
    plan = rebalance_account(working(job, order("1", "buy", "AAA", shares=40)))
    sold = -traded(plan).get("BBB", D(0))
    assert sold == (0 if twins else 100)
