# SPDX-License-Identifier: Apache-2.0
"""A holding on its way through the ledger: what it shows as, and its place in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from di_optimizer.tax.holding import Holding

Order = tuple[date, int, int, int, str]
Purchase = tuple[str, str]


@dataclass(slots=True, eq=False, kw_only=True)
class OpenLot:
    """A lot that is still held. The one thing in the ledger that changes in place.

    Attributes
    ----------
    holding : Holding
        As it is now.
    shown : int
        Its basis in cents, as it is shown. What moves in adds the cents that the
        loss shows, so that books tie; along a chain of wash sales it can therefore
        end some cents from the exact one, which goes on unrounded beside it.
    rank : int
        Place of its purchase among those of its day, 0 where none was given.
    arrival : int
        Place of its row among all rows.
    part : int
        Number among the parts of its lot, in the order of their shares.
    entry : int
        Its latest place in the queue of its position; -1 when it has none.
    """

    holding: Holding
    shown: int
    rank: int
    arrival: int
    part: int = 0
    entry: int = -1

    @property
    def order(self) -> Order:
        """Order of acquisition: date, purchase order, arrival, place in its lot."""
        lot = self.holding
        return lot.acquired, self.rank, self.arrival, self.part, lot.lot_id

    @property
    def shares(self) -> Fraction:
        """Shares of it that are held."""
        return self.holding.shares

    @property
    def purchase(self) -> Purchase:
        """What its shares were bought with: one purchase of one account."""
        return self.holding.account, self.holding.purchase

    @property
    def root(self) -> str:
        """Lot that its parts are numbered after: the one it is part of, or itself."""
        return root_of(self.holding)


def root_of(lot: Holding) -> str:
    """Return the id after which parts of a lot are numbered.

    Spun-off shares have a parent as well, and are no part of it.
    """
    return lot.parent if part_of(lot) else lot.lot_id


def part_of(lot: Holding) -> int:
    """Return the number in an id like ``17.2`` of a part of ``17``, otherwise 0."""
    stem, _, number = lot.lot_id.rpartition(".")
    is_part = bool(lot.parent) and stem == lot.parent
    return int(number) if is_part and number.isascii() and number.isdigit() else 0
