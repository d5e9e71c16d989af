# SPDX-License-Identifier: Apache-2.0
"""Reads the dated tables beside this file: figures of the law by tax year.

A file holds ``[[table]]`` entries with `source`, `from` and `to` (tax years, both
inclusive; without `to` the law names no end). A year that no table covers is an
error: figures are never carried over from another year. Numbers are exact.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from di_optimizer.errors import InputError, Problem
from di_optimizer.universe import nearest

STATUSES = (
    "single",
    "married_joint",
    "married_separate",
    "head_of_household",
    "surviving_spouse",
)
WHERE = "tax profile"


@dataclass(frozen=True, kw_only=True)
class Table:
    """One dated table: where it is from, the years it holds for, its figures."""

    source: str
    start: int
    end: int | None
    figures: dict[str, Any]

    def covers(self, tax_year: int) -> bool:
        """Return whether the table holds for a tax year."""
        return self.start <= tax_year and (self.end is None or tax_year <= self.end)

    def years(self) -> str:
        """Return the years as text: '2018', '2013 to 2017' or 'from 1987'."""
        if self.end is None:
            return f"from {self.start}"
        return f"{self.start}" + f" to {self.end}" * (self.end != self.start)


@cache
def tables(name: str) -> tuple[Table, ...]:
    """Return the tables of a data file, by first year.

    Examples
    --------
    >>> [table.years() for table in tables("loss_limit")]
    ['from 1987']
    """
    text = (files(__package__) / "data" / f"{name}.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text, parse_float=Fraction)["table"]
    return tuple(sorted(map(_table, entries), key=lambda table: table.start))


def _table(entry: dict[str, Any]) -> Table:
    figures = {key: entry[key] for key in entry.keys() - {"source", "from", "to"}}
    return Table(
        source=entry["source"],
        start=entry["from"],
        end=entry.get("to"),
        figures=figures,
    )


def table_of(name: str, tax_year: int) -> Table | None:
    """Return the table that holds for a tax year; None where no table does."""
    return next((table for table in tables(name) if table.covers(tax_year)), None)


def in_force(name: str, tax_year: int) -> Table:
    """Return the table that holds for a year that was checked to be known."""
    table = table_of(name, tax_year)
    if table is None:
        raise KeyError((name, tax_year))
    return table


def years_of(some: Iterable[Table]) -> str:
    """Return the years that tables cover, as text; runs of years are joined.

    Examples
    --------
    >>> years_of(tables("federal")), years_of(tables("loss_limit"))
    ('2013 to 2026', 'from 1987')
    """
    runs: list[Table] = []
    for table in sorted(some, key=lambda table: table.start):
        if runs and runs[-1].end == table.start - 1:
            runs[-1] = replace(runs[-1], end=table.end)
        else:
            runs.append(table)
    return ", ".join(run.years() for run in runs)


def year_problems(name: str, tax_year: int, todo: str) -> list[Problem]:
    """Return a problem where a data file does not cover the tax year."""
    if table_of(name, tax_year) is not None:
        return []
    return [problem("tax_year", str(tax_year), years_of(tables(name)), todo)]


def status_problems(filing_status: str) -> list[Problem]:
    """Return a problem where the filing status is not one of federal law."""
    return name_problems("filing_status", filing_status, STATUSES)


def name_problems(
    column: str, name: str, known: Iterable[str], todo: str = ""
) -> list[Problem]:
    """Return a problem where a name is unknown, with the nearest spelling."""
    known = tuple(known)
    if name in known:
        return []
    hint = " ".join(filter(None, (nearest(name, known), todo)))
    return [problem(column, f"'{name}'", ", ".join(known), hint)]


def problem(column: str, found: str, allowed: str, todo: str = "") -> Problem:
    """Return a problem of the tax profile."""
    return Problem(file=WHERE, column=column, found=found, allowed=allowed, todo=todo)


def refuse(problems: list[Problem]) -> None:
    """Raise with every problem, if there is one.

    Raises
    ------
    InputError
        All of them at once.
    """
    if problems:
        raise InputError(problems)
