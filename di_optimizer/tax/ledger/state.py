# SPDX-License-Identifier: Apache-2.0
"""What a later batch needs to go on exactly where the earlier one ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from di_optimizer.tax.holding import Holding
from di_optimizer.tax.ledger.gains import GainRow, OpenLoss
from di_optimizer.tax.ledger.open_lot import OpenLot, part_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LotState:
    """An open lot: exact, as shown (cents), and its place in time."""

    holding: Holding
    shown: int
    rank: int
    arrival: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GainState:
    """The gain row of an open loss, as it stands; the fields are those of the row."""

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
    disallowed: int
    lost: int
    amended: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossState:
    """A loss that purchases can still disallow, with the row that it would amend."""

    row: GainState
    number: int
    symbol: str
    purchase: str
    shares: Fraction
    total: Fraction
    open: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """Open lots, open losses and the last date whose rows are processed.

    Attributes
    ----------
    through : date, optional
        Rows and actions up to it are processed; later ones only may follow. None
        before the first.
    rows : int
        How many rows have been processed, opening lots among them.
    relief : str
        Which lots went when a sale named none.
    given : tuple of str
        Tables of the setting that the run had: accounts, securities.
    """

    through: date | None = None
    rows: int = 0
    relief: str = "fifo"
    given: tuple[str, ...] = ()
    lots: tuple[LotState, ...] = ()
    losses: tuple[LossState, ...] = ()

    def __repr__(self) -> str:
        return (
            f"LedgerState(through={self.through}, lots={len(self.lots)}, "
            f"open losses={len(self.losses)})"
        )


def saved_lot(lot: OpenLot) -> LotState:
    """Return an open lot as a value."""
    return LotState(
        holding=lot.holding, shown=lot.shown, rank=lot.rank, arrival=lot.arrival
    )


def loaded_lot(lot: LotState) -> OpenLot:
    """Return an open lot of its own, as it was."""
    return OpenLot(
        holding=lot.holding,
        shown=lot.shown,
        rank=lot.rank,
        arrival=lot.arrival,
        part=part_of(lot.holding),
    )


def saved_loss(loss: OpenLoss) -> LossState:
    """Return an open loss as a value."""
    fields = {name: getattr(loss.row, name) for name in GainState.__slots__}
    return LossState(
        row=GainState(**fields),
        number=loss.number,
        symbol=loss.symbol,
        purchase=loss.purchase[1],
        shares=loss.shares,
        total=loss.total,
        open=loss.open,
    )


def loaded_loss(loss: LossState) -> OpenLoss:
    """Return an open loss of its own, with its own row."""
    fields = {name: getattr(loss.row, name) for name in GainState.__slots__}
    return OpenLoss(
        row=GainRow(**fields, taxable=True),
        number=loss.number,
        symbol=loss.symbol,
        purchase=(loss.row.account, loss.purchase),
        shares=loss.shares,
        total=loss.total,
        open=loss.open,
    )
