# SPDX-License-Identifier: Apache-2.0
"""Valid rows of every table as text, and small books of accounts as frames."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from di_optimizer.errors import InputError
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake import Sources, load
from di_optimizer.policy import Missing, Policy
from di_optimizer.policy_file import PolicyBook
from di_optimizer.tables.spec import Column, Kind, Table

ON = date(2023, 1, 3)


def cell(column: Column, at: int) -> str:
    """Return a valid text for a cell, another one in each row."""
    match column.kind:
        case Kind.TEXT:
            return f"{column.name}{at}"
        case Kind.SYMBOL:
            return f"S{at}"
        case Kind.NUMBER:
            return f"{0.25 + at / 64}"
        case Kind.WHOLE:
            return str(int(column.at_least or 0) + at)
        case Kind.DATE:
            return f"2022-12-{at % 28 + 1:02d}"
        case Kind.FLAG:
            return "true" if at % 2 else "false"
        case Kind.CHOICE:
            return column.choices[at % len(column.choices)]


def valid_rows(table: Table, count: int = 3) -> pd.DataFrame:
    """Return rows of text that the table accepts, every column filled."""
    frame = pd.DataFrame(
        {c.name: [cell(c, at) for at in range(count)] for c in table.columns}
    )
    for group in table.one_of:
        for other in group[1:]:
            frame[other] = ""
    return frame


def write_csv(path: Path, frame: pd.DataFrame) -> Path:
    """Write text as it is, without pandas."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows(frame.astype("str").fillna("").itertuples(index=False))
    return path


LOTS: dict[str, list[Any]] = {
    "account": ["A1", "A1", "A2"],
    "lot_id": ["1", "2", "1"],
    "symbol": ["AAA", "BBB", "AAA"],
    "shares": [10, 2.5, 4],
    "cost_basis": [900.0, 60.5, 500.25],
    "acquired": ["2020-01-31", "2021-06-01", "2022-12-30"],
}
ACCOUNTS: dict[str, list[Any]] = {
    "account": ["A1", "A2"],
    "cash": [100, 0],
    "short_rate": [0.4, 0.4],
    "long_rate": [0.2, 0.2],
}
PRICES: dict[str, list[Any]] = {"symbol": ["AAA", "BBB", "CCC"], "price": [100, 20, 5]}
WEIGHTS = {"AAA": 0.5, "BBB": 0.25, "CCC": 0.25}


def frame(columns: Mapping[str, list[Any]], **changes: list[Any]) -> pd.DataFrame:
    """Return a frame with some columns replaced or added."""
    return pd.DataFrame({**columns, **changes})


def book(**changes: Any) -> Sources:
    """Return two accounts with three lots; any field of Sources replaced."""
    sources = Sources(
        lots=frame(LOTS),
        accounts=frame(ACCOUNTS),
        prices=frame(PRICES),
        benchmarks={"index": Benchmark.from_weights(WEIGHTS, name="index")},
        risk_symbols=("AAA", "BBB", "CCC"),
    )
    return replace(sources, **changes)


def refused(sources: Sources) -> list[str]:
    """Load a book that must be refused; return its problems as text."""
    with pytest.raises(InputError) as caught:
        load(sources, on=ON)
    return [str(problem) for problem in caught.value.problems]


def held(**settings: str) -> PolicyBook:
    """Return policies whose ``missing`` settings are as given."""
    return PolicyBook(default=Policy(missing=Missing(**settings)))  # type: ignore[arg-type]
