# SPDX-License-Identifier: Apache-2.0
"""How much of a net capital loss a year deducts from other income."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.tax.rates.dated import (
    in_force,
    refuse,
    status_problems,
    year_problems,
)


def loss_limit(tax_year: int, filing_status: str) -> Fraction:
    """Return the most of a net capital loss that a year deducts, US dollars.

    Raises
    ------
    InputError
        The year or the filing status is unknown.

    References
    ----------
    IRC § 1211(b)(1).

    Examples
    --------
    >>> loss_limit(2025, "single"), loss_limit(2025, "married_separate")
    (Fraction(3000, 1), Fraction(1500, 1))
    """
    todo = "Earlier years counted long-term losses by half."
    refuse(
        [
            *year_problems("loss_limit", tax_year, todo),
            *status_problems(filing_status),
        ]
    )
    table = in_force("loss_limit", tax_year)
    return Fraction(table.figures["limit"][filing_status])
