# SPDX-License-Identifier: Apache-2.0
"""Reading a table and checking it against its spec, all problems together."""

from __future__ import annotations

import difflib
from dataclasses import replace

import numpy as np
import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.tables.convert import Converted, convert
from di_optimizer.tables.csv_file import Cells
from di_optimizer.tables.keys import check_keys, check_one_of
from di_optimizer.tables.source import ROW, Source, fetch, label
from di_optimizer.tables.spec import Column, Kind, Table
from di_optimizer.tables.text import shown
from di_optimizer.universe import nearest


def read_table(source: Source, table: Table) -> pd.DataFrame:
    """Return a table with every column of its spec, in that order.

    Blanks around values are dropped. An absent optional column is all blank, or its
    default. The index, named ``row``, is the line in a CSV file (the header is line
    1) and the position from 1 in a Parquet file or frame. Text is ``str``, numbers
    float64, whole numbers ``Int64``, dates datetime64[s], flags ``boolean``.

    Raises
    ------
    InputError
        With every problem of the table.

    Examples
    --------
    >>> from di_optimizer.tables.catalog import TABLES
    >>> flows = pd.DataFrame({"account": ["A1"], "date": ["2023-01-31"],
    ...                       "amount": [-500]})
    >>> read_table(flows, TABLES["flows"]).loc[1, "amount"]
    np.float64(-500.0)
    """
    frame, problems = examine(source, table)
    if problems:
        raise InputError(problems)
    return frame


def check(frame: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Return everything that is wrong with a frame, sorted by row.

    Examples
    --------
    >>> from di_optimizer.tables.catalog import TABLES
    >>> frame = pd.DataFrame({"symbol": ["AAA"], "price": [-1.0]})
    >>> print(*check(frame, TABLES["prices"], "prices.csv"))
    prices.csv, row 1, column 'price': found -1.0; allowed: a number above 0 or blank
    """
    return examine(frame, table, file)[1]


def no_rows(table: Table) -> pd.DataFrame:
    """Return a table without rows, each column as :func:`read_table` types it.

    Examples
    --------
    >>> from di_optimizer.tables.catalog import TABLES
    >>> no_rows(TABLES["flows"]).dtypes["amount"]
    dtype('float64')
    """
    raw = pd.DataFrame({0: []}, index=pd.RangeIndex(1, 1, name=ROW), dtype="str")
    return _convert_all(Cells((), raw), table, table.name)[0]


def examine(
    source: Source, table: Table, file: str = ""
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the table as far as it could be read, and every problem."""
    file = file or label(source, table.name)
    cells = fetch(source, file)
    if not cells.header and cells.problems:
        return pd.DataFrame(columns=list(table.names)), list(cells.problems)
    problems = [*cells.problems, *_header_problems(cells, table, file)]
    if not len(cells.frame) and not cells.problems and not table.empty:
        found, allowed = "a header without rows", "at least one row"
        problems.append(Problem(file=file, found=found, allowed=allowed))
    frame, more = _convert_all(cells, table, file)
    return frame, sorted(problems + more, key=lambda problem: problem.row or 0)


def _header_problems(cells: Cells, table: Table, file: str) -> list[Problem]:
    names = [name.strip() for name in cells.header]
    problems = [
        _header(file, name, f"a second column '{name}'", "each column once")
        for i, name in enumerate(names)
        if name in names[:i]
    ]
    for column in table.columns:
        if column.required and column.name not in names:
            problems.append(_no_column(column, cells, file))
    absent = [name for name in table.names if name not in names]
    problems += [
        _unknown(name, table, file)
        for name in names
        if name not in table.names and not _is_attribute(name, table, absent)
    ]
    return problems


def _is_attribute(name: str, table: Table, absent: list[str]) -> bool:
    """Return whether an extra column is one, not a misspelt column of the table."""
    misspelt = difflib.get_close_matches(name.lower(), absent, n=1, cutoff=0.85)
    return table.open and bool(name) and not misspelt


def _no_column(column: Column, cells: Cells, file: str) -> Problem:
    todo = ""
    if len(cells.header) == 1 and any(mark in cells.header[0] for mark in ";\t|"):
        todo = "Separate the columns by commas."
    allowed = f"a column '{column.name}'"
    return _header(file, column.name, f"no column '{column.name}'", allowed, todo)


def _unknown(name: str, table: Table, file: str) -> Problem:
    hint = nearest(name.lower().replace(" ", "_"), table.names)
    allowed = "the columns " + ", ".join(table.names)
    return _header(file, name, f"unknown column '{name}'", allowed, hint)


def _header(file: str, name: str, found: str, allowed: str, todo: str = "") -> Problem:
    return Problem(
        file=file, row=1, column=name, found=found, allowed=allowed, todo=todo
    )


def _convert_all(
    cells: Cells, table: Table, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    places = {name.strip(): at for at, name in reversed([*enumerate(cells.header)])}
    values: dict[str, pd.Series] = {}
    problems: list[Problem] = []
    for column in _columns(table, places):
        if column.name not in places:
            values[column.name] = _absent_values(column, cells.frame.index)
            continue
        raw = cells.frame.iloc[:, places[column.name]]
        column = column if column.name in table.names else _attribute(column, raw)
        converted = convert(raw, column)
        problems += _cell_problems(converted, raw, column, file)
        values[column.name] = _with_default(converted.values, column)
    frame = pd.DataFrame(values, index=cells.frame.index)
    problems += check_keys(frame, table, file) + check_one_of(frame, table, file)
    return frame, problems


def _columns(table: Table, places: dict[str, int]) -> list[Column]:
    """Return the spec's columns and, in an open table, its extra attributes."""
    extra = [n for n in places if table.open and n and n not in table.names]
    attributes = [
        Column(name=name, kind=Kind.TEXT, description="An attribute.") for name in extra
    ]
    return [*table.columns, *attributes]


def _attribute(column: Column, raw: pd.Series) -> Column:
    """Return an extra column as it is: numbers where the frame has numbers."""
    types = pd.api.types
    if types.is_float_dtype(raw) or types.is_integer_dtype(raw):
        return replace(column, kind=Kind.NUMBER)
    return column


def _absent_values(column: Column, index: pd.Index) -> pd.Series:
    """Return an absent column, blank or its default, in the type of the kind."""
    blank = convert(pd.Series([""], dtype="str"), column).values
    one = _with_default(blank, column)
    return one.take(np.zeros(len(index), dtype=np.intp)).set_axis(index)


def _with_default(values: pd.Series, column: Column) -> pd.Series:
    return values if column.default is None else values.fillna(column.default)


def _cell_problems(
    converted: Converted, raw: pd.Series, column: Column, file: str
) -> list[Problem]:
    problems = []
    for at in np.flatnonzero(converted.bad).tolist():
        found = shown(raw, at)
        problems.append(
            Problem(
                file=file,
                row=int(raw.index[at]),
                column=column.name,
                found=found,
                allowed=column.allowed,
                todo=_todo(found, column),
            )
        )
    return problems


def _todo(found: str, column: Column) -> str:
    """Return how to mend a cell, where that can be told from its text."""
    if column.kind is Kind.CHOICE:
        return nearest(found.lower().replace(" ", "_"), column.choices)
    if column.kind in (Kind.NUMBER, Kind.WHOLE) and any(
        mark in found for mark in ",'$€£¥()%"
    ):
        return "Write plain digits: no separators, currency or percent signs."
    return ""
