# SPDX-License-Identifier: Apache-2.0
"""Little ledgers as text: lots before, transactions, lots after, gains."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from di_optimizer.tax.ledger.state_file import state_of, state_text
from di_optimizer.wash import WashSales, wash_sales

TRADE = ["account", "symbol", "date", "side", "shares", "amount"]
LOT = ["account", "lot_id", "symbol", "shares", "cost_basis", "acquired"]


def table(text: str) -> pd.DataFrame:
    """Return a table written with blanks between its columns; ``-`` is a blank cell."""
    lines = [line.split() for line in text.strip().splitlines() if line.strip()]
    header, *rows = lines
    assert all(len(row) == len(header) for row in rows), rows
    return pd.DataFrame(
        [["" if cell == "-" else cell for cell in row] for row in rows],
        columns=header,
        dtype="str",
    )


def trades(text: str, account: str = "A", symbol: str = "X") -> pd.DataFrame:
    """Return transactions from lines ``date side shares amount [name=value …]``."""
    rows = []
    for line in text.strip().splitlines():
        day, side, shares, amount, *more = line.split()
        row = {"account": account, "symbol": symbol, "date": day, "side": side}
        row |= {"shares": shares, "amount": amount, "lot_id": "", "purchase_order": ""}
        rows.append(row | dict(item.split("=") for item in more))
    return pd.DataFrame(rows, dtype="str")


def accounts(text: str) -> pd.DataFrame:
    """Return accounts from lines ``account taxpayer type``."""
    return table("account taxpayer type\n" + text)


def shows(frame: pd.DataFrame, expected: str) -> None:
    """Check the columns that a text names, in every row; whole numbers are short."""
    header = expected.strip().splitlines()[0].split()
    found = [header, *([text_of(c) for c in row] for row in values(frame[header]))]
    wanted = [line.split() for line in expected.strip().splitlines() if line.strip()]
    assert found == wanted, "\n".join("  ".join(row) for row in found)


def values(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return rows as tuples."""
    return list(frame.itertuples(index=False, name=None))


def text_of(cell: Any) -> str:
    """Return a cell as ledgers write it."""
    if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell:
        return "-"
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return f"{cell:.9f}".rstrip("0").rstrip(".")
    return str(cell)


def in_parts(rows: pd.DataFrame, *cuts: str, **tables: Any) -> WashSales:
    """Process the days up to each cut in turn; gains and matches of all together.

    Each state goes through its text; an amended row takes the place of the earlier
    one. Opening lots are given to the first batch, actions to that of their day.
    """
    actions, parts = tables.pop("actions", None), []
    state = None
    for first, last in pairwise(["", *cuts, "9999"]):
        part = _between(rows, first, last)
        given = {} if actions is None else {"actions": _between(actions, first, last)}
        result = wash_sales(part, state=state, **given, **tables)
        tables.pop("lots", None)
        state = state_of(state_text(result.state))
        parts.append(result)
    gains = pd.concat([part.gains for part in parts])
    gains = gains.drop_duplicates(["account", "gain_id"], keep="last")
    matches = pd.concat([part.matches for part in parts])
    return WashSales(
        lots=parts[-1].lots,
        gains=_in_order(gains),
        matches=matches.sort_values("account", kind="stable"),
        state=parts[-1].state,
    )


def _between(rows: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Return rows after ``first``, up to ``last``."""
    return rows[(rows["date"] > first) & (rows["date"] <= last)]


def _in_order(gains: pd.DataFrame) -> pd.DataFrame:
    """Sort by the number of a row on its day: 10 comes after 9."""
    number = (
        gains["gain_id"].str.rpartition("-")[2].astype(float) if len(gains) else 0.0
    )
    places = gains.assign(number=number).sort_values(["account", "sold", "number"])
    return places.drop(columns="number")


def same(one: WashSales, other: WashSales) -> None:
    """Check that two results are equal in every cell and in their states."""
    for name in ("lots", "gains", "matches"):
        left, right = getattr(one, name), getattr(other, name)
        pd.testing.assert_frame_equal(
            left.reset_index(drop=True), right.reset_index(drop=True)
        )
    assert one.state == other.state
