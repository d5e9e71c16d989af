# SPDX-License-Identifier: Apache-2.0
"""Plans that misuse cash are refused: each check, on both sides of its limit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.cash import case_of, fine, kept, out
from support.verify import buy, mismatches, sale

from di_optimizer.account import CashBalance, Restriction
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Cash, Trading

ONE = {"AAA": 1, "BBB": 1}
HELD = {"AAA": 600, "BBB": 300}
WIDE = Cash(maximum=1.0)


def case(money=100, account=None, trading=None, **cash):
    sections = {} if trading is None else {"trading": trading}
    own = Cash(**({"maximum": 1.0} | cash))
    return case_of(fine(ONE, money, HELD, account, cash=own, **sections))


def refused(lines, text):
    assert len(lines) == 1, lines
    assert text in lines[0]


def test_the_plan_itself_passes_and_a_share_more_does_not():
    job = fine(
        ONE,
        100,
        HELD,
        {"restrictions": (kept("AAA", 0.5),)},
        cash=Cash(maximum=0.0, sale_share=0.9),
    )
    plan = rebalance_account(job)
    own = case_of(job)
    assert mismatches(own, plan.trades) == []
    [bought] = [t for t in plan.trades if t.side == "buy"]
    others = tuple(t for t in plan.trades if t is not bought)
    more = buy(own, bought.symbol, str(bought.shares + 1))
    refused(mismatches(own, (*others, more)), "cash.sale_share")


@pytest.mark.parametrize(("bought", "passes"), [("190", True), ("190.01", False)])
def test_purchases_are_paid_from_a_share_of_sales(bought, passes):
    own = case(sale_share=0.9)
    lines = mismatches(own, (sale(own, "AAA-1", "100"), buy(own, "BBB", bought)))
    assert (lines == []) is passes


@pytest.mark.parametrize(("bought", "passes"), [("98", True), ("98.02", False)])
def test_conservative_purchases_pay_their_own_costs(bought, passes):
    """98 · 1 % of half a spread of 200 bp and a ticket of 1 are 99.98."""
    own = case(use="conservative", trading=Trading(spread_bp=200.0, ticket=1.0))
    lines = mismatches(own, (sale(own, "AAA-1", "50"), buy(own, "BBB", bought)))
    assert (lines == []) is passes


@pytest.mark.parametrize(("bought", "passes"), [("80", True), ("81", False)])
def test_cash_keeps_its_least_when_prices_move(bought, passes):
    """80 at a quarter more are 100."""
    own = case(price_move=0.25)
    lines = mismatches(own, (buy(own, "BBB", bought),))
    assert (lines == []) is passes
    if not passes:
        refused(lines, "cash.price_move")


@pytest.mark.parametrize(
    ("use", "side", "passes"),
    [
        ("invest", "buy", True),
        ("invest", "sell", False),
        ("cover", "buy", False),
        ("full", "sell", True),
    ],
)
def test_closed_sides(use, side, passes):
    own = case(use=use)
    trade = buy(own, "BBB", "5") if side == "buy" else sale(own, "AAA-1", "5")
    lines = mismatches(own, (trade,))
    assert (lines == []) is passes
    if not passes:
        assert any("cash.use" in line for line in lines)


def test_what_is_exchanged_is_named():
    named = {"use": "exchange", "exchange_out": ("AAA",), "exchange_in": ("BBB",)}
    own = case(**named)
    assert mismatches(own, (sale(own, "AAA-1", "5"), buy(own, "BBB", "5"))) == []
    for trade in (sale(own, "BBB-1", "5"), buy(own, "AAA", "5")):
        refused(mismatches(own, (trade,)), "none: cash.use = 'exchange'")


@pytest.mark.parametrize(
    ("money", "sold", "passes"), [(-50, "50", True), (-50, "51", False)]
)
def test_cover_makes_no_cash_that_nobody_asked_for(money, sold, passes):
    own = case(money, use="cover")
    lines = mismatches(own, (sale(own, "AAA-1", sold),))
    assert (lines == []) is passes


@pytest.mark.parametrize(
    ("money", "side", "shares", "passes"),
    [
        (5, "buy", "5", False),
        (5, "sell", "5", False),
        (15, "buy", "15", True),
        (15, "sell", "5", False),
        (-5, "sell", "5", True),
        (-5, "sell", "6", False),
    ],
)
def test_only_cash_is_rebalanced(money, side, shares, passes):
    own = case(money, scope="cash", maximum=0.01)
    trade = buy(own, "BBB", shares) if side == "buy" else sale(own, "AAA-1", shares)
    lines = mismatches(own, (trade,))
    assert (lines == []) is passes
    if not passes:
        refused(lines, 'cash.scope = "cash"')


def test_rules_that_force_sales_wait_while_only_cash_is_rebalanced():
    rules = (
        Restriction(kind="no_hold", symbol="BBB"),
        Restriction(kind="sell_lot", symbol="AAA", lot_id="AAA-1"),
    )
    account = {"restrictions": rules}
    assert mismatches(case(5, account, scope="cash", maximum=0.01), ()) == []
    assert len(mismatches(case(5, account), ())) == 2


def test_a_change_of_models_sells_all_that_is_out_of_it():
    own = replace(case(use="model_change"), benchmark={"AAA": 1.0})
    refused(mismatches(own, ()), "no_hold")
    assert mismatches(own, (sale(own, "BBB-1", "300"),)) == []
    assert mismatches(own, (buy(own, "BBB", "1"),)) != []


@pytest.mark.parametrize(("bought", "passes"), [("100", True), ("101", False)])
def test_cash_of_other_sleeves_is_not_spent(bought, passes):
    balances = (
        CashBalance(amount=Decimal(100)),
        CashBalance(amount=Decimal(50), sleeve="reserve"),
    )
    own = case(0, {"cash": balances}, sleeves=("main",))
    assert (mismatches(own, (buy(own, "BBB", bought),)) == []) is passes


@pytest.mark.parametrize(
    ("first", "second", "passes"),
    [
        ("60", "30", True),
        ("60.0001", "30", True),
        ("63", "27", False),
        ("90", "0", False),
    ],
)
def test_a_withdrawal_is_raised_from_every_position(first, second, passes):
    own = case(0, {"flows": out(90)}, withdrawal="proportional")
    trades = (sale(own, "AAA-1", first),)
    trades += (sale(own, "BBB-1", second),) if second != "0" else ()
    lines = mismatches(own, trades)
    assert (lines == []) is passes
    if not passes:
        refused(lines, 'cash.withdrawal = "proportional"')


def test_a_proportional_withdrawal_raises_what_is_missing_and_buys_nothing():
    own = case(0, {"flows": out(90)}, withdrawal="proportional")
    more = (sale(own, "AAA-1", "66"), sale(own, "BBB-1", "33"))
    refused(mismatches(own, more), 'cash.withdrawal = "proportional"')
    lines = mismatches(own, (sale(own, "AAA-1", "95"), buy(own, "BBB", "5")))
    assert any("a buy; allowed: none" in line for line in lines)
    covered = case(90, {"flows": out(90)}, withdrawal="proportional")
    assert mismatches(covered, ()) == []
    refused(mismatches(covered, (sale(covered, "AAA-1", "1"),)), "a sell")


def test_buffers_and_floors_are_part_of_the_least():
    own = case(100, keep_back=0.2, keep_back_amount=10.0)
    assert mismatches(own, (buy(own, "BBB", "80"),)) == []
    refused(mismatches(own, (buy(own, "BBB", "80.01"),)), "at least 20.0")
    own = case(100, floor=30.0)
    assert mismatches(own, (buy(own, "BBB", "70"),)) == []
    refused(mismatches(own, (buy(own, "BBB", "70.01"),)), "at least 30.0")
