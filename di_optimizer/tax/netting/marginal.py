# SPDX-License-Identifier: Apache-2.0
"""What the next dollar costs: one-sided rates of the bill at a point."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from di_optimizer.tax.netting.polygons import Limit, Polygon, polygons
from di_optimizer.tax.netting.rules import BillRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginal:
    """What one more dollar of gain costs (up), and one less saves (down).

    All are fractions of a dollar, at least 0; up and down differ on a border only.
    """

    short_up: Fraction
    short_down: Fraction
    long_up: Fraction
    long_down: Fraction


def marginal_rates(short: Fraction, long: Fraction, rules: BillRules) -> Marginal:
    """Return the one-sided derivatives of the bill in each total.

    Parameters
    ----------
    short, long : Fraction
        Net totals S and L, money.
    rules : BillRules
        Rates, limit and carry values.

    Examples
    --------
    A long-term gain of 40,000 is expected: losses up to it save the long-term rate.

    >>> rules = BillRules.of(short_rate=0.408, long_rate=0.238, ordinary_rate=0.37,
    ...                      filing_status="single", tax_year=2025, carry_value=0.5)
    >>> rates = marginal_rates(Fraction(0), Fraction(40_000), rules)
    >>> float(rates.long_down), float(rates.short_down), float(rates.short_up)
    (0.238, 0.238, 0.408)
    """
    regions = polygons(rules)

    def slope(ds: int, dl: int) -> Fraction:
        region = next(r for r in regions if _reaches(r, (short, long), (ds, dl)))
        return region.short_rate * abs(ds) + region.long_rate * abs(dl)

    return Marginal(
        short_up=slope(1, 0),
        short_down=slope(-1, 0),
        long_up=slope(0, 1),
        long_down=slope(0, -1),
    )


def _reaches(
    region: Polygon, point: tuple[Fraction, Fraction], step: tuple[int, int]
) -> bool:
    """Return whether a small enough step from the point ends in the region."""
    return all(_open(limit, point, step) for limit in region.limits)


def _open(
    limit: Limit, point: tuple[Fraction, Fraction], step: tuple[int, int]
) -> bool:
    a, b, c = limit
    slack = a * point[0] + b * point[1] - c
    return slack > 0 or (slack == 0 and a * step[0] + b * step[1] >= 0)
