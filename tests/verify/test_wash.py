# SPDX-License-Identifier: Apache-2.0
"""Wash sales in one account: lots and past trades before, trades today, one verdict.

Today is 2025-06-16: 2025-05-17 is 30 days before, 2025-05-16 is 31. Lot A2 (10 shares
of AAA for 1100) is at a loss of 10 a share.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from support.verify import (
    CASE,
    CLAIMS,
    ON,
    PLAN,
    buy,
    lot,
    mismatches,
    refusal,
    sale,
    washed,
    with_account,
    with_group,
    with_lots,
    with_wash,
)

from di_optimizer.account import Account, AccountType, Activity
from di_optimizer.verify import figures

D30, D31 = date(2025, 5, 17), date(2025, 5, 16)
RECENT = lot("R1", "AAA", "5", "450", D30)  # a gain of 50
LOSS = lot("R2", "AAA", "4", "480", date(2025, 6, 2))  # a loss of 20 a share
TRADE_OFF = with_wash(policy="trade_off")


def past(side: str, on: date, **changes: object) -> Activity:
    row = Activity(
        symbol="CCC", on=on, side=side, shares=Decimal(6), amount=Decimal(120)
    )
    return replace(row, **changes)


def x2(**changes: object) -> Account:
    """Another account of the taxpayer."""
    return replace(Account(account="X2", taxpayer=CASE.account.taxpayer), **changes)


# Sales at a loss, and recent shares


@pytest.mark.parametrize(("acquired", "washes"), [(D30, True), (D31, False)])
def test_a_loss_is_replaced_by_what_was_bought_30_days_ago_and_not_31(acquired, washes):
    case = with_lots(CASE, replace(RECENT, acquired=acquired))
    lines = mismatches(case, (sale(case, "A2", "3"),))
    expected = [
        "account X1, symbol AAA, lot A2: found 3 shares sold at a loss, 3 of them "
        "replaced by lot R1 of AAA in account X1, bought on 2025-05-17; allowed: none: "
        "wash sale"
    ]
    assert lines == (expected if washes else [])


def test_shares_bought_today_already_replace_too():
    case = with_lots(CASE, replace(RECENT, acquired=ON))
    assert "bought on 2025-06-16" in mismatches(case, (sale(case, "A2", "3"),))[0]


def test_the_date_of_purchase_decides_and_not_the_holding_period():
    tacked = replace(RECENT, holding_start=date(2019, 1, 2))
    case = with_lots(CASE, tacked)
    assert len(mismatches(case, (sale(case, "A2", "3"),))) == 1


@pytest.mark.parametrize(("sold", "left"), [("5", 0), ("4", 1), ("1", 4)])
def test_recent_shares_that_are_sold_as_well_replace_nothing(sold, left):
    case = with_lots(CASE, RECENT)
    lines = mismatches(case, (sale(case, "A2", "10"), sale(case, "R1", sold)))
    assert len(lines) == (left > 0)
    assert all(f"10 shares sold at a loss, {left} of them" in line for line in lines)


def test_a_share_replaces_once():
    case = with_lots(CASE, replace(RECENT, replacement=True))
    assert mismatches(case, (sale(case, "A2", "3"),)) == []


@pytest.mark.parametrize("origin", ["gift", "inheritance", "spin_off"])
def test_shares_that_were_not_bought_replace_nothing(origin):
    case = with_lots(CASE, replace(RECENT, origin=origin))
    assert mismatches(case, (sale(case, "A2", "3"),)) == []


def test_a_gain_is_no_loss():
    case = with_lots(CASE, RECENT)
    assert mismatches(case, (sale(case, "A1", "20"),)) == []


# 110 a share: at 110.00 neither gain nor loss, a cent below it is a loss.
@pytest.mark.parametrize(("price", "washes"), [("110", False), ("109.99", True)])
def test_a_loss_begins_below_the_basis(price, washes):
    quote = replace(CASE.market.quotes["AAA"], price=Decimal(price))
    market = replace(CASE.market, quotes={**CASE.market.quotes, "AAA": quote})
    case = replace(with_lots(CASE, RECENT), market=market)
    lines = mismatches(case, (sale(case, "A2", "3"),))
    assert [" lot A2: " in line for line in lines] == [True] * washes


# A1 sold at 100 with basis 80: a gain of 20 % of proceeds.
@pytest.mark.parametrize(("margin", "washes"), [(0.2, False), (0.2001, True)])
def test_a_gain_below_the_margin_counts_as_a_loss(margin, washes):
    case = with_wash(with_lots(CASE, replace(RECENT, cost_basis=Decimal(1))))
    case = with_wash(case, margin=margin)
    lines = mismatches(case, (sale(case, "A1", "3"),))
    assert [" lot A1: " in line for line in lines] == [True] * washes


def test_another_security_replaces_in_its_group_only():
    other = lot("C2", "CCC", "7", "70", D30)
    alone = with_lots(CASE, other)
    assert mismatches(alone, (sale(alone, "A2", "3"),)) == []
    grouped = with_group(alone, "CCC")
    (line,) = mismatches(grouped, (sale(grouped, "A2", "3"),))
    assert "3 of them replaced by lot C2 of CCC in account X1" in line


def test_a_purchase_today_replaces_a_loss_in_its_group():
    assert mismatches(CASE, PLAN) == []
    case = with_group(CASE, "CCC")
    (line,) = mismatches(case, PLAN)
    assert line.startswith("account X1, symbol AAA, lot A2: found 3 shares sold at a ")
    assert "3 of them replaced by CCC in account X1, bought today; allowed" in line


def test_one_replacement_is_shared_by_several_losses():
    case = with_group(with_lots(CASE, RECENT, LOSS), "CCC")
    trades = (sale(case, "A2", "3"), sale(case, "R2", "4"), buy(case, "CCC", "1"))
    lines = mismatches(case, trades)
    assert [line.split(": found ")[1].split(" by ")[0] for line in lines] == [
        "3 shares sold at a loss, 3 of them replaced",
        "4 shares sold at a loss, 2 of them replaced",
        "4 shares sold at a loss, 1 of them replaced",
    ]


# Rev. Rul. 56-602: shares of one purchase never replace each other.


@pytest.mark.parametrize(("names", "washes"), [(("P", "P"), 0), (("P", "Q"), 1)])
def test_lots_of_one_purchase_do_not_replace_each_other(names, washes):
    first = replace(LOSS, purchase=names[0])
    second = replace(LOSS, lot_id="R3", purchase=names[1])
    case = with_lots(CASE, first, second)
    assert len(mismatches(case, (sale(case, "R2", "4"),))) == washes


def test_what_is_left_of_a_lot_does_not_replace_what_is_sold_of_it():
    case = with_lots(CASE, LOSS)
    assert mismatches(case, (sale(case, "R2", "3"),)) == []


@pytest.mark.parametrize(
    ("orders", "washes"), [((1, 1), 0), ((1, 2), 1), ((1, None), 1)]
)
def test_the_activity_may_say_that_lots_are_one_purchase(orders, washes):
    case = with_lots(CASE, LOSS, replace(LOSS, lot_id="R3"))
    rows = [
        past("buy", LOSS.acquired, symbol="AAA", lot_id=name, purchase_order=order)
        for name, order in zip(("R2", "R3"), orders, strict=True)
    ]
    case = with_account(case, activity=tuple(rows))
    assert len(mismatches(case, (sale(case, "R2", "4"),))) == washes


# Purchases after a loss sale


@pytest.mark.parametrize(("on", "closed"), [(D30, True), (D31, False), (ON, True)])
@pytest.mark.parametrize("policy", ["disallow", "trade_off"])
def test_nothing_is_bought_until_31_days_after_a_loss(on, closed, policy):
    row = past("sell", on, realised_gain=Decimal("-0.01"), lot_id="C0")
    case = with_wash(with_account(activity=(row,)), policy=policy)
    free = {D30: "2025-06-17", ON: "2025-07-17"}.get(on)
    expected = [
        "account X1, symbol CCC: found a buy of 70 shares, and 6 shares sold at a loss "
        f"on {on}: lot C0 of CCC in account X1; allowed: none before {free}: wash sale"
    ]
    assert mismatches(case, PLAN) == (expected if closed else [])


@pytest.mark.parametrize(
    ("change", "margin", "closed"),
    [
        ({"realised_gain": None}, 0.0, True),  # nobody said: a loss
        ({"realised_gain": Decimal(0)}, 0.0, False),
        ({"realised_gain": Decimal("1.20")}, 0.01, False),  # 1 % of 120
        ({"realised_gain": Decimal("1.19")}, 0.01, True),
        ({"symbol": "BBB"}, 0.0, False),
        ({"side": "buy"}, 0.0, False),
        ({"on": date(2025, 6, 17)}, 0.0, False),  # not yet
    ],
)
def test_which_past_sales_close_a_security(change, margin, closed):
    row = past("sell", date(2025, 6, 1), realised_gain=Decimal(-1))
    case = with_wash(with_account(activity=(replace(row, **change),)), margin=margin)
    lines = mismatches(case, (buy(case, "CCC", "70"),))
    assert len(lines) == closed


def test_a_loss_closes_its_group_until_the_last_of_them():
    rows = (
        past("sell", date(2025, 6, 3), symbol="AAA"),
        past("sell", date(2025, 5, 20), symbol="CCC"),
    )
    case = with_account(with_group(CASE, "CCC"), activity=rows)
    (line,) = mismatches(case, (buy(case, "CCC", "70"),))
    assert line.endswith("none before 2025-07-04: wash sale")


def test_closed_groups_may_be_sold():
    case = with_account(activity=(past("sell", ON, symbol="AAA"),))
    assert mismatches(case, (sale(case, "A1", "20"),)) == []


# Other accounts


@pytest.mark.parametrize("kind", AccountType)
@pytest.mark.parametrize(("acquired", "washes"), [(D30, 1), (D31, 0)])
def test_recent_shares_of_another_account_replace(kind, acquired, washes):
    other = x2(lots=(replace(RECENT, acquired=acquired),), type=kind)
    case = replace(CASE, related=(other,))
    lines = mismatches(case, (sale(case, "A2", "3"),))
    assert len(lines) == washes
    assert all("lot R1 of AAA in account X2, bought on" in line for line in lines)


@pytest.mark.parametrize("kind", AccountType)
def test_what_another_account_buys_today_replaces(kind):
    case = replace(CASE, related=(x2(type=kind),))
    case = replace(case, planned={"X2": (buy(CASE, "AAA", "2", account="X2"),)})
    (line,) = mismatches(case, (sale(case, "A2", "3"),))
    assert "2 of them replaced by AAA in account X2, bought today" in line


def test_what_another_account_sells_of_its_recent_shares_still_counts():
    other = x2(lots=(RECENT,))
    sold = sale(replace(CASE, account=other), "R1", "5")
    case = replace(CASE, related=(other,), planned={"X2": (sold,)})
    assert len(mismatches(case, (sale(case, "A2", "3"),))) == 1


@pytest.mark.parametrize(
    ("kind", "basis", "closed"),
    [
        (AccountType.TAXABLE, "901", 1),
        (AccountType.TAXABLE, "900", 0),  # neither gain nor loss
        (AccountType.TAX_DEFERRED, "901", 0),
        (AccountType.EXEMPT, "901", 0),
    ],
)
def test_a_loss_that_another_account_takes_today_closes_the_group(kind, basis, closed):
    other = x2(lots=(lot("Y1", "CCC", "45", basis, date(2020, 1, 2)),), type=kind)
    planned = sale(replace(CASE, account=other), "Y1", "9")
    case = replace(CASE, related=(other,), planned={"X2": (planned,)})
    lines = mismatches(case, (buy(case, "CCC", "70"),))
    assert len(lines) == closed
    assert all("9 shares sold at a loss on 2025-06-16: lot Y1 of" in x for x in lines)


@pytest.mark.parametrize(("margin", "closed"), [(0.1, 0), (0.11, 1)])
def test_the_margin_holds_for_what_another_account_sells_today(margin, closed):
    other = x2(lots=(lot("Y1", "CCC", "45", "810", date(2020, 1, 2)),))  # 18 each
    planned = sale(replace(CASE, account=other), "Y1", "9")
    case = replace(with_wash(margin=margin), related=(other,))
    case = replace(case, planned={"X2": (planned,)})
    assert len(mismatches(case, (buy(case, "CCC", "70"),))) == closed


@pytest.mark.parametrize(
    ("kind", "closed"), [("taxable", 1), ("tax_deferred", 0), ("exempt", 0)]
)
def test_past_sales_of_retirement_accounts_are_no_losses(kind, closed):
    other = x2(activity=(past("sell", D30),), type=AccountType(kind))
    case = replace(CASE, related=(other,))
    assert len(mismatches(case, (buy(case, "CCC", "70"),))) == closed


def test_this_account_among_its_relatives_is_not_another_one():
    case = with_lots(CASE, RECENT)
    case = replace(case, related=(case.account,))
    trades = (sale(case, "A2", "10"), sale(case, "R1", "5"))
    assert mismatches(case, trades) == []


# Purchases elsewhere without lots: 6 shares less what later sales take.
@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([past("buy", D30)], 6),
        ([past("buy", D31)], 0),
        ([past("buy", date(2025, 6, 17))], 0),  # not yet
        ([past("buy", D30), past("sell", D30)], 6),  # sold before, or older shares
        ([past("buy", D30), past("sell", date(2025, 5, 18), shares=Decimal(4))], 2),
        ([past("buy", D30), past("sell", date(2025, 5, 18), shares=Decimal(9))], 0),
        ([past("buy", D30, lot_id="1"), past("sell", D30, lot_id="1")], 0),
        ([past("buy", D30, lot_id="1"), past("sell", ON, lot_id="2")], 6),
        ([past("buy", D30), past("sell", ON, symbol="BBB")], 6),
    ],
)
def test_an_account_known_by_its_activity_holds_purchases_less_sales(rows, left):
    other = x2(activity=tuple(rows), type=AccountType.TAX_DEFERRED)
    case = replace(with_group(CASE, "CCC"), related=(other,))
    lines = mismatches(case, (sale(case, "A2", "10"),))
    assert len(lines) == (left > 0)
    assert all(f" {left} of them replaced by" in line for line in lines)


def test_purchases_of_what_the_account_has_no_lots_of_are_kept():
    rows = (past("buy", D30, symbol="DDD", lot_id="D7"), past("buy", D30))
    securities = {**CASE.market.securities}
    securities["DDD"] = replace(securities["AAA"], symbol="DDD")
    market = replace(CASE.market, securities=securities)
    case = replace(with_account(activity=rows), market=market)
    (line,) = mismatches(case, (sale(case, "A2", "3"),))
    assert "replaced by lot D7 of DDD in account X1, bought on 2025-05-17" in line


# Other policies and account types


def test_the_policy_ignore_does_not_look():
    case = with_lots(with_account(activity=(past("sell", D30),)), RECENT)
    assert len(mismatches(case, PLAN)) == 2
    assert mismatches(with_wash(case, policy="ignore"), PLAN) == []


@pytest.mark.parametrize("kind", [AccountType.TAX_DEFERRED, AccountType.EXEMPT])
def test_a_retirement_account_has_no_losses_but_may_replace_some(kind):
    row = past("sell", D30)
    case = with_account(with_lots(CASE, RECENT), type=kind, activity=(row,))
    case = replace(case, related=(x2(activity=(row,)),))
    assert mismatches(case, (sale(case, "A2", "3"),)) == []
    (line,) = mismatches(case, (buy(case, "CCC", "1"),))
    assert "in account X2; allowed: none before 2025-06-17" in line


# Trade-off: what of each loss is disallowed, to the cent


def test_a_loss_that_is_replaced_in_part_is_disallowed_in_part():
    case = with_lots(TRADE_OFF, RECENT)
    trade = washed(case, "A2", "10", "5")  # a loss of 100 on 10 shares; 5 replaced
    assert (trade.realised_gain, trade.disallowed, trade.tax) == (-100, 50, -20)
    assert mismatches(case, (trade,)) == []
    found = figures(case, (trade,))
    assert (found.disallowed, found.gain_short, found.tax_short) == (50, -100, -20)
    # −50 counts today, half of the 50 that moves: −75 · 0.4 of a NAV of 10050 … 5 × 100
    assert found.tax_term == pytest.approx(-30 / 10500, abs=1e-15)


@pytest.mark.parametrize("cent", ["0.01", "-0.01", "NaN"])
def test_another_disallowed_loss_is_refused(cent):
    case = with_lots(TRADE_OFF, RECENT)
    trade = washed(case, "A2", "10", "5")
    wrong = replace(trade, disallowed=trade.disallowed + Decimal(cent))
    (line,) = mismatches(case, (wrong,))
    assert line.endswith(f"A2: found disallowed {wrong.disallowed}; allowed: 50.00")


def test_another_sum_of_disallowed_losses_is_refused():
    case = with_lots(TRADE_OFF, RECENT)
    trades = (washed(case, "A2", "10", "5"),)
    found = figures(case, trades)
    claims = replace(CLAIMS, objective=found.objective, bound=None)
    claims = replace(claims, cash_over_maximum=Decimal(0))
    assert refusal(case, trades, found, claims) == []
    wrong = replace(found, disallowed=Decimal("49.99"))
    (line,) = refusal(case, trades, wrong, claims)
    assert line == "account X1: found disallowed 49.99; allowed: 50.00"


def test_one_share_more_that_is_kept_disallows_its_loss():
    case = with_lots(TRADE_OFF, RECENT)
    sold = (sale(case, "R1", "2"), washed(case, "A2", "10", "3"))
    assert mismatches(case, sold) == []
    (line, _) = mismatches(case, (sale(case, "R1", "1"), sold[1]))
    assert "found disallowed 30; allowed: 40.00" in line


def test_the_older_loss_is_replaced_first():
    case = with_lots(TRADE_OFF, replace(RECENT, shares=Decimal(12)), LOSS)
    trades = (washed(case, "A2", "10", "10"), washed(case, "R2", "4", "2"))
    assert [t.disallowed for t in trades] == [100, 40]
    assert mismatches(case, trades) == []


# Equal dates: the purchase order decides, then symbol and lot id.
@pytest.mark.parametrize(("orders", "first"), [((2, 1), "L2"), ((1, 2), "L1")])
def test_losses_of_one_date_are_replaced_in_purchase_order(orders, first):
    day = date(2025, 6, 2)
    names = ("L1", "L2")
    case = with_lots(TRADE_OFF, *(lot(n, "AAA", "4", "480", day) for n in names))
    case = with_lots(
        case, replace(RECENT, acquired=D31), lot("R9", "AAA", "3", "1", ON)
    )
    rows = [
        past("buy", day, symbol="AAA", lot_id=n, purchase_order=order)
        for n, order in zip(names, orders, strict=True)
    ]
    case = with_account(case, activity=tuple(rows))
    trades = [washed(case, n, "4", "3" if n == first else "0") for n in names]
    assert mismatches(case, trades) == []


def test_shares_replace_in_their_order_own_then_others_then_todays():
    # R2 cannot be replaced by R3 of its purchase, so that the order shows.
    twins = [replace(LOSS, lot_id=n, purchase="P") for n in ("R2", "R3")]
    outside = x2(lots=(replace(RECENT, shares=Decimal("0.5")),))
    case = with_group(with_lots(TRADE_OFF, *twins), "CCC")
    case = replace(case, related=(outside,))
    bought = buy(case, "CCC", "1")
    # for A2's 5: R3's 4, 0.5 outside, 0.5 of today's; for R2 the other 0.5
    trades = (washed(case, "A2", "5", "5"), washed(case, "R2", "4", "0.5"), bought)
    assert mismatches(case, trades) == []


@pytest.mark.parametrize(
    ("kind", "term"), [("taxable", -30.0), ("tax_deferred", -20.0), ("exempt", -20.0)]
)
def test_a_loss_that_may_be_replaced_in_a_retirement_account_moves_nowhere(kind, term):
    other = x2(lots=(RECENT,), type=AccountType(kind))
    case = replace(TRADE_OFF, related=(other,))
    trade = washed(case, "A2", "10", "5")
    found = figures(case, (trade,))
    assert found.tax_term == pytest.approx(term / 10000, abs=1e-15)
    assert mismatches(case, (trade,)) == []


@pytest.mark.parametrize("moved", [0.0, 0.5, 1.0])
def test_a_moved_loss_is_worth_what_policy_says(moved):
    case = with_wash(with_lots(TRADE_OFF, RECENT), moved_value=moved)
    found = figures(case, (washed(case, "A2", "10", "5"),))
    assert found.tax_term == pytest.approx((-50 - 50 * moved) * 0.4 / 10500, abs=1e-15)


@pytest.mark.parametrize("policy", ["disallow", "ignore"])
def test_nothing_is_disallowed_under_the_other_policies(policy):
    case = with_wash(with_lots(CASE, RECENT), policy=policy)
    lines = mismatches(case, (washed(case, "A2", "10", "5"),))
    assert any("found disallowed 50; allowed: 0.00" in line for line in lines)


def test_a_margin_makes_no_loss_out_of_a_gain_under_trade_off():
    case = with_wash(with_lots(TRADE_OFF, RECENT), margin=0.5)
    trades = (sale(case, "A1", "20"), washed(case, "A2", "10", "5"))
    assert mismatches(case, trades) == []


def test_a_retirement_account_has_nothing_disallowed():
    case = with_account(with_lots(TRADE_OFF, RECENT), type=AccountType.EXEMPT)
    assert mismatches(case, (sale(case, "A2", "10"),)) == []
    wrong = sale(case, "A2", "10", disallowed=Decimal(50))
    assert "disallowed 50; allowed: 0.00" in mismatches(case, (wrong,))[0]


def test_a_purchase_has_no_loss():
    (line,) = mismatches(CASE, (buy(CASE, "CCC", "70", disallowed=Decimal("0.01")),))
    assert "symbol CCC: found disallowed 0.01; allowed: 0.00" in line
