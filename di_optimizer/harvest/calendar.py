# SPDX-License-Identifier: Apache-2.0
"""The wash-sale calendar: what is closed in which account until when, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from di_optimizer.account import Account
from di_optimizer.market import Market
from di_optimizer.policy_file import PolicyBook
from di_optimizer.tax.window import free_from
from di_optimizer.wash_facts import wash_facts


class Closed(StrEnum):
    """What an entry of the calendar closes."""

    BUYING = "buying"  # a purchase would replace shares sold at a loss
    LOSSES = "losses"  # shares bought lately would replace shares sold at a loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One open window of a taxpayer.

    Attributes
    ----------
    taxpayer : str
        All of whose accounts it concerns.
    group : str
        Substantially identical group, or the symbol by itself.
    account, symbol : str
        Where the trade behind it was.
    on : date
        Day of the loss sale or of the purchase.
    free_from : date
        First day after the window.
    days_left : int
        Days from the calendar's date until then.
    """

    taxpayer: str
    group: str
    closed: Closed
    account: str
    symbol: str
    shares: Decimal
    on: date
    free_from: date
    days_left: int


def calendar(
    people: Sequence[Sequence[Account]], market: Market, policies: PolicyBook
) -> tuple[Entry, ...]:
    """Return the open windows of taxpayers, each given by all of its accounts."""
    found = {entry for accounts in people for entry in _of(accounts, market, policies)}
    return tuple(
        sorted(
            found,
            key=lambda e: (e.taxpayer, e.free_from, e.group, e.closed, e.account, e.on),
        )
    )


def _of(
    accounts: Sequence[Account], market: Market, policies: PolicyBook
) -> Iterator[Entry]:
    """Yield the windows of one taxpayer; every account knows of its own purchases."""
    for account in accounts:
        others = tuple(a for a in accounts if a.account != account.account)
        policy = policies.of(account)
        facts = wash_facts(account, market=market, policy=policy, related=others)
        person = account.taxpayer.taxpayer
        for sale in facts.loss_sales:
            yield Entry(
                taxpayer=person,
                group=sale.group,
                closed=Closed.BUYING,
                account=sale.account,
                symbol=sale.symbol,
                shares=sale.shares,
                on=sale.on,
                free_from=sale.free,
                days_left=(sale.free - market.on).days,
            )
        for recent in (*facts.recent, *facts.outside):
            free = free_from(recent.acquired)
            yield Entry(
                taxpayer=person,
                group=recent.group,
                closed=Closed.LOSSES,
                account=recent.account,
                symbol=recent.symbol,
                shares=recent.shares,
                on=recent.acquired,
                free_from=free,
                days_left=(free - market.on).days,
            )
