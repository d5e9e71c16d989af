# SPDX-License-Identifier: Apache-2.0
"""No plan makes a wash sale that policy does not want.

Two rules, each by itself: nothing is bought that replaces what was sold at a loss, and
nothing is sold at a loss that is replaced (IRC § 1091(a), 30 days either side).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from di_optimizer.account import Account, AccountType
from di_optimizer.market import Market
from di_optimizer.tax.window import free_from, in_wash_window
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.wash_match import matches
from di_optimizer.verify.wash_shares import group_of, is_loss, losses


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A loss sale that closes its group; ``lot_id`` where one is named."""

    account: str
    symbol: str
    lot_id: str | None
    on: date
    shares: Fraction

    def __str__(self) -> str:
        lot = f"lot {self.lot_id} of " if self.lot_id is not None else ""
        sold = f"{float(self.shares):g} shares sold at a loss on {self.on}"
        return f"{sold}: {lot}{self.symbol} in account {self.account}"

    def forbids(self, shares: Fraction) -> str:
        """Return what is found and allowed where shares are bought too soon."""
        found = f"found a buy of {float(shares):g} shares, and {self}"
        return f"{found}; allowed: none before {free_from(self.on)}: wash sale"


def past_closings(
    accounts: Iterable[Account], on: date, margin: float
) -> Iterator[Closing]:
    """Yield the past loss sales in the window, a gain that nobody stated among them.

    Each closes its group even if all of it is replaced already: the activity does
    not say, and no wash sale is missed this way.
    """
    for account in accounts:
        taxed = account.type is AccountType.TAXABLE
        for row in account.activity if taxed else ():
            if row.side != "sell" or row.on > on or not in_wash_window(row.on, on):
                continue
            gain = row.realised_gain
            if gain is None or is_loss(gain, row.amount, margin):
                yield Closing(
                    account=account.account,
                    symbol=row.symbol,
                    lot_id=row.lot_id,
                    on=row.on,
                    shares=Fraction(row.shares),
                )


def planned_closings(case: Case) -> Iterator[Closing]:
    """Yield the loss sales that the taxpayer's other accounts plan for today."""
    for other in case.others:
        planned = case.planned.get(other.account, ())
        for loss in losses(other, planned, case.market, case.policy.wash.margin):
            yield Closing(
                account=other.account,
                symbol=loss.lot.symbol,
                lot_id=loss.lot.lot_id,
                on=case.on,
                shares=loss.shares,
            )


def by_group(found: Iterable[Closing], market: Market) -> dict[str, Closing]:
    """Return the loss sale that keeps each group closed for longest."""
    ordered = sorted(found, key=lambda closing: closing.on)
    return {group_of(market, closing.symbol): closing for closing in ordered}


def closed_groups(case: Case) -> dict[str, Closing]:
    """Return what closes groups to purchases: loss sales, past or by other accounts."""
    wash = case.policy.wash
    if wash.policy == "ignore":
        return {}
    past = past_closings((case.account, *case.others), case.on, wash.margin)
    return by_group([*past, *planned_closings(case)], case.market)


def check_wash_buys(case: Case, books: Books) -> list[str]:
    """Nothing is bought that replaces an earlier loss sale, or another account's."""
    buys = books.shares("buy")
    closed = closed_groups(case) if buys else {}
    return [
        f"{case.place(symbol=symbol)}: {closing.forbids(shares)}"
        for symbol, shares in sorted(buys.items())
        if (closing := closed.get(group_of(case.market, symbol))) is not None
    ]


def check_wash_losses(case: Case, books: Books) -> list[str]:
    """Under disallow, no share is sold at a loss that another one replaces."""
    if case.policy.wash.policy != "disallow":
        return []
    trades = [e.trade for e in books.entries]
    lots = ((m, m.loss.lot) for m in matches(case, trades, case.policy.wash.margin))
    return [
        case.says(str(match), "none: wash sale", symbol=lot.symbol, lot=lot.lot_id)
        for match, lot in lots
    ]
