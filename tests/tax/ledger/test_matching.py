# SPDX-License-Identifier: Apache-2.0
"""Which shares replace which: purchases, order, liquidation, chains, terms."""

import pytest
from support.ledger import shows, table, trades

from di_optimizer.wash import wash_sales


def test_all_shares_of_a_purchase_sold_at_once():
    """Rev. Rul. 56-602: a bona fide sale of all shares to reduce holdings is none."""
    result = wash_sales(
        trades("""
        2024-01-02 buy  200 2000
        2024-01-20 sell 200 1000
        """)
    )
    shows(result.gains, "disallowed allowed\n0 1000")


def test_part_of_one_purchase_sold_at_a_loss():
    """Rev. Rul. 56-602: "shares of one purchase": what is left of a purchase does not
    replace what is sold of it."""
    result = wash_sales(
        trades("""
        2024-01-02 buy  200 2000
        2024-01-20 sell 150  750
        """)
    )
    shows(result.gains, "disallowed allowed\n0 750")


def test_part_of_two_purchases_sold_at_a_loss():
    """The same 200 shares in two purchases: the 50 left of the second replace 50 of
    the first, not of themselves."""
    result = wash_sales(
        trades("""
        2024-01-02 buy  100 1000 lot_id=1
        2024-01-03 buy  100 1000 lot_id=2
        2024-01-20 sell 150  750
        """)
    )
    shows(result.gains, "lot_id gain disallowed\n1 -500 250\n2 -250 0")
    shows(
        result.lots,
        "lot_id shares cost_basis holding_start\n2 50 750 2023-12-16",
    )


def test_all_of_two_purchases_sold_at_once_and_in_two_rows():
    """Nothing of the last 30 days is left after the sale: nothing replaces."""
    buys = """
        2024-01-02 buy  100 1000 lot_id=1
        2024-01-03 buy  100 1000 lot_id=2
        """
    one = wash_sales(trades(buys + "2024-01-20 sell 200 1000"))
    two = wash_sales(trades(buys + "2024-01-20 sell 100 500\n2024-01-20 sell 100 500"))
    for result in (one, two):
        shows(result.gains, "gain disallowed\n-500 0\n-500 0")


def test_sold_on_two_days():
    """On the first day the second purchase is still held, and so replaces."""
    result = wash_sales(
        trades("""
        2024-01-02 buy  100 1000 lot_id=1
        2024-01-03 buy  100 1000 lot_id=2
        2024-01-20 sell 100  500
        2024-01-21 sell 100  500
        """)
    )
    shows(result.gains, "lot_id gain disallowed\n1 -500 500\n2 -1000 0")


@pytest.mark.parametrize(("orders", "disallowed"), [((7, 7), 0), ((7, 8), 50)])
def test_fills_with_one_purchase_order_are_one_purchase(orders, disallowed):
    """Rev. Rul. 56-602, for an order that was filled in two."""
    first, second = orders
    result = wash_sales(
        trades(f"""
        2024-01-02 buy  10 100 purchase_order={first}
        2024-01-02 buy  10 100 purchase_order={second}
        2024-01-20 sell 10  50
        """)
    )
    shows(result.gains, f"disallowed\n{disallowed}")


def test_a_later_fill_of_the_purchase_that_was_sold_does_not_replace():
    """Rev. Rul. 56-602: still one purchase, though a sale stands between its fills."""
    result = wash_sales(
        trades("""
        2024-01-02 buy  10 100 purchase_order=1 lot_id=a
        2024-01-02 sell 10  50
        2024-01-02 buy  10  60 purchase_order=1 lot_id=b
        2024-01-02 buy   4  24 purchase_order=2 lot_id=c
        """)
    )
    shows(result.gains, "disallowed\n20")
    shows(result.lots, "lot_id cost_basis replacement\nb 60 False\nc 44 True")


