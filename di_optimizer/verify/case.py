# SPDX-License-Identifier: Apache-2.0
"""What is checked (a case) and what is claimed about it, as values.

Money inside the check is ``Fraction``: a third of a lot has an exact basis. The
two roundings to the cent are stated here and nowhere else in the check.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from di_optimizer.account import Account, AccountType, Restriction
from di_optimizer.eased import Relaxed
from di_optimizer.exact import CENT, ZERO
from di_optimizer.market import Market
from di_optimizer.policy import Policy
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.trades import Trade
from di_optimizer.verify.precedence import rules_in_force


def nearest_cent(amount: Fraction) -> Decimal:
    """Round money to the cent, halves away from zero.

    Examples
    --------
    >>> nearest_cent(Fraction(1, 200)), nearest_cent(Fraction(-1, 200))
    (Decimal('0.01'), Decimal('-0.01'))
    """
    n, d = amount.numerator, amount.denominator
    whole = (200 * abs(n) + d) // (2 * d)  # 100 |n| / d + 1/2, rounded down
    return (whole if n >= 0 else -whole) * CENT


def next_cent(amount: Fraction) -> Decimal:
    """Round money up to the cent.

    Examples
    --------
    >>> next_cent(Fraction(1, 1000)), next_cent(Fraction(2))
    (Decimal('0.01'), Decimal('2.00'))
    """
    return math.ceil(amount * 100) * CENT


def finite(number: Decimal | float) -> bool:
    """Return whether a number is one; a signalling NaN does not raise here."""
    if isinstance(number, Decimal):
        return number.is_finite()
    return math.isfinite(number)


def positive(number: Decimal) -> bool:
    """Return whether a decimal is a number above 0."""
    return number.is_finite() and number > 0


def at_least_0(number: Decimal) -> bool:
    """Return whether a decimal is a number of 0 or more."""
    return number.is_finite() and number >= 0


def priced(market: Market, symbol: str) -> bool:
    """Return whether a symbol has a usable price and spread."""
    quote = market.quotes.get(symbol)
    if quote is None or not positive(quote.price):
        return False
    spread = quote.spread_bp
    return spread is None or (spread.is_finite() and spread >= 0)


def worth(market: Market, symbol: str) -> Fraction:
    """Return what one share or contract of a quoted symbol is worth."""
    security = market.securities.get(symbol)
    many = Fraction(1) if security is None else Fraction(security.multiplier)
    return Fraction(market.quotes[symbol].price) * many


def settled_daily(market: Market, symbol: str) -> bool:
    """Return whether a position is exposure without value, as a future is."""
    security = market.securities.get(symbol)
    return security is not None and security.type == "future"


@dataclass(frozen=True, kw_only=True)
class Case:
    """The raw facts of one account's rebalance on one date.

    Attributes
    ----------
    benchmark : mapping of symbol to float
        Weights that sum to 1.
    on : date
        Trade date: decides terms, due flows and active restrictions.
    related : tuple of Account
        The taxpayer's other accounts, as they are before trading.
    planned : mapping of account to trades
        What the taxpayer's other accounts trade on the same day.
    volume_share : Fraction
        The account's part of what all accounts of the run may trade of a volume.
    """

    account: Account
    market: Market
    benchmark: Mapping[str, float]
    risk: FactorRiskModel
    policy: Policy
    on: date
    related: tuple[Account, ...] = ()
    planned: Mapping[str, tuple[Trade, ...]] = field(default_factory=dict)
    volume_share: Fraction = Fraction(1)

    @cached_property
    def others(self) -> tuple[Account, ...]:
        """The taxpayer's other accounts by name, this one left out."""
        named = {other.account: other for other in self.related}
        named.pop(self.account.account, None)
        return tuple(named[name] for name in sorted(named))

    @cached_property
    def rules(self) -> tuple[Restriction, ...]:
        """The restrictions in force on the trade date."""
        return rules_in_force(self.account.restrictions, self.on)

    @property
    def taxable(self) -> bool:
        """Whether gains of the account are taxed at all."""
        return self.account.type is AccountType.TAXABLE

    def says(
        self,
        found: str,
        allowed: str,
        *,
        symbol: str | None = None,
        lot: str | None = None,
    ) -> str:
        """Return one message: where, what was found, what is allowed."""
        place = self.place(symbol=symbol, lot=lot)
        return f"{place}: found {found}; allowed: {allowed}"

    def place(self, *, symbol: str | None = None, lot: str | None = None) -> str:
        """Return where something was found."""
        place = f"account {self.account.account}"
        place += f", symbol {symbol}" if symbol is not None else ""
        return place + (f", lot {lot}" if lot is not None else "")


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What the certificate says of the plan; fractions of base.

    ``bound`` is None where none was proven. ``cash_over_maximum`` is money: the
    part of the cash above its maximum that the plan reports, 0 for none;
    ``te_over_cap`` likewise the tracking error above its cap, annualised. ``relaxed``
    names limits that gave way, with amounts in their own unit.
    """

    objective: float
    bound: float | None
    cash_over_maximum: Decimal = ZERO
    te_over_cap: float = 0.0
    relaxed: Relaxed = ()
