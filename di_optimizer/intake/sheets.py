# SPDX-License-Identifier: Apache-2.0
"""The read tables of one run, each with the name that messages use.

Turns columns into Python values; knows nothing of what they mean.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import exact
from di_optimizer.intake.findings import Findings, hints
from di_optimizer.intake.sources import Sources
from di_optimizer.tables.catalog import TABLES
from di_optimizer.tables.check import examine, no_rows
from di_optimizer.tables.source import label

INPUTS = (
    "securities",
    "prices",
    "accounts",
    "taxpayers",
    "cash",
    "flows",
    "lots",
    "outside",
    "rates",
    "restrictions",
    "activity",
    "working_orders",
)


@dataclass(frozen=True)
class Sheet:
    """One table; ``given`` is False where the caller has none."""

    name: str
    file: str
    frame: pd.DataFrame
    given: bool

    def rows(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """Yield (row number, values of the columns), None where blank."""
        if self.frame.empty:
            return iter(())
        values = [cells(self.frame[column]) for column in columns]
        return zip(self.frame.index.tolist(), *values, strict=True)

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (row number, all values by column), None where blank."""
        names = [str(name) for name in self.frame.columns]
        for row, *values in self.rows(*names):
            yield row, dict(zip(names, values, strict=True))

    def keep(self, mask: pd.Series) -> Sheet:
        """Return the rows where ``mask`` holds."""
        return Sheet(self.name, self.file, self.frame[mask], self.given)


def read_sheets(sources: Sources) -> dict[str, Sheet]:
    """Read every table.

    Raises
    ------
    InputError
        With the problems of all tables together.
    """
    sheets: dict[str, Sheet] = {}
    problems: list[Problem] = []
    for name in INPUTS:
        source = getattr(sources, name)
        if source is None:
            sheets[name] = _absent(name)
            continue
        frame, found = examine(source, TABLES[name])
        sheets[name] = Sheet(name, label(source, name), frame, given=True)
        problems += found
    if problems:
        raise InputError(problems)
    return sheets


@cache
def _absent(name: str) -> Sheet:
    return Sheet(name, name, no_rows(TABLES[name]), given=False)


def cells(column: pd.Series) -> list[Any]:
    """Return a column as Python values: str, float, int, bool or date; None if blank.

    Examples
    --------
    >>> cells(pd.Series(pd.to_datetime(["2023-01-31", None])))
    [datetime.date(2023, 1, 31), None]
    """
    if pd.api.types.is_float_dtype(column):
        return [None if math.isnan(value) else value for value in column.tolist()]
    codes, distinct = pd.factorize(column)
    values = distinct.tolist()
    if pd.api.types.is_datetime64_dtype(column):
        values = [moment.date() for moment in values]
    values.append(None)  # code −1
    return [values[code] for code in codes.tolist()]


def optional(value: float | None) -> Decimal | None:
    """Return a number as its exact decimal, None where blank."""
    return None if value is None else exact(value)


def known_only(
    sheet: Sheet, known: Collection[str], findings: Findings, *, column: str, of: str
) -> Sheet:
    """Report rows whose name in ``column`` is unknown, and return the other rows.

    Blank cells count as known.
    """
    if sheet.frame.empty:
        return sheet
    names = sheet.frame[column]
    good = names.isin(list(known)) | names.isna()
    strange = cells(names[~good])
    hint = hints(strange, known)
    for row, name in zip(sheet.frame.index[~good].tolist(), strange, strict=True):
        findings.add(
            sheet.file,
            row,
            column,
            found=f"unknown {column} '{name}'",
            allowed=of,
            todo=hint[name],
        )
    return sheet.keep(good)
