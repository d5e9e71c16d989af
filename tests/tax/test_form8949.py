# SPDX-License-Identifier: Apache-2.0
"""Form 8949 rows: code W, adjustments, and totals that tie to the gains."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from di_optimizer.tables import TABLES, read_table
from di_optimizer.tax.form8949 import form_8949, totals
from di_optimizer.wash import WashSales, wash_sales

COLUMNS = ("account", "symbol", "date", "side", "shares", "amount")
ACCOUNTS = pd.DataFrame(
    {
        "account": ["A", "IRA"],
        "taxpayer": ["T", "T"],
        "type": ["taxable", "tax_deferred"],
    }
)


def settled(*rows: tuple[Any, ...]) -> WashSales:
    return wash_sales(pd.DataFrame(rows, columns=COLUMNS), accounts=ACCOUNTS)


BOOK = settled(
    ("A", "X", "2022-05-02", "buy", 100, 1000),
    ("A", "X", "2023-12-20", "sell", 100, 750),
    ("A", "X", "2024-01-05", "buy", 40, 320),
    ("IRA", "X", "2024-01-06", "buy", 10, 81),
    ("A", "Y", "2024-01-08", "buy", 3, 100),
    ("A", "Y", "2024-03-08", "sell", 1, 50.01),
    ("IRA", "X", "2024-03-08", "sell", 10, 70),
)


def test_a_wash_sale_has_code_w_and_a_positive_adjustment() -> None:
    """Instructions for Form 8949, code W: the disallowed loss as a positive number."""
    row = BOOK.form_8949(2023).iloc[0]
    assert (row["term"], row["description"]) == ("long", "100 sh. X")
    assert (row["proceeds"], row["cost_basis"]) == (750, 1000)
    # 50 shares replaced, 10 of them in the IRA: 125 disallowed, of it 25 lost
    assert (row["code"], row["adjustment"], row["gain"]) == ("W", 125, -125)


def test_sales_of_a_year_alone_and_short_term_first() -> None:
    row = BOOK.form_8949(2024).iloc[0]
    assert (row["term"], row["description"], row["code"]) == ("short", "1 sh. Y", "")
    assert (row["cost_basis"], row["adjustment"], row["gain"]) == (33.33, 0, 16.68)
    assert list(BOOK.form_8949()["term"]) == ["short", "long"]


def test_accounts_that_are_not_taxable_have_no_rows() -> None:
    assert set(BOOK.gains["account"]) == {"A", "IRA"}
    assert set(BOOK.form_8949()["account"]) == {"A"}


def test_totals_tie_to_the_gains() -> None:
    sums = totals(BOOK.form_8949())
    own = BOOK.gains[BOOK.gains["taxable"]]
    assert sums["gain"].sum() == pytest.approx(own["reported"].sum(), abs=1e-9)
    assert sums["adjustment"].sum() == own["disallowed"].sum() == 125
    for term in ("short", "long"):
        chosen = own[own["term"] == term]
        line = sums[sums["term"] == term].iloc[0]
        assert line["proceeds"] == pytest.approx(chosen["proceeds"].sum(), abs=1e-9)
        assert line["cost_basis"] == pytest.approx(chosen["cost_basis"].sum())


def test_the_file_reads_back(tmp_path: Any) -> None:
    BOOK.write(tmp_path)
    back = read_table(tmp_path / "form_8949.csv", TABLES["form_8949"])
    assert len(back) == 2
    assert (
        (tmp_path / "form_8949.csv")
        .read_text()
        .splitlines()[2]
        .startswith(
            "A,long,100 sh. X,2022-05-02,2023-12-20,750.00,1000.00,W,125.00,-125.00,"
        )
    )


def test_no_gains_is_a_form_without_rows() -> None:
    empty = settled(("A", "X", "2022-05-02", "buy", 100, 1000))
    rows = empty.form_8949()
    assert rows.empty
    assert list(rows.columns) == list(form_8949(BOOK.gains).columns)


def test_rows_of_a_day_are_in_their_order_beyond_nine() -> None:
    days = range(1, 13)
    rows = [("A", "X", f"2024-01-{day:02d}", "buy", 1, 100) for day in days]
    form = settled(*rows, ("A", "X", "2024-03-01", "sell", 12, 120)).form_8949()
    assert form["acquired"].is_monotonic_increasing
    assert form["gain_id"].iloc[-1] == "2024-03-01-12"


def test_returned_capital_is_reported_where_it_is_a_gain() -> None:
    """Pub. 550, "Nondividend Distributions": the basis goes down, and no further."""
    actions = pd.DataFrame(
        [("2024-02-05", "X", "return_of_capital", 3)] * 2,
        columns=["date", "symbol", "kind", "cash"],
    )
    actions.loc[1, ["date", "cash"]] = "2024-02-06", 30
    trades = pd.DataFrame([("A", "X", "2024-01-10", "buy", 10, 100)], columns=COLUMNS)
    result = wash_sales(trades, actions=actions)
    assert result.gains["gain"].tolist() == [0, 230]
    (row,) = result.form_8949().to_dict("records")
    assert (row["description"], row["proceeds"], row["gain"]) == ("cash on X", 300, 230)
