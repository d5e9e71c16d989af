# SPDX-License-Identifier: Apache-2.0
"""The tax that a plan is optimised for, and the change of the taxpayer's bill.

Exact and from raw figures: which gains count, whether the year nets them, what a
short-term gain costs that could have waited.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from fractions import Fraction

from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.netting import tax_bill
from di_optimizer.tax.term import Term, long_term_from, term
from di_optimizer.verify.books import Books, Entry
from di_optimizer.verify.case import Case
from di_optimizer.verify.wash_match import deferred_groups
from di_optimizer.verify.wash_shares import group_of
from di_optimizer.verify.year import (
    Totals,
    bill_rules,
    fraction,
    netted,
    planned_gains,
    year_of,
)

ZERO = Fraction(0)


def by_term(gains: Iterable[tuple[Term | None, Fraction]]) -> Totals:
    """Return the sum of gains of each term."""
    totals = dict.fromkeys(Term, ZERO)
    for kind, gain in gains:
        if kind is not None:
            totals[kind] += gain
    return totals


def change_of_bill(case: Case, gains: Totals) -> Fraction:
    """Return the bill with gains of this account less the bill without them."""
    year, rules, planned = year_of(case), bill_rules(case), planned_gains(case)
    before = year.totals(planned[Term.SHORT], planned[Term.LONG])
    after = year.totals(
        planned[Term.SHORT] + gains[Term.SHORT], planned[Term.LONG] + gains[Term.LONG]
    )
    return tax_bill(*after, rules) - tax_bill(*before, rules)


def bill_of(case: Case, books: Books) -> Fraction | None:
    """Return the change of the bill; None where flat rates apply."""
    if not netted(case):
        return None
    return change_of_bill(case, by_term((e.term, e.counted) for e in books.entries))


def worthless(case: Case, lot: Lot) -> bool:
    """Return whether a lot's loss is below a harvest threshold, as a whole lot.

    A loss at a threshold counts; a threshold of 0 is none.
    """
    least = case.policy.harvest
    if not (least.minimum_fraction or least.minimum_loss or least.minimum_value):
        return False
    loss = -gain_of(lot, lot.shares, case.market.price(lot.symbol))
    if loss <= 0:
        return False
    return (
        loss < fraction(least.minimum_fraction) * Fraction(lot.cost_basis)
        or loss < fraction(least.minimum_loss)
        or (
            least.minimum_value > 0
            and saved(case, lot, loss) < fraction(least.minimum_value)
        )
    )


def saved(case: Case, lot: Lot, loss: Fraction) -> Fraction:
    """Return the tax that a lot's loss saves at its flat rate, less what it costs."""
    half = case.market.half_spread(lot.symbol, case.policy.trading.spread_bp)
    value = Fraction(lot.cost_basis) - loss
    rate = fraction(case.account.tax_rate(term(lot.holding_start, case.on)))
    return rate * loss - Fraction(half) * value


def valued(case: Case, e: Entry, lost: Container[str]) -> Fraction:
    """Return the gain that the plan is optimised for.

    Of a disallowed loss what it is worth as basis that has moved, nothing in the
    groups where it may be ``lost``; nothing of a loss too small to harvest.
    """
    if e.lot is None or worthless(case, e.lot):
        return ZERO
    if group_of(case.market, e.lot.symbol) in lost:
        return e.counted
    return e.counted - fraction(case.policy.wash.moved_value) * e.disallowed


def tax_of_plan(case: Case, books: Books) -> Fraction:
    """Return the tax that is optimised, money: of the bill or at flat rates."""
    washed = any(e.disallowed for e in books.entries)
    lost = deferred_groups(case) if washed else set[str]()
    gains = by_term((e.term, valued(case, e, lost)) for e in books.entries)
    if netted(case):
        return change_of_bill(case, gains)
    rates = {kind: fraction(case.account.tax_rate(kind)) for kind in Term}
    return sum((rates[kind] * gain for kind, gain in gains.items()), ZERO)


def days_to_long(case: Case, lot: Lot) -> int:
    """Return the days until a sale of the lot is long-term; 0 or less when it is."""
    return (long_term_from(lot.holding_start) - case.on).days


def turns_long(case: Case, lot: Lot) -> bool:
    """Return whether a lot is a short-term gain that turns long soon."""
    gain = gain_of(lot, lot.shares, case.market.price(lot.symbol))
    days = days_to_long(case, lot)
    return gain > 0 and 0 < days <= case.policy.taxes.near_long_days


def charge_of_plan(case: Case, books: Books) -> Fraction:
    """Return the price of short-term gains that could have waited, money."""
    taxes = case.policy.taxes
    if taxes.near_long != "price":
        return ZERO
    short, long = (fraction(case.account.tax_rate(kind)) for kind in Term)
    gains = sum(
        (e.gain for e in books.entries if e.lot and turns_long(case, e.lot)), ZERO
    )
    return max(short - long, ZERO) * fraction(taxes.near_long_weight) * gains
