# SPDX-License-Identifier: Apache-2.0
"""A plan on the grid as places, and what it is judged by: the arrays of the search.

Limits that are not kept are measured here. Knows nothing of which move is good.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.levels import Levels
from di_optimizer.solve.certified.tariff import Tariff

SLOTS = 6  # moves that are offered of a security
UP, DOWN, IDLE, OUT, BUYS, SALES = range(SLOTS)  # where they go to


class Goal(NamedTuple):
    """What plans are judged by.

    Attributes
    ----------
    gamma : float
    target, specific : (n,)
    exposures : (n, k)
    gram : (n, n) or (0, 0)
        FFᵀ with the specific risk on its diagonal; left out where it would be large.
    diagonal : (n,)
        That diagonal.
    low, high : (rows + 1,)
        Limits of the rows without their offsets, and last of the variance.
    fine : (n,)
        Whether a step is next to nothing: amounts are sized, not stepped.
    tied : (n,)
        Place of cash among the rows of a security, of what all trades take or bring;
        −1 where weight stands for that.
    """

    gamma: float
    target: Floats
    specific: Floats
    exposures: Floats
    gram: Floats
    diagonal: Floats
    low: Floats
    high: Floats
    fine: Flags
    tied: Ints


class State(NamedTuple):
    """A plan, and the moves that are offered from it.

    Attributes
    ----------
    place : (n,)
    after, cost : (n,)
        Weight, and cost without tracking risk.
    part : (n, width)
        What a security adds to its rows.
    pull : (n,)
        Gradient of the variance.
    rows : (rows + 1,)
        Values of the rows, and last the variance.
    miss, weight : (rows + 1,)
        By how much a limit is missed, and what a unit of that counts.
    paid : (1,)
        Sum of the costs.
    to : (n, SLOTS)
        Place a move goes to; −1 for none.
    step, price : (n, SLOTS)
        What it adds to weight and cost.
    adds : (n, SLOTS, width)
        What it adds to its rows.
    resize : (n, SLOTS)
        Whether it is another amount of the same kind, on a fine grid.
    """

    place: Ints
    after: Floats
    cost: Floats
    part: Floats
    pull: Floats
    rows: Floats
    miss: Floats
    weight: Floats
    paid: Floats
    to: Ints
    step: Floats
    price: Floats
    adds: Floats
    resize: Flags


class Board(NamedTuple):
    """All that a walk needs; only the state changes."""

    goal: Goal
    levels: Levels
    tariff: Tariff
    state: State


def state_of(goal: Goal, tariff: Tariff, place: Ints, weight: Floats) -> State:
    """Return the plan at these places, (n,); its values are not yet worked out."""
    n, width, rows = len(place), tariff.gone.shape[1], len(goal.low)
    return State(
        place=place.copy(),
        after=np.zeros(n),
        cost=np.zeros(n),
        part=np.zeros((n, width)),
        pull=np.zeros(n),
        rows=np.zeros(rows),
        miss=np.zeros(rows),
        weight=weight.copy(),
        paid=np.zeros(1),
        to=np.full((n, SLOTS), -1, dtype=np.int64),
        step=np.zeros((n, SLOTS)),
        price=np.zeros((n, SLOTS)),
        adds=np.zeros((n, SLOTS, width)),
        resize=np.zeros((n, SLOTS), dtype=np.bool_),
    )


@kernel
def measure(goal: Goal, state: State) -> bool:
    """Write by how much each limit is missed; return whether none is."""
    total = 0.0
    for r in range(len(state.rows)):
        value = state.rows[r]
        state.miss[r] = max(goal.low[r] - value, value - goal.high[r], 0.0)
        total += state.miss[r]
    return total <= 0.0


@kernel
def covary(goal: Goal, ups: Ints, downs: Ints, into: Floats) -> None:
    """Write the covariances of some securities with others: (ups, downs)."""
    if goal.gram.shape[0] > 0:
        for a in range(len(ups)):
            for b in range(len(downs)):
                into[a, b] = goal.gram[ups[a], downs[b]]
        return
    for a in range(len(ups)):
        one = goal.exposures[ups[a]]
        for b in range(len(downs)):
            other = goal.exposures[downs[b]]
            total = 0.0
            for f in range(len(one)):
                total += one[f] * other[f]
            into[a, b] = total