def test_purchase_order_ranks_the_purchases_of_a_day():
    """Treas. Reg. § 1.1091-1(d): by acquisition, which the broker knows."""
    result = wash_sales(
        trades("""
        2023-01-02 buy  10 100
        2024-01-02 sell 10  50
        2024-01-03 buy  10  60 purchase_order=2 lot_id=late
        2024-01-03 buy  10  60 purchase_order=1 lot_id=early
        """)
    )
    shows(result.lots, "lot_id cost_basis\nearly 110\nlate 60")


def test_losses_in_the_order_of_sale_then_of_acquisition():
    """Treas. Reg. § 1.1091-1(b): losses "in the order in which the stock ... was
    disposed of"; of one time, in the order of acquisition: 5 shares go to a."""
    result = wash_sales(
        trades("""
        2023-01-02 buy  5 100 lot_id=a
        2023-01-03 buy  5 200 lot_id=b
        2023-01-04 buy  5 300 lot_id=c
        2024-01-02 sell 5  50 lot_id=b
        2024-01-02 sell 5  50 lot_id=a
        2024-01-03 sell 5  50 lot_id=c
        2024-01-09 buy  5  50
        2024-01-10 buy  2  20
        """)
    )
    shows(
        result.gains,
        "lot_id disallowed amended\nb 60 2024-01-10\na 50 2024-01-09\nc 0 -",
    )


def test_each_share_replaces_once():
    """Treas. Reg. § 1.1091-1(e): "disregarded in determining the deductibility of any
    other loss"."""
    result = wash_sales(
        trades("""
        2023-01-02 buy  20 200
        2024-01-02 sell 10  50
        2024-01-03 buy  10  60 lot_id=new
        2024-01-04 sell 10  40 lot_id=X-20230102
        """)
    )
    shows(result.gains, "gain disallowed\n-50 50\n-60 0")
    shows(result.lots, "lot_id cost_basis\nnew 110")


def test_chain_of_replacements():
    """IRC § 1091(d): a moved loss is in the basis, so that selling the replacement at
    a loss and replacing it again moves both; the days add up (§ 1223(3))."""
    result = wash_sales(
        trades("""
        2023-11-01 buy  10 100
        2024-01-02 sell 10  70
        2024-01-10 buy  10  65 lot_id=b
        2024-01-20 sell 10  60
        2024-02-01 buy  10  55 lot_id=c
        """)
    )
    shows(result.gains, "cost_basis gain disallowed\n100 -30 30\n95 -35 35")
    shows(
        result.lots,
        "lot_id cost_basis acquired holding_start\nc 90 2024-02-01 2023-11-21",
    )
    shows(result.matches, "days_carried\n62\n72")


def test_moved_days_make_a_term_long():
    """IRC § 1222(3), § 1223(3): held 366 days with those of the sold shares, although
    bought 61 days before; ``acquired`` stays the trade date."""
    buys = """
        2023-01-02 buy  10 100
        2023-11-03 sell 10  70
        2023-11-20 buy  10  65 lot_id=new
        """
    long = wash_sales(trades(buys + "2024-01-20 sell 10 120"))
    short = wash_sales(trades(buys + "2024-01-19 sell 10 120"))
    shows(
        long.gains.tail(1),
        "acquired holding_start term reported\n2023-11-20 2023-01-19 long 25",
    )
    shows(short.gains.tail(1), "term\nshort")


def test_dividends_reinvested_are_purchases():
    """IRS Publication 550: reinvested dividends buy shares like any other purchase."""
    result = wash_sales(
        trades("""
        2023-01-02 buy  100   1000
        2024-01-05 buy    0.5    4.10 lot_id=drip
        2024-01-20 sell 100    800 lot_id=X-20230102
        """)
    )
    shows(result.gains, "disallowed allowed\n1 199")
    shows(result.lots, "shares cost_basis\n0.5 5.1")


def test_an_inheritance_is_long_term_from_the_first_day():
    """IRC § 1223(9)."""
    before = table("""
        account lot_id symbol shares cost_basis acquired   origin
        A       death  X      4      40         2024-01-02 inheritance
        A       gift   X      4      40         2024-01-02 gift
        """)
    sold = trades("""
        2024-01-03 sell 4 50 lot_id=death
        2024-01-03 sell 4 50 lot_id=gift
        """)
    result = wash_sales(sold, lots=before)
    shows(
        result.gains,
        "lot_id acquired term\ndeath 2024-01-02 long\ngift 2024-01-02 short",
    )


