# SPDX-License-Identifier: Apache-2.0
"""The worked examples of IRS Publication 550 and of the regulations, as ledgers."""

from support.ledger import shows, trades

from di_optimizer.wash import wash_sales


def test_one_lot_bought_back():
    """Pub. 550: "You buy 100 shares of X stock for $1,000. You sell these shares for
    $750 and within 30 days ... you buy 100 shares of the same stock for $800. ...
    you cannot deduct your loss of $250 ... your basis in the new stock is $1,050."
    """
    result = wash_sales(
        trades("""
        2024-01-02 buy  100 1000
        2024-02-01 sell 100  750
        2024-02-20 buy  100  800 lot_id=new
        """)
    )
    shows(
        result.gains,
        """
        gain disallowed allowed reported code amended
        -250        250       0        0    W 2024-02-20
        """,
    )
    shows(
        result.lots,
        """
        lot_id shares cost_basis acquired   holding_start
        new       100       1050 2024-02-20 2024-01-21
        """,
    )


def test_more_or_less_bought_than_sold():
    """Pub. 550: "You bought 100 shares of M stock on September 26, 2013, for $5,000.
    On December 19, 2013, you bought 50 shares of substantially identical stock for
    $2,750. On December 27, 2013, you bought 25 shares ... for $1,125. On January 9,
    2014, you sold for $4,000 the 100 shares of M stock you bought in September. You
    cannot deduct the loss of $750 on the sale of 75 ... you can deduct the loss of
    $250 on the sale of the remaining 25 ... The basis of the 50 shares ... is
    increased by $500 ... The basis of the 25 shares ... is increased by $250."
    """
    result = wash_sales(
        trades("""
        2013-09-26 buy  100 5000
        2013-12-19 buy   50 2750 lot_id=fifty
        2013-12-27 buy   25 1125 lot_id=quarter
        2014-01-09 sell 100 4000
        """)
    )
    shows(result.gains, "gain disallowed allowed amended\n-1000 750 250 -")
    shows(
        result.lots,
        """
        lot_id  shares cost_basis replacement
        fifty       50       3250 True
        quarter     25       1375 True
        """,
    )


def test_replacements_in_the_order_in_which_they_were_bought():
    """Treas. Reg. § 1.1091-1(c), (d): where more is acquired than sold, shares are
    matched "in accordance with the order of their acquisition (beginning with the
    earliest acquisition)"; each on 11 and 12 February takes half, 13 and 14 nothing.
    """
    result = wash_sales(
        trades("""
        2023-05-01 buy  100 2000
        2024-02-06 sell 100 1000
        2024-02-11 buy   50  500 lot_id=11
        2024-02-12 buy   50  500 lot_id=12
        2024-02-13 buy   50  500 lot_id=13
        2024-02-14 buy   50  500 lot_id=14
        """)
    )
    shows(result.gains, "disallowed amended\n1000 2024-02-12")
    shows(
        result.lots,
        """
        lot_id cost_basis replacement
        11           1000 True
        12           1000 True
        13            500 False
        14            500 False
        """,
    )


def test_blocks_at_a_gain_take_no_part():
    """IRC § 1091(a) is about losses: 300 shares sold at 125, blocks bought at 158, 100
    and 95, 250 bought back: the loss of 3,300 is disallowed, no gain is reduced by it.
    """
    result = wash_sales(
        trades("""
        2023-01-03 buy  100 15800
        2023-02-03 buy  100 10000
        2023-03-03 buy  100  9500
        2024-01-10 sell 300 37500
        2024-01-20 buy  250 30000 lot_id=back
        """)
    )
    shows(
        result.gains,
        """
        acquired    gain disallowed allowed reported code
        2023-01-03 -3300       3300       0        0 W
        2023-02-03  2500          0       0     2500 -
        2023-03-03  3000          0       0     3000 -
        """,
    )
    shows(
        result.lots,
        """
        lot_id parent shares cost_basis replacement
        back.1 back      100      15300 True
        back.2 back      150      18000 False
        """,
    )


def test_part_of_a_purchase_replaces():
    """IRC § 1091(c): fewer sold than bought. 20 at 100 sold at 80, 30 bought at 90:
    20 have basis 110 and the days of the old ones, 10 have basis 90.
    """
    result = wash_sales(
        trades("""
        2024-01-02 buy  20 2000
        2024-01-31 sell 20 1600
        2024-02-15 buy  30 2700 lot_id=17
        """)
    )
    shows(
        result.lots,
        """
        lot_id shares cost_basis acquired   holding_start
        17.1       20       2200 2024-02-15 2024-01-17
        17.2       10        900 2024-02-15 2024-02-15
        """,
    )
    shows(
        result.matches,
        """
        sold_lot   shares disallowed replacement_lot basis_added lost days_carried
        X-20240102     20        400 17.1                    400    0           29
        """,
    )
