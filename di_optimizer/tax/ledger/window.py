# SPDX-License-Identifier: Apache-2.0
"""A taxpayer's open losses and possible replacements in one group, in legal order.

Each rule of matching is one small function that names its section of the law.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from di_optimizer.tax.ledger.gains import OpenLoss
from di_optimizer.tax.ledger.open_lot import OpenLot, Order, Purchase
from di_optimizer.tax.origins import replaces
from di_optimizer.tax.window import in_wash_window

Shares = OrderedDict[OpenLot, None]  # in order of acquisition


@dataclass(slots=True)
class Window:
    """What a group of substantially identical securities remembers.

    Attributes
    ----------
    shares : OrderedDict
        Lots of the last 30 days that have replaced nothing yet.
    losses : deque
        Loss pieces of the last 30 days with shares that nothing has replaced.
    bought, sold : list
        Of the trades since the last one on the other side: not yet matched.
    """

    shares: Shares = field(default_factory=OrderedDict)
    losses: deque[OpenLoss] = field(default_factory=deque)
    bought: list[OpenLot] = field(default_factory=list)
    sold: list[tuple[Order, OpenLoss]] = field(default_factory=list)

    def close(self, on: date) -> None:
        """Forget what is more than 30 days away from ``on``, and losses used up."""
        while self.shares and not in_wash_window(on, _first(self.shares)):
            self.shares.popitem(last=False)
        while self.losses and not (
            self.losses[0].shares and in_wash_window(self.losses[0].sold, on)
        ):
            self.losses.popleft()

    def offer(self, lot: OpenLot) -> None:
        """Put a lot among the possible replacements, at its place in order."""
        later = []
        while self.shares and next(reversed(self.shares)).order > lot.order:
            later.append(self.shares.popitem()[0])
        for each in (lot, *reversed(later)):
            self.shares[each] = None

    def keep(self, losses: Iterable[OpenLoss]) -> None:
        """Put losses that nothing has replaced yet where later purchases look."""
        self.losses.extend(loss for loss in losses if loss.shares)


def _first(shares: Shares) -> date:
    return next(iter(shares)).holding.acquired


def may_replace(lot: OpenLot) -> bool:
    """Return whether the shares of a lot can be replacement shares at all.

    IRC § 1091(a): "acquired (by purchase or by an exchange on which the entire
    amount of gain or loss was recognized by law)". Treas. Reg. § 1.1091-1(e): shares
    that have made one loss nondeductible are disregarded for any other.
    """
    return not lot.holding.replacement and replaces(lot.holding.origin)


def first_other(shares: Shares, purchase: Purchase) -> OpenLot | None:
    """Return the share acquired first among those of other purchases.

    Treas. Reg. § 1.1091-1(d): matched "in accordance with the order of their
    acquisition". Rev. Rul. 56-602: shares of one purchase replace no others of it.
    """
    return next((lot for lot in shares if lot.purchase != purchase), None)


def in_order_sold(sold: Iterable[tuple[Order, OpenLoss]]) -> list[OpenLoss]:
    """Return the losses of one sale in the order in which their shares were bought.

    Treas. Reg. § 1.1091-1(b): losses of one time count "in the order in which the
    stock or securities the disposition of which resulted in the losses were
    originally acquired".
    """
    return [loss for _, loss in sorted(sold, key=lambda pair: pair[0])]


def pairs(
    losses: Iterable[OpenLoss], shares: Shares
) -> Iterator[tuple[OpenLoss, OpenLot, Fraction]]:
    """Yield (loss, replacement, shares); each is to be carried out before the next.

    Treas. Reg. § 1.1091-1(b)-(d): losses in the order of the sales, shares in the
    order of acquisition, share for share, also where the numbers differ.
    """
    for loss in losses:
        if not shares:
            return
        while loss.shares and (lot := first_other(shares, loss.purchase)):
            yield loss, lot, min(loss.shares, lot.shares)
