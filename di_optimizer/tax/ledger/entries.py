# SPDX-License-Identifier: Apache-2.0
"""What the ledger is given: trades, and who owns which account.

Values only; where they were read is the business of ``read``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from di_optimizer.tax.relief import Relief


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One purchase or sale.

    Attributes
    ----------
    row : int
        Where it stands in its table, for messages.
    arrival : int
        Its place among all rows ever processed: the time of day within a date.
    shares, amount : Fraction
        Above 0; paid or received in all, at least 0.
    lot_id : str
        Name of the lot on a purchase, the lot chosen on a sale; '' is none.
    order : int, optional
        Rank among the purchases of its day; equal ones are fills of one purchase.
    """

    row: int
    arrival: int
    account: str
    symbol: str
    on: date
    is_sale: bool
    shares: Fraction
    amount: Fraction
    lot_id: str = ""
    order: int | None = None


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What holds for a whole run.

    Attributes
    ----------
    taxpayers : mapping of account to taxpayer
        An account that is not in it is its own taxpayer.
    untaxed : frozenset of str
        Accounts that are tax-deferred or exempt.
    groups : mapping of symbol to group
        Substantially identical securities; a symbol not in it is alone.
    relief : Relief
        Order of sales that name no lot.
    file : str
        What messages call the transactions.
    """

    taxpayers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    untaxed: frozenset[str] = frozenset()
    groups: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    relief: Relief = Relief.FIFO
    file: str = "transactions"

    def taxpayer(self, account: str) -> str:
        """Return the person behind an account."""
        return self.taxpayers.get(account, account)

    def group(self, symbol: str) -> str:
        """Return the substantially identical group of a symbol."""
        return self.groups.get(symbol, symbol)
