# SPDX-License-Identifier: Apache-2.0
"""Lot-level trades and the figures of a plan, as values that anyone can check."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from di_optimizer.tax.term import Term

Side = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """Shares of one lot sold, or shares of one security bought.

    ``amount``, ``realised_gain`` and ``tax`` are rounded to the cent; a tax saving
    is negative. ``lot_id``, ``realised_gain`` and ``term`` are None on buys.
    """

    account: str
    symbol: str
    side: Side
    shares: Decimal
    price: Decimal
    amount: Decimal
    lot_id: str | None = None
    realised_gain: Decimal | None = None
    term: Term | None = None
    tax: Decimal = Decimal(0)
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a list of trades does to an account.

    Money to the cent; ``te_*`` annualised fractions of ``base``; ``objective`` and
    its three parts fractions of ``base``, from exact (not cent-rounded) products.

    Attributes
    ----------
    nav : Decimal
        Market value of lots and valued untraded positions + cash + due flow,
        before trading.
    base : Decimal
        NAV to which fractions refer: ``nav``, or ``nav − flow`` when the flow takes
        out more than 90 % of it.
    cash_after : Decimal
        Cash + flow + sales − purchases − cost.
    cost : Decimal
        Half spreads of all trades, rounded up to the cent.
    gain_short, gain_long : Decimal
        Net realised gains by term.
    """

    nav: Decimal
    base: Decimal
    flow: Decimal
    cash_before: Decimal
    cash_after: Decimal
    cost: Decimal
    gain_short: Decimal
    gain_long: Decimal
    tax_short: Decimal
    tax_long: Decimal
    turnover: float
    te_before: float
    te_after: float
    te_factor_after: float
    te_specific_after: float
    tracking_term: float
    tax_term: float
    cost_term: float

    @property
    def tax(self) -> Decimal:
        """Tax of the run at flat rates; negative is a saving."""
        return self.tax_short + self.tax_long

    @property
    def objective(self) -> float:
        """Sum of the three terms, fraction of ``base``."""
        return self.tracking_term + self.tax_term + self.cost_term
