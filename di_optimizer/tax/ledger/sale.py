# SPDX-License-Identifier: Apache-2.0
"""A sale out of the lots that it takes: a gain row each, and the losses among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


@dataclass(slots=True, kw_only=True)
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
    proceeds, cents, units = _shares_of(takes, amount)
    found = []
    for (lot, part), received, money, count in zip(
        takes, proceeds, cents, units, strict=True
    ):
        holding, order = lot.holding, lot.order
        basis, shown = take_out(lot, part, book)
        sold = Sold(
            holding=holding,
            order=order,
            on=on,
            exact_shares=part,
            gain=received - basis,
            shares=count,
            proceeds=money,
            cost_basis=shown,
        )
        found.append(sold)
    return found


def _shares_of(
    takes: Sequence[Taken], amount: Fraction
) -> tuple[list[Fraction], list[int], list[int]]:
    """Return what each piece receives, exact and in cents, and its shares as shown."""
    parts = [part for _, part in takes]
    if len(parts) == 1:
        return [amount], [to_cents(amount)], [to_units(parts[0], BILLIONTHS)]
    shares = sum(parts, Fraction(0))
    price = amount / shares
    proceeds = [price * part for part in parts]
    units = allot(to_units(shares, BILLIONTHS), parts, BILLIONTHS)
    return proceeds, allot(to_cents(amount), proceeds), units


def take_out(lot: OpenLot, shares: Fraction, book: AccountBook) -> tuple[Fraction, int]:
    """Leave in a lot what a piece does not take; return the basis of the piece.

    Exact, in proportion to shares, and in cents as it is shown.
    """
    whole, shown = lot.holding, lot.shown
    if shares == whole.shares:
        book.drop(lot)
        lot.shown = 0
        return whole.cost_basis, shown
    basis = Piece(whole, shares).cost_basis
    left = whole.cost_basis - basis
    book.position(whole.symbol).total -= shares
    lot.holding = replace(whole, shares=whole.shares - shares, cost_basis=left)
    lot.shown = left_shown(shown, left)
    return basis, shown - lot.shown


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
