# SPDX-License-Identifier: Apache-2.0
"""The examples of Treas. Reg. § 1.1091-1(h) and § 1.1091-2(a), and some beside them.

Numbers are those of the regulations, words are ours.
"""

import pytest
from support.ledger import accounts, shows, table, trades

from di_optimizer.wash import wash_sales


def test_example_1_no_loss_where_as_many_were_bought():
    """§ 1.1091-1(h), example 1: 100 shares bought on 1 December 1954 for $10,000, 100
    more on 15 December for $9,000; the first 100 are sold on 3 January 1955 for
    $9,000: no loss is allowable. The basis is that of § 1091(d).
    """
    result = wash_sales(
        trades("""
        1954-12-01 buy  100 10000
        1954-12-15 buy  100  9000 lot_id=more
        1955-01-03 sell 100  9000
        """)
    )
    shows(result.gains, "gain disallowed allowed amended\n-1000 1000 0 -")
    shows(result.lots, "lot_id cost_basis holding_start\nmore 10000 1954-11-12")


def test_example_2_fewer_bought_than_sold():
    """§ 1.1091-1(h), example 2: 100 bought on 21 September 1954 for $5,000, 50 on 21
    December for $2,750, 25 on 27 December for $1,125; the 100 sold on 3 January 1955
    for $4,000: $750 is not allowable, $250 is. The basis of the 50 is $3,250, that of
    the 25 is $1,375.
    """
    result = wash_sales(
        trades("""
        1954-09-21 buy  100 5000
        1954-12-21 buy   50 2750 lot_id=fifty
        1954-12-27 buy   25 1125 lot_id=quarter
        1955-01-03 sell 100 4000
        """)
    )
    shows(result.gains, "gain disallowed allowed\n-1000 750 250")
    shows(
        result.lots,
        """
        lot_id  shares cost_basis holding_start
        fifty       50       3250 1954-09-08
        quarter     25       1375 1954-09-14
        """,
    )


def test_example_3_more_bought_than_sold():
    """§ 1.1091-1(h), example 3: 100 bought on 15 September 1954 for $5,000, sold on 1
    February 1956 for $4,000; 50 bought for $2,000 on each of 15 to 18 February. The
    first 100 of them, of 15 and 16 February, are the ones; the period for which they
    were held includes that of the 100 sold: 504 days.
    """
    days = [f"1956-02-{day} buy 50 2000 lot_id={day}" for day in (15, 16, 17, 18)]
    sold = ["1954-09-15 buy 100 5000", "1956-02-01 sell 100 4000"]
    result = wash_sales(trades("\n".join(sold + days)))
    shows(result.gains, "gain disallowed amended\n-1000 1000 1956-02-16")
    shows(
        result.lots,
        """
        lot_id cost_basis acquired   holding_start replacement
        15           2500 1956-02-15 1954-09-29    True
        16           2500 1956-02-16 1954-09-30    True
        17           2000 1956-02-17 1956-02-17    False
        18           2000 1956-02-18 1956-02-18    False
        """,
    )
    shows(result.matches, "replacement_lot days_carried\n15 504\n16 504")


@pytest.mark.parametrize(("paid", "basis"), [(90, 110), (70, 90)])
def test_basis_of_what_is_bought_dearer_or_cheaper(paid, basis):
    """§ 1.1091-2(a), examples 1 and 2: a share bought for $100 in 1935 is sold on 15
    January 1955 for $80. Bought again on 1 February for $90, its basis is $100
    increased by $10; for $70, $100 decreased by $10.
    """
    result = wash_sales(
        trades(f"""
        1935-05-01 buy  1 100
        1955-01-15 sell 1  80
        1955-02-01 buy  1 {paid}
        """)
    )
    shows(result.gains, "gain disallowed allowed reported\n-20 20 0 0")
    shows(result.lots, f"cost_basis\n{basis}")


PEOPLE = accounts("A ann taxable\nB ann taxable\nI ann tax_deferred")


@pytest.mark.parametrize(
    ("first", "second", "lost", "bases"),
    [("I", "B", 48, "92 60"), ("B", "I", 32, "108 60")],
)
def test_replaced_in_an_ira_and_in_a_taxable_account(first, second, lost, bases):
    """§ 1.1091-1(c), (d) and Rev. Rul. 2008-5: $8 a share; 6 shares go to what was
    bought first, 4 to the rest. Which account was first decides what is lost."""
    rows = f"""
        2023-01-10 buy  10 100
        2024-01-11 sell 10  20
        2024-01-12 buy   6  60 account={first}
        2024-01-13 buy   6  60 account={second}
        """
    result = wash_sales(trades(rows), accounts=PEOPLE)
    shows(result.gains, f"disallowed lost reported\n80 {lost} 0")
    sums = result.lots.groupby("account")["cost_basis"].sum()
    assert sums.loc[["B", "I"]].tolist() == [float(text) for text in bases.split()]


