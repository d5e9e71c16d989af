# SPDX-License-Identifier: Apache-2.0
"""What wash sales look at in each lot, as arrays over all lots of a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.groups import Flags, Floats, Ints
from di_optimizer.program.job import Job
from di_optimizer.program.lot_rules import LotView
from di_optimizer.wash_facts import WashFacts, is_loss, purchase_ranks, purchases_of


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Shapes (lots,).

    Attributes
    ----------
    loss : (lots,)
        Whether a sale of the lot is a loss sale.
    recent : (lots,)
        Whether shares of it that are kept replace shares sold at a loss today.
    purchase : (lots,)
        Lots of one purchase share a number.
    arrival : (lots,)
        Place in the order of acquisition.
    shares : (lots,)
        Shares of the whole lot.
    """

    loss: Flags
    recent: Flags
    purchase: Ints
    arrival: Ints
    shares: Floats


def traits_of(job: Job, views: Sequence[LotView], facts: WashFacts) -> Traits:
    """Return the traits of all lots, in program order."""
    recent = {share.lot_id for share in facts.recent}
    return Traits(
        loss=np.array([_is_loss(job, view) for view in views], dtype=np.bool_),
        recent=np.array([v.lot.lot_id in recent for v in views], dtype=np.bool_),
        purchase=_purchases(job, views),
        arrival=_arrivals(job, views),
        shares=np.array([float(view.lot.shares) for view in views]),
    )


def _is_loss(job: Job, view: LotView) -> bool:
    """Judge under the margin where no wash sale may be, else by the gain alone."""
    wash = job.policy.wash
    if wash.policy == "disallow":
        return is_loss(view.gain, view.value, wash)
    return view.gain < 0


def _purchases(job: Job, views: Sequence[LotView]) -> Ints:
    purchases = purchases_of(job.account)
    numbers: dict[str, int] = {}
    found = [purchases[view.lot.lot_id] for view in views]
    return np.array([numbers.setdefault(name, len(numbers)) for name in found], int)


def _arrivals(job: Job, views: Sequence[LotView]) -> Ints:
    """Rank by date, then purchase order, then symbol and id."""
    orders = purchase_ranks(job.account)

    def key(number: int) -> tuple[object, ...]:
        lot = views[number].lot
        return lot.acquired, orders.get(lot.lot_id, 0), lot.symbol, lot.lot_id

    ranks = np.empty(len(views), dtype=np.int64)
    ranks[sorted(range(len(views)), key=key)] = np.arange(len(views))
    return ranks
