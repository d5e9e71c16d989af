# SPDX-License-Identifier: Apache-2.0
"""What one printed cell means: blank, a number, a date. Knows no issuer."""

from __future__ import annotations

import math
import re
from datetime import date

BLANKS = frozenset({"", "-", "--"})

_NUMBER = re.compile(
    r"[+-]?(\d{1,3}(,\d{3})+(\.\d*)?|\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII
)
_FIRST_HALF = ("jan", "feb", "mar", "apr", "may", "jun")
_MONTHS = (*_FIRST_HALF, "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(T.*)?", re.ASCII)
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3})[a-z]* (\d{1,2}), (\d{4})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/ ]([A-Za-z]{3})[a-z]*[-/ ](\d{4})", re.ASCII)


def number(text: str) -> float | None:
    """Return the finite number that ``text`` prints, or None when it is none.

    Examples
    --------
    >>> number("1,234.50"), number("-0.5"), number("n/a"), number("NaN")
    (1234.5, -0.5, None, None)
    """
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text.replace(",", ""))
    return value if math.isfinite(value) else None


def day(text: str) -> date | None:
    """Return the date that ``text`` prints, or None.

    Month names are read in English whatever the locale, and 01/02/2023 is the
    second of January: the issuers that print slashes are American.

    Examples
    --------
    >>> day("Dec 30, 2022"), day("10-Jan-2023")
    (datetime.date(2022, 12, 30), datetime.date(2023, 1, 10))
    >>> day("01/13/2023"), day("2022-11-30"), day("30.11.2022")
    (datetime.date(2023, 1, 13), datetime.date(2022, 11, 30), None)
    """
    if match := _ISO.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _SLASHES.fullmatch(text):
        return _date(int(match[3]), int(match[1]), int(match[2]))
    if match := _MONTH_FIRST.fullmatch(text):
        return _date(int(match[3]), _month(match[1]), int(match[2]))
    if match := _DAY_FIRST.fullmatch(text):
        return _date(int(match[3]), _month(match[2]), int(match[1]))
    return None


def _month(name: str) -> int:
    short = name.lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def _date(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None
