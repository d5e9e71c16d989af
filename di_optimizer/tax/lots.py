# SPDX-License-Identifier: Apache-2.0
"""The lot: shares of one security bought on one date at one cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction


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
    purchase : str
        The purchase it is part of; '' is a purchase of its own. Shares of one
        purchase never replace each other (Rev. Rul. 56-602).
    replacement : bool
        Whether its shares have replaced shares sold at a loss already: each share
        replaces once (Treas. Reg. § 1.1091-1(e)).
    """

    lot_id: str
    symbol: str
    shares: Decimal
    cost_basis: Decimal
    acquired: date
    holding_start: date
    origin: str = "purchase"
    sleeve: str = "main"
    purchase: str = ""
    replacement: bool = False


def basis_of(lot: Lot, shares: Decimal) -> Fraction:
    """Return the cost basis of ``shares`` of the lot: a third of a lot is exact.

    Examples
    --------
    >>> day = date(2020, 1, 2)
    >>> lot = Lot(lot_id="1", symbol="AAA", shares=Decimal(3), cost_basis=Decimal(10),
    ...           acquired=day, holding_start=day)
    >>> basis_of(lot, Decimal(1))
    Fraction(10, 3)
    """
    return Fraction(lot.cost_basis) * Fraction(shares) / Fraction(lot.shares)


def gain_of(lot: Lot, shares: Decimal, price: Decimal) -> Fraction:
    """Return proceeds − basis of ``shares`` of the lot sold at ``price``, exact.

    References
    ----------
    IRC § 1001(a): the gain is the amount realised less the adjusted basis.
    """
    return Fraction(shares) * Fraction(price) - basis_of(lot, shares)
