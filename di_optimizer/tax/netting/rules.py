# SPDX-License-Identifier: Apache-2.0
"""The six numbers the bill depends on, and which of them make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import exact
from di_optimizer.tax.rates.limits import loss_limit

Number = Fraction | Decimal | float

RATES = ("short_rate", "long_rate", "ordinary_rate", "carry_short", "carry_long")
CARRIES = ("carry_short", "carry_long")


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRules:
    """What a dollar of each net total costs or saves. Fractions of a dollar, exact.

    Attributes
    ----------
    short_rate, long_rate : Fraction
        On a net gain, by character.
    ordinary_rate : Fraction
        What a dollar deducted from other income saves.
    limit : Fraction
        Most of a net loss that the year deducts from other income, money.
    carry_short, carry_long : Fraction
        Worth today of a dollar of loss carried forward, by character.

    Raises
    ------
    InputError
        A rate is outside [0, 1], the limit is below 0, or a carried dollar is worth
        more than the highest of the three rates: each dollar carried replaces one
        taxed at one of them, later, so such a value rewards losses for their own
        sake. Below that any order is allowed (a long-term dollar carried may well
        replace an ordinary one), and the bill never falls when a total rises.

    Examples
    --------
    >>> rules = BillRules.of(short_rate=0.408, long_rate=0.238, ordinary_rate=0.37,
    ...                      filing_status="single", tax_year=2025, carry_value=0.5)
    >>> rules.limit, rules.carry_long
    (Fraction(3000, 1), Fraction(119, 1000))
    """

    short_rate: Fraction
    long_rate: Fraction
    ordinary_rate: Fraction
    limit: Fraction
    carry_short: Fraction
    carry_long: Fraction

    def __post_init__(self) -> None:
        problems = [*self._out_of_range(), *self._worth_too_much()]
        if problems:
            raise InputError(problems)

    @classmethod
    def of(
        cls,
        *,
        short_rate: Number,
        long_rate: Number,
        ordinary_rate: Number,
        filing_status: str,
        tax_year: int,
        carry_value: Number,
    ) -> BillRules:
        """Return the rules of a taxpayer's year.

        Parameters
        ----------
        short_rate, long_rate, ordinary_rate : float, fraction
            As the attributes; a float means the shortest decimal it prints as.
        filing_status : str
            Federal filing status, which sets the limit.
        tax_year : int
            Year whose limit holds.
        carry_value : float, fraction
            Worth of a carried dollar as a part of the rate of its character: 1 when
            it replaces a gain next year at no discount, 0 when it never will.

        Raises
        ------
        InputError
            As the class; also for an unknown year or filing status.
        """
        part, short, long = map(_fraction, (carry_value, short_rate, long_rate))
        if not 0 <= part <= 1:
            raise InputError([_problem("carry_value", part, "a number from 0 to 1")])
        return cls(
            short_rate=short,
            long_rate=long,
            ordinary_rate=_fraction(ordinary_rate),
            limit=loss_limit(tax_year, filing_status),
            carry_short=part * short,
            carry_long=part * long,
        )

    def _out_of_range(self) -> Iterator[Problem]:
        for name in RATES:
            if not 0 <= getattr(self, name) <= 1:
                yield _problem(name, getattr(self, name), "a number from 0 to 1")
        if self.limit < 0:
            yield _problem("limit", self.limit, "at least 0")

    def _worth_too_much(self) -> Iterator[Problem]:
        highest = max(self.short_rate, self.long_rate, self.ordinary_rate)
        for name in CARRIES:
            if highest < getattr(self, name) <= 1:
                allowed = f"at most {float(highest):g}, the highest of the rates"
                yield _problem(name, getattr(self, name), allowed)


def _problem(column: str, found: Fraction, allowed: str) -> Problem:
    return Problem(
        file="tax rules", column=column, found=f"{float(found):g}", allowed=allowed
    )


def _fraction(value: Number) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(exact(value))
