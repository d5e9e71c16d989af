# SPDX-License-Identifier: Apache-2.0
"""Who: an account with its lots, cash, flows and restrictions, and its taxpayer.

Values only. Positions and weights are computed from lots, never kept beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from di_optimizer.exact import ZERO
from di_optimizer.restrictions import LOCK, Restriction, in_force
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term

__all__ = [
    "YEAR_FIGURES",
    "Account",
    "AccountType",
    "Activity",
    "CashBalance",
    "Flow",
    "Restriction",
    "Taxpayer",
    "Untraded",
    "WorkingOrder",
    "by_taxpayer",
]

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
    """Cash of one sleeve in one currency; target, min and max are fractions of NAV.

    ``amount`` is in the account's currency, whatever ``currency`` it is held in.
    """

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
    """An order that is at the broker already, or money that is on its way.

    ``side`` is buy, sell, deposit or withdraw; the last two have no symbol (""). What
    is ordered is ``shares`` or ``amount``, as far as it is not in the lots and the
    cash yet. ``file`` and ``row`` are where it comes from, for messages.
    """

    order_id: str
    symbol: str
    side: str
    status: str
    shares: Decimal | None = None
    amount: Decimal | None = None
    limit_price: Decimal | None = None
    file: str = field(default="working_orders", compare=False)
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """A working order that stays, at its own terms.

    Attributes
    ----------
    shares : Decimal
        Ordered; 0 of a deposit or a withdrawal.
    price : Decimal
        The order's limit, else the market's price; 0 of a deposit or a withdrawal.
    amount, cost : Decimal
        Money to the cent: what is bought, sold or moved, and what trading it costs.
    cash : Decimal
        By how much it changes cash once it is done.
    counted : Decimal
        Shares that positions and cash have already; those of a sale that nothing
        needs are not counted.
    lots : tuple of (lot_id, shares)
        What a sale takes, first sold first.
    """

    order: WorkingOrder
    shares: Decimal = ZERO
    price: Decimal = ZERO
    amount: Decimal = ZERO
    cost: Decimal = ZERO
    cash: Decimal = ZERO
    counted: Decimal = ZERO
    lots: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Untraded:
    """Shares that are held untouched: something is missing, or they are outside.

    ``valued`` says whether they count in NAV (False when the price is missing),
    ``closed`` whether nothing of the symbol may be traded.
    """

    symbol: str
    shares: Decimal
    reason: str
    valued: bool
    closed: bool = True


@dataclass(frozen=True, kw_only=True)
class Account:
    """Everything known about one account on the day it is rebalanced.

    ``working_orders`` are those that nobody has looked at yet; afterwards they are
    either ``cancelled`` or ``outstanding`` (:mod:`di_optimizer.working`), and
    ``received`` is the account as it was before.
    """

    account: str
    taxpayer: Taxpayer
    lots: tuple[Lot, ...] = ()
    cash: tuple[CashBalance, ...] = ()
    type: AccountType = AccountType.TAXABLE
    benchmark: str = ""
    group: str = ""
    policy: str = ""
    currency: str = "USD"
    fractional: bool = True
    flows: tuple[Flow, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    activity: tuple[Activity, ...] = ()
    working_orders: tuple[WorkingOrder, ...] = ()
    untraded: tuple[Untraded, ...] = ()
    cancelled: tuple[WorkingOrder, ...] = ()
    outstanding: tuple[Outstanding, ...] = ()
    received: Account | None = field(default=None, compare=False, repr=False)

    def positions(self) -> dict[str, Decimal]:
        """Return shares by symbol, summed over tradable lots."""
        held: dict[str, Decimal] = {}
        for lot in self.lots:
            held[lot.symbol] = held.get(lot.symbol, ZERO) + lot.shares
        return held

    def cash_amount(self) -> Decimal:
        """Return the cash of all sleeves in account currency."""
        return sum((c.amount for c in self.cash), ZERO)

    def rules(self, on: date) -> tuple[Restriction, ...]:
        """Return the restrictions in force on a date: the most specific win."""
        return in_force(self.restrictions, on)

    def locked(self, on: date) -> bool:
        """Return whether the whole account is locked: nothing is ordered for it."""
        return any(r.sleeve is None for r in self._locks(on))

    def locked_sleeves(self, on: date) -> frozenset[str]:
        """Return the sleeves that count but are never traded or spent."""
        return frozenset(r.sleeve for r in self._locks(on) if r.sleeve is not None)

    def _locks(self, on: date) -> list[Restriction]:
        return [r for r in self.restrictions if r.kind == LOCK and r.active(on)]

    def spendable(self, on: date) -> Decimal:
        """Return the cash of all sleeves that are not locked, account currency."""
        shut = self.locked_sleeves(on)
        open_ = (c.amount for c in self.cash if c.sleeve not in shut)
        return ZERO if self.locked(on) else sum(open_, ZERO)

    def cash_range(self, minimum: float, maximum: float) -> tuple[float, float]:
        """Return the cash range, fractions of NAV: the account's own, or the given.

        Where several rows of the cash table set an end, the tightest counts. Cash in
        several currencies has the ends of all of them together.
        """
        lows = [c.minimum for c in self.cash if c.minimum is not None]
        highs = [c.maximum for c in self.cash if c.maximum is not None]
        if len(self.cash_currencies()) < 2:
            return max(lows, default=minimum), min(highs, default=maximum)
        ends = [self._ends(currency, maximum) for currency in self.cash_currencies()]
        least = sum(low for low, _ in ends) if lows else minimum
        return least, min(sum(high for _, high in ends), 1.0)

    def cash_currencies(self) -> tuple[str, ...]:
        """Return the currencies that cash is held in, sorted."""
        return tuple(sorted({c.currency for c in self.cash}))

    def _ends(self, currency: str, maximum: float) -> tuple[float, float]:
        own = [c for c in self.cash if c.currency == currency]
        lows = [c.minimum for c in own if c.minimum is not None]
        highs = [c.maximum for c in own if c.maximum is not None]
        return max(lows, default=0.0), min(highs, default=maximum)

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
