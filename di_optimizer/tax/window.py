# SPDX-License-Identifier: Apache-2.0
"""The 61-day wash-sale window, in one place: days before and after a loss sale."""

from __future__ import annotations

from datetime import date, timedelta

REACH = timedelta(days=30)  # IRC § 1091(a): 30 days before or after, calendar days


def in_wash_window(sold: date, bought: date) -> bool:
    """Return whether a purchase is within 30 days before or after a loss sale.

    References
    ----------
    IRC § 1091(a); IRS Publication 550, "Wash Sales".

    Examples
    --------
    >>> sold = date(2024, 3, 1)
    >>> [in_wash_window(sold, sold + timedelta(days=d)) for d in (-31, -30, 30, 31)]
    [False, True, True, False]
    """
    return abs(bought - sold) <= REACH


def free_from(sold: date) -> date:
    """Return the first day after a loss sale on which a purchase replaces nothing.

    Examples
    --------
    >>> free_from(date(2024, 3, 1))
    datetime.date(2024, 4, 1)
    """
    return sold + REACH + timedelta(days=1)


def reach_back(on: date) -> date:
    """Return the earliest day whose purchases can replace what is sold on ``on``.

    Examples
    --------
    >>> reach_back(date(2024, 3, 31))
    datetime.date(2024, 3, 1)
    """
    return on - REACH
