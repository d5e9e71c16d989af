# SPDX-License-Identifier: Apache-2.0
"""Shares for shares: new counts and symbols, and the fraction paid in cash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import floor

from di_optimizer.tax.actions.outcome import Disposal, Leg, Outcome
from di_optimizer.tax.holding import Holding
from di_optimizer.tax.relief import Piece, Relief, relief_order, relieve


def exchanged(holding: Holding, symbol: str, ratio: Fraction) -> Holding:
    """Return a holding as shares of ``symbol``: basis, dates and id are kept.

    References
    ----------
    IRC § 305(a), 307(a), 354, 358(a)(1): no gain, the basis goes over to the shares
    received. § 1223(1), (4): so does the holding period.
    """
    return replace(holding, symbol=symbol, shares=holding.shares * ratio)


def settle(
    received: Iterable[Holding], lieu_price: Fraction | None, on: date
) -> Outcome:
    """Return the shares received, the fraction of a share sold where it is.

    The fraction is that of the account's total, not of each lot, and counts as
    received and then sold from the lot acquired first.

    References
    ----------
    Rev. Rul. 66-365, 1966-2 C.B. 116; Rev. Proc. 77-41, 1977-2 C.B. 574: cash for
    fractions that only saves the trouble of issuing them is a sale of the fraction.
    Treas. Reg. § 1.1012-1(c)(1): first in, first out.
    """
    lots = relief_order(Relief.FIFO, received)
    if lieu_price is None:
        return Outcome(lots)
    total = sum((lot.shares for lot in lots), Fraction(0))
    pieces = relieve(lots, total - floor(total))
    left = tuple(piece.left for piece in pieces if piece.left)
    sales = tuple(_sale(piece, lieu_price, on) for piece in pieces)
    return Outcome((*left, *lots[len(pieces) :]), sales)


def _sale(piece: Piece, price: Fraction, on: date) -> Disposal:
    return Disposal(
        kind=Leg.CASH_IN_LIEU,
        on=on,
        holding=piece.sold,
        shares=piece.shares,
        cost_basis=piece.cost_basis,
        proceeds=piece.shares * price,
    )
