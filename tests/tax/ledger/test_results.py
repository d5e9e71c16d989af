# SPDX-License-Identifier: Apache-2.0
"""What comes out: ties to the cent, files, and what is printed."""

from decimal import Decimal

import pandas as pd
import pytest
from support.ledger import shows, table, trades

from di_optimizer.exact import exact
from di_optimizer.tables import TABLES, read_table
from di_optimizer.wash import wash_sales

ODD = """
    2023-01-02 buy  7 100 lot_id=a
    2023-01-03 buy  7 100 lot_id=b
    2024-01-02 sell 3  20.01
    2024-01-03 sell 6  40.03
    2024-01-09 buy  2  15.55 lot_id=c
    2024-01-10 buy  9  70.07 lot_id=d
    2024-01-12 sell 1   6.66 lot_id=d
    """


def total(column: pd.Series) -> Decimal:
    return sum(map(exact, column.tolist()), Decimal(0))


def test_pieces_add_up_to_what_was_paid_and_received():
    """The last piece has the remainder: nothing is lost in rounding."""
    result = wash_sales(trades(ODD))
    assert total(result.gains["proceeds"]) == Decimal("66.70")
    assert total(result.matches["disallowed"]) == total(result.gains["disallowed"])
    added = total(result.matches["basis_added"])
    shown = total(result.gains["cost_basis"]) + total(result.lots["cost_basis"])
    assert shown == Decimal("285.62") + added
    assert added == total(result.gains["disallowed"]) > 0


def test_a_loss_replaced_in_full_leaves_no_cent():
    """Thirds of 100 sold in thirds: every cent of the loss is disallowed."""
    result = wash_sales(
        trades("""
        2023-01-02 buy  3 100
        2024-01-02 sell 1   0
        2024-01-02 sell 1   0
        2024-01-02 sell 1   0
        2024-01-09 buy  1  10
        2024-01-10 buy  2  20
        """)
    )
    shows(
        result.gains,
        """
        cost_basis disallowed allowed reported
        33.33 33.33 0 0
        33.34 33.34 0 0
        33.33 33.33 0 0
        """,
    )
    assert total(result.lots["cost_basis"]) == 130


def test_decimals_of_a_file_are_exact(tmp_path):
    """Three times 0.1 is 0.3: nothing is left, and nothing is short."""
    path = tmp_path / "t.csv"
    path.write_text(
        "account,symbol,date,side,shares,amount\n"
        + "A,X,2024-01-02,buy,0.1,1\n" * 3
        + "A,X,2024-05-02,sell,0.3,4\n"
    )
    result = wash_sales(path)
    assert result.lots.empty
    assert result.gains["shares"].tolist() == [0.1, 0.1, 0.1]
    assert total(result.gains["proceeds"]) == 4


def test_thirds_of_shares_are_shown_to_nine_decimals_and_can_be_sold():
    """A position shows what it is, rounded as a whole; selling that empties it."""
    actions = table("""
        date       symbol kind          new_shares old_shares
        2024-03-01 X      reverse_split 1          3
        """)
    rows = """
        2024-01-02 buy  1 10 lot_id=a
        2024-01-02 buy  1 10 lot_id=b
        """
    held = wash_sales(trades(rows), actions=actions)
    shows(held.lots, "lot_id shares\na 0.333333333\nb 0.333333334")
    sold = wash_sales(trades(rows + "2024-03-01 sell 0.666666667 30"), actions=actions)
    assert sold.lots.empty
    shows(sold.gains, "shares proceeds gain\n0.333333333 15 5\n0.333333334 15 5")


def test_the_lots_are_a_lots_table_that_goes_on_alike():
    """Opening lots from an earlier lots.csv: purchase, use and origin are kept."""
    first = """
        2024-01-02 buy  10 100 lot_id=a
        2024-01-03 sell  5  30
        2024-01-04 buy   9  60 lot_id=b
        """
    then = "2024-01-20 sell 9 40\n"
    result = wash_sales(trades(first))
    again = read_table(result.lots, TABLES["lots"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(again, result.lots, check_dtype=False)
    resumed = wash_sales(trades(then), state=result.state)
    opened = wash_sales(trades(then), lots=result.lots)
    pd.testing.assert_frame_equal(opened.gains, resumed.gains)


def test_written_and_read_again(tmp_path):
    result = wash_sales(trades(ODD))
    result.write(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[-3:] == ["lots.csv", "state.json", "wash_sales.csv"]
    gains = read_table(tmp_path / "gains.csv", TABLES["gains"])
    assert gains["disallowed"].tolist() == result.gains["disallowed"].tolist()
    assert "A,2024-01-02-1,X,a,2023-01-02" in (tmp_path / "gains.csv").read_text()
    more = trades("2024-01-15 buy 9 50")
    from_file = wash_sales(more, state=tmp_path / "state.json")
    pd.testing.assert_frame_equal(
        from_file.lots, wash_sales(more, state=result.state).lots
    )
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    result.write(tmp_path)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


def test_a_run_does_not_change_the_state_it_starts_from():
    state = wash_sales(trades(ODD)).state
    lots, losses = state.lots, state.losses
    more = trades("2024-01-15 buy 9 50\n2024-01-16 sell 3 10")
    first, second = (wash_sales(more, state=state) for _ in range(2))
    assert (state.lots, state.losses) == (lots, losses)
    assert first.state == second.state


def test_what_is_printed():
    result = wash_sales(trades(ODD))
    assert repr(result).startswith("WashSales(through=2024-01-12, lots=")
    text = str(result)
    for title in ("open lots:", "gains:", "replacements:"):
        assert title in text
    assert "\n  none" in str(wash_sales(trades("2024-01-02 buy 1 1")))
    many = trades("2024-01-02 buy 1 1\n" * 12)
    assert "… and 2 more" in str(wash_sales(many))


@pytest.mark.parametrize("amount", ["0.005", "33.333"])
def test_amounts_of_no_whole_cents_round_once(amount):
    result = wash_sales(
        trades(f"2023-01-02 buy 3 {amount}\n2024-01-02 sell 1 1\n2024-01-03 sell 2 2")
    )
    shown = Decimal(amount).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
    assert total(result.gains["cost_basis"]) == shown
