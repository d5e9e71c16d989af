# SPDX-License-Identifier: Apache-2.0
"""The actions table as actions, all its problems together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import exact, plain
from di_optimizer.tables.actions import ACTIONS
from di_optimizer.tables.check import examine
from di_optimizer.tables.source import Source, label
from di_optimizer.tax.actions.action import FIELDS, USES, Action, Kind, misfits

RATIO = ("new_shares", "old_shares")
COLUMN = {"ratio": RATIO[0]}  # where a field is written under another name


def read_actions(source: Source) -> tuple[Action, ...]:
    """Return the actions of a table, by date; rows of one day stay in their order.

    The order matters where a day has two actions on one symbol: a split before or
    after a symbol change names another symbol.

    Parameters
    ----------
    source : path or DataFrame
        CSV or Parquet file, or a frame; columns as in the table ``actions``.

    Raises
    ------
    InputError
        Cells that the table refuses, and rows that lack what their kind needs or
        have what it does not know; all of them at once.

    Examples
    --------
    >>> rows = pd.DataFrame({"date": ["2024-06-03"], "symbol": ["AAA"],
    ...                      "kind": ["split"], "new_shares": [3], "old_shares": [2]})
    >>> read_actions(rows)[0].ratio
    Fraction(3, 2)
    """
    frame, problems = examine(source, ACTIONS)
    file = label(source, ACTIONS.name)
    rows = [(row, cells) for row, cells in _rows(frame) if _known(cells)]
    broken = {(problem.row, problem.column) for problem in problems}
    problems += [
        problem
        for row, cells in rows
        for problem in _problems(file, row, cells)
        if not _doubtful(problem, cells, broken)
    ]
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    return tuple(sorted((_action(cells) for _, cells in rows), key=lambda a: a.on))


def _rows(frame: pd.DataFrame) -> Iterator[tuple[int, dict[str, Any]]]:
    for row, record in zip(frame.index, frame.to_dict("records"), strict=True):
        cells = {str(name): _cell(cell) for name, cell in record.items()}
        yield int(row), cells


def _cell(cell: Any) -> Any:
    """Return a cell as Python has it: None for blank, numbers exact."""
    if isinstance(cell, float):
        return None if math.isnan(cell) else Fraction(exact(cell))
    return None if cell is pd.NaT else cell


def _known(cells: dict[str, Any]) -> bool:
    """Return whether it can be said which cells the row needs."""
    return cells["kind"] is not None and cells["symbol"] is not None


def _doubtful(
    problem: Problem, cells: dict[str, Any], broken: set[tuple[int | None, str | None]]
) -> bool:
    """Return whether a problem follows from a cell that could not be read."""
    of_ratio = problem.column == RATIO[0] and "ratio" in USES[Kind(cells["kind"])].needs
    columns = RATIO if of_ratio and cells[RATIO[0]] is not None else (problem.column,)
    return any((problem.row, column) in broken for column in columns)


def _fields(cells: dict[str, Any]) -> dict[str, Any]:
    fields = {name: cells.get(name) for name in FIELDS}
    if cells["new_shares"] is not None:
        fields["ratio"] = cells["new_shares"] / (cells["old_shares"] or 1)
    return fields


def _problems(file: str, row: int, cells: dict[str, Any]) -> Iterator[Problem]:
    kind = Kind(cells["kind"])
    for name, _, allowed in misfits(kind, cells["symbol"], _fields(cells)):
        yield _problem(file, row, cells, COLUMN.get(name, name), allowed)
    if cells["old_shares"] is not None and cells["new_shares"] is None:
        allowed = "blank where new_shares is blank"
        yield _problem(file, row, cells, "old_shares", allowed)


def _problem(
    file: str, row: int, cells: dict[str, Any], column: str, allowed: str
) -> Problem:
    found = _shown(cells[column])
    if column == RATIO[0] and cells["old_shares"] is not None:
        found += f" for {_shown(cells['old_shares'])}"
    return Problem(file=file, row=row, column=column, found=found, allowed=allowed)


def _shown(cell: Fraction | str | None) -> str:
    if cell is None:
        return "blank"
    return f"'{cell}'" if isinstance(cell, str) else plain(exact(float(cell)))


def _action(cells: dict[str, Any]) -> Action:
    on = cells["date"].date()
    kind = Kind(cells["kind"])
    return Action(on=on, symbol=cells["symbol"], kind=kind, **_fields(cells))
