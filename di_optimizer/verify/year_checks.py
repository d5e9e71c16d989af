# SPDX-License-Identifier: Apache-2.0
"""Whether the bill of the taxpayer's year can be computed at all."""

from __future__ import annotations

from di_optimizer.account import YEAR_FIGURES
from di_optimizer.errors import InputError
from di_optimizer.verify.case import Case, finite
from di_optimizer.verify.year import bill_rules, netted, year_of

FIGURES = ("ordinary_rate", *YEAR_FIGURES)


def year_numbers(case: Case) -> list[str]:
    """Figures of the taxpayer's year are numbers."""
    figures = {name: getattr(case.account.taxpayer, name) for name in FIGURES}
    return [
        case.says(f"{name} {number} of the taxpayer", "a finite number")
        for name, number in figures.items()
        if number is not None and not finite(number)
    ]


def year_problems(case: Case) -> list[str]:
    """Where the bill of the year is wanted, it has rules and makes sense."""
    try:
        if netted(case):
            bill_rules(case)
            year_of(case)
    except InputError as error:
        return [f"{case.place()}: {problem}" for problem in error.problems]
    return []
