# SPDX-License-Identifier: Apache-2.0
"""The figures of a plan, from books that know nothing of how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from di_optimizer.exact import ZERO
from di_optimizer.risk.decomposition import TrackingError
from di_optimizer.tax.term import Term
from di_optimizer.trades import Figures
from di_optimizer.verify.bill import bill_of, charge_of_plan, tax_of_plan
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case, nearest_cent, next_cent
from di_optimizer.verify.own_checks import own_value
from di_optimizer.verify.preference_terms import (
    active_weights,
    preference_price,
    tracking_price,
)
from di_optimizer.verify.soft_checks import soft_charge


def tracking_error(
    case: Case, books: Books, weights: Mapping[str, float]
) -> TrackingError:
    """Return the tracking error of weights, all annualised fractions of base.

    Symbols without exposures are left out; the case was refused before if policy
    does not allow that.
    """
    return case.risk.tracking_error(active_weights(case, books, weights))


def gain_of(books: Books, term: Term) -> Decimal:
    """Return the net realised gain of a term: the sum of the trades' cents."""
    return sum((e.gain_due or ZERO for e in books.entries if e.term is term), ZERO)


def tax_of(books: Books, term: Term) -> Decimal:
    """Return the tax of a term: the sum of the trades' cents."""
    return sum((e.tax_due for e in books.entries if e.term is term), ZERO)


def figures_of(case: Case, books: Books) -> Figures:
    """Return the figures: money to the cent, fractions from unrounded money."""
    before = tracking_error(case, books, books.weights_before)
    after = tracking_error(case, books, books.weights_after)
    bill = bill_of(case, books)
    volume = books.money("buy") + books.money("sell")
    return Figures(
        nav=nearest_cent(books.nav),
        base=nearest_cent(books.base),
        flow=nearest_cent(books.flow),
        cash_before=nearest_cent(books.cash),
        cash_after=nearest_cent(books.cash_after),
        cost=next_cent(books.cost_paid),
        gain_short=gain_of(books, Term.SHORT),
        gain_long=gain_of(books, Term.LONG),
        tax_short=tax_of(books, Term.SHORT),
        tax_long=tax_of(books, Term.LONG),
        turnover=float(volume / 2 / books.base),
        te_before=before.total,
        te_after=after.total,
        te_factor_after=after.factor,
        te_specific_after=after.specific,
        tracking_term=tracking_price(case, books, after),
        tax_term=case.policy.taxes.weight
        * float(tax_of_plan(case, books) / books.base),
        cost_term=float(books.cost / books.base),
        disallowed=sum((e.disallowed_due for e in books.entries), ZERO),
        bill=None if bill is None else nearest_cent(bill),
        charge_term=float(charge_of_plan(case, books) / books.base)
        + preference_price(case, books)
        + soft_charge(case, books),
        own_term=own_value(case, books),
    )