def test_gifts_and_spin_offs_are_no_purchases():
    """IRC § 1091(a): "by purchase or by an exchange on which the entire amount of
    gain or loss was recognized by law"."""
    before = table("""
        account lot_id symbol shares cost_basis acquired   origin
        A       old    X      10     100        2022-01-03 purchase
        A       gift   X      4      40         2024-01-02 gift
        A       vest   X      3      30         2024-01-03 rsu
        """)
    result = wash_sales(trades("2024-01-10 sell 10 50 lot_id=old"), lots=before)
    shows(result.gains, "disallowed\n15")
    shows(result.lots, "lot_id cost_basis\ngift 40\nvest 45")


def test_naming_a_lot_sells_its_parts_in_order():
    """Treas. Reg. § 1.1012-1(c): identified is the lot as it was bought."""
    result = wash_sales(
        trades("""
        2023-01-02 buy  5 100 lot_id=old
        2024-01-02 sell 5  50
        2024-01-09 buy  9  90 lot_id=17
        2024-01-09 buy  1  10 lot_id=17.3
        2024-06-03 sell 6  60 lot_id=17
        2024-06-04 sell 1  10 lot_id=17.2
        """)
    )
    shows(
        result.gains,
        "lot_id shares gain\nold 5 -50\n17.1 5 -50\n17.2 1 0\n17.2 1 0",
    )
    shows(result.lots, "lot_id shares parent\n17.2 2 17\n17.3 1 -")


def test_names_of_parts_keep_clear_of_names_in_use():
    result = wash_sales(
        trades("""
        2023-01-02 buy  5 100 lot_id=old
        2024-01-02 sell 5  50
        2024-01-08 buy  1  10 lot_id=17.1
        2024-01-09 buy  9  90 lot_id=17
        """)
    )
    shows(
        result.lots,
        "lot_id shares cost_basis parent\n17.1 1 20 -\n17.2 4 80 17\n17.3 5 50 17",
    )


@pytest.mark.parametrize(
    ("relief", "sold"),
    [("fifo", "a b"), ("lifo", "c b"), ("hifo", "b a")],
)
def test_relief_where_no_lot_is_named(relief, sold):
    """Treas. Reg. § 1.1012-1(c)(1): FIFO unless a standing order identifies."""
    result = wash_sales(
        trades("""
        2023-01-02 buy  5  80 lot_id=a
        2023-01-03 buy  5 100 lot_id=b
        2023-01-03 buy  5  60 lot_id=c
        2024-06-03 sell 7 700
        """),
        relief=relief,
    )
    assert " ".join(result.gains["lot_id"]) == sold


def test_opening_parts_of_a_lot_are_one_purchase():
    """Rev. Rul. 56-602: splitting a lot makes no second purchase of it."""
    before = table("""
        account lot_id symbol shares cost_basis acquired   parent purchase
        A       17.1   X      5      50         2024-01-02 17     -
        A       17.2   X      5      50         2024-01-02 17     -
        A       18     X      5      50         2024-01-02 -      fill
        A       19     X      5      50         2024-01-02 -      fill
        A       20     X      5      50         2024-01-02 -      -
        """)
    for lot_id, disallowed in [("17.1", 10), ("18", 10), ("20", 10)]:
        sale = trades(f"2024-01-10 sell 1 0 lot_id={lot_id}")
        shows(wash_sales(sale, lots=before).gains, f"disallowed\n{disallowed}")
    rest = trades("2024-01-10 sell 15 0")
    shows(wash_sales(rest, lots=before.head(4)).gains, "disallowed\n50\n0\n0")
    only = trades("2024-01-10 sell 1 0")
    shows(wash_sales(only, lots=before.head(2)).gains, "disallowed\n0")
    shows(wash_sales(only, lots=before.iloc[2:4]).gains, "disallowed\n0")
