# SPDX-License-Identifier: Apache-2.0
"""Accounts of one taxpayer in each other's way: one sells at a loss, one buys back.

Finds such pairs and says what each account has to leave; solves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from di_optimizer.account import Account, AccountType, Restriction
from di_optimizer.market import Market
from di_optimizer.policy import Wash
from di_optimizer.tax.lots import Lot
from di_optimizer.trades import Trade
from di_optimizer.wash_facts import group_of, is_loss_lot

Plans = Mapping[str, tuple[Trade, ...]]


@dataclass(frozen=True, slots=True, order=True)
class Clash:
    """An account sells a group at a loss today in which another one buys today."""

    seller: str
    group: str
    buyer: str


@dataclass(frozen=True, kw_only=True)
class Family:
    """All accounts of one taxpayer by name, sorted, and their wash-sale policies."""

    accounts: Mapping[str, Account]
    wash: Mapping[str, Wash]
    market: Market

    def clashes(self, plans: Plans) -> tuple[Clash, ...]:
        """Return every pair of accounts in each other's way, sorted.

        Two accounts that both ignore wash sales are in nobody's way.

        References
        ----------
        IRC § 1091(a); Rev. Rul. 2008-5 (a purchase by a retirement account counts).
        """
        bought = {name: self._bought(trades) for name, trades in plans.items()}
        found = {
            Clash(seller, group, buyer)
            for seller in sorted(plans)
            for buyer in sorted(plans)
            if seller != buyer and self._mind(seller, buyer)
            for group in bought[buyer] & self.sold_at_loss(seller, buyer, plans)
        }
        return tuple(sorted(found))

    def _mind(self, *names: str) -> bool:
        return any(self.wash[name].policy != "ignore" for name in names)

    def _bought(self, trades: Iterable[Trade]) -> set[str]:
        return {group_of(self.market, t.symbol) for t in trades if t.side == "buy"}

    def sold_at_loss(self, seller: str, buyer: str, plans: Plans) -> set[str]:
        """Return the groups that an account sells at a loss, in another one's eyes."""
        trades = plans.get(seller, ())
        return {
            group_of(self.market, t.symbol) for t in self._losses(seller, buyer, trades)
        }

    def loss_sales(self, clash: Clash, plans: Plans) -> tuple[Trade, ...]:
        """Return the sales that a clash is about."""
        losses = self._losses(clash.seller, clash.buyer, plans[clash.seller])
        return tuple(
            t for t in losses if group_of(self.market, t.symbol) == clash.group
        )

    def _losses(
        self, seller: str, buyer: str, trades: Iterable[Trade]
    ) -> Iterator[Trade]:
        account = self.accounts[seller]
        if account.type is not AccountType.TAXABLE:
            return
        strictest = self._strictest(seller, buyer)
        lots = {lot.lot_id: lot for lot in account.lots}
        for trade in trades:
            lot = lots.get(trade.lot_id or "") if trade.side == "sell" else None
            if lot is not None and is_loss_lot(lot, self.market, strictest):
                yield trade

    def _strictest(self, *names: str) -> Wash:
        return Wash(margin=max(self.wash[name].margin for name in names))

    def without_losses(self, name: str, groups: Mapping[str, str]) -> Account:
        """Return an account that keeps its loss lots in some groups.

        Parameters
        ----------
        groups : mapping of group to account
            Who buys in the group today.
        """
        account = self.accounts[name]
        strictest = self._strictest(*self.accounts)
        rules = [
            _kept(lot, groups[group])
            for lot in account.lots
            if (group := group_of(self.market, lot.symbol)) in groups
            and is_loss_lot(lot, self.market, strictest)
        ]
        return replace(account, restrictions=(*account.restrictions, *rules))


def _kept(lot: Lot, buyer: str) -> Restriction:
    return Restriction(
        kind="keep_lot",
        symbol=lot.symbol,
        lot_id=lot.lot_id,
        source=f"account '{buyer}' buys in its wash-sale group today",
    )


def family_of(
    accounts: Sequence[Account], wash: Mapping[str, Wash], market: Market
) -> Family:
    """Return the accounts of one taxpayer, sorted by name."""
    ordered = {a.account: a for a in sorted(accounts, key=lambda a: a.account)}
    return Family(accounts=ordered, wash=wash, market=market)
