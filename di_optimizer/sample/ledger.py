# SPDX-License-Identifier: Apache-2.0
"""An account's lots and cash while its past is replayed, exact to the cent.

The one mutable value of a replay. Knows how an event changes lots, not why
something is bought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.exact import ZERO, cents
from di_optimizer.sample.book import Dividend, Floats, Split


@dataclass(frozen=True, slots=True)
class Purchase:
    """Shares bought on one day, in shares as of that day."""

    lot_id: str
    symbol: str
    shares: Decimal
    cost_basis: Decimal
    acquired: date


@dataclass(slots=True)
class OpenLot:
    """A purchase that is held; ``shares`` changes with splits, the basis never."""

    lot_id: str
    symbol: str
    shares: Decimal
    cost_basis: Decimal
    acquired: date


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Cash, lots by symbol in order of purchase, and what happened.

    Examples
    --------
    >>> ledger = Ledger(split_decimals=6, cash=Decimal("50.00"))
    >>> ledger.buy("AAA", date(2020, 1, 2), Decimal("2.5"), Decimal("11.111"))
    >>> ledger.take(Split(date(2020, 1, 3), "AAA", Fraction(3, 2)))
    >>> ledger.take(Dividend(date(2020, 1, 6), "AAA", Decimal("0.10")))
    >>> ledger.shares("AAA"), ledger.cash
    (Decimal('3.750000'), Decimal('22.60'))
    """

    split_decimals: int
    cash: Decimal = ZERO
    dividends: Decimal = ZERO
    lots: dict[str, list[OpenLot]] = field(default_factory=dict)
    bought: list[Purchase] = field(default_factory=list)
    left_out: list[tuple[date, str, float, str]] = field(default_factory=list)

    def shares(self, symbol: str) -> Decimal:
        """Return the shares held of one symbol."""
        return sum((lot.shares for lot in self.lots.get(symbol, ())), ZERO)

    def values(self, position: Mapping[str, int], prices: Floats) -> Floats:
        """Return the money held in each name, in the order of ``prices``."""
        value = np.zeros(len(prices))
        for symbol in self.lots:
            column = position[symbol]
            value[column] = float(self.shares(symbol)) * prices[column]
        return value

    def buy(self, symbol: str, on: date, shares: Decimal, price: Decimal) -> None:
        """Open a lot and pay for it, rounded to the cent."""
        cost = cents(shares * price)
        purchase = Purchase(f"{symbol}-{on:%Y%m%d}", symbol, shares, cost, on)
        self.cash -= cost
        self.bought.append(purchase)
        self.lots.setdefault(symbol, []).append(
            OpenLot(purchase.lot_id, symbol, shares, cost, on)
        )

    def take(self, event: Split | Dividend) -> None:
        """Multiply the lots of a split, or receive a dividend in cash."""
        if event.symbol not in self.lots:
            return
        if isinstance(event, Split):
            self._split(event)
        else:
            paid = cents(self.shares(event.symbol) * event.amount)
            self.cash += paid
            self.dividends += paid

    def _split(self, event: Split) -> None:
        lots = self.lots[event.symbol]
        for lot in lots:
            lot.shares = split_shares(lot.shares, event.ratio, self.split_decimals)
        self.left_out += [
            (event.on, lot.symbol, 0.0, f"no share of lot {lot.lot_id} after a split")
            for lot in lots
            if not lot.shares
        ]
        self.lots[event.symbol] = [lot for lot in lots if lot.shares]


def split_shares(shares: Decimal, ratio: Fraction, decimals: int) -> Decimal:
    """Return the shares after a split, truncated to ``decimals``.

    Examples
    --------
    >>> split_shares(Decimal("10.0001"), Fraction(3, 2), 6)
    Decimal('15.000150')
    >>> split_shares(Decimal("10"), Fraction(1, 7), 6)
    Decimal('1.428571')
    """
    after = shares * ratio.numerator / ratio.denominator
    return after.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)
