# SPDX-License-Identifier: Apache-2.0
"""Trading days of the sample market: weekdays without three fixed holidays."""

from __future__ import annotations

from datetime import date, timedelta

HOLIDAYS = ((1, 1), (7, 4), (12, 25))  # month, day


def is_trading_day(day: date) -> bool:
    """Return whether the sample market is open.

    Examples
    --------
    >>> is_trading_day(date(2024, 6, 28)), is_trading_day(date(2024, 6, 29))
    (True, False)
    >>> is_trading_day(date(2024, 7, 4))
    False
    """
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS


def trading_days(start: date, end: date) -> tuple[date, ...]:
    """Return the trading days from ``start`` to ``end``, both inclusive.

    Examples
    --------
    >>> len(trading_days(date(2024, 1, 1), date(2024, 1, 7)))
    4
    """
    days = (start + timedelta(days=i) for i in range((end - start).days + 1))
    return tuple(day for day in days if is_trading_day(day))
