# SPDX-License-Identifier: Apache-2.0
"""What is one group, one purchase, a loss; and what of the past is in reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from di_optimizer.account import Account
from di_optimizer.exact import exact
from di_optimizer.market import Market
from di_optimizer.policy import Wash
from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.window import reach_back
from di_optimizer.trades import Trade


@dataclass(frozen=True, kw_only=True)
class View:
    """What every step looks at."""

    market: Market
    wash: Wash
    planned: Mapping[str, tuple[Trade, ...]]

    @property
    def on(self) -> date:
        """The trade date."""
        return self.market.on

    def in_reach(self, day: date) -> bool:
        """Return whether a trade of that day and one of today are within 30 days."""
        return reach_back(self.on) <= day <= self.on


def group_of(market: Market, symbol: str) -> str:
    """Return the substantially identical group of a security, by default its own.

    Examples
    --------
    >>> from di_optimizer.market import Security
    >>> twin = Security(symbol="AAB", wash_group="twins")
    >>> market = Market(on=date(2024, 6, 28), quotes={}, securities={"AAB": twin})
    >>> group_of(market, "AAB"), group_of(market, "ZZZ")
    ('twins', 'ZZZ')
    """
    security = market.securities.get(symbol)
    return symbol if security is None else security.wash_group or symbol


def is_loss(gain: Fraction | Decimal, proceeds: Fraction | Decimal, wash: Wash) -> bool:
    """Return whether a sale counts as a loss sale: its gain is below the margin.

    Examples
    --------
    >>> is_loss(Fraction(-1, 100), Fraction(50), Wash())
    True
    >>> is_loss(Fraction(0), Fraction(50), Wash())
    False
    >>> [is_loss(Fraction(g), Fraction(100), Wash(margin=0.02)) for g in (1, 2)]
    [True, False]
    """
    if wash.margin == 0.0:
        return gain < 0
    return Fraction(gain) < Fraction(exact(wash.margin)) * Fraction(proceeds)


def is_loss_lot(lot: Lot, market: Market, wash: Wash) -> bool:
    """Return whether a sale of the lot at today's price counts as a loss sale."""
    price = market.price(lot.symbol)
    return is_loss(gain_of(lot, lot.shares, price), lot.shares * price, wash)


def purchases_of(account: Account) -> dict[str, str]:
    """Return the purchase of each lot, by lot id.

    Lots belong to one purchase where the lots table says so, or where the activity
    has their ids as purchases of one symbol, date and ``purchase_order``; every other
    lot is a purchase of its own.

    References
    ----------
    Rev. Rul. 56-602, 1956-2 C.B. 527: shares of one purchase do not replace each
    other.
    """
    joined = {
        row.lot_id: f"{row.symbol} {row.on} order {row.purchase_order}"
        for row in account.activity
        if row.side == "buy"
        and row.lot_id is not None
        and row.purchase_order is not None
    }
    return {lot.lot_id: _purchase(lot, joined) for lot in account.lots}


def purchase_ranks(account: Account) -> dict[str, int]:
    """Return the place of each lot that the activity names among its day's purchases.

    A lot that it does not name, or not with a ``purchase_order``, has the place 0.
    """
    return {
        row.lot_id: row.purchase_order or 0
        for row in account.activity
        if row.side == "buy" and row.lot_id is not None
    }


def _purchase(lot: Lot, joined: Mapping[str, str]) -> str:
    if lot.purchase:
        return f"{lot.symbol} purchase {lot.purchase}"
    return joined.get(lot.lot_id, f"lot {lot.lot_id}")
