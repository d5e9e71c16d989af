# SPDX-License-Identifier: Apache-2.0
"""Loss sales that close a group, and recent shares that replace what is sold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSale:
    """A sale at a loss, by any account of the taxpayer, that keeps its group closed.

    ``free`` is the first day on which a purchase replaces nothing of it.
    """

    account: str
    symbol: str
    group: str
    on: date
    shares: Decimal
    source: Literal["activity", "planned"]
    free: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """Shares that would replace what is sold at a loss today.

    ``lot_id`` is None where the tables name no lot; ``purchase`` is equal for lots of
    one purchase and different otherwise; ``deferred`` says that the account is not
    taxable, so that a loss replaced by these shares is lost (Rev. Rul. 2008-5).
    """

    account: str
    symbol: str
    group: str
    lot_id: str | None
    shares: Decimal
    acquired: date
    purchase: str
    deferred: bool


@dataclass(frozen=True, kw_only=True)
class WashFacts:
    """All that wash sales of one account depend on, on one date.

    Attributes
    ----------
    closed : mapping of group to LossSale
        Groups in which no account of the taxpayer may buy, with the sale that frees
        the group last.
    loss_sales : tuple of LossSale
        Every sale that closes a group, by date.
    recent : tuple of Recent
        Lots of this account that can be sold, by date.
    outside : tuple of Recent
        Shares that this account cannot sell: those of the other accounts, what these
        plan to buy today, and its own untraded positions.
    """

    closed: Mapping[str, LossSale] = field(default_factory=dict)
    loss_sales: tuple[LossSale, ...] = ()
    recent: tuple[Recent, ...] = ()
    outside: tuple[Recent, ...] = ()
