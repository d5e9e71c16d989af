# SPDX-License-Identifier: Apache-2.0
"""Loss sales matched with the shares that replace them, share for share and exact.

The optimizer decides by modes, boxes in floating weights; here every loss walks along
every share that can replace it, in fractions of shares, lot by lot. Only groups with
a loss today are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from di_optimizer.account import Account, AccountType
from di_optimizer.market import Market
from di_optimizer.trades import Trade
from di_optimizer.verify.case import Case
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Shares sold at a loss and the shares that replace them."""

    loss: Loss
    spare: Spare
    shares: Fraction

    def __str__(self) -> str:
        sold = f"{float(self.loss.shares):g} shares sold at a loss"
        return f"{sold}, {float(self.shares):g} of them replaced by {self.spare}"


def matched(
    lost: Sequence[Loss], spares: Sequence[Spare], market: Market
) -> Iterator[Match]:
    """Yield who replaces whom: losses in order, each by the first shares that can.

    A share replaces once, within its group, and never one of its own purchase.

    References
    ----------
    Treas. Reg. § 1.1091-1(b) to (e); Rev. Rul. 56-602, 1956-2 C.B. 527.
    """
    left = [spare.shares for spare in spares]
    groups: dict[str, list[int]] = {}
    for number, spare in enumerate(spares):
        groups.setdefault(group_of(market, spare.symbol), []).append(number)
    for loss in lost:
        need = loss.shares
        for number in groups.get(group_of(market, loss.lot.symbol), ()):
            shares = min(need, left[number])
            if shares > 0 and spares[number].purchase != loss.purchase:
                yield Match(loss=loss, spare=spares[number], shares=shares)
                need -= shares
                left[number] -= shares


def outside_spares(case: Case, other: Account) -> list[Spare]:
    """Return what another account has that replaces, as it is before trading.

    What it sells today counts as well: no plan relies on the other one being carried
    out.
    """
    spares = [*recent(other, case.on), *unnamed(other, case.on)]
    return spares + bought_today(other, case.planned.get(other.account, ()), case.on)


def deferred_groups(case: Case) -> set[str]:
    """Return the groups in which a retirement account can replace what is sold.

    A loss replaced there is lost for good (Rev. Rul. 2008-5). Which loss it is, is
    not known before the day is over, so none of the group counts as moved.
    """
    return {
        group_of(case.market, spare.symbol)
        for other in case.others
        if other.type is not AccountType.TAXABLE
        for spare in outside_spares(case, other)
    }


def spares_of(case: Case, trades: Sequence[Trade]) -> list[Spare]:
    """Return what replaces a loss of this account today, in the order it is used.

    Recent lots that it keeps, then what it cannot sell, then what it buys.
    """
    spares = recent(case.account, case.on, sold_by_lot(trades))
    spares += unnamed(case.account, case.on)
    for other in case.others:
        spares += outside_spares(case, other)
    return spares + bought_today(case.account, trades, case.on)


def matches(
    case: Case, trades: Sequence[Trade], margin: float = 0.0
) -> tuple[Match, ...]:
    """Return the wash sales of an account's loss sales today."""
    spares = spares_of(case, trades)
    groups = {group_of(case.market, spare.symbol) for spare in spares}
    near = [
        trade
        for trade in trades
        if trade.side == "sell" and group_of(case.market, trade.symbol) in groups
    ]
    lost = losses(case.account, near, case.market, margin)
    return tuple(matched(lost, spares, case.market))


def disallowed_parts(case: Case, trades: Sequence[Trade]) -> dict[str, Fraction]:
    """Return which part of each lot's loss is disallowed, where policy trades it off.

    Empty under the other policies: one creates none, the other does not look.
    """
    parts: dict[str, Fraction] = {}
    if case.policy.wash.policy == "trade_off":
        for match in matches(case, trades):
            name, part = match.loss.lot.lot_id, match.shares / match.loss.shares
            parts[name] = parts.get(name, Fraction(0)) + part
    return parts
