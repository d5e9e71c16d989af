# SPDX-License-Identifier: Apache-2.0
"""The highest rate of each state on capital gains, for the years that are confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from di_optimizer.errors import Problem
from di_optimizer.tax.rates.dated import (
    Table,
    name_problems,
    problem,
    tables,
    years_of,
)

TODO = "Give state_rate instead."


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRates:
    """A state's highest rates: on gains by term, and saved by a loss deducted."""

    short: Fraction
    long: Fraction
    ordinary: Fraction


def states() -> tuple[str, ...]:
    """Return the states known in any year, as two letters, DC included.

    Examples
    --------
    >>> len(states()), "CA" in states(), "SC" in states()
    (50, True, False)
    """
    return tuple(sorted({table.figures["state"] for table in tables("states")}))


def state_problems(state: str, tax_year: int) -> list[Problem]:
    """Return a problem where the state, or its year, is not known."""
    unknown = name_problems("state", state, states(), TODO)
    if unknown or _table(state, tax_year) is not None:
        return unknown
    known = years_of(t for t in tables("states") if t.figures["state"] == state)
    found = f"'{state}' in {tax_year}"
    return [problem("state", found, f"'{state}' in {known}", TODO)]


def state_rates(state: str, tax_year: int) -> StateRates:
    """Return a state's highest rates in a year; call :func:`state_problems` first.

    Examples
    --------
    >>> washington = state_rates("WA", 2025)
    >>> float(washington.short), float(washington.long)
    (0.0, 0.099)
    """
    table = _table(state, tax_year)
    if table is None:
        raise KeyError((state, tax_year))
    figures = table.figures
    return StateRates(
        short=Fraction(figures["short"]),
        long=Fraction(figures["long"]),
        ordinary=Fraction(figures["ordinary"]),
    )


def _table(state: str, tax_year: int) -> Table | None:
    matching = (t for t in tables("states") if t.figures["state"] == state)
    return next((t for t in matching if t.covers(tax_year)), None)
