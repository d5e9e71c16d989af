# SPDX-License-Identifier: Apache-2.0
"""A fixed relief order as modes: how far down the order a sale reaches.

Within a mode lots before a run are sold as a whole, those after it are kept, and in
the run every lot costs more than the one before: what is cheapest is in order. Under
a netted bill that holds at all rates of its pieces that are not negative, see
:func:`_rises_netted`; plans keep the order where prices do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np

from di_optimizer.errors import InputError, Problem
from di_optimizer.program.groups import Flags, Floats, Ints, Mode
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
    long_term : (group lots,)
    netted : bool
        Whether the bill of the year decides what a gain costs.
    single : bool
        Whether rows tell lots apart, or the gains that count are not those of the
        mode: then no two lots share a run.
    """

    orders: tuple[Ints, ...]
    weight: Floats
    rate: Floats
    cost: Floats
    long_term: Flags
    netted: bool
    single: bool


def relief_modes(mode: Mode, case: ReliefCase) -> tuple[Mode, ...]:
    """Return the parts of a mode in which sales follow the order.

    Raises
    ------
    InputError
        When the members' orders together have too many parts.
    """
    ordered = _in_order(mode, case)
    runs = [_runs(ordered, order, case) for order in case.orders]
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


def _runs(mode: Mode, order: Ints, case: ReliefCase) -> list[Run]:
    """Return the runs of an order between what is sold and what is kept anyway."""
    first = int(np.count_nonzero(mode.floor[order] > 0.0))
    last = int(np.count_nonzero(mode.cap[order] > 0.0))
    if first >= last:
        return [(first, max(first, last))]
    breaks = ~_rises(mode, order[first:last], case)
    starts = [first, *(first + 1 + np.flatnonzero(breaks)).tolist()]
    return [*zip(starts, [*starts[1:], last], strict=True)]


def _rises(mode: Mode, lots: Ints, case: ReliefCase) -> Flags:
    """Return whether each lot but the first surely costs more than the one before."""
    if case.single:
        return np.zeros(len(lots) - 1, dtype=np.bool_)
    if case.netted:
        return _rises_netted(mode, lots, case)
    unit = mode.gain * case.rate + mode.sell_charge + case.cost
    rises: Flags = np.diff(unit[lots]) > RISE
    return rises


def _rises_netted(mode: Mode, lots: Ints, case: ReliefCase) -> Flags:
    """Return where the next lot costs no less at any rates that are not negative.

    A lot costs r·gain + rest per unit, r the rate of its term: of a piece of the
    bill, moved by the multipliers of the piece's limits. All other rows treat the
    lots of a security alike (there are no budgets, and one cost of selling). Let the
    rest not fall. Of lots of one term the one of more gain costs no less at r ≥ 0;
    of two terms, one with a loss costs no more than one with a gain at both rates.
    So for an amount sold, in order is cheapest at all rates together, and realises
    least of either term: in a run with such steps every optimum can be had in order.

    A multiplier may turn a rate negative, to hold a piece's plans at more gains than
    they would realise. The box still holds every plan in order, so that what is
    proven stays true. Nor is less proven of the whole: the bill is continuous and
    never falls in a total, so at rate 0 that piece's bound is no less than that of
    the piece beyond the limit, which is proven as well.
    """
    gain, rest = mode.gain[lots], (mode.sell_charge + case.cost)[lots]
    alike = np.diff(case.long_term[lots].astype(np.int64)) == 0
    across = (gain[:-1] <= 0.0) & (gain[1:] >= 0.0)
    rises: Flags = (np.diff(gain) > RISE) & (np.diff(rest) >= 0.0) & (alike | across)
    return rises


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
