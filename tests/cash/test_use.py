# SPDX-License-Identifier: Apache-2.0
"""What pays for purchases, and which side is open: E11, E14, E15, E17, E20, C8."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from support.cash import CLOSE, amount, cash_if, fine, kept, out, sides
from support.counted import FREE, ledger, traded
from support.jobs import ON

from di_optimizer.account import CashBalance, Restriction
from di_optimizer.errors import InfeasibleError, InputError
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Cash, Tracking, Trading

ONE = {"AAA": 1, "BBB": 1}
APART = {"AAA": 600, "BBB": 300}  # with 100 of cash A is 100 over and B 200 under
NONE = Cash(maximum=0.0)
STEP = Decimal("0.0002")


def apart(money: float = 100, **sections):
    """A may not be sold below its target, so that at most 100 are sold of it."""
    return fine(ONE, money, APART, {"restrictions": (kept("AAA", 0.5),)}, **sections)


# E14


@pytest.mark.parametrize(("share", "bought"), [(1.0, 200), (0.9, 190), (0.5, 150)])
def test_a_share_of_what_sales_bring_pays_for_purchases(share, bought):
    """E14: 100 of cash and 100 sold; at 90 % B is bought for 190."""
    plan = rebalance_account(apart(cash=replace(NONE, sale_share=share)))
    assert abs(traded(plan)["AAA"] + 100) <= STEP
    assert abs(traded(plan)["BBB"] - bought) <= STEP
    assert plan.figures.cash_after == 200 - bought
    assert plan.cash_over_maximum == 0  # what is held back is for the next run


def test_what_is_missing_is_made_up_for_before_anything_is_bought():
    """100 are owed: of 300 sold 200 are left, and half of these may be spent."""
    cash = replace(NONE, sale_share=0.5)
    held = {"AAA": 900, "BBB": 200}
    rules = {"restrictions": (kept("AAA", 0.6),)}
    plan = rebalance_account(fine(ONE, -100, held, rules, cash=cash))
    assert abs(traded(plan)["AAA"] + 300) <= STEP
    assert abs(traded(plan)["BBB"] - 100) <= STEP


# E15


def test_conservative_buys_what_cash_pays_for():
    """Sales may be made, and what they bring stays for the next run."""
    trading = Trading(spread_bp=100.0, ticket=1.0)
    cash = Cash(use="conservative", minimum=0.01, maximum=0.012)
    plan = rebalance_account(apart(cash=cash, trading=trading))
    bought = amount(plan, "buy")
    assert bought + Decimal("0.005") * bought + 1 <= 90
    assert bought > 88
    assert amount(plan, "sell") > 0
    assert plan.figures.cash_after > 10
    assert plan.cash_over_maximum == 0


def test_conservative_buys_nothing_where_nothing_is_spare():
    plan = rebalance_account(apart(0, cash=replace(NONE, use="conservative")))
    assert amount(plan, "buy") == 0


@pytest.mark.parametrize("use", ["full", "invest"])
def test_invest_sells_nothing(use):
    plan = rebalance_account(apart(cash=replace(NONE, use=use)))
    assert ("sell" in sides(plan)) is (use == "full")
    assert amount(plan, "buy") == (200 if use == "full" else 100)


def test_invest_cannot_raise_cash():
    with pytest.raises(InfeasibleError, match=r'cash\.use = "invest"|cash\.minimum'):
        rebalance_account(apart(-50, cash=replace(NONE, use="invest")))


@pytest.mark.parametrize(("money", "sold"), [(-40, 40), (0, 0), (50, 0)])
def test_cover_sells_what_is_missing_and_nothing_more(money, sold):
    """E11: selling A would help, but no cash is made that nobody asked for."""
    plan = rebalance_account(fine(ONE, money, APART, cash=Cash(use="cover")))
    assert sides(plan) <= {"sell"}
    assert sold <= amount(plan, "sell") <= sold + Decimal("0.01")


def test_exchange_trades_what_it_names():
    prices = {"AAA": 1, "BBB": 1, "CCC": 1, "DDD": 1}
    held = {"AAA": 500, "BBB": 400, "CCC": 100}
    named = {"exchange_out": ("BBB",), "exchange_in": ("DDD",)}
    plan = rebalance_account(
        fine(prices, 0, held, cash=replace(NONE, use="exchange", **named))
    )
    assert {(o.side, o.symbol) for o in plan.orders} == {
        ("sell", "BBB"),
        ("buy", "DDD"),
    }
    free = rebalance_account(fine(prices, 0, held, cash=NONE))
    assert {o.symbol for o in free.orders} >= {"AAA", "CCC"}


def test_names_that_nothing_has_are_refused_together():
    cash = Cash(
        use="exchange",
        exchange_out=("AAB",),
        exchange_in=("BBB", "CCD"),
        sleeves=("mian",),
    )
    with pytest.raises(InputError) as caught:
        rebalance_account(fine(ONE, 0, APART, cash=cash))
    text = str(caught.value)
    assert "3 problems" in text
    for setting, name in (
        ("cash.sleeves", "mian"),
        ("cash.exchange_out", "AAB"),
        ("cash.exchange_in", "CCD"),
    ):
        assert f"column '{setting}': found '{name}'" in text
    assert "main" in text


@pytest.mark.parametrize("use", ["full", "model_change"])
def test_a_change_of_models_sells_what_is_out_of_it(use):
    job = fine(ONE, 0, {"AAA": 500, "BBB": 500}, cash=replace(NONE, use=use))
    job = replace(
        job,
        benchmark={"AAA": 1.0},
        policy=replace(job.policy, tracking=Tracking(gamma=0.0)),
    )
    plan = rebalance_account(job)
    assert traded(plan).get("BBB", 0) == (-500 if use == "model_change" else 0)


def test_a_change_of_models_leaves_what_may_not_be_sold():
    rule = Restriction(kind="no_sell", symbol="BBB")
    job = fine(
        ONE,
        0,
        {"AAA": 500, "BBB": 500},
        {"restrictions": (rule,)},
        cash=replace(NONE, use="model_change"),
    )
    assert rebalance_account(replace(job, benchmark={"AAA": 1.0})).trades == ()


def test_a_rule_for_everybody_still_holds_beside_the_use_of_cash():
    """What the use closes is no exception from a rule of a wider scope."""
    rule = Restriction(kind="no_buy", symbol="BBB", scope="*")
    plan = rebalance_account(
        fine(ONE, 100, APART, {"restrictions": (rule,)}, cash=Cash(use="invest"))
    )
    assert "BBB" not in traded(plan)


# E20


@pytest.mark.parametrize("move", [0.0, 0.02])
def test_cash_survives_a_move_of_prices(move):
    """1000 are to be invested; at prices 2 % higher they would not be enough."""
    trading = Trading(spread_bp=10.0, ticket=1.0)
    job = fine(ONE, 1000, cash=replace(NONE, price_move=move), trading=trading)
    plan = rebalance_account(job)
    least = cash_if(job, plan.trades, Fraction(str(move)))
    assert 0 <= least <= Fraction(1, 50)
    assert (plan.figures.cash_after > 15) is (move > 0)
    assert plan.cash_over_maximum == 0


def test_a_move_against_sales_has_them_bring_less():
    """To pay 100 at prices 10 % lower, 111.12 have to be sold."""
    cash = Cash(maximum=0.0, price_move=0.1, scope="cash")
    plan = rebalance_account(fine(ONE, 0, APART, {"flows": out(100)}, cash=cash))
    assert Decimal("111.11") < amount(plan, "sell") <= Decimal("111.13")


def test_the_floor_in_money_is_kept_when_prices_move():
    cash = Cash(maximum=0.0, floor=25.0, price_move=0.05)
    job = fine(ONE, 1000, cash=cash)
    plan = rebalance_account(job)
    assert 25 <= cash_if(job, plan.trades, Fraction(1, 20)) <= 26


# E17


@pytest.mark.parametrize(
    ("sleeves", "spent"), [(None, 150), (("main",), 100), (("reserve", "main"), 150)]
)
def test_only_named_sleeves_are_spent(sleeves, spent):
    own = (
        CashBalance(amount=Decimal(100)),
        CashBalance(amount=Decimal(50), sleeve="reserve"),
    )
    job = fine(
        ONE,
        0,
        APART,
        {"cash": own},
        cash=Cash(use="invest", sleeves=sleeves, maximum=0.0),
    )
    plan = rebalance_account(job)
    assert amount(plan, "buy") == spent
    assert plan.figures.nav == 1050
    assert plan.cash_over_maximum == 0
    assert any("50.00 is in sleeves" in n for n in plan.notes) is (spent == 100)


def test_cash_of_a_locked_sleeve_is_never_spent():
    own = (
        CashBalance(amount=Decimal(100)),
        CashBalance(amount=Decimal(50), sleeve="reserve"),
    )
    lock = Restriction(kind="lock", sleeve="reserve")
    rules = {"cash": own, "restrictions": (lock,)}
    plan = rebalance_account(
        fine(ONE, 0, APART, rules, cash=Cash(use="invest", maximum=0.0))
    )
    assert amount(plan, "buy") == 100
    later = replace(lock, start=ON + timedelta(days=1))
    rules = {"cash": own, "restrictions": (later,)}
    plan = rebalance_account(
        fine(ONE, 0, APART, rules, cash=Cash(use="invest", maximum=0.0))
    )
    assert amount(plan, "buy") == 150


# C8

IDLE = Tracking(gamma=0.0)
DEAR = Trading(spread_bp=20.0)  # 10 bp to invest


@pytest.mark.parametrize(("drag", "left"), [(0.0009, 100), (0.0011, 10)])
def test_idle_cash_has_a_price_above_its_target(drag, left):
    """C8: investing costs 10 bp; cash beyond 1 % of 1000 is worth that or not."""
    cash = Cash(maximum=0.5, target=0.01, drag=drag)
    job = fine(
        ONE, 100, {"AAA": 500, "BBB": 400}, cash=cash, trading=DEAR, tracking=IDLE
    )
    plan = rebalance_account(job)
    assert left <= plan.figures.cash_after <= left + Decimal("0.02")
    if left == 100:
        assert plan.figures.charge_term == pytest.approx(drag * 0.09)


def test_cash_has_no_price_during_a_withdrawal():
    cash = Cash(maximum=0.5, drag=1.0)
    job = fine(
        ONE,
        200,
        {"AAA": 500, "BBB": 400},
        {"flows": out(100)},
        cash=cash,
        trading=DEAR,
        tracking=IDLE,
    )
    plan = rebalance_account(job)
    assert plan.trades == ()
    assert plan.figures.charge_term == 0.0


# Tax is never spendable


def test_a_tax_saving_is_no_cash():
    """Half of what is sold was lost: the saving of 200 buys nothing."""
    job = fine(ONE, 0, {"AAA": 600, "BBB": 400}, cash=NONE)
    lots = tuple(replace(t, cost_basis=t.shares * 3) for t in job.account.lots)
    lost = replace(job, account=replace(job.account, lots=lots))
    lost = replace(
        lost,
        policy=replace(lost.policy, wash=replace(lost.policy.wash, policy="ignore")),
    )
    plan = rebalance_account(lost)
    assert plan.figures.tax < -20
    assert amount(plan, "buy") <= amount(plan, "sell")
    assert plan.figures.cash_after < Decimal("0.01")


# Nothing tradable


@pytest.mark.parametrize("kind", ["no_buy", "no_trade"])
def test_cash_that_nothing_may_be_bought_for_stays_and_is_said(kind):
    rules = tuple(Restriction(kind=kind, symbol=s) for s in ONE)
    job = fine(ONE, 500, APART, {"restrictions": rules}, cash=Cash(), tracking=CLOSE)
    plan = rebalance_account(job)
    assert plan.trades == ()
    assert plan.cash_over_maximum == 486
    assert "Cash is 486.00 above its maximum: nothing may be bought." in plan.notes


def test_what_has_to_be_sold_may_raise_cash_above_its_maximum():
    rules = (
        Restriction(kind="no_hold", symbol="BBB"),
        Restriction(kind="no_buy", symbol="AAA"),
    )
    plan = rebalance_account(fine(ONE, 0, APART, {"restrictions": rules}, cash=Cash()))
    assert traded(plan)["BBB"] == -300


def test_a_locked_account_trades_nothing_whatever_its_cash():
    for money in (500, -500):
        lock = (Restriction(kind="lock"),)
        job = ledger(ONE, money, APART, {"restrictions": lock}, cash=Cash(minimum=0.01))
        assert rebalance_account(job).trades == ()


def test_an_order_that_costs_more_than_there_is_is_none():
    trading = replace(FREE, ticket=200)
    plan = rebalance_account(ledger(ONE, 110, cash=Cash(), trading=trading))
    assert plan.trades == ()
