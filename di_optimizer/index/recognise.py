# SPDX-License-Identifier: Apache-2.0
"""Whose file is it? Decided by the header row, never by the file's name.

The layout that finds most of its headers in one row wins; a layout that finds
half of them or more is meant, and what it lacks is then an error.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from di_optimizer.errors import InputError, Problem
from di_optimizer.index.formats import LAYOUTS, Layout
from di_optimizer.index.sheets import Row, Sheet

HEADER_WITHIN = 40  # rows; no issuer prints more above its table
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """A table in a sheet: its layout and the header's place among the rows.

    ``score`` is the part of the layout's headers that is there in any case of
    letters, ``exact`` the part that is there as printed by the issuer.
    """

    layout: Layout
    sheet: Sheet
    at: int
    score: float
    exact: float

    @property
    def header(self) -> Row:
        """The header row."""
        return self.sheet.rows[self.at]

    @property
    def above(self) -> tuple[Row, ...]:
        """The rows before the header."""
        return self.sheet.rows[: self.at]

    @property
    def below(self) -> tuple[Row, ...]:
        """The rows after the header, footer included."""
        return self.sheet.rows[self.at + 1 :]


def recognise(sheets: Sequence[Sheet], file: str) -> Found:
    """Return the table of the best-matching layout, its header complete.

    Raises
    ------
    InputError
        When no layout finds half of its headers; for each column that is missing,
        printed twice or, in a plain file, unknown.
    """
    best = max(_candidates(sheets), key=_likeness, default=None)
    if best is None or best.score < ENOUGH:
        raise InputError([_unknown(best, file)])
    if problems := list(_header_problems(best, file)):
        raise InputError(problems)
    return best


def _candidates(sheets: Sequence[Sheet]) -> Iterator[Found]:
    for sheet in sheets:
        for layout in LAYOUTS:
            wanted = set(layout.required.values())
            lower = {header.lower() for header in wanted}
            for at, row in enumerate(sheet.rows[:HEADER_WITHIN]):
                score = len(lower & {cell.lower() for cell in row.cells}) / len(lower)
                exact = len(wanted.intersection(row.cells)) / len(wanted)
                yield Found(layout, sheet, at, score, exact)


def _likeness(found: Found) -> float:
    return found.score + found.exact


def _unknown(best: Found | None, file: str) -> Problem:
    known = "; ".join(
        f"{layout.issuer} ({', '.join(layout.required.values())})" for layout in LAYOUTS
    )
    hint = ""
    if best is not None and _has_semicolons(best.sheet):
        hint = "Separate the columns by commas"
    elif best is not None and best.score > 0:
        missing = ", ".join(_missing(best))
        row = best.header.number
        where = f"Row {row}" if row else "The list"
        hint = f"{where} comes nearest, to {best.layout.issuer}, and lacks {missing}"
    return Problem(
        file=file,
        found="no header row of a known layout",
        allowed=f"the headers of {known}",
        todo=hint,
    )


def _has_semicolons(sheet: Sheet) -> bool:
    """Return whether the first row is one cell with semicolons in it."""
    first = sheet.rows[0].cells if sheet.rows else ()
    return len(first) == 1 and ";" in first[0]


def _missing(found: Found) -> list[str]:
    return [h for h in found.layout.required.values() if h not in found.header.cells]


def _header_problems(found: Found, file: str) -> Iterator[Problem]:
    row = found.header.number or None
    known = set(found.layout.headers.values())
    others = [cell for cell in found.header.cells if cell and cell not in known]
    for header in _missing(found):
        yield Problem(
            file=file,
            row=row,
            column=header,
            found="no such column",
            allowed=f"the headers of {found.layout.issuer}",
            todo=_nearest(header, others),
        )
    for header, count in Counter(found.header.cells).items():
        if header in known and count > 1:
            yield Problem(
                file=file,
                row=row,
                column=header,
                found=f"{count} such columns",
                allowed="one",
            )
    if found.layout.closed:
        yield from _unknown_columns([*others, *_unnamed(found)], known, file, row)


def _unnamed(found: Found) -> list[str]:
    """Return a blank for each column that has cells and no header."""
    blank = [i for i, cell in enumerate(found.header.cells) if not cell]
    return ["" for i in blank if any(any(r.cells[i : i + 1]) for r in found.below)]


def _unknown_columns(
    others: Iterable[str], known: Iterable[str], file: str, row: int | None
) -> Iterator[Problem]:
    for header in others:
        yield Problem(
            file=file,
            row=row,
            column=header,
            found="an unknown column",
            allowed="the columns of the holdings table",
            todo=_nearest(header, sorted(known)) if header else "Give it a name",
        )


def _nearest(header: str, among: Sequence[str]) -> str:
    near = difflib.get_close_matches(header.lower(), [a.lower() for a in among], 1, 0.0)
    if not near:
        return "No other column is left that could be it"
    printed = next(a for a in among if a.lower() == near[0])
    return f"The nearest column found is '{printed}'"
