# SPDX-License-Identifier: Apache-2.0
"""All accounts of a taxpayer count, and what replaces in an untaxed one is lost."""

import pandas as pd
import pytest
from support.ledger import accounts, shows, table, trades

from di_optimizer.wash import wash_sales

TWO = """
    2023-01-02 buy  10 100
    2024-01-02 sell 10  50
    2024-01-09 buy   4  30 account=B lot_id=new
    """


def test_accounts_of_one_taxpayer_and_of_two():
    """IRC § 1091(a): "the taxpayer has acquired", in whatever account."""
    own = wash_sales(trades(TWO), accounts=accounts("A ann taxable\nB ann taxable"))
    other = wash_sales(trades(TWO), accounts=accounts("A ann taxable\nB bob taxable"))
    shows(own.gains, "disallowed amended\n20 2024-01-09")
    shows(own.lots, "account cost_basis\nB 50")
    shows(other.gains, "disallowed amended\n0 -")
    assert wash_sales(trades(TWO)).gains["disallowed"].tolist() == [0]


def test_a_spouse_is_put_under_the_same_taxpayer():
    """IRS Publication 550: "If you sell stock and your spouse ... buys substantially
    identical stock, you also have a wash sale." One taxpayer stands for both."""
    couple = accounts("A smith taxable\nB smith taxable")
    shows(wash_sales(trades(TWO), accounts=couple).matches, "replacement_account\nB")


@pytest.mark.parametrize("kind", ["tax_deferred", "exempt"])
def test_replaced_in_an_ira(kind):
    """Rev. Rul. 2008-5: the loss is disallowed, and the basis in the IRA "is not
    increased": it is lost, and nothing is added to the holding period."""
    people = accounts(f"A ann taxable\nB ann {kind}")
    result = wash_sales(trades(TWO), accounts=people)
    shows(result.gains, "allowed disallowed lost reported\n30 20 20 -30")
    shows(
        result.lots,
        """
        account cost_basis acquired   holding_start replacement
        B               30 2024-01-09 2024-01-09    True
        """,
    )
    shows(result.matches, "disallowed basis_added lost days_carried\n20 0 20 -")


def test_losses_of_an_ira_are_nobodys():
    """IRC § 408(e): an IRA is exempt, so its sales claim no loss: nothing is washed,
    nothing moves and nothing is reported."""
    people = accounts("A ann tax_deferred\nB ann taxable")
    result = wash_sales(trades(TWO), accounts=people)
    shows(result.gains, "gain allowed disallowed reported lost code\n-50 0 0 0 0 -")
    shows(result.lots, "cost_basis replacement\n30 False")


def test_an_ira_that_bought_before_the_sale():
    """IRC § 1091(a): 30 days before as well as after."""
    rows = """
        2023-01-02 buy  10 100
        2023-12-20 buy  10  60 account=B
        2024-01-02 sell 10  50
        """
    people = accounts("A ann taxable\nB ann exempt")
    result = wash_sales(trades(rows), accounts=people)
    shows(result.gains, "disallowed lost amended\n50 50 -")


def test_members_of_a_group_replace_each_other():
    """IRC § 1091(a): "substantially identical"; share for share across its members."""
    rows = """
        2023-01-02 buy  10 100 symbol=VOO
        2024-01-02 sell 10  50 symbol=VOO
        2024-01-09 buy   4  90 symbol=IVV lot_id=new
        2024-01-09 buy   9  90 symbol=QQQ
        """
    securities = table("symbol wash_group\nVOO sp500\nIVV sp500\nQQQ -")
    grouped = wash_sales(trades(rows), securities=securities)
    shows(grouped.gains, "disallowed\n20")
    shows(grouped.matches, "replacement_symbol disallowed\nIVV 20")
    assert wash_sales(trades(rows)).matches.empty


def test_other_spellings_are_one_symbol():
    rows = """
        2023-01-02 buy  10 100 symbol=BRK/B
        2024-01-02 sell 10  50 symbol=BRK.B
        2024-01-09 buy  10  90 symbol=brk-b
        """
    result = wash_sales(trades(rows))
    shows(result.gains, "symbol disallowed\nBRK.B 50")


def test_accounts_of_other_taxpayers_change_nothing():
    """Each row of another taxpayer may stand anywhere, under any name."""
    alone = trades(TWO)
    others = trades(TWO).assign(
        account=lambda f: f["account"].map({"A": "0", "B": "Z"})
    )
    people = accounts("A ann taxable\nB ann taxable\n0 bob taxable\nZ bob taxable")
    mixed = pd.concat([others, alone]).sort_values("date", kind="stable")
    result = wash_sales(mixed, accounts=people)
    shown = wash_sales(alone, accounts=people)
    for name in ("lots", "gains", "matches"):
        frame = getattr(result, name)
        own = frame[frame["account"].isin(["A", "B"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, getattr(shown, name))
