# SPDX-License-Identifier: Apache-2.0
"""The taxpayer's year: whether gains are netted with it, its figures and its rules."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.account import AccountType, Taxpayer
from di_optimizer.exact import exact
from di_optimizer.tax.netting import BillRules, YearFigures
from di_optimizer.tax.term import Term
from di_optimizer.verify.case import Case

Totals = dict[Term, Fraction]


def fraction(number: float) -> Fraction:
    """Return the decimal that a setting was written as, exact."""
    return Fraction(exact(number))


def netted(case: Case) -> bool:
    """Return whether gains are netted over the taxpayer's year.

    Who pays no rate at all has no bill.
    """
    wanted, payer = case.policy.taxes.bill, case.account.taxpayer
    if not case.taxable or not any(
        (payer.short_rate, payer.long_rate, ordinary(payer))
    ):
        return False
    return wanted == "netting" or (wanted == "auto" and payer.tax_year is not None)


def ordinary(payer: Taxpayer) -> float:
    """Return the rate that a loss deducted from other income saves."""
    own = payer.ordinary_rate
    return payer.short_rate if own is None else own


def bill_rules(case: Case) -> BillRules:
    """Return rates, limit and carry values of the taxpayer's year."""
    payer = case.account.taxpayer
    return BillRules.of(
        short_rate=payer.short_rate,
        long_rate=payer.long_rate,
        ordinary_rate=ordinary(payer),
        filing_status=payer.filing_status or "",
        tax_year=case.on.year if payer.tax_year is None else payer.tax_year,
        carry_value=case.policy.taxes.carry_value,
    )


def year_of(case: Case) -> YearFigures:
    """Return the taxpayer's year without anything that is traded today."""
    payer = case.account.taxpayer
    return YearFigures(
        realised_short=Fraction(payer.realised_short),
        realised_long=Fraction(payer.realised_long),
        carry_short=Fraction(payer.carry_short),
        carry_long=Fraction(payer.carry_long),
        expected_short=Fraction(payer.expected_short),
        expected_long=Fraction(payer.expected_long),
    )


def planned_gains(case: Case) -> Totals:
    """Return what the taxpayer's other taxable accounts realise today, by term."""
    totals = dict.fromkeys(Term, Fraction(0))
    for other in case.others:
        if other.type is AccountType.TAXABLE:
            for trade in case.planned.get(other.account, ()):
                if trade.term is not None and trade.realised_gain is not None:
                    counted = trade.realised_gain + trade.disallowed
                    totals[trade.term] += Fraction(counted)
    return totals
