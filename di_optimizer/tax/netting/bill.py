# SPDX-License-Identifier: Apache-2.0
"""The bill of a year on its two net totals, as Schedule D has it."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.tax.netting.rules import BillRules

ZERO = Fraction(0)


def tax_bill(short: Fraction, long: Fraction, rules: BillRules) -> Fraction:
    """Return what the year's net totals cost; negative is worth.

    ::

        bill = t_s · (gain taxed as short) + t_l · (gain taxed as long)
               − o · (loss deducted) − c_s · (short carried) − c_l · (long carried)

    A net gain has the character of the total that stays after cross-netting. The
    year is assumed to have other income of at least the deduction.

    Parameters
    ----------
    short, long : Fraction
        Net totals S and L of the year, money, losses negative.
    rules : BillRules
        Rates, limit and carry values.

    Returns
    -------
    Fraction
        Money; nondecreasing and continuous in both totals.

    References
    ----------
    IRC §§ 1(h), 1211(b), 1212(b), 1222(5)–(11); Schedule D (Form 1040), lines 7, 15,
    16 and 21.

    Examples
    --------
    A short-term loss of 10,000 meets a long-term gain of 4,000; of the 6,000 left,
    3,000 are deducted and 3,000 carried.

    >>> rules = BillRules.of(short_rate=0.4, long_rate=0.2, ordinary_rate=0.35,
    ...                      filing_status="single", tax_year=2025, carry_value=0.5)
    >>> tax_bill(Fraction(-10_000), Fraction(4_000), rules)
    Fraction(-1650, 1)
    """
    net = short + long
    carried_short, carried_long = carried(short, long, rules)
    return (
        rules.short_rate * max(ZERO, min(short, net))
        + rules.long_rate * max(ZERO, min(long, net))
        - rules.ordinary_rate * deducted(short, long, rules)
        - rules.carry_short * carried_short
        - rules.carry_long * carried_long
    )


def deducted(short: Fraction, long: Fraction, rules: BillRules) -> Fraction:
    """Return the part of a net loss that the year deducts, at least 0.

    References
    ----------
    IRC § 1211(b); Schedule D (Form 1040), line 21.
    """
    return min(rules.limit, max(ZERO, -(short + long)))


def carried(
    short: Fraction, long: Fraction, rules: BillRules
) -> tuple[Fraction, Fraction]:
    """Return the short- and long-term loss carried into the next year, at least 0.

    The deduction counts as a short-term gain: it uses up short-term losses first.

    References
    ----------
    IRC § 1212(b)(1) and (2)(A)(i); Instructions for Schedule D (Form 1040), Capital
    Loss Carryover Worksheet: line 8 (short) is line 5 less line 7, line 13 (long) is
    line 9 less line 12. Its lines 1 to 3 keep what low income leaves undeducted;
    here other income is at least the deduction.

    Examples
    --------
    Losses of 1,000 short and 6,000 long: the 3,000 take the short one whole and
    2,000 of the long one.

    >>> rules = BillRules.of(short_rate=0.4, long_rate=0.2, ordinary_rate=0.35,
    ...                      filing_status="single", tax_year=2025, carry_value=0.5)
    >>> carried(Fraction(-1_000), Fraction(-6_000), rules)
    (Fraction(0, 1), Fraction(4000, 1))
    """
    line_4 = deducted(short, long, rules)
    line_5, line_6 = max(ZERO, -short), max(ZERO, long)
    line_9, line_10 = max(ZERO, -long), max(ZERO, short)
    line_11 = max(ZERO, line_4 - line_5)
    line_8 = max(ZERO, line_5 - (line_4 + line_6))
    line_13 = max(ZERO, line_9 - (line_10 + line_11))
    return line_8, line_13
