# SPDX-License-Identifier: Apache-2.0
"""Corporate actions inside the window: lots, open losses and cash, as ledgers."""

from decimal import Decimal

from support.ledger import accounts, in_parts, same, shows, table, trades

from di_optimizer.exact import exact
from di_optimizer.wash import wash_sales


def test_a_split_between_sale_and_purchase():
    """IRC § 307: 10 shares sold before a 2-for-1 split are 20 of the new ones."""
    actions = table("date symbol kind new_shares\n2024-01-05 X split 2")
    rows = trades("""
        2023-01-02 buy  10 100
        2024-01-02 sell 10  50
        2024-01-09 buy   8  30 lot_id=new
        """)
    result = wash_sales(rows, actions=actions)
    shows(result.gains, "shares disallowed allowed\n10 20 30")
    shows(result.lots, "shares cost_basis\n8 50")
    same(in_parts(rows, "2024-01-03", "2024-01-06", actions=actions), result)


def test_a_split_between_purchase_and_sale():
    """A recent lot replaces by its present shares."""
    actions = table("date symbol kind new_shares\n2024-01-05 X split 2")
    result = wash_sales(
        trades("""
        2023-01-02 buy  10 100 lot_id=old
        2024-01-02 buy   4  40 lot_id=new
        2024-01-09 sell 20  60 lot_id=old
        """),
        actions=actions,
    )
    shows(result.gains, "gain disallowed\n-40 16")
    shows(result.lots, "shares cost_basis\n8 56")


def test_a_new_symbol_is_the_same_security():
    """IRS Publication 550: predecessor and successor may be substantially identical;
    the lots of the last 30 days and the open losses go over to the new group."""
    actions = table("date symbol kind new_symbol\n2024-01-05 X symbol_change Y")
    rows = trades("""
        2023-01-02 buy  10 100 lot_id=old
        2024-01-02 sell  5  25
        2024-01-09 buy   2  10 symbol=Y lot_id=a
        2024-01-10 buy   9  45 symbol=X lot_id=b
        2024-01-11 buy   9  45 symbol=Y lot_id=c
        """)
    result = wash_sales(rows, actions=actions)
    shows(
        result.lots,
        """
        symbol lot_id shares cost_basis
        X      b      9      45
        Y      old    5      50
        Y      a      2      20
        Y      c.1    3      30
        Y      c.2    6      30
        """,
    )
    same(in_parts(rows, "2024-01-04", "2024-01-09", actions=actions), result)


def test_cash_for_a_fraction_is_a_sale():
    """Rev. Rul. 66-365: the fraction counts as received and sold; a loss on it can be
    a wash sale like any other (IRC § 1091(a), "sale or other disposition")."""
    actions = table("""
        date       symbol kind          new_shares old_shares lieu_price
        2024-01-05 X      reverse_split 1          10         40
        """)
    rows = trades("""
        2023-01-02 buy  25 250 lot_id=old
        2024-01-09 buy   1  50 lot_id=new
        """)
    result = wash_sales(rows, actions=actions)
    shows(
        result.gains,
        """
        lot_id shares proceeds cost_basis gain disallowed amended
        old    0.5    20       50         -30  30         2024-01-09
        """,
    )
    shows(
        result.lots,
        """
        lot_id shares cost_basis
        old    2      200
        new.1  0.5    55
        new.2  0.5    25
        """,
    )
    same(in_parts(rows, "2024-01-05", actions=actions), result)


def test_spun_off_shares_and_their_basis():
    """IRC § 358(c): the basis is shared; § 1091 (a): what is spun off is not bought."""
    actions = table("""
        date       symbol kind     new_shares old_shares new_symbol basis_fraction
        2024-01-05 X      spin_off 1          3          S          0.333
        """)
    rows = trades("""
        2024-01-02 buy  10 100.01 lot_id=a
        2024-01-09 sell  1   2    symbol=S
        """)
    result = wash_sales(rows, actions=actions)
    shows(
        result.lots,
        """
        symbol lot_id         shares      cost_basis parent origin
        S      a.S.2024-01-05 2.333333333 23.31      a      spin_off
        X      a              10          66.71      -      purchase
        """,
    )
    shows(result.gains, "cost_basis disallowed\n9.99 0")
    same(in_parts(rows, "2024-01-05", actions=actions), result)


def test_cash_mergers_boot_and_returned_capital_tie_to_the_cent():
    """IRC § 1001, 356, 301(c): basis before = basis after + basis of the rows, the
    cash of an account = its amounts by the share."""
    actions = table("""
        date       symbol kind              cash new_shares new_symbol new_price
        2024-01-05 X      return_of_capital 0.37 -          -          -
        2024-02-05 X      merger_mixed      3.33 0.7        Y          9.99
        2024-03-05 Y      merger_cash       8.01 -          -          -
        """)
    rows = trades("""
        2024-01-02 buy  7 100 lot_id=a
        2024-01-03 buy  3  10.01 lot_id=b
        """)
    result = wash_sales(rows, actions=actions)
    assert result.lots.empty
    paid = sum(map(exact, result.gains["cost_basis"]), Decimal(0))
    assert paid == Decimal("110.01")
    cash = result.gains.groupby("sold")["proceeds"].sum().round(2).tolist()
    assert cash == [3.7, 33.3, 56.07]
    assert result.gains["shares"].tolist() == [0, 0, 0, 0, 4.9, 2.1]
    assert (result.gains["disallowed"] == 0).all()


def test_actions_reach_every_account_and_only_holders():
    actions = table("date symbol kind new_shares\n2024-01-05 X split 2")
    rows = trades("""
        2023-01-02 buy 10 100
        2023-01-02 buy 10 100 account=B
        2023-01-02 buy 10 100 account=C symbol=Z
        """)
    result = wash_sales(rows, actions=actions, accounts=accounts("A p -\nB p -\nC - -"))
    shows(result.lots, "account shares\nA 20\nB 20\nC 10")


def test_an_action_comes_before_the_trades_of_its_day():
    actions = table("date symbol kind new_shares\n2024-01-05 X split 2")
    rows = trades("2023-01-02 buy 10 100\n2024-01-05 sell 20 100")
    assert wash_sales(rows, actions=actions).lots.empty


def test_a_lot_that_has_the_name_of_what_is_spun_off():
    """Nothing is mixed up or lost: shares and basis are each lot's own."""
    actions = table("""
        date       symbol kind     new_shares old_shares new_symbol basis_fraction
        2024-01-05 X      spin_off 1          4          S          0.2
        """)
    result = wash_sales(
        trades("""
        2023-01-10 buy 10 100 lot_id=a
        2023-01-11 buy  1  20 lot_id=a.S.2024-01-05
        """),
        actions=actions,
    )
    shows(
        result.lots,
        """
        symbol lot_id                       parent         shares cost_basis
        S      a.S.2024-01-05-2             a              2.5    20
        S      a.S.2024-01-05.S.2024-01-05  a.S.2024-01-05 0.25   4
        X      a                            -              10     80
        X      a.S.2024-01-05               -              1      16
        """,
    )
