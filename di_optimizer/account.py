# SPDX-License-Identifier: Apache-2.0
"""Who: an account with its lots, cash, flows and restrictions, and its taxpayer.

Values only. Positions and weights are computed from lots, never kept beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from di_optimizer.exact import ZERO
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term

YEAR_FIGURES = (  # of a taxpayer: money of the tax year, 0 where unknown
    "realised_short",
    "realised_long",
    "carry_short",
    "carry_long",
    "expected_short",
    "expected_long",
)


class AccountType(StrEnum):
    """Tax status of an account."""

    TAXABLE = "taxable"
    TAX_DEFERRED = "tax_deferred"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxpayer:
    """The person behind one or more accounts. Rates are fractions, money signed."""

    taxpayer: str
    short_rate: float
    long_rate: float
    ordinary_rate: float | None = None  # None: as short-term gains
    tax_year: int | None = None
    filing_status: str | None = None
    realised_short: Decimal = ZERO
    realised_long: Decimal = ZERO
    carry_short: Decimal = ZERO
    carry_long: Decimal = ZERO
    expected_short: Decimal = ZERO
    expected_long: Decimal = ZERO

    def rate(self, term: Term) -> float:
        """Return the flat rate for a gain of this term."""
        return self.long_rate if term is Term.LONG else self.short_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class CashBalance:
    """Cash of one sleeve in one currency; target, min and max are fractions of NAV."""

    amount: Decimal
    currency: str = "USD"
    sleeve: str = "main"
    target: float | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Money that enters (+) or leaves (−) and is not in the cash balance yet."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """One rule on one symbol, or on all symbols of a sector or wash-sale group.

    ``start`` and ``end`` are both inclusive; None is open. ``source`` is the file
    and row it came from, for messages.
    """

    kind: str  # no_buy, no_sell, no_trade, no_hold, min, max, sell_lot, keep_lot
    symbol: str | None = None
    sector: str | None = None
    group: str | None = None
    lot_id: str | None = None  # of sell_lot and keep_lot
    value: float | None = None
    start: date | None = None
    end: date | None = None
    source: str = ""

    def active(self, on: date) -> bool:
        """Return whether the rule holds on a date."""
        return (self.start is None or self.start <= on) and (
            self.end is None or on <= self.end
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A past purchase or sale, as wash-sale windows and the tax year need it.

    ``realised_gain`` of a sale is None where nobody said: it counts as a loss.
    """

    symbol: str
    on: date
    side: str
    shares: Decimal
    amount: Decimal
    lot_id: str | None = None
    purchase_order: int | None = None
    realised_gain: Decimal | None = None
    sleeve: str = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingOrder:
    """An order that is at the broker already."""

    order_id: str
    symbol: str
    side: str
    status: str
    shares: Decimal | None = None
    amount: Decimal | None = None
    limit_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untraded:
    """A position that policy holds untouched because something about it is missing.

    ``valued`` says whether it counts in NAV (False when the price is missing).
    """

    symbol: str
    shares: Decimal
    reason: str
    valued: bool


@dataclass(frozen=True, kw_only=True)
class Account:
    """Everything known about one account on the day it is rebalanced."""

    account: str
    taxpayer: Taxpayer
    lots: tuple[Lot, ...] = ()
    cash: tuple[CashBalance, ...] = ()
    type: AccountType = AccountType.TAXABLE
    benchmark: str = ""
    policy: str = ""
    currency: str = "USD"
    fractional: bool = True
    flows: tuple[Flow, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    activity: tuple[Activity, ...] = ()
    working_orders: tuple[WorkingOrder, ...] = ()
    untraded: tuple[Untraded, ...] = ()

    def positions(self) -> dict[str, Decimal]:
        """Return shares by symbol, summed over tradable lots."""
        held: dict[str, Decimal] = {}
        for lot in self.lots:
            held[lot.symbol] = held.get(lot.symbol, ZERO) + lot.shares
        return held

    def cash_amount(self) -> Decimal:
        """Return the cash of all sleeves in account currency."""
        return sum((c.amount for c in self.cash), ZERO)

    def cash_range(self, minimum: float, maximum: float) -> tuple[float, float]:
        """Return the cash range, fractions of NAV: the account's own, or the given.

        Where several rows of the cash table set an end, the tightest counts.
        """
        lows = [c.minimum for c in self.cash if c.minimum is not None]
        highs = [c.maximum for c in self.cash if c.maximum is not None]
        return max(lows, default=minimum), min(highs, default=maximum)

    def flow_due(self, on: date) -> Decimal:
        """Return the sum of the flows dated on or before ``on``."""
        return sum((f.amount for f in self.flows if f.on <= on), ZERO)

    def tax_rate(self, term: Term) -> float:
        """Return the rate on a gain: 0 outside taxable accounts."""
        return self.taxpayer.rate(term) if self.type is AccountType.TAXABLE else 0.0


def by_taxpayer(accounts: Iterable[Account]) -> dict[str, tuple[Account, ...]]:
    """Return the accounts of each taxpayer, sorted by taxpayer and account."""
    found: dict[str, list[Account]] = {}
    for account in sorted(accounts, key=lambda a: (a.taxpayer.taxpayer, a.account)):
        found.setdefault(account.taxpayer.taxpayer, []).append(account)
    return {person: tuple(own) for person, own in found.items()}
