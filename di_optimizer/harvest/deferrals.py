# SPDX-License-Identifier: Apache-2.0
"""Lots at a gain: what waiting until they are long-term would save."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from di_optimizer.account import Account, AccountType
from di_optimizer.exact import cents, exact
from di_optimizer.market import Market
from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.term import Term, long_term_from, term


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """A lot at a gain on one date.

    Attributes
    ----------
    gain, tax : Decimal
        Of the whole lot sold today, at the flat rate of its term.
    long_from : date
        First day on which its gain is long-term.
    days_to_long : int
        0 once it is.
    saved_by_waiting : Decimal
        Tax that the lower rate saves at today's price; 0 for long-term lots.
    """

    account: str
    symbol: str
    lot_id: str
    shares: Decimal
    price: Decimal
    cost_basis: Decimal
    acquired: date
    gain: Decimal
    term: Term
    tax: Decimal
    long_from: date
    days_to_long: int
    saved_by_waiting: Decimal


def gains(account: Account, market: Market) -> tuple[Gain, ...]:
    """Return the lots of a taxable account at a gain, soonest long-term first."""
    if account.type is not AccountType.TAXABLE:
        return ()
    found = [
        _gain(account, lot, market)
        for lot in account.lots
        if lot.shares * market.price(lot.symbol) > lot.cost_basis
    ]
    return tuple(
        sorted(
            found,
            key=lambda g: (g.term is Term.LONG, g.days_to_long, g.symbol, g.lot_id),
        )
    )


def _gain(account: Account, lot: Lot, market: Market) -> Gain:
    price = market.price(lot.symbol)
    gain = gain_of(lot, lot.shares, price)
    kind = term(lot.holding_start, market.on)
    turns = long_term_from(lot.holding_start)
    tax = cents(gain * Fraction(exact(account.tax_rate(kind))))
    later = cents(gain * Fraction(exact(account.tax_rate(Term.LONG))))
    return Gain(
        account=account.account,
        symbol=lot.symbol,
        lot_id=lot.lot_id,
        shares=lot.shares,
        price=price,
        cost_basis=lot.cost_basis,
        acquired=lot.acquired,
        gain=cents(gain),
        term=kind,
        tax=tax,
        long_from=turns,
        days_to_long=max((turns - market.on).days, 0),
        saved_by_waiting=tax - later,
    )
