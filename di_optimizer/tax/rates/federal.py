# SPDX-License-Identifier: Apache-2.0
"""Federal marginal rates at a taxable income, and the net investment income tax."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction

from di_optimizer.errors import Problem
from di_optimizer.tax.rates.dated import in_force, year_problems

ZERO = Fraction(0)


def federal_problems(tax_year: int) -> list[Problem]:
    """Return a problem where the brackets of the year are unknown."""
    return year_problems("federal", tax_year, "Give short_rate and long_rate instead.")


def ordinary_rate(tax_year: int, filing_status: str, income: Fraction) -> Fraction:
    """Return the rate on the last dollar of ordinary income, short-term gains too.

    A threshold belongs to the rate below it ("over ... but not over").

    References
    ----------
    IRC § 1(a)-(d), (i), (j); the year's revenue procedure is in the data file.

    Examples
    --------
    >>> [float(ordinary_rate(2025, "single", Fraction(x))) for x in (626_350, 626_351)]
    [0.35, 0.37]
    """
    return _bracket("ordinary", tax_year, filing_status, income)


def long_rate(tax_year: int, filing_status: str, income: Fraction) -> Fraction:
    """Return the rate on a long-term gain that is the last part of taxable income.

    References
    ----------
    IRC § 1(h), (j)(5).

    Examples
    --------
    >>> [float(long_rate(2025, "single", Fraction(x))) for x in (48_350, 48_351)]
    [0.0, 0.15]
    """
    return _bracket("long", tax_year, filing_status, income)


def investment_rate(tax_year: int, filing_status: str, magi: Fraction) -> Fraction:
    """Return the net investment income tax on the last dollar of a gain.

    Parameters
    ----------
    magi : Fraction
        Modified adjusted gross income, money.

    References
    ----------
    IRC § 1411(a)(1), (b): on the lesser of net investment income and the excess of
    modified adjusted gross income over the threshold.

    Examples
    --------
    >>> [float(investment_rate(2025, "single", Fraction(x))) for x in (2e5, 200_001)]
    [0.0, 0.038]
    """
    figures = in_force("niit", tax_year).figures
    over = magi > figures["threshold"][filing_status]
    return Fraction(figures["rate"]) if over else ZERO


def _bracket(kind: str, tax_year: int, status: str, income: Fraction) -> Fraction:
    scale = in_force("federal", tax_year).figures[kind]
    return Fraction(scale["rates"][bisect_left(scale[status], income)])
