# SPDX-License-Identifier: Apache-2.0
"""A fixed relief order as modes: how far down the order a sale reaches.

Within a mode lots before a run are sold as a whole, those after it are kept, and in
the run every lot costs more than the one before: what is cheapest is in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np

from di_optimizer.errors import InputError, Problem
from di_optimizer.program.groups import Floats, Ints, Mode
from di_optimizer.program.wash_modes import is_empty

RISE = 1e-9  # fraction of a lot's value; lots closer in cost are in no order
MOST_MODES = 4096  # of one group

Run = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class ReliefCase:
    """The order in which lots of one group's members are sold.

    Attributes
    ----------
    orders : tuple of (lots of a member that may be sold,)
        Places in the group's lots, of each member, first sold first.
    weight, rate, cost : (group lots,)
        Weight, tax rate, and what a sale costs besides tax, per unit.
    single : bool
        Whether the bill of the year or budgets decide what a lot costs: then no two
        lots share a run.
    """

    orders: tuple[Ints, ...]
    weight: Floats
    rate: Floats
    cost: Floats
    single: bool


def relief_modes(mode: Mode, case: ReliefCase) -> tuple[Mode, ...]:
    """Return the parts of a mode in which sales follow the order.

    Raises
    ------
    InputError
        When the members' orders together have too many parts.
    """
    ordered = _in_order(mode, case)
    unit = ordered.gain * case.rate + ordered.sell_charge + case.cost
    runs = [_runs(ordered, order, unit, case.single) for order in case.orders]
    if (count := prod(len(r) for r in runs)) > MOST_MODES:
        raise InputError([_too_many(count)])
    parts = (_cut(ordered, case, picked) for picked in product(*runs))
    return tuple(part for part in parts if not is_empty(part))


def _too_many(count: int) -> Problem:
    return Problem(
        file="policy",
        column="taxes.relief",
        found=f"{count} ways to sell the lots of one wash-sale group in order",
        allowed=f"at most {MOST_MODES}",
        todo='Set taxes.relief = "optimizer" for this account.',
    )


def _in_order(mode: Mode, case: ReliefCase) -> Mode:
    """Sell what comes before a lot that is sold, keep what comes after one kept."""
    floor, cap = mode.floor.copy(), mode.cap.copy()
    for order in case.orders:
        sold = np.flatnonzero(mode.floor[order] > 0.0)
        kept = np.flatnonzero(mode.cap[order] < case.weight[order])
        if sold.size:
            floor[order[: sold[-1]]] = case.weight[order[: sold[-1]]]
        if kept.size:
            cap[order[kept[0] + 1 :]] = 0.0
    return replace(mode, floor=floor, cap=cap)


def _runs(mode: Mode, order: Ints, unit: Floats, single: bool) -> list[Run]:
    """Return the runs of an order between what is sold and what is kept anyway."""
    first = int(np.count_nonzero(mode.floor[order] > 0.0))
    last = int(np.count_nonzero(mode.cap[order] > 0.0))
    if first >= last:
        return [(first, max(first, last))]
    steps = np.diff(unit[order[first:last]])
    breaks = np.ones(len(steps), dtype=np.bool_) if single else steps <= RISE
    starts = [first, *(first + 1 + np.flatnonzero(breaks)).tolist()]
    return [*zip(starts, [*starts[1:], last], strict=True)]


def _cut(mode: Mode, case: ReliefCase, picked: tuple[Run, ...]) -> Mode:
    """Return the part of a mode where each member's sales end in one run."""
    floor, cap = mode.floor.copy(), mode.cap.copy()
    buys = mode.buys.copy()
    for member, (order, (start, stop)) in enumerate(
        zip(case.orders, picked, strict=True)
    ):
        floor[order[:start]] = case.weight[order[:start]]
        cap[order[stop:]] = 0.0
        buys[member] &= start == 0
    return replace(mode, buys=buys, floor=floor, cap=cap)
