# SPDX-License-Identifier: Apache-2.0
"""F20, E18: a rebalance from positions and cash as they are once orders are done."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.counted import traded
from support.orders import order, ready, simple, weighted, working

from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Trading

D = Decimal


def test_what_is_bought_outside_of_the_model_is_sold_again():
    """F20: an outstanding purchase of 1,000 of a name that is not in the model."""
    job = weighted(simple(1_000, {"BBB": 100}), BBB=1.0)
    bought = order("1", "buy", "AAA", amount=1_000)
    plan = rebalance_account(working(job, bought, start="expected"))
    assert traded(plan) == {"AAA": D(-100), "BBB": D(100)}
    assert {t.lot_id for t in plan.trades if t.side == "sell"} == {"order:1"}
    present = rebalance_account(working(job, bought))
    assert traded(present) == {}


@pytest.mark.parametrize(("start", "invested"), [("expected", 150), ("present", 50)])
def test_money_on_its_way_is_invested_before_it_is_there(start, invested):
    """E18."""
    job = weighted(simple(500), AAA=1.0)
    deposit = order("1", "deposit", amount=1_000)
    plan = rebalance_account(working(job, deposit, start=start))
    assert traded(plan) == {"AAA": D(invested)}
    assert plan.figures.flow == (1_000 if start == "expected" else 0)


def test_proceeds_of_outstanding_sales_are_invested():
    """E18: all orders move expected cash, at their own prices and with their costs."""
    job = weighted(simple(0, {"AAA": 100}), BBB=1.0)
    sale = order("1", "sell", "AAA", shares=60, limit_price=11)
    given = working(job, sale, start="expected")
    assert ready(given).cash_amount() == 660
    assert ready(given).positions() == {"AAA": D(40)}
    assert traded(rebalance_account(given)) == {"AAA": D(-40), "BBB": D(106)}
    costly = replace(given.policy, trading=Trading(spread_bp=20.0, ticket=1.0))
    # half of 20 bp of 660, and a ticket
    assert ready(replace(given, policy=costly)).cash_amount() == D("658.34")


def test_a_purchase_continues_where_the_order_ends():
    """Need 100, 40 on the way: 60 more, as from what is held."""
    job = weighted(simple(1_000), AAA=1.0)
    bought = order("1", "buy", "AAA", shares=40)
    plan = rebalance_account(working(job, bought, start="expected"))
    assert traded(plan) == {"AAA": D(60)}


def test_a_sale_is_bought_back_where_it_is_not_wanted():
    """From expected positions everything may trade; at a loss its group is closed."""
    job = weighted(simple(0, {"AAA": 100}), AAA=1.0)
    gain = order("1", "sell", "AAA", shares=40, limit_price=11)
    plan = rebalance_account(working(job, gain, start="expected"))
    assert traded(plan) == {"AAA": D(44)}
    loss = order("1", "sell", "AAA", shares=40, limit_price=9)
    plan = rebalance_account(working(job, loss, start="expected"))
    assert traded(plan) == {}


def test_open_orders_are_replaced_here_too():
    job = weighted(simple(1_000), AAA=1.0)
    given = order("1", "buy", "AAA", status="open", shares=40)
    plan = rebalance_account(working(job, given, start="expected"))
    assert traded(plan) == {"AAA": D(100)}
    assert plan.cancels == (given,)


@pytest.mark.parametrize(
    ("relief", "left"),
    [("optimizer", "new"), ("fifo", "new"), ("lifo", "old"), ("hifo", "old")],
)
def test_sales_take_lots_in_the_order_of_relief(relief, left):
    """First in, first out where nothing else is said (Treas. Reg. § 1.1012-1(c))."""
    job = simple(0, {"AAA": 10})
    (lot,) = job.account.lots
    old = replace(lot, lot_id="old", cost_basis=D(50))
    new = replace(lot, lot_id="new", acquired=job.on, holding_start=job.on)
    account = replace(job.account, lots=(new, old))
    taxes = replace(job.policy.taxes, relief=relief)
    job = replace(job, account=account, policy=replace(job.policy, taxes=taxes))
    sale = order("1", "sell", "AAA", shares=10)
    assert [x.lot_id for x in ready(working(job, sale, start="expected")).lots] == [
        left
    ]


def test_half_of_a_lot_keeps_half_of_its_basis():
    """A third of 100.00 leaves with the shares; gains tie out to the cent."""
    job = simple(0, {"AAA": 3})
    (lot,) = job.account.lots
    account = replace(job.account, lots=(replace(lot, cost_basis=D("100.00")),))
    sale = order("1", "sell", "AAA", shares=1)
    after = ready(working(replace(job, account=account), sale, start="expected"))
    assert after.lots[0].cost_basis == D("66.67")
    assert after.taxpayer.realised_long == D("-23.33")
