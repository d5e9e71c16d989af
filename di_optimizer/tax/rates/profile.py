# SPDX-License-Identifier: Apache-2.0
"""From what a return says to the rates on one more dollar: federal, state, NIIT.

    short    = federal ordinary + state short + net investment income tax
    long     = federal long     + state long  + net investment income tax
    ordinary = federal ordinary + state ordinary

Simplified: the rates of the last dollar hold for every dollar of the run; no
alternative minimum tax, no deduction of state tax, no phase-outs, no city or county
tax; a state's highest rate stands for its brackets. Stated rates come first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from di_optimizer.errors import Problem
from di_optimizer.exact import exact
from di_optimizer.tax.rates.dated import (
    problem,
    refuse,
    status_problems,
)
from di_optimizer.tax.rates.federal import (
    federal_problems,
    investment_rate,
    long_rate,
    ordinary_rate,
)
from di_optimizer.tax.rates.states import StateRates, state_problems, state_rates

Number = Fraction | Decimal | float

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the rates of a taxpayer's year follow from.

    Attributes
    ----------
    tax_year : int
        Year whose tables are used.
    filing_status : str
        Federal filing status.
    taxable_income : float, money
        Of the year, expected gains included, at least 0.
    magi : float, money
        Modified adjusted gross income; None takes ``taxable_income``, which is
        lower, so near the threshold state it.
    state : str
        Two letters; None is no state tax. The highest rate of the state counts.
    state_rate : float, fraction
        State and local rate on gains of both terms and on other income; comes
        before ``state``.
    niit_rate : float, fraction
        Net investment income tax; comes before ``magi`` and the threshold.
    """

    tax_year: int
    filing_status: str
    taxable_income: Number
    magi: Number | None = None
    state: str | None = None
    state_rate: Number | None = None
    niit_rate: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates on one more dollar, fractions, exact, with the parts they are sums of.

    Attributes
    ----------
    short, long : Fraction
        Combined rate on a gain, by term.
    ordinary : Fraction
        What a dollar of net loss deducted from other income saves.
    """

    short: Fraction
    long: Fraction
    ordinary: Fraction
    federal_short: Fraction
    federal_long: Fraction
    state_short: Fraction
    state_long: Fraction
    state_ordinary: Fraction
    niit: Fraction


NO_TAX = Rates(
    short=ZERO,
    long=ZERO,
    ordinary=ZERO,
    federal_short=ZERO,
    federal_long=ZERO,
    state_short=ZERO,
    state_long=ZERO,
    state_ordinary=ZERO,
    niit=ZERO,
)


def rates_of(profile: Profile) -> Rates:
    """Return the rates on the last dollar of a taxpayer's year.

    Raises
    ------
    InputError
        The year, filing status or state is unknown, or a number is out of range:
        all of it at once.

    References
    ----------
    IRC §§ 1, 1(h), 1411; the data files name the procedure of each year.

    Examples
    --------
    >>> rates = rates_of(Profile(tax_year=2025, filing_status="single",
    ...                          taxable_income=600_000, state_rate=0.06))
    >>> float(rates.short), float(rates.long), float(rates.ordinary)
    (0.448, 0.298, 0.41)
    """
    refuse([*_problems(profile)])
    year, status = profile.tax_year, profile.filing_status
    income = _fraction(profile.taxable_income)
    return combined(
        federal_short=ordinary_rate(year, status, income),
        federal_long=long_rate(year, status, income),
        state=_state(profile),
        niit=_niit(profile, income),
    )


def combined(
    *,
    federal_short: Fraction,
    federal_long: Fraction,
    state: StateRates,
    niit: Fraction = ZERO,
) -> Rates:
    """Return the rates as sums of their parts.

    Net losses deducted from other income save no net investment income tax here.
    """
    return Rates(
        short=federal_short + state.short + niit,
        long=federal_long + state.long + niit,
        ordinary=federal_short + state.ordinary,
        federal_short=federal_short,
        federal_long=federal_long,
        state_short=state.short,
        state_long=state.long,
        state_ordinary=state.ordinary,
        niit=niit,
    )


def _state(profile: Profile) -> StateRates:
    if profile.state_rate is not None:
        rate = _fraction(profile.state_rate)
        return StateRates(short=rate, long=rate, ordinary=rate)
    if profile.state is None:
        return StateRates(short=ZERO, long=ZERO, ordinary=ZERO)
    return state_rates(profile.state, profile.tax_year)


def _niit(profile: Profile, income: Fraction) -> Fraction:
    if profile.niit_rate is not None:
        return _fraction(profile.niit_rate)
    magi = income if profile.magi is None else _fraction(profile.magi)
    return investment_rate(profile.tax_year, profile.filing_status, magi)


def _problems(profile: Profile) -> Iterator[Problem]:
    yield from federal_problems(profile.tax_year)
    yield from status_problems(profile.filing_status)
    if profile.state is not None and profile.state_rate is None:
        yield from state_problems(profile.state, profile.tax_year)
    yield from _rate_problems(profile)
    yield from _income_problems(profile)


def _rate_problems(profile: Profile) -> Iterator[Problem]:
    for name in ("state_rate", "niit_rate"):
        rate = getattr(profile, name)
        if rate is not None and not 0 <= rate <= 1:
            yield problem(name, f"{float(rate):g}", "a number from 0 to 1")


def _income_problems(profile: Profile) -> Iterator[Problem]:
    income, magi = float(profile.taxable_income), profile.magi
    if not 0 <= income < float("inf"):
        yield problem("taxable_income", f"{income:g}", "money, at least 0")
    elif magi is not None and not income <= float(magi) < float("inf"):
        allowed = f"at least {income:.12g}, the taxable income"
        yield problem("magi", f"{float(magi):.12g}", allowed)


def _fraction(value: Number) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(exact(value))
