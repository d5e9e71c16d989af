# SPDX-License-Identifier: Apache-2.0
"""The lot: shares of one security bought on one date at one cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Shares of one security bought on one date; nothing about it is missing.

    Attributes
    ----------
    lot_id : str
        Unique within the account.
    symbol : str
        Canonical symbol.
    shares : Decimal
        Above 0.
    cost_basis : Decimal
        Of the whole lot, in account currency, at least 0.
    acquired : date
        Trade date of the purchase. Never rewritten.
    holding_start : date
        Date from which the holding period counts; differs from ``acquired`` after
        a wash sale, gift or inheritance (IRC § 1223).
    origin : str
        purchase, gift, inheritance, transfer, rsu or spin_off.
    sleeve : str
        Part of the account that holds it.
    """

    lot_id: str
    symbol: str
    shares: Decimal
    cost_basis: Decimal
    acquired: date
    holding_start: date
    origin: str = "purchase"
    sleeve: str = "main"


def basis_of(lot: Lot, shares: Decimal) -> Decimal:
    """Return the cost basis of ``shares`` of the lot, exact, not rounded.

    Examples
    --------
    >>> day = date(2020, 1, 2)
    >>> lot = Lot(lot_id="1", symbol="AAA", shares=Decimal(4), cost_basis=Decimal(10),
    ...           acquired=day, holding_start=day)
    >>> basis_of(lot, Decimal(1))
    Decimal('2.5')
    """
    return lot.cost_basis * shares / lot.shares
