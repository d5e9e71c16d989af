# SPDX-License-Identifier: Apache-2.0
"""All accounts of a taxpayer at once: the wash sales that today's trades make.

Each account was planned against what the others do; this looks at the end of the day,
when every account has traded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from di_optimizer.account import Account
from di_optimizer.market import Market
from di_optimizer.policy import Policy, Wash
from di_optimizer.trades import Trade
from di_optimizer.verify.wash_checks import by_group, past_closings
from di_optimizer.verify.wash_match import Match, matched
from di_optimizer.verify.wash_shares import (
    Loss,
    Spare,
    bought_today,
    group_of,
    losses,
    recent,
    sold_by_lot,
    unnamed,
)


@dataclass(frozen=True, kw_only=True)
class Day:
    """A taxpayer's accounts before trading and what each of them trades today."""

    accounts: Sequence[Account]
    trades: Mapping[str, Sequence[Trade]]
    market: Market
    policies: Mapping[str, Policy]
    on: date

    def of(self, account: Account) -> Sequence[Trade]:
        """Return the trades of an account."""
        return self.trades.get(account.account, ())

    def wash(self, account: str) -> Wash:
        """Return what an account's policy says of wash sales."""
        return self.policies[account].wash


def wash_sales_between(
    accounts: Sequence[Account],
    trades: Mapping[str, Sequence[Trade]],
    *,
    market: Market,
    policies: Mapping[str, Policy],
    on: date,
) -> tuple[str, ...]:
    """Return every wash sale that a taxpayer's trades of one day make; empty is good.

    Parameters
    ----------
    accounts : sequence of Account
        All of the taxpayer's, as they are before trading.
    trades : mapping of account to trades
        Today's; an account that is not in it does not trade.
    policies : mapping of account to Policy
        Of the accounts that trade. A wash sale counts where the account that sells at
        a loss, or the one that buys today, has the policy ``disallow``; a purchase
        after an earlier loss sale counts unless the buyer's policy is ``ignore``.

    References
    ----------
    IRC § 1091(a); Rev. Rul. 2008-5, 2008-1 C.B. 271.
    """
    day = Day(accounts=accounts, trades=trades, market=market, policies=policies, on=on)
    return (*bought_too_soon(day), *replaced(day))


def bought_too_soon(day: Day) -> Iterator[str]:
    """Yield the purchases in groups that an earlier loss sale keeps closed."""
    for account in day.accounts:
        bought = bought_today(account, day.of(account), day.on)
        if not bought or day.wash(account.account).policy == "ignore":
            continue
        margin = day.wash(account.account).margin
        closed = by_group(past_closings(day.accounts, day.on, margin), day.market)
        for spare in bought:
            closing = closed.get(group_of(day.market, spare.symbol))
            if closing is not None:
                place = f"account {account.account}, symbol {spare.symbol}"
                yield f"{place}: {closing.forbids(spare.shares)}"


def replaced(day: Day) -> Iterator[str]:
    """Yield the loss sales of today that shares of any account replace."""
    lost: list[Loss] = []
    kept: list[Spare] = []
    bought: list[Spare] = []
    for account in day.accounts:
        trades = day.of(account)
        if trades:
            margin = day.wash(account.account).margin
            lost += losses(account, trades, day.market, margin)
        kept += [*recent(account, day.on, sold_by_lot(trades))]
        kept += unnamed(account, day.on)
        bought += bought_today(account, trades, day.on)
    lost.sort(key=lambda loss: (loss.lot.acquired, loss.account))
    kept.sort(key=lambda spare: (spare.acquired, spare.account))
    for match in matched(lost, [*kept, *bought], day.market):
        if unwanted(day, match):
            lot, seller = match.loss.lot, match.loss.account
            place = f"account {seller}, symbol {lot.symbol}, lot {lot.lot_id}"
            yield f"{place}: found {match}; allowed: none: wash sale"


def unwanted(day: Day, match: Match) -> bool:
    """Return whether the policy of the seller, or of who buys today, is disallow."""
    names = {match.loss.account}
    if match.spare.today:
        names.add(match.spare.account)
    return any(day.wash(name).policy == "disallow" for name in names)
