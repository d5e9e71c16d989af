# SPDX-License-Identifier: Apache-2.0
"""The facts of a whole file: its date and its fund. Guesses neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from di_optimizer.errors import Problem
from di_optimizer.index.cells import day
from di_optimizer.index.formats.layout import labelled
from di_optimizer.index.parse import Line
from di_optimizer.index.recognise import Found

DATE = "a date such as 2023-01-31"


def as_of(
    found: Found, lines: Sequence[Line], given: date | None, file: str
) -> tuple[date | None, list[Problem]]:
    """Return the date of the holdings and what is wrong with it.

    A ``given`` date fills the place of one that a plain file lacks; it never
    overrules a date that is printed.
    """
    label = found.layout.as_of_label
    if label is not None:
        printed, problems = _above(found, label, file)
    elif found.layout.headers["as_of"] in found.header.cells:
        printed, problems = _column(found, lines, file)
    else:
        return given, []
    if printed is not None and given not in (None, printed):
        problems.append(
            Problem(
                file=file,
                column="as_of",
                found=f"{printed} printed and {given} given",
                allowed="one date",
            )
        )
    return printed, problems


def _above(found: Found, label: str, file: str) -> tuple[date | None, list[Problem]]:
    place = labelled(found.above, label)
    if place is None:
        return None, [
            Problem(
                file=file,
                column=label,
                found="no such row above the table",
                allowed=f"the date of the holdings, {DATE}",
            )
        ]
    row, text = place
    value = day(text.removeprefix(found.layout.as_of_prefix))
    if value is None:
        return None, [_no_date(file, row, label, text)]
    return value, []


def _column(
    found: Found, lines: Sequence[Line], file: str
) -> tuple[date | None, list[Problem]]:
    header = found.layout.headers["as_of"]
    dates = {line.row: day(line.texts.get("as_of", "")) for line in lines}
    problems = [
        _no_date(file, line.row, header, line.texts.get("as_of", ""))
        for line in lines
        if dates[line.row] is None
    ]
    first = next((value for value in dates.values() if value is not None), None)
    for row, value in dates.items():
        if value not in (None, first):
            problems.append(
                Problem(
                    file=file,
                    row=row,
                    column=header,
                    found=f"{value}",
                    allowed=f"the date of the lines above, {first}",
                )
            )
    return first, problems


def _no_date(file: str, row: int, column: str, text: str) -> Problem:
    return Problem(
        file=file, row=row or None, column=column, found=repr(text), allowed=DATE
    )


def fund(found: Found, lines: Sequence[Line], file: str) -> tuple[str, list[Problem]]:
    """Return the fund's name as the file has it, or an empty string."""
    if found.layout.fund is not None:
        return found.layout.fund(found.above), []
    names = sorted({line.texts["fund"] for line in lines if "fund" in line.texts})
    if len(names) > 1:
        problem = Problem(
            file=file,
            column=found.layout.headers["fund"],
            found=f"{len(names)} funds: {', '.join(names)}",
            allowed="the holdings of one fund",
        )
        return "", [problem]
    return names[0] if names else "", []
