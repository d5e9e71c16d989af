# SPDX-License-Identifier: Apache-2.0
"""The exact lot of the ledger: shares and basis as fractions, lineage kept.

A :class:`~di_optimizer.tax.lots.Lot` has decimals, as files have them. Inside the
ledger a third of a lot, a 3-for-2 split or a moved loss is a fraction; rounding
happens once, when a holding leaves the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Shares of one purchase that are still held, exact.

    Attributes
    ----------
    account, lot_id, symbol : str
        ``lot_id`` is unique within the account; a split lot's parts have new ones.
    shares, cost_basis : Fraction
        Above 0; at least 0, of the whole holding, moved losses included.
    acquired : date
        Trade date of the purchase. Never rewritten.
    holding_start : date
        What the term is counted from (IRC § 1223).
    purchase : str
        The purchase it came from: parts of one purchase share it, and shares of one
        purchase never replace each other (Rev. Rul. 56-602).
    replacement : bool
        Whether its shares have replaced shares sold at a loss: each share replaces
        once (Treas. Reg. § 1.1091-1(e)).
    parent : str
        Lot it was split from; '' for a lot as bought.
    """

    account: str
    lot_id: str
    symbol: str
    shares: Fraction
    cost_basis: Fraction
    acquired: date
    holding_start: date
    purchase: str
    replacement: bool = False
    parent: str = ""
    origin: str = "purchase"
    sleeve: str = "main"

    @property
    def unit_cost(self) -> Fraction:
        """Cost basis of one share."""
        return self.cost_basis / self.shares
