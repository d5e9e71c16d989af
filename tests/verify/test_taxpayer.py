# SPDX-License-Identifier: Apache-2.0
"""All accounts of a taxpayer after one day: which wash sales their trades made.

Lot A2 of each account (10 shares of AAA for 1100) is at a loss; R1 is recent.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from support.verify import CASE, LOTS, ON, buy, lot, sale, with_group

from di_optimizer.account import Account, AccountType, Activity
from di_optimizer.policy import Policy, Wash
from di_optimizer.verify import wash_sales_between

D30, D31 = date(2025, 5, 17), date(2025, 5, 16)
RECENT = lot("R1", "AAA", "5", "450", D30)
ONE = replace(CASE.account, account="X1")
TWO = Account(account="X2", taxpayer=ONE.taxpayer, lots=LOTS)


def sold(account: Account, lot_id: str, shares: str):
    return sale(replace(CASE, account=account), lot_id, shares)


def bought(account: Account, symbol: str, shares: str):
    return buy(replace(CASE, account=account), symbol, shares)


def between(
    accounts, *trades, policies=("disallow", "disallow"), case=CASE, margin=0.0
):
    named = {name: [] for name in ("X1", "X2")}
    for trade in trades:
        named[trade.account].append(trade)
    chosen = {
        name: Policy(wash=Wash(policy=policy, margin=margin))
        for name, policy in zip(named, policies, strict=True)
    }
    return wash_sales_between(
        accounts, named, market=case.market, policies=chosen, on=ON
    )


def test_a_loss_and_a_purchase_elsewhere_are_one_wash_sale():
    trades = (sold(ONE, "A2", "3"), bought(TWO, "AAA", "2"))
    expected = (
        "account X1, symbol AAA, lot A2: found 3 shares sold at a loss, 2 of them "
        "replaced by AAA in account X2, bought today; allowed: none: wash sale",
    )
    for accounts in ((ONE, TWO), (TWO, ONE)):
        assert between(accounts, *trades) == expected
    assert between((ONE, TWO), trades[0]) == ()
    assert between((ONE, TWO), trades[1]) == ()


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        (("disallow", "ignore"), 1),
        (("ignore", "disallow"), 1),
        (("trade_off", "disallow"), 1),
        (("trade_off", "trade_off"), 0),
        (("ignore", "ignore"), 0),
    ],
)
def test_the_policies_of_seller_and_buyer_decide(policies, found):
    trades = (sold(ONE, "A2", "3"), bought(TWO, "AAA", "2"))
    assert len(between((ONE, TWO), *trades, policies=policies)) == found


@pytest.mark.parametrize(
    ("policies", "found"), [(("disallow", "ignore"), 1), (("ignore", "disallow"), 0)]
)
def test_what_was_bought_before_today_is_up_to_the_seller(policies, found):
    holds = replace(TWO, lots=(RECENT,))
    trades = (sold(ONE, "A2", "3"),)
    assert len(between((ONE, holds), *trades, policies=policies)) == found


@pytest.mark.parametrize(("acquired", "found"), [(D30, 1), (D31, 0)])
@pytest.mark.parametrize("kind", AccountType)
def test_recent_shares_elsewhere_replace_until_they_are_sold(kind, acquired, found):
    holds = replace(TWO, lots=(replace(RECENT, acquired=acquired),), type=kind)
    loss = sold(ONE, "A2", "3")
    assert len(between((ONE, holds), loss)) == found
    assert between((ONE, holds), loss, sold(holds, "R1", "5")) == ()
    left = between((ONE, holds), loss, sold(holds, "R1", "4"))
    assert [" 1 of them replaced by lot R1" in line for line in left] == [True] * found


@pytest.mark.parametrize(("kind", "found"), [("taxable", 1), ("exempt", 0)])
def test_losses_of_retirement_accounts_are_none(kind, found):
    holds = replace(TWO, type=AccountType(kind))
    trades = (sold(holds, "A2", "3"), bought(ONE, "AAA", "2"))
    assert len(between((ONE, holds), *trades)) == found


def test_a_share_replaces_once_across_accounts():
    holds = replace(TWO, lots=(*LOTS, RECENT))
    lines = between((ONE, holds), sold(ONE, "A2", "4"), sold(holds, "A2", "4"))
    assert [line.split(", bought")[0].split(": found ")[1] for line in lines] == [
        "4 shares sold at a loss, 4 of them replaced by lot R1 of AAA in account X2",
        "4 shares sold at a loss, 1 of them replaced by lot R1 of AAA in account X2",
    ]


def test_older_losses_are_replaced_first_and_by_older_shares():
    older = replace(LOTS[1], lot_id="A0", acquired=date(2024, 6, 14))
    first = replace(TWO, lots=(older,))
    second = replace(ONE, lots=(*LOTS, replace(RECENT, lot_id="R2", acquired=ON)))
    third = Account(account="X3", taxpayer=ONE.taxpayer, lots=(RECENT,))
    trades = (sold(second, "A2", "4"), sold(first, "A0", "4"))
    lines = between((second, first, third), *trades)
    assert [line.split(", bought")[0].split(", symbol AAA, ")[1] for line in lines] == [
        "lot A0: found 4 shares sold at a loss, 4 of them replaced by lot R1 of AAA in "
        "account X3",
        "lot A2: found 4 shares sold at a loss, 1 of them replaced by lot R1 of AAA in "
        "account X3",
        "lot A2: found 4 shares sold at a loss, 3 of them replaced by lot R2 of AAA in "
        "account X1",
    ]


def test_shares_known_by_activity_alone_replace():
    row = Activity(
        symbol="CCC", on=D30, side="buy", shares=Decimal(6), amount=Decimal(120)
    )
    elsewhere = replace(TWO, lots=(), activity=(row,))
    case = with_group(CASE, "CCC")
    (line,) = between((ONE, elsewhere), sold(ONE, "A2", "3"), case=case)
    assert "3 of them replaced by CCC in account X2, bought on 2025-05-17" in line


# Purchases after a loss sale of any account


@pytest.mark.parametrize(("on", "found"), [(D30, 1), (D31, 0)])
@pytest.mark.parametrize("policy", ["disallow", "trade_off", "ignore"])
def test_nothing_is_bought_within_30_days_of_a_loss_elsewhere(on, found, policy):
    row = Activity(
        symbol="DDD", on=on, side="sell", shares=Decimal(6), amount=Decimal(60)
    )
    elsewhere = replace(TWO, activity=(row,))
    trades = (bought(ONE, "DDD", "7"), bought(ONE, "CCC", "1"))
    lines = between((ONE, elsewhere), *trades, policies=(policy, "disallow"))
    expected = (
        "account X1, symbol DDD: found a buy of 7 shares, and 6 shares sold at a loss "
        "on 2025-05-17: DDD in account X2; allowed: none before 2025-06-17: wash sale",
    )
    assert lines == (expected if found and policy != "ignore" else ())


@pytest.mark.parametrize(("margin", "found"), [(0.02, 0), (0.021, 1)])
def test_the_margin_of_the_policy_holds_for_past_and_present(margin, found):
    row = Activity(
        symbol="DDD",
        on=D30,
        side="sell",
        shares=Decimal(6),
        amount=Decimal(100),
        realised_gain=Decimal(2),
    )
    elsewhere = replace(TWO, activity=(row,))
    trades = (bought(ONE, "DDD", "7"),)
    assert len(between((ONE, elsewhere), *trades, margin=margin)) == found
    close = replace(ONE, lots=(lot("M1", "AAA", "1", "98", D31),))
    pair = (sold(close, "M1", "1"), bought(TWO, "AAA", "2"))
    assert len(between((close, TWO), *pair, margin=margin)) == found


def test_accounts_that_do_not_trade_need_no_policy():
    found = wash_sales_between((ONE, TWO), {}, market=CASE.market, policies={}, on=ON)
    assert found == ()
