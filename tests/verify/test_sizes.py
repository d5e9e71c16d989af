# SPDX-License-Identifier: Apache-2.0
"""Least trades and holdings, tickets, counts: both sides of each limit.

The ledger holds AAA 4000 (40 at 100), BBB 3000 (60 at 50), CCC 1000 (50 at 20) and
2000 of cash; DDD costs 10. NAV is 10000.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from support.verify import (
    BY_HAND,
    CASE,
    CLAIMS,
    PLAN,
    buy,
    lot,
    mismatches,
    refusal,
    sale,
    with_account,
    with_policy,
)

from di_optimizer.account import Activity, Restriction, Untraded
from di_optimizer.policy import Bounds, Counts, Taxes, Trading
from di_optimizer.verify import figures


def traded(**settings):
    return with_policy(trading=Trading(**settings))


def counted(**settings):
    return with_policy(counts=Counts(**settings))


# D11, D12: an order is worth 0 or the least value; a full exit any


@pytest.mark.parametrize(("shares", "passes"), [("50", True), ("49.9999", False)])
def test_a_purchase_is_worth_the_least_trade(shares, passes):
    case = traded(min_trade=500)
    lines = mismatches(case, (buy(case, "DDD", shares),))
    assert (lines == []) is passes
    assert all("a buy order of 499.999; allowed: at least 500.0" in x for x in lines)


@pytest.mark.parametrize(("shares", "passes"), [("25", True), ("24.9999", False)])
def test_a_sale_of_part_is_worth_the_least_trade(shares, passes):
    case = traded(min_trade=500)
    lines = mismatches(case, (sale(case, "C1", shares),))
    assert (lines == []) is passes
    assert all("a sell order of 499.998; allowed: at least 500.0" in x for x in lines)


@pytest.mark.parametrize(("least", "passes"), [(500, True), (2000, True)])
def test_an_exit_may_be_smaller_than_the_least_trade(least, passes):
    case = traded(min_trade=least)
    assert (mismatches(case, (sale(case, "C1", "50"),)) == []) is passes
    assert (mismatches(case, (sale(case, "C1", "49"),)) == []) is (least <= 980)


def test_the_least_trade_is_of_an_order_and_not_of_its_lots():
    case = traded(min_trade=500)
    assert mismatches(case, (sale(case, "A1", "4"), sale(case, "A2", "1"))) == []
    (line,) = mismatches(case, (sale(case, "A1", "3"), sale(case, "A2", "1")))
    assert "symbol AAA: found a sell order of 400.0" in line


# D13: held is 0 or the least weight


@pytest.mark.parametrize(("shares", "passes"), [("50", True), ("49.9999", False)])
def test_a_new_position_has_the_least_weight(shares, passes):
    case = traded(min_holding=0.05)
    lines = mismatches(case, (buy(case, "DDD", shares),))
    assert (lines == []) is passes
    text = "499.999 held after trading; allowed: 0 or at least 500.0"
    assert all(text in x for x in lines)


@pytest.mark.parametrize(
    ("shares", "passes"), [("25", True), ("25.0001", False), ("50", True)]
)
def test_a_sale_leaves_the_least_weight_or_nothing(shares, passes):
    case = traded(min_holding=0.05)
    assert (mismatches(case, (sale(case, "C1", shares),)) == []) is passes


def test_a_position_below_the_least_weight_is_topped_up_or_sold():
    case = traded(min_holding=0.2)  # CCC has 0.1
    (line,) = mismatches(case, ())
    assert "symbol CCC: found 1000.0 held after trading; allowed: 0 or at" in line
    assert mismatches(case, (sale(case, "C1", "50"),)) == []
    assert mismatches(case, (buy(case, "CCC", "50"),)) == []
    assert len(mismatches(case, (buy(case, "CCC", "49"),))) == 1


NO_SALE = Restriction(kind="no_sell", symbol="CCC")
NO_BUY = Restriction(kind="no_buy", symbol="CCC")
KEEP = Restriction(kind="keep_lot", lot_id="C1")
TOLD = Activity(  # sold at a loss ten days ago: CCC is closed
    symbol="CCC",
    on=date(2025, 6, 6),
    side="sell",
    shares=Decimal(1),
    amount=Decimal(20),
    realised_gain=Decimal(-5),
)


@pytest.mark.parametrize(
    ("rules", "stays"),
    [
        ((NO_SALE, NO_BUY), True),
        ((KEEP, NO_BUY), True),
        ((NO_SALE,), False),
        ((NO_BUY,), False),
        ((KEEP,), False),
        ((NO_SALE, Restriction(kind="max", symbol="CCC", value=0.19)), True),
        ((NO_SALE, Restriction(kind="max", symbol="CCC", value=0.2)), False),
        ((NO_BUY, Restriction(kind="min", symbol="CCC", value=0.05)), True),
        ((Restriction(kind="no_trade", symbol="CCC"),), True),
    ],
)
def test_what_can_neither_leave_nor_grow_may_stay(rules, stays):
    case = replace(
        traded(min_holding=0.2), account=replace(CASE.account, restrictions=rules)
    )
    assert (mismatches(case, ()) == []) is stays


def test_a_closed_group_and_young_lots_are_no_way_out():
    case = traded(min_holding=0.2)
    account = replace(CASE.account, restrictions=(NO_SALE,), activity=(TOLD,))
    assert mismatches(replace(case, account=account), ()) == []
    account = replace(CASE.account, restrictions=(NO_BUY,))
    young = replace(case.policy, taxes=Taxes(minimum_holding_days=4000))
    assert mismatches(replace(case, account=account, policy=young), ()) == []
    bound = replace(case.policy, bounds=Bounds(minimum=0.05))
    assert mismatches(replace(case, account=account, policy=bound), ()) == []


def test_what_may_stay_may_not_shrink():
    case = traded(min_holding=0.2)
    small = lot("C2", "CCC", "10", "100", date(2020, 1, 2))
    account = replace(
        CASE.account, lots=(*CASE.account.lots, small), restrictions=(KEEP, NO_BUY)
    )
    case = replace(case, account=account)
    assert mismatches(case, ()) == []
    (line,) = mismatches(case, (sale(case, "C2", "10"),))
    assert "symbol CCC: found 1000.0 held after trading" in line
    due = Restriction(kind="sell_lot", lot_id="C2")
    forced = replace(account, restrictions=(KEEP, NO_BUY, due))
    assert mismatches(replace(case, account=forced), (sale(case, "C2", "10"),)) == []


def test_untraded_positions_may_be_small():
    held = Untraded(symbol="DDD", shares=Decimal(5), reason="no basis", valued=True)
    case = with_account(traded(min_holding=0.05), untraded=(held,))
    assert mismatches(case, ()) == []


# C4: a ticket an order, on both sides, paid from cash to the cent


def test_tickets_are_part_of_cost_and_cash():
    """PLAN sells two lots of AAA and buys CCC: two orders, 0.405 + 2 · 7.5 = 15.405."""
    case = traded(ticket=7.5)
    found = figures(case, PLAN)
    assert found.cost == Decimal("15.41")
    assert found.cash_after == Decimal("2884.59")
    assert found.cost_term == pytest.approx(15.405 / 10000)
    lines = refusal(case, PLAN, BY_HAND, CLAIMS)
    assert any("cost 0.41; allowed: 15.41" in line for line in lines)


@pytest.mark.parametrize(("ticket", "passes"), [(1.99, True), (2.01, False)])
def test_a_ticket_does_not_overspend_cash(ticket, passes):
    """1997.80 of DDD and 0.19978 of spread leave 2.00022 of 2000 for the ticket."""
    case = traded(ticket=ticket)
    lines = mismatches(case, (buy(case, "DDD", "199.78"),))  # 1997.80 + 0.20
    assert (lines == []) is passes


# How many names and trades, D14


@pytest.mark.parametrize(("most", "passes"), [(4, True), (3, False)])
def test_names_are_at_most(most, passes):
    lines = mismatches(counted(max_names=most), (buy(CASE, "DDD", "1"),))
    assert (lines == []) is passes
    text = "found 4 positions after trading; allowed: at most 3 (counts.max_names)"
    assert all(text in line for line in lines)


@pytest.mark.parametrize(("least", "passes"), [(2, True), (3, False)])
def test_names_are_at_least(least, passes):
    lines = mismatches(counted(min_names=least), (sale(CASE, "C1", "50"),))
    assert (lines == []) is passes
    assert all("allowed: at least 3 (counts.min_names)" in line for line in lines)


@pytest.mark.parametrize("valued", [True, False])
def test_untraded_positions_are_names(valued):
    held = Untraded(symbol="DDD", shares=Decimal(5), reason="no basis", valued=valued)
    for most, passes in ((4, True), (3, False)):
        case = with_account(counted(max_names=most), untraded=(held,))
        assert (mismatches(case, ()) == []) is passes


@pytest.mark.parametrize(("most", "passes"), [(2, True), (1, False)])
def test_trades_are_counted_by_security(most, passes):
    """Two lots of AAA are one order."""
    trades = (sale(CASE, "A1", "1"), sale(CASE, "A2", "1"), buy(CASE, "DDD", "1"))
    lines = mismatches(counted(max_trades=most), trades)
    assert (lines == []) is passes
    text = "found 2 securities traded; allowed: at most 1 (counts.max_trades)"
    assert all(text in line for line in lines)
