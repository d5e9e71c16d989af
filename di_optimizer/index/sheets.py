# SPDX-License-Identifier: Apache-2.0
"""Any holdings file as sheets of text: CSV, XLSX or JSON, told apart by content.

Keeps the file's own row numbers (line in a CSV, row in a workbook, item in a
JSON list) and the digits as printed. Knows neither issuers nor columns.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import python_calamine

from di_optimizer.errors import InputError, Problem

_ZIP = b"PK"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the file's own number, counted from 1, and its stripped cells."""

    number: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> int:
        """How many cells are not empty."""
        return sum(map(bool, self.cells))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one table-like part of a file, in the file's order."""

    rows: tuple[Row, ...]


def read_sheets(data: bytes, file: str) -> tuple[Sheet, ...]:
    r"""Return every sheet of a file's bytes; ``file`` names it in errors.

    Raises
    ------
    InputError
        For an empty, cut-off or undecodable file.

    Examples
    --------
    >>> read_sheets(b"symbol,weight\nAAA,1", "a.csv")[0].rows[1]
    Row(number=2, cells=('AAA', '1'))
    """
    if not data.strip():
        raise _refused(file, "an empty file", "a holdings file")
    if data.startswith(_OLD_EXCEL):
        raise _refused(file, "an Excel file from before 2007", "XLSX, CSV or JSON")
    if data.startswith(_ZIP):
        return _workbook(data, file)
    text = _decoded(data, file)
    if text.lstrip()[:1] in ("[", "{"):
        return (_json_sheet(text, file),)
    return (_csv_sheet(text, file),)


def _refused(file: str, found: str, allowed: str) -> InputError:
    return InputError([Problem(file=file, found=found, allowed=allowed)])


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} that is not UTF-8 text"
        raise _refused(file, found, "a CSV or JSON in UTF-8, or an XLSX") from error


def _csv_sheet(text: str, file: str) -> Sheet:
    try:
        return Sheet(tuple(_csv_rows(text)))
    except csv.Error as error:
        raise _refused(file, f"a broken CSV ({error})", "a whole CSV") from error


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""))
    first_line = 1
    for cells in reader:
        yield Row(first_line, tuple(cell.strip() for cell in cells))
        first_line = reader.line_num + 1


def _workbook(data: bytes, file: str) -> tuple[Sheet, ...]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return tuple(_grid(book.get_sheet_by_name(n)) for n in book.sheet_names)
    except python_calamine.CalamineError as error:
        found = f"a broken or cut-off XLSX ({error})"
        raise _refused(file, found, "a whole XLSX workbook") from error


def _grid(sheet: python_calamine.CalamineSheet) -> Sheet:
    rows = sheet.to_python(skip_empty_area=False)
    return Sheet(
        tuple(Row(i, tuple(map(_cell, cells))) for i, cells in enumerate(rows, 1))
    )


def _cell(value: object) -> str:
    """Print a workbook cell as its issuer would have typed it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _json_sheet(text: str, file: str) -> Sheet:
    try:
        content = json.loads(
            text, parse_float=str, parse_int=str, parse_constant=str
        )  # numbers stay text, so every digit and every NaN is seen as printed
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, character {error.colno}: {error.msg}"
        found = f"a broken or cut-off JSON ({place})"
        raise _refused(file, found, "a whole JSON document") from error
    except RecursionError as error:
        raise _refused(file, "JSON nested too deep", "a list of lines") from error
    return _listing(_only(content, file), file)


def _only(content: Any, file: str) -> dict[str, Any]:
    """Return the one object of the document, bare or in a list of one."""
    objects = content if isinstance(content, list) else [content]
    if len(objects) != 1 or not isinstance(objects[0], dict):
        found = f"a JSON document of {len(objects)} parts"
        raise _refused(file, found, "one fund: one object with a list of holdings")
    return objects[0]


def _listing(fund: dict[str, Any], file: str) -> Sheet:
    """Lay the fund's list of objects out as a table under its other members."""
    lists = {k: v for k, v in fund.items() if _is_list_of_objects(v)}
    if len(lists) != 1:
        found = f"{len(lists)} lists of objects in the fund's object"
        raise _refused(file, found, "one list of objects, the holdings")
    ((name, items),) = lists.items()
    if not items:
        raise _refused(file, "a fund without holdings", "at least one line")
    header = tuple(dict.fromkeys(key for item in items for key in item))
    facts = [(k, _scalar(v)) for k, v in fund.items() if k != name]
    above = [*facts, header]
    return Sheet((*(Row(0, cells) for cells in above), *_items(items, header)))


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _items(items: Iterable[dict[str, Any]], header: Sequence[str]) -> Iterator[Row]:
    for i, item in enumerate(items, 1):
        yield Row(i, tuple(_scalar(item.get(key)) for key in header))


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value)
