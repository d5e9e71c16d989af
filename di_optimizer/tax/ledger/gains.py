# SPDX-License-Identifier: Apache-2.0
"""What leaves the ledger about sales: a row each sold piece, a match each wash sale.

Money is in whole cents and shares in billionths, as they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from di_optimizer.tax.ledger.open_lot import Purchase
from di_optimizer.tax.ledger.rounding import to_cents
from di_optimizer.tax.term import Term, term

ZERO = Fraction(0)


@dataclass(slots=True, eq=False, kw_only=True)
class GainRow:
    """The sold part of one holding; ``number`` counts those of an account and day.

    ``taxable`` is False in a tax-deferred or exempt account: nothing of the gain or
    loss is recognised, so all of allowed, disallowed and reported are 0.
    ``amended`` is the date of the purchase that last changed the row.
    """

    account: str
    number: int
    symbol: str
    lot_id: str
    acquired: date
    holding_start: date
    sold: date
    shares: int
    proceeds: int
    cost_basis: int
    taxable: bool
    disallowed: int = 0
    lost: int = 0
    amended: date | None = None

    @property
    def gain_id(self) -> str:
        """Unique within the account, and the same however the rows are batched."""
        return f"{self.sold}-{self.number}"

    @property
    def gain(self) -> int:
        """Proceeds − basis."""
        return self.proceeds - self.cost_basis

    @property
    def loss(self) -> int:
        """The loss that the row shows, 0 on a gain."""
        return max(0, -self.gain)

    @property
    def allowed(self) -> int:
        """Part of the loss that stays deductible."""
        return self.loss - self.disallowed if self.taxable else 0

    @property
    def reported(self) -> int:
        """What goes on the return."""
        return self.gain + self.disallowed if self.taxable else 0

    @property
    def term(self) -> Term:
        """Short or long."""
        return term(self.holding_start, self.sold)


@dataclass(slots=True, eq=False, kw_only=True)
class OpenLoss:
    """A piece sold at a loss, while purchases can still replace its shares.

    Attributes
    ----------
    row : GainRow
        What it amends.
    number : int
        Its place among the losses of a taxpayer and day.
    symbol : str
        As it is called now; the row has the name at the time of the sale.
    purchase : tuple of account and label
        Purchase of the sold shares.
    shares : Fraction
        Not replaced yet, in present shares.
    total, open : Fraction
        The exact loss, and the part of it that is not disallowed.
    """

    row: GainRow
    number: int
    symbol: str
    purchase: Purchase
    shares: Fraction
    total: Fraction
    open: Fraction

    @property
    def sold(self) -> date:
        """Trade date of the sale."""
        return self.row.sold

    @property
    def place(self) -> tuple[date, int]:
        """Order of sale, within a sale of acquisition."""
        return self.row.sold, self.number

    def replace(self, shares: Fraction) -> tuple[Fraction, int]:
        """Disallow the loss on some shares; return it exactly and as shown.

        What is shown is the whole loss of the row once every share is replaced, and
        never more.
        """
        loss = self.open * shares / self.shares
        self.open -= loss
        self.shares -= shares
        whole = self.row.loss
        reached = min(to_cents(self.total - self.open), whole)
        shown = (reached if self.shares else whole) - self.row.disallowed
        self.row.disallowed += shown
        return loss, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Shares sold at a loss and the shares that replace them.

    ``carried`` is the days that the sold shares were held, added to the holding
    period of the replacement; None where nothing moves. ``lot_id`` is that of the
    replacement, ``sold_lot`` that of the loss.
    """

    row: GainRow
    shares: Fraction
    disallowed: int
    account: str
    lot_id: str
    symbol: str
    bought: date
    basis_added: int
    lost: int
    carried: int | None
