# SPDX-License-Identifier: Apache-2.0
"""Rows of Form 8949 from the gains of a wash-sale ledger, and the totals they tie to.

Columns (a) to (h) as the form has them. Which box is checked (A to C, D to F) depends
on what the broker reported on Form 1099-B, which a ledger does not know; the part of
the form it does: Part I for short-term rows, Part II for long-term ones.
"""

from __future__ import annotations

import pandas as pd

ORDER = ["account", "term", "sold", "number"]
SHORT_FIRST = [True, False, True, True]
WASH_CODE = "W"  # Instructions for Form 8949, column (f): nondeductible wash-sale loss
COLUMNS = (
    "account",
    "term",
    "description",
    "acquired",
    "sold",
    "proceeds",
    "cost_basis",
    "code",
    "adjustment",
    "gain",
    "gain_id",
)


def form_8949(gains: pd.DataFrame, *, year: int | None = None) -> pd.DataFrame:
    """Return one row a sold piece, in the columns of the form.

    Parameters
    ----------
    gains : DataFrame
        As ``WashSales.gains`` has them; rows of accounts that are not taxable are
        left out, since nothing of theirs is reported, and so is returned capital.
    year : int, optional
        Sales of that calendar year alone.

    Returns
    -------
    DataFrame
        ``gain`` = proceeds − cost_basis + adjustment, column (h). Short-term rows
        (Part I) first, then by date of sale.

    References
    ----------
    IRS, Instructions for Form 8949, columns (a) to (h) and code W.

    Examples
    --------
    >>> gains = pd.DataFrame({"account": ["A"], "gain_id": ["1"], "symbol": ["X"],
    ...     "acquired": [pd.Timestamp("2024-01-02")],
    ...     "sold": [pd.Timestamp("2024-03-01")], "shares": [100],
    ...     "proceeds": [750.0], "cost_basis": [1000.0], "term": ["short"],
    ...     "disallowed": [250.0], "taxable": [True]})
    >>> row = form_8949(gains).iloc[0]
    >>> row["description"], row["code"], float(row["adjustment"]), float(row["gain"])
    ('100 sh. X', 'W', 250.0, 0.0)
    """
    chosen = gains[gains["taxable"].astype(bool) & _on_form(gains)]
    if year is not None:
        chosen = chosen[pd.to_datetime(chosen["sold"]).dt.year == year]
    gain = chosen["proceeds"] - chosen["cost_basis"] + chosen["disallowed"]
    washed = chosen["disallowed"].map(lambda amount: amount > 0)
    rows = pd.DataFrame(
        {
            "account": chosen["account"],
            "term": chosen["term"],
            "description": _descriptions(chosen),
            "acquired": chosen["acquired"],
            "sold": chosen["sold"],
            "proceeds": chosen["proceeds"],
            "cost_basis": chosen["cost_basis"],
            "code": washed.map({True: WASH_CODE, False: ""}).astype(object),
            "adjustment": chosen["disallowed"],
            "gain": gain.round(2),
            "gain_id": chosen["gain_id"],
        },
        columns=list(COLUMNS),
    )
    places = rows.assign(number=rows["gain_id"].map(_place))
    ordered = places.sort_values(ORDER, kind="stable", ascending=SHORT_FIRST)
    return ordered.drop(columns="number").reset_index(drop=True)


def totals(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of each term by account, as Schedule D takes them over.

    The columns are ``account``, ``term``, ``proceeds``, ``cost_basis``,
    ``adjustment`` and ``gain``.
    """
    money = ["proceeds", "cost_basis", "adjustment", "gain"]
    grouped = rows.groupby(["account", "term"], as_index=False, sort=True)
    sums: pd.DataFrame = grouped[money].sum()
    return sums


def _on_form(gains: pd.DataFrame) -> pd.Series:
    """Return which rows are sales, or cash on shares that stay with a gain in it.

    IRS Publication 550, "Nondividend Distributions": what only reduces the basis is
    not reported; a gain beyond it is.
    """
    cash_only = gains["shares"] == 0
    kept: pd.Series = ~cash_only | (gains["proceeds"] != gains["cost_basis"])
    return kept


def _place(gain_id: str) -> int:
    """Return the number of a row among those of its account and day."""
    return int(gain_id.rpartition("-")[2])


def _descriptions(gains: pd.DataFrame) -> pd.Series:
    """Return column (a): '100 sh. XYZ', without trailing zeros."""
    texts = [
        f"{_number(shares)} sh. {symbol}" if shares else f"cash on {symbol}"
        for shares, symbol in zip(gains["shares"], gains["symbol"], strict=True)
    ]
    return pd.Series(texts, index=gains.index, dtype=object)


def _number(shares: float) -> str:
    text = f"{shares:,.9f}"
    return text.rstrip("0").rstrip(".")
