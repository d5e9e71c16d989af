# SPDX-License-Identifier: Apache-2.0
"""Short or long term: the holding-period boundary, in one function."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Term(StrEnum):
    """Character of a gain or loss (IRC § 1222)."""

    SHORT = "short"
    LONG = "long"


def long_term_from(holding_start: date) -> date:
    """Return the first sale date on which the gain is long-term.

    The holding period begins on the day after acquisition, and "more than one
    year" has passed once that day's anniversary is reached. An anniversary on
    29 February that does not exist falls on 1 March.

    References
    ----------
    IRC § 1222(3); Rev. Rul. 66-7, 1966-1 C.B. 188; IRS Publication 550.

    Examples
    --------
    >>> long_term_from(date(2023, 3, 1))
    datetime.date(2024, 3, 2)
    >>> long_term_from(date(2024, 2, 28)), long_term_from(date(2024, 2, 29))
    (datetime.date(2025, 3, 1), datetime.date(2025, 3, 1))
    """
    first = holding_start + timedelta(days=1)
    try:
        return first.replace(year=first.year + 1)
    except ValueError:  # 29 February: the year is complete when February has ended
        return date(first.year + 1, 3, 1)


def term(holding_start: date, sold: date) -> Term:
    """Return the term of a sale on ``sold``.

    Examples
    --------
    >>> term(date(2023, 3, 1), date(2024, 3, 1)).value
    'short'
    >>> term(date(2023, 3, 1), date(2024, 3, 2)).value
    'long'
    """
    return Term.LONG if sold >= long_term_from(holding_start) else Term.SHORT
