# SPDX-License-Identifier: Apache-2.0
"""Ways to damage a file, each a function from its bytes to other bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

Damage = Callable[[bytes], bytes]
Rows = list[list[str]]

GARBAGE = bytes(range(255, -1, -1)) * 4


def rows_of(data: bytes) -> Rows:
    """Return the cells of a CSV file, its header first."""
    return list(csv.reader(io.StringIO(data.decode())))


def text_of(rows: Rows) -> bytes:
    """Return cells as a CSV file."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows(rows)
    return target.getvalue().encode()


def instead(content: bytes) -> Damage:
    """Replace the whole file."""
    return lambda _: content


def cut_to(share: float) -> Damage:
    """Keep only the first part of the bytes."""
    return lambda data: data[: int(share * len(data))]


def cut_in_last_row(data: bytes) -> bytes:
    """Keep a CSV up to the last comma, as a full disk or a broken line would."""
    return data[: data.rindex(b",")]


def header_only(data: bytes) -> bytes:
    """Keep the first line."""
    return data[: data.index(b"\n") + 1]


def utf16(data: bytes) -> bytes:
    """Encode as some spreadsheets do under 'Unicode text'."""
    return data.decode().encode("utf-16")


def extra_field(data: bytes) -> bytes:
    """Give the line after the header one field too many."""
    first, second, rest = data.split(b"\n", 2)
    return b"\n".join([first, second + b",surplus", rest])


def open_quote(data: bytes) -> bytes:
    """Begin the line after the header with a quote that nothing closes."""
    return data.replace(b"\n", b'\n"', 1)


def cells(row: int, **values: str) -> Damage:
    """Write into cells of a line, counted from 1; new columns are added."""

    def write(data: bytes) -> bytes:
        rows = rows_of(data)
        for name, value in values.items():
            name = name.rstrip("_")
            if name not in rows[0]:
                rows = [[*cells, ""] for cells in rows]
                rows[0][-1] = name
            rows[row - 1][rows[0].index(name)] = value
        return text_of(rows)

    return write


def renamed(old: str, new: str) -> Damage:
    """Give a column another header."""

    def rename(data: bytes) -> bytes:
        header, *body = rows_of(data)
        return text_of([[new if name == old else name for name in header], *body])

    return rename


def without_column(name: str) -> Damage:
    """Take a column out."""

    def drop(data: bytes) -> bytes:
        rows = rows_of(data)
        at = rows[0].index(name)
        return text_of([cells[:at] + cells[at + 1 :] for cells in rows])

    return drop


def column_twice(name: str) -> Damage:
    """Put a copy of a column at the end."""

    def double(data: bytes) -> bytes:
        rows = rows_of(data)
        at = rows[0].index(name)
        return text_of([[*cells, cells[at]] for cells in rows])

    return double


def again(row: int) -> Damage:
    """Put a copy of a line at the end."""

    def repeat(data: bytes) -> bytes:
        rows = rows_of(data)
        return text_of([*rows, rows[row - 1]])

    return repeat


def row_gone(row: int) -> Damage:
    """Take a line out."""

    def remove(data: bytes) -> bytes:
        rows = rows_of(data)
        return text_of(rows[: row - 1] + rows[row:])

    return remove


def plus(*lines: str) -> Damage:
    """Put lines at the end."""
    return lambda data: data + "".join(f"{line}\n" for line in lines).encode()


def words(*pairs: tuple[str, str]) -> Damage:
    """Replace text once, in the members of a workbook too."""

    def replace(data: bytes) -> bytes:
        if data.startswith(b"PK"):
            return _in_members(data, replace)
        for old, new in pairs:
            data = data.replace(old.encode(), new.encode(), 1)
        return data

    return replace


def _in_members(data: bytes, change: Damage) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(target, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(old.read(name)))
    return target.getvalue()
