# SPDX-License-Identifier: Apache-2.0
"""The effect of a match: the loss is disallowed, its basis and days move on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from di_optimizer.tax.holding import Holding
from di_optimizer.tax.ledger.account_book import AccountBook
from di_optimizer.tax.ledger.gains import Match, OpenLoss
from di_optimizer.tax.ledger.open_lot import OpenLot
from di_optimizer.tax.ledger.rounding import left_shown
from di_optimizer.tax.relief import Piece


def disallow(
    loss: OpenLoss, lot: OpenLot, shares: Fraction, book: AccountBook
) -> Match:
    """Let ``shares`` of a lot replace as many of a loss piece.

    ``book`` is the account of the lot. Where only a part of the lot replaces, that
    part becomes a lot of its own and ``lot`` is what is left.

    References
    ----------
    IRC § 1091(a): no deduction. Rev. Rul. 2008-5, 2008-3 I.R.B. 271: a purchase by
    an IRA disallows the loss and adds it to no basis.
    """
    part = split_off(lot, shares, book)
    moved, shown = loss.replace(shares)
    carried = (loss.row.sold - loss.row.holding_start).days
    if book.taxable:
        part.holding = with_loss(part.holding, moved, carried)
        part.shown += shown
    else:
        part.holding = replace(part.holding, replacement=True)
        loss.row.lost += shown
    position = book.position(part.holding.symbol)
    if part is lot:
        position.place(part)
    else:
        position.add(part)
    return Match(
        row=loss.row,
        shares=shares,
        disallowed=shown,
        account=book.name,
        lot_id=part.holding.lot_id,
        symbol=part.holding.symbol,
        bought=part.holding.acquired,
        basis_added=shown if book.taxable else 0,
        lost=0 if book.taxable else shown,
        carried=carried if book.taxable else None,
    )


def with_loss(lot: Holding, loss: Fraction, days: int) -> Holding:
    """Return a replacement lot with the loss in its basis and the days in its term.

    References
    ----------
    IRC § 1091(d): the basis of what was sold, plus or minus the difference in price,
    which is cost plus the loss. § 1223(3): the period of the sold shares is included.
    """
    return replace(
        lot,
        cost_basis=lot.cost_basis + loss,
        holding_start=date.fromordinal(lot.acquired.toordinal() - days),
        replacement=True,
    )


def split_off(lot: OpenLot, shares: Fraction, book: AccountBook) -> OpenLot:
    """Return the first ``shares`` of a lot as its own part, not in the position yet.

    Parts are numbered in the order of their shares after the lot as it was bought:
    17 becomes 17.1 and 17.2, and 17.2 later 17.2 and 17.3. ``lot`` is the last of
    them; a lot of which nothing would stay is returned itself.
    """
    if shares == lot.shares:
        return lot
    whole, root, number = lot.holding, lot.root, lot.part
    book.leave(lot)
    first = number or book.free_part(root, 1)
    last = book.free_part(root, first + 1)
    basis = Piece(whole, shares).cost_basis
    part = OpenLot(
        holding=replace(
            whole,
            lot_id=f"{root}.{first}",
            parent=root,
            shares=shares,
            cost_basis=basis,
        ),
        shown=0,
        rank=lot.rank,
        arrival=lot.arrival,
        part=first,
    )
    lot.holding = replace(
        whole,
        lot_id=f"{root}.{last}",
        parent=root,
        shares=whole.shares - shares,
        cost_basis=whole.cost_basis - basis,
    )
    shown = left_shown(lot.shown, lot.holding.cost_basis)
    part.shown, lot.shown, lot.part = lot.shown - shown, shown, last
    for each in (part, lot):  # names of parts are kept in their order
        book.enter(each)
    position = book.position(whole.symbol)
    position.total -= shares
    position.place(lot)
    return part
