# SPDX-License-Identifier: Apache-2.0
"""Holding periods: each boundary of IRC § 1222 and Rev. Rul. 66-7, both sides."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from di_optimizer.tax.term import Term, long_term_from, term


@pytest.mark.parametrize(
    ("start", "last_short", "first_long"),
    [
        (date(2023, 3, 1), date(2024, 3, 1), date(2024, 3, 2)),
        (date(2023, 2, 28), date(2024, 2, 29), date(2024, 3, 1)),
        (date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1)),
        (date(2024, 2, 28), date(2025, 2, 28), date(2025, 3, 1)),
        (date(2023, 1, 15), date(2024, 1, 15), date(2024, 1, 16)),
        (date(2024, 1, 15), date(2025, 1, 15), date(2025, 1, 16)),
        (date(2022, 12, 31), date(2023, 12, 31), date(2024, 1, 1)),
        (date(2023, 4, 30), date(2024, 4, 30), date(2024, 5, 1)),
    ],
)
def test_both_sides_of_one_year(
    start: date, last_short: date, first_long: date
) -> None:
    assert last_short + timedelta(days=1) == first_long
    assert term(start, last_short) is Term.SHORT
    assert term(start, first_long) is Term.LONG


def counted_out(start: date, sold: date) -> Term:
    """Count the days one by one: a year is over when its last day has passed.

    The first day counted is the day after acquisition; the year ends on the day
    whose next day has the same month and day (1 March for a missing 29 February).
    """
    first = start + timedelta(days=1)
    goal = (3, 1) if (first.month, first.day) == (2, 29) else (first.month, first.day)
    day = first
    while True:
        day += timedelta(days=1)
        if (day.month, day.day) == goal and day.year > first.year:
            return Term.LONG if sold >= day else Term.SHORT


@given(
    st.dates(date(1999, 1, 1), date(2040, 12, 31)),
    st.integers(min_value=0, max_value=800),
)
def test_agrees_with_counting_days(start: date, days: int) -> None:
    sold = start + timedelta(days=days)
    assert term(start, sold) is counted_out(start, sold)


@given(st.dates(date(1999, 1, 1), date(2040, 12, 31)))
def test_never_long_within_365_days_nor_short_after_367(start: date) -> None:
    assert 366 <= (long_term_from(start) - start).days <= 367
