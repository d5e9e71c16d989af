# SPDX-License-Identifier: Apache-2.0
"""A sale out of the lots that it takes: a gain row each, and the losses among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from di_optimizer.tax.holding import Holding
from di_optimizer.tax.ledger.account_book import AccountBook
from di_optimizer.tax.ledger.gains import GainRow, OpenLoss
from di_optimizer.tax.ledger.open_lot import OpenLot, Order
from di_optimizer.tax.ledger.position import Taken
from di_optimizer.tax.ledger.rounding import (
    BILLIONTHS,
    allot,
    left_shown,
    to_cents,
    to_units,
)
from di_optimizer.tax.relief import Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A piece of a holding and what was received for it, exact and as shown.

    ``shares`` in billionths, ``proceeds`` and ``cost_basis`` in cents; ``gain`` is
    exact and None where a loss is nothing that a wash sale could disallow.
    """

    holding: Holding
    order: Order
    on: date
    exact_shares: Fraction
    gain: Fraction | None
    shares: int
    proceeds: int
    cost_basis: int


def sell(
    takes: Sequence[Taken], amount: Fraction, on: date, book: AccountBook
) -> list[Sold]:
    """Take pieces out of their lots; the amount is shared out by shares."""
    shares = sum((part for _, part in takes), Fraction(0))
    proceeds = [amount * part / shares for _, part in takes]
    cents = allot(to_cents(amount), proceeds)
    units = allot(to_units(shares, BILLIONTHS), [part for _, part in takes], BILLIONTHS)
    found = []
    for (lot, part), received, money, count in zip(
        takes, proceeds, cents, units, strict=True
    ):
        piece, order = Piece(lot.holding, part), lot.order
        sold = Sold(
            holding=piece.holding,
            order=order,
            on=on,
            exact_shares=part,
            gain=received - piece.cost_basis,
            shares=count,
            proceeds=money,
            cost_basis=take_out(lot, piece, book),
        )
        found.append(sold)
    return found


def take_out(lot: OpenLot, piece: Piece, book: AccountBook) -> int:
    """Leave in a lot what a piece does not take; return the basis the piece shows."""
    shown, left = lot.shown, piece.left
    if left is None:
        book.drop(lot)
        lot.shown = 0
    else:
        book.position(left.symbol).total -= piece.shares
        lot.holding, lot.shown = left, left_shown(shown, left.cost_basis)
    return shown - lot.shown


def gain_row(sold: Sold, book: AccountBook) -> GainRow:
    """Return the row of a sold piece."""
    lot = sold.holding
    return GainRow(
        account=book.name,
        number=book.gain_number(),
        symbol=lot.symbol,
        lot_id=lot.lot_id,
        acquired=lot.acquired,
        holding_start=lot.holding_start,
        sold=sold.on,
        shares=sold.shares,
        proceeds=sold.proceeds,
        cost_basis=sold.cost_basis,
        taxable=book.taxable,
    )


def open_loss(sold: Sold, row: GainRow) -> OpenLoss | None:
    """Return what can be disallowed of a sold piece, None when nothing can.

    IRC § 1091(a) is about a loss "claimed to have been sustained": blocks at a gain
    stay out, and in an IRA (§ 408(e)) or another untaxed account no loss is claimed.
    """
    if sold.gain is None or sold.gain >= 0 or not row.taxable:
        return None
    lot = sold.holding
    return OpenLoss(
        row=row,
        number=0,
        symbol=lot.symbol,
        purchase=(lot.account, lot.purchase),
        shares=sold.exact_shares,
        total=-sold.gain,
        open=-sold.gain,
    )