def test_losses_of_two_lots_and_fewer_replacements():
    """§ 1.1091-1(b): of one sale, the loss on the lot bought first is the first. 15 at
    $30 replace 10 with $10 a share lost and 5 with $4; the gain between stays."""
    result = wash_sales(
        trades("""
        2022-01-03 buy  10 400 lot_id=a
        2022-02-01 buy  10 200 lot_id=gain
        2022-03-01 buy  10 340 lot_id=b
        2024-01-11 sell 30 900
        2024-01-12 buy  15 450 lot_id=n
        """)
    )
    shows(
        result.gains,
        """
        lot_id gain disallowed allowed reported
        a      -100        100       0        0
        gain    100          0       0      100
        b       -40         20      20      -20
        """,
    )
    shows(result.lots, "lot_id shares cost_basis\nn.1 10 400\nn.2 5 170")


def test_a_loss_that_moves_three_times():
    """IRC § 1091(d), three times: $10, $20 and $30 are disallowed, each with what came
    before in it; the last sale has the cost of the last shares, $40, and $30."""
    result = wash_sales(
        trades("""
        2023-01-10 buy  10 100
        2024-01-02 sell 10  90
        2024-01-05 buy  10  80
        2024-01-10 sell 10  70
        2024-01-15 buy  10  60
        2024-01-20 sell 10  50
        2024-01-25 buy  10  40
        2024-06-03 sell 10  30
        """)
    )
    shows(
        result.gains,
        """
        cost_basis gain disallowed term
        100         -10         10 short
        90          -20         20 short
        80          -30         30 long
        70          -40          0 long
        """,
    )
    # cash: 90 + 70 + 50 + 30 received, 100 + 80 + 60 + 40 paid
    assert result.gains["reported"].sum() == -40
    shows(result.matches, "days_carried\n357\n362\n367")


def test_replacement_shares_that_were_partly_sold_before_the_loss():
    """IRC § 1091(a): 4 of 10 recent shares are gone (at a gain) before the loss sale;
    6 are left to replace."""
    result = wash_sales(
        trades("""
        2023-01-10 buy  10 100 lot_id=old
        2024-01-02 buy  10  90 lot_id=new
        2024-01-05 sell  4  40 lot_id=new
        2024-01-11 sell 10  20 lot_id=old
        """)
    )
    shows(result.gains, "lot_id gain disallowed\nnew 4 0\nold -80 48")
    shows(result.lots, "lot_id shares cost_basis\nnew 6 102")


def test_a_split_in_thirds_between_loss_and_replacement():
    """IRC § 307: 5 sold before a 3-for-2 split are 7.5; 7 of them are replaced, 7/7.5
    of $30."""
    result = wash_sales(
        trades("""
        2023-01-10 buy  10 100
        2024-01-02 sell  5  20
        2024-01-10 buy   7  21 lot_id=new
        """),
        actions=table("""
        date       symbol kind  new_shares old_shares
        2024-01-05 X      split 3          2
        """),
    )
    shows(result.gains, "disallowed allowed\n28 2")
    shows(result.lots.tail(1), "lot_id cost_basis holding_start\nnew 49 2023-01-18")


def test_a_new_symbol_in_another_group():
    """What was bought as Z while X was no member replaces nothing; what is bought after
    X has become Y, of the group of Z, does."""
    result = wash_sales(
        trades("""
        2023-01-10 buy  10 100 lot_id=old
        2024-01-02 sell  5  20
        2024-01-03 buy   3  30 lot_id=before symbol=Z
        2024-01-04 buy   2  10 lot_id=own
        2024-01-10 buy   7  21 lot_id=after symbol=Z
        """),
        actions=table("date symbol kind new_symbol\n2024-01-05 X symbol_change Y"),
        securities=table("symbol wash_group\nY group\nZ group"),
    )
    shows(
        result.matches,
        "replacement_lot shares disallowed\nown 2 12\nafter.1 3 18",
    )
    shows(result.lots[result.lots["lot_id"] == "before"], "cost_basis\n30")


def test_a_merger_for_cash_at_a_loss_inside_the_window():
    """IRC § 1091(a), "sale or other disposition": every share goes at once, so that
    nothing bought before it is left; a member of the group bought after it replaces."""
    rows = """
        2023-01-10 buy 10 100 lot_id=old
        2024-01-02 buy  5  40 lot_id=recent
        """
    actions = table("date symbol kind cash\n2024-01-05 X merger_cash 3")
    group = table("symbol wash_group\nX group\nZ group")
    alone = wash_sales(trades(rows), actions=actions, securities=group)
    shows(alone.gains, "lot_id gain disallowed\nold -70 0\nrecent -25 0")
    bought = trades(rows + "2024-01-12 buy 12 36 symbol=Z lot_id=z")
    result = wash_sales(bought, actions=actions, securities=group)
    shows(result.gains, "lot_id disallowed\nold 70\nrecent 10")
    shows(result.lots, "lot_id shares cost_basis\nz.1 10 100\nz.2 2 16")


def test_shares_bought_before_those_that_were_sold():
    """IRC § 1091(a) asks when shares were acquired, not whether after those sold: 10
    of 3 January replace 10 that were bought on the 18th and sold on the 31st."""
    result = wash_sales(
        trades("""
        2024-01-03 buy  10 100 lot_id=first
        2024-01-18 buy  10  90 lot_id=second
        2024-01-31 sell 10  60 lot_id=second
        """)
    )
    shows(result.gains, "lot_id gain disallowed\nsecond -30 30")
    shows(result.lots, "lot_id cost_basis holding_start\nfirst 130 2023-12-21")
