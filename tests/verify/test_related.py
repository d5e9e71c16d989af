# SPDX-License-Identifier: Apache-2.0
"""Past trades and other accounts that nothing can be checked against are refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from support.verify import (
    BY_HAND,
    CASE,
    CLAIMS,
    LOTS,
    PLAN,
    SELL_LONG,
    buy,
    refusal,
    with_account,
)

from di_optimizer.account import Account, Activity

ROW = Activity(
    symbol="CCC",
    on=date(2025, 6, 1),
    side="sell",
    shares=Decimal(6),
    amount=Decimal(120),
    realised_gain=Decimal(1),
)
OTHER = Account(account="X2", taxpayer=CASE.account.taxpayer, lots=LOTS)
SOLD = replace(SELL_LONG, account="X2")
NAN = Decimal("NaN")


def only(case) -> str:
    (line,) = refusal(case, PLAN, BY_HAND, CLAIMS)
    return line


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shares": Decimal(0)}, "0 shares, amount 120, gain 1"),
        ({"shares": NAN}, "NaN shares, amount 120, gain 1"),
        ({"amount": NAN}, "6 shares, amount NaN, gain 1"),
        ({"realised_gain": NAN}, "6 shares, amount 120, gain NaN"),
    ],
)
def test_past_trades_are_numbers(change, says):
    row = replace(ROW, **change)
    line = only(with_account(activity=(row,)))
    says = f"account X1, symbol CCC: found {says} in the sell of 2025-06-01 by account"
    assert line == f"{says} X1; allowed: shares above 0, finite money"
    line = only(replace(CASE, related=(replace(OTHER, activity=(row,)),)))
    assert line == f"{says} X2; allowed: shares above 0, finite money"


def test_a_gain_that_nobody_stated_is_no_problem():
    row = replace(ROW, symbol="DDD", realised_gain=None)
    case = with_account(activity=(row,))
    assert refusal(case, PLAN, BY_HAND, CLAIMS) == []


@pytest.mark.parametrize(
    "change",
    [{"shares": Decimal(0)}, {"cost_basis": NAN}, {"cost_basis": Decimal("-0.01")}],
)
def test_lots_of_other_accounts_have_shares_and_basis(change):
    lots = (replace(LOTS[0], **change), *LOTS[1:])
    line = only(replace(CASE, related=(replace(OTHER, lots=lots),)))
    assert "symbol AAA: found lot A1 of account X2 with" in line
    assert line.endswith("allowed: shares above 0, a basis of 0 or more")


def planning(*trades):
    return replace(CASE, related=(OTHER,), planned={"X2": trades})


def test_planned_trades_of_relatives_pass():
    trades = (SOLD, buy(CASE, "DDD", "4", account="X2"))
    assert refusal(planning(*trades), PLAN, BY_HAND, CLAIMS) == []


@pytest.mark.parametrize("name", ["X3", "X1"])
def test_trades_of_strangers_and_of_the_account_itself_are_not_planned(name):
    case = replace(CASE, related=(OTHER,), planned={name: (SOLD,)})
    assert only(case) == (
        f"account X1: found trades planned by account {name}; allowed: one of the "
        "taxpayer's others"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lot_id": "A9"}, "a sale planned by account X2; allowed: one of a lot it"),
        ({"lot_id": None}, "a sale planned by account X2; allowed: one of a lot it"),
        ({"lot_id": "C1"}, "a sale planned by account X2; allowed: one of a lot it"),
        ({"shares": NAN}, "NaN shares planned by account X2; allowed: above 0"),
        ({"shares": Decimal(0)}, "0 shares planned by account X2; allowed: above 0"),
        (
            {"side": "buy", "symbol": "EEE", "lot_id": None},
            "no usable quote for a buy planned by account X2; allowed: a price above 0",
        ),
    ],
)
def test_planned_trades_are_of_lots_with_shares_and_prices(change, says):
    assert says in only(planning(replace(SOLD, **change)))
