# SPDX-License-Identifier: Apache-2.0
"""What a security would like best by itself: of its purchases, and of its sales.

A step at a time would never cross a fine grid. Limits that are broken pull, limits
that are kept shorten the move.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.solve.certified.board import Board
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.tariff import look


@kernel
def best_purchase(board: Board, i: int) -> int:
    """Return the place of the best purchase at what risk and limits ask, or −1."""
    levels, tariff = board.levels, board.tariff
    first, end = levels.starts[i, 3], levels.starts[i, 4]
    if end - first < 2:
        return -1
    price = tariff.buy_cost[i]
    for entry in range(tariff.rows_from[i], tariff.rows_from[i + 1]):
        price += _due(board, tariff.row[entry]) * tariff.per_buy[entry]
    bought = _wanted(board, i, price) - tariff.held[i]
    steps = np.rint((bought - levels.buy_from[i]) / levels.step[i])
    steps = min(max(steps - levels.buy_first[i], 0.0), end - first - 1.0)
    return _within(board, i, first + np.int64(steps), first, end)


@kernel
def best_sale(board: Board, i: int) -> int:
    """Return the place of the best sale at what risk and limits ask, or −1."""
    levels, tariff = board.levels, board.tariff
    first, end = levels.starts[i, 0], levels.starts[i, 1]
    if end - first < 2:
        return -1
    begin, last = tariff.knots_from[i], tariff.knots_from[i + 1] - 1
    sold = tariff.sold[begin]
    for knot in range(begin, last):
        width = tariff.sold[knot + 1] - tariff.sold[knot]
        if width <= 0.0:
            continue
        price = tariff.paid[knot + 1] - tariff.paid[knot]
        for entry in range(tariff.rows_from[i], tariff.rows_from[i + 1]):
            place = entry - tariff.rows_from[i]
            more = tariff.gone[knot + 1, place] - tariff.gone[knot, place]
            price += _due(board, tariff.row[entry]) * more
        wanted = tariff.held[i] - _wanted(board, i, -price / width)
        sold = min(max(wanted, tariff.sold[knot]), tariff.sold[knot + 1])
        if wanted < tariff.sold[knot + 1]:
            break
    steps = np.rint((sold - levels.sell_from[i]) / levels.step[i])
    steps = min(max(steps - levels.sell_first[i], 0.0), end - first - 1.0)
    return _within(board, i, end - 1 - np.int64(steps), first, end)


@kernel
def _due(board: Board, r: int) -> float:
    """Return what a unit of a row costs by its limits that are broken."""
    goal, state = board.goal, board.state
    if state.miss[r] <= 0.0:
        return 0.0
    return state.weight[r] if state.rows[r] > goal.high[r] else -state.weight[r]


@kernel
def _wanted(board: Board, i: int, price: float) -> float:
    """Return the weight of least risk and cost at a price per unit of weight."""
    goal, state = board.goal, board.state
    bend = 2.0 * goal.gamma * goal.diagonal[i]
    slope = goal.gamma * state.pull[i] + price
    if bend <= 0.0:
        return np.inf if slope < 0.0 else -np.inf
    return state.after[i] - slope / bend


@kernel
def _within(board: Board, i: int, place: int, first: int, end: int) -> int:
    """Return the place up to which a move breaks no limit (or mends a broken one).

    −1 where a single step is as good.
    """
    goal, tariff, state = board.goal, board.tariff, board.state
    here = state.place[i]
    if abs(place - here) <= 1:
        return -1
    if board.goal.fine[i] and not first <= here < end:
        return place  # of another kind: what pays for it comes with it
    adds = np.empty(tariff.rows_from[i + 1] - tariff.rows_from[i])
    look(board.levels, tariff, i, place, adds)
    part, mends = 1.0, False
    for entry in range(len(adds)):
        r = tariff.row[tariff.rows_from[i] + entry]
        add = adds[entry] - state.part[i, entry]
        if add == 0.0:
            continue
        broken = state.miss[r] > 0.0
        high = state.rows[r] > goal.high[r] if broken else add > 0.0
        room = ((goal.high[r] if high else goal.low[r]) - state.rows[r]) / add
        if 0.0 < room < part:
            part, mends = room, broken
    steps = abs(place - here) * part
    steps = np.ceil(steps) if mends else np.floor(steps)
    place = here + np.int64(steps) * (1 if place > here else -1)
    place = min(max(place, first), end - 1)
    return place if abs(place - here) > 1 else -1
