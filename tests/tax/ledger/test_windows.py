# SPDX-License-Identifier: Apache-2.0
"""When a purchase replaces: 30 calendar days before and after, both ends included.

IRC § 1091(a): "within a period beginning 30 days before the date of such sale or
disposition and ending 30 days after such date".
"""

from datetime import date, timedelta

import pytest
from support.ledger import shows, trades

from di_optimizer.wash import wash_sales

SOLD = [date(2024, 6, 14), date(2024, 2, 15), date(2024, 3, 15), date(2023, 12, 20)]
SOLD += [date(2024, 1, 10), date(2023, 2, 20), date(2024, 2, 29)]


def lines(*rows: tuple[date, str, int, int, str]) -> str:
    return "\n".join(f"{d} {s} {n} {amount} {more}" for d, s, n, amount, more in rows)


@pytest.mark.parametrize("sold", SOLD)
@pytest.mark.parametrize(
    ("days", "washed"),
    [(-31, 0), (-30, 5), (-1, 5), (0, 5), (1, 5), (30, 5), (31, 0)],
)
def test_days_around_a_loss_sale(sold: date, days: int, washed: int) -> None:
    """Leap days and the turn of a year are days like others."""
    rows = [
        (sold - timedelta(days=400), "buy", 10, 100, "lot_id=old"),
        (sold, "sell", 10, 50, "lot_id=old"),
    ]
    other = (sold + timedelta(days=days), "buy", 1, 7, "lot_id=new")
    rows.insert(1 if days <= 0 else 2, other)
    result = wash_sales(trades(lines(*rows)))
    amended = other[0].isoformat() if days > 0 and washed else "-"
    shows(
        result.gains,
        f"disallowed allowed amended\n{washed} {50 - washed} {amended}",
    )
    shows(result.lots, f"lot_id cost_basis acquired\nnew {7 + washed} {other[0]}")


def test_bought_after_the_sale_on_the_same_day() -> None:
    """The day of the sale is in the window, whatever the time; the later purchase
    amends the row."""
    result = wash_sales(
        trades("""
        2023-01-03 buy  10 100
        2024-06-14 sell 10  50
        2024-06-14 buy  10  60 lot_id=new
        """)
    )
    shows(result.gains, "disallowed amended\n50 2024-06-14")
    shows(result.lots, "cost_basis holding_start\n110 2023-01-03")


def test_bought_before_the_sale_on_the_same_day_and_sold_in_it() -> None:
    """Replacement shares must be there: all of the day's shares are sold at once."""
    result = wash_sales(
        trades("""
        2023-01-03 buy  10 100
        2024-06-14 buy   5  40
        2024-06-14 sell 15  60
        """)
    )
    shows(result.gains, "gain disallowed\n-60 0\n-20 0")
    assert result.lots.empty


def test_each_row_of_a_day_is_its_own_sale_when_a_purchase_stands_between() -> None:
    """The order of rows is the order of time."""
    sales = """
        2023-01-03 buy  10 100 lot_id=a
        2024-06-14 sell  5  20
        2024-06-14 buy   5  15 lot_id=b
        2024-06-14 sell  5  20 lot_id=a
        """
    result = wash_sales(trades(sales))
    shows(result.gains, "gain disallowed amended\n-30 30 2024-06-14\n-30 0 -")
    shows(result.lots, "lot_id cost_basis replacement\nb 45 True")


def test_a_year_end_does_not_close_the_window() -> None:
    """IRC § 1091(a) knows no tax years: a January purchase amends December's row."""
    result = wash_sales(
        trades("""
        2023-03-01 buy  10 100
        2023-12-29 sell 10  80
        2024-01-28 buy  10  90
        """)
    )
    shows(result.gains, "sold disallowed amended\n2023-12-29 20 2024-01-28")
