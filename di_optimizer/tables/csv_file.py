# SPDX-License-Identifier: Apache-2.0
"""A CSV file as cells of text, each row with its line number in the file.

Nothing is guessed: 'NA', 'TRUE' and '007' stay text. A regular file goes through
Arrow; anything else (quotes, blank lines, a wrong number of fields) goes through the
standard library's reader, which knows its lines and is strict about quotes.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from di_optimizer.errors import Problem

BOM = b"\xef\xbb\xbf"
Rows = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Cells:
    """Text as read: the header, the rows indexed by line, and what was unreadable."""

    header: tuple[str, ...]
    frame: pd.DataFrame
    problems: tuple[Problem, ...] = ()


def read_cells(data: bytes, file: str) -> Cells:
    r"""Return the cells of a CSV file; columns of ``frame`` are numbered from 0.

    Examples
    --------
    >>> cells = read_cells(b"symbol,price\nNA,007\n", "prices.csv")
    >>> cells.header, cells.frame.loc[2].tolist()
    (('symbol', 'price'), ['NA', '007'])
    """
    data = data.removeprefix(BOM)
    problem = _unreadable(data, file)
    if problem is not None:
        return Cells((), pd.DataFrame(), (problem,))
    return _regular(data) or _irregular(data, file)


def _unreadable(data: bytes, file: str) -> Problem | None:
    if not data.strip():
        allowed = "a header and at least one row"
        return Problem(file=file, found="an empty file", allowed=allowed)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Problem(
            file=file,
            row=data[: error.start].count(b"\n") + 1,
            found=f"bytes that are no UTF-8 text ({data[error.start]:#04x})",
            allowed="UTF-8",
            todo="Save the file as 'CSV UTF-8'.",
        )
    return None


def _regular(data: bytes) -> Cells | None:
    """Read by Arrow, or return None where line numbers would not be certain."""
    if b'"' in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    header = _first_row(data)
    table = _arrow_rows(data, len(header))
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    if table is None or table.num_rows != lines:
        return None
    frame = table.slice(1).to_pandas()
    frame.columns = pd.RangeIndex(len(header))
    frame.index = pd.RangeIndex(2, lines + 1, name="row")
    return Cells(tuple(header), frame)


def _first_row(data: bytes) -> list[str]:
    line = data.split(b"\n", 1)[0].decode("utf-8")
    return next(csv.reader([line]), [])


def _arrow_rows(data: bytes, width: int) -> pa.Table | None:
    """Return all lines as columns of strings; None when a row has another width."""
    irregular: list[object] = []

    def note(row: object) -> str:
        irregular.append(row)
        return "skip"

    names = [f"f{i}" for i in range(width)]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(data),
            read_options=pa.csv.ReadOptions(autogenerate_column_names=True),
            parse_options=pa.csv.ParseOptions(
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return None if irregular or table.num_columns != width else table


def _irregular(data: bytes, file: str) -> Cells:
    rows, problems = _plain_rows(data.decode("utf-8"), file)
    if not rows:
        return Cells((), pd.DataFrame(), tuple(problems))
    (_, header), body = rows[0], rows[1:]
    problems += _wrong_width(body, header, file)
    whole = [(line, row) for line, row in body if len(row) == len(header)]
    index = pd.Index([line for line, _ in whole], dtype="int64", name="row")
    columns = list(zip(*(row for _, row in whole), strict=True)) or [()] * len(header)
    frame = pd.DataFrame(
        {at: pd.array(column, dtype="str") for at, column in enumerate(columns)},
        index=index,
    )
    return Cells(tuple(header), frame, tuple(problems))


def _plain_rows(text: str, file: str) -> tuple[Rows, list[Problem]]:
    """Return (line, fields) of every row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: Rows = []
    line = 1
    try:
        for row in reader:
            if row:
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        found = f"text that is not CSV ({error})"
        allowed = "fields separated by commas, with quotes in pairs"
        return rows, [Problem(file=file, row=line, found=found, allowed=allowed)]
    return rows, []


def _wrong_width(body: Rows, header: list[str], file: str) -> list[Problem]:
    width = len(header)
    last = body[-1][0] if body else 0
    return [
        Problem(
            file=file,
            row=line,
            found=f"{len(row)} field{'s' * (len(row) != 1)}",
            allowed=f"{width}, one for each column of the header",
            todo="The file may have been cut off here." * (line == last)
            if len(row) < width
            else "Put a field that contains a comma in quotes.",
        )
        for line, row in body
        if len(row) != width
    ]
