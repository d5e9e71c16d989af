# SPDX-License-Identifier: Apache-2.0
"""A taxpayer's year before a run: realised, carried in, expected from outside."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction

from di_optimizer.errors import InputError, Problem

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFigures:
    """What is known of the tax year before a run. Money, exact.

    Attributes
    ----------
    realised_short, realised_long : Fraction
        Net gain of the year so far by term, losses negative.
    carry_short, carry_long : Fraction
        Loss carried in by character, at least 0.
    expected_short, expected_long : Fraction
        Net gain still expected from outside this year, losses negative.

    Raises
    ------
    InputError
        A loss carried in is negative.

    Examples
    --------
    >>> year = YearFigures(realised_long=Fraction(40_000), carry_short=Fraction(5_000))
    >>> year.totals(short=Fraction(-1_000))
    (Fraction(-6000, 1), Fraction(40000, 1))
    """

    realised_short: Fraction = ZERO
    realised_long: Fraction = ZERO
    carry_short: Fraction = ZERO
    carry_long: Fraction = ZERO
    expected_short: Fraction = ZERO
    expected_long: Fraction = ZERO

    def __post_init__(self) -> None:
        problems = [
            Problem(
                file="year figures",
                column=field.name,
                found=f"{float(getattr(self, field.name)):g}",
                allowed="at least 0",
                todo="A loss carried in is written without its sign.",
            )
            for field in fields(self)
            if field.name.startswith("carry_") and getattr(self, field.name) < 0
        ]
        if problems:
            raise InputError(problems)

    def totals(
        self, short: Fraction = ZERO, long: Fraction = ZERO
    ) -> tuple[Fraction, Fraction]:
        """Return the net totals (S, L) of the year when a run realises these.

        A loss carried in counts as a loss of the year with its old character.

        References
        ----------
        IRC § 1212(b)(1); Schedule D (Form 1040), lines 7 and 15.
        """
        return (
            self.realised_short + self.expected_short + short - self.carry_short,
            self.realised_long + self.expected_long + long - self.carry_long,
        )
