# SPDX-License-Identifier: Apache-2.0
"""What an action leaves: holdings, basis that left them, and cash.

For every kind, exactly: basis before = basis of the holdings after + basis of the
disposals, and the cash received = proceeds of the disposals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from di_optimizer.tax.holding import Holding
from di_optimizer.tax.term import Term, term


class Leg(StrEnum):
    """Why cash was received."""

    CASH_IN_LIEU = "cash_in_lieu"
    MERGER_CASH = "merger_cash"
    BOOT = "boot"
    RETURN_OF_CAPITAL = "return_of_capital"


SALES = frozenset({Leg.CASH_IN_LIEU, Leg.MERGER_CASH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposal:
    """Cash received on one holding, and the basis that it used up.

    Attributes
    ----------
    holding : Holding
        Cash in lieu and merger for cash: the part that is gone, with its basis. Boot
        and return of capital: the holding as it was before, its dates count.
    shares : Fraction
        Shares that are gone; 0 for boot and return of capital.
    cost_basis : Fraction
        Basis that left the account. Boot: cash − recognised gain. Return of capital:
        the cash, at most the basis.
    proceeds : Fraction
        Cash received.
    """

    kind: Leg
    on: date
    holding: Holding
    shares: Fraction
    cost_basis: Fraction
    proceeds: Fraction

    @property
    def gain(self) -> Fraction:
        """Recognised gain, proceeds − basis; only a sale can have a loss."""
        return self.proceeds - self.cost_basis

    @property
    def term(self) -> Term:
        """Term of the gain or loss."""
        return term(self.holding.holding_start, self.on)

    @property
    def is_sale(self) -> bool:
        """Whether shares were sold: then a loss counts and may be a wash sale."""
        return self.kind in SALES


@dataclass(frozen=True, slots=True)
class Outcome:
    """What holdings become, and the taxable legs on the way."""

    holdings: tuple[Holding, ...]
    disposals: tuple[Disposal, ...] = ()

    @property
    def cash(self) -> Fraction:
        """Cash received, exact: rounded by whoever books it."""
        return sum((leg.proceeds for leg in self.disposals), Fraction(0))
