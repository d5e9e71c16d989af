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
    ``disallowed`` is the part of a loss that a wash sale disallows, at least 0;
    ``tax`` is the flat rate of the term on ``realised_gain + disallowed``.
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
    disallowed: Decimal = Decimal(0)
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a list of trades does to an account.

    Money to the cent; ``te_*`` annualised fractions of ``base``; ``objective`` and
    its parts fractions of ``base``, from exact (not cent-rounded) products.

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
        Half spreads of all trades and the tickets of all orders, rounded up to the
        cent; of futures what cash pays (``trading.futures_cost``).
    gain_short, gain_long : Decimal
        Net realised gains by term, disallowed losses included.
    disallowed : Decimal
        Losses that wash sales disallow, at least 0.
    bill : Decimal or None
        Change of the taxpayer's bill for the year where gains are netted over the
        year; None where flat rates apply.
    tax_term : float
        The tax that is optimised: of ``bill`` or of the flat rates, without losses
        below the harvest thresholds, and with what a moved loss is worth.
    charge_term : float
        Prices of preferences that are neither tax nor cost.
    own_term : float
        What the account's own terms add to the objective.
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
    disallowed: Decimal = Decimal(0)
    bill: Decimal | None = None
    charge_term: float = 0.0
    own_term: float = 0.0

    @property
    def tax(self) -> Decimal:
        """Tax of the run, netted over the year or flat; negative is a saving."""
        flat = self.tax_short + self.tax_long
        return flat if self.bill is None else self.bill

    @property
    def objective(self) -> float:
        """Sum of the five terms, fraction of ``base``."""
        tracked = self.tracking_term + self.tax_term
        return tracked + self.cost_term + self.charge_term + self.own_term
