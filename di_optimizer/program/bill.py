# SPDX-License-Identifier: Apache-2.0
"""The bill of the taxpayer's year, from exact money to the program's fractions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from di_optimizer.account import Account, AccountType, Taxpayer
from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import exact
from di_optimizer.policy import Taxes
from di_optimizer.program.netting import Netting, Piece
from di_optimizer.tax.netting import (
    BillRules,
    Polygon,
    YearFigures,
    polygons,
    tax_bill,
)
from di_optimizer.tax.rates.dated import STATUSES
from di_optimizer.tax.term import Term
from di_optimizer.trades import Trade


@dataclass(frozen=True, kw_only=True)
class Year:
    """A taxpayer's year before the run and what it costs; money, exact."""

    figures: YearFigures
    rules: BillRules

    def change(self, short: Fraction, long: Fraction) -> Fraction:
        """Return what realising these two totals adds to the year's bill."""
        after = tax_bill(*self.figures.totals(short, long), self.rules)
        return after - tax_bill(*self.figures.totals(), self.rules)


def nets(account: Account, taxes: Taxes) -> bool:
    """Return whether the account's gains are netted with the taxpayer's year.

    Accounts whose sales are not taxed and taxpayers without any rate have no bill.
    """
    person = account.taxpayer
    rates = (person.short_rate, person.long_rate, person.ordinary_rate or 0.0)
    if account.type is not AccountType.TAXABLE or not any(rates):
        return False
    known = taxes.bill == "auto" and person.tax_year is not None
    return taxes.bill == "netting" or known


def year_of(
    account: Account, taxes: Taxes, on: date, planned: tuple[Fraction, Fraction]
) -> Year | None:
    """Return the year that the account's gains are netted with; None for flat rates.

    Parameters
    ----------
    planned : pair of Fraction
        Net short- and long-term gain that the taxpayer's other accounts realise in
        the same run: it counts as realised already.

    Raises
    ------
    InputError
        When the filing status, which sets the deduction, is not known.
    """
    if not nets(account, taxes):
        return None
    person = account.taxpayer
    if person.filing_status is None:
        raise InputError([no_status(person)])
    ordinary = person.ordinary_rate
    rules = BillRules.of(
        short_rate=person.short_rate,
        long_rate=person.long_rate,
        ordinary_rate=person.short_rate if ordinary is None else ordinary,
        filing_status=person.filing_status,
        tax_year=person.tax_year or on.year,
        carry_value=taxes.carry_value,
    )
    return Year(figures=_figures(person, planned), rules=rules)


def no_status(person: Taxpayer) -> Problem:
    """Return the problem of a bill without a filing status."""
    return Problem(
        file=f"taxpayer '{person.taxpayer}'",
        column="filing_status",
        found="blank, where the bill of the year is wanted",
        allowed=", ".join(STATUSES),
        todo='Or set taxes.bill = "flat" in the policy.',
    )


def _figures(person: Taxpayer, planned: tuple[Fraction, Fraction]) -> YearFigures:
    return YearFigures(
        realised_short=Fraction(person.realised_short) + planned[0],
        realised_long=Fraction(person.realised_long) + planned[1],
        carry_short=Fraction(person.carry_short),
        carry_long=Fraction(person.carry_long),
        expected_short=Fraction(person.expected_short),
        expected_long=Fraction(person.expected_long),
    )


def planned_gains(
    related: Iterable[Account], planned: Mapping[str, tuple[Trade, ...]]
) -> tuple[Fraction, Fraction]:
    """Return the net gains by term that other taxable accounts plan, as reported.

    A disallowed part of a loss is not realised.
    """
    taxed = sorted(a.account for a in related if a.type is AccountType.TAXABLE)
    trades = [trade for name in taxed for trade in planned.get(name, ())]
    short, long = (
        sum((_reported(t) for t in trades if t.term is term), Fraction(0))
        for term in (Term.SHORT, Term.LONG)
    )
    return short, long


def _reported(trade: Trade) -> Fraction:
    return Fraction(trade.realised_gain or 0) + Fraction(trade.disallowed)


def fraction_of(amount: Fraction | Decimal, base: Decimal) -> float:
    """Return money as a fraction of base: where exact figures become floats.

    Examples
    --------
    >>> fraction_of(Fraction(1, 3), Decimal(100))
    0.0033333333333333335
    """
    return float(Fraction(amount) / Fraction(base))


def netting_of(year: Year, base: Decimal, taxes: Taxes) -> Netting:
    """Return the year's bill with all money in fractions of base."""
    most = taxes.max_tax
    short, long = year.figures.totals()
    return Netting(
        short=fraction_of(short, base),
        long=fraction_of(long, base),
        before=fraction_of(tax_bill(short, long, year.rules), base),
        pieces=tuple(_piece(region, base) for region in polygons(year.rules)),
        weight=taxes.weight,
        cap=math.inf if most is None else fraction_of(exact(most), base),
    )


def _piece(region: Polygon, base: Decimal) -> Piece:
    limits = ((float(a), float(b), fraction_of(c, base)) for a, b, c in region.limits)
    return Piece(
        name=region.name,
        limits=tuple(limits),
        short_rate=float(region.short_rate),
        long_rate=float(region.long_rate),
        constant=fraction_of(region.constant, base),
    )
