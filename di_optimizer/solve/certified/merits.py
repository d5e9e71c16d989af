# SPDX-License-Identifier: Apache-2.0
"""What moves are worth, and which is best: single ones, and pairs of an up and a down.

A plan's risk ties its weights so stiffly that a single move is seldom good and two in
opposite directions often are. Partners come from short lists, in the order of what
they change apart from the factors, and are judged together exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.certified.board import SLOTS, Board, covary
from di_optimizer.solve.certified.kernel import kernel

SHORT = 32  # moves on a short list
LITTLE = 1e-12  # fraction of base: other sizes that are worth less are no moves


class Lists(NamedTuple):
    """Room for an iteration.

    Attributes
    ----------
    merit : (n, SLOTS)
        What each move changes, broken limits included; inf where it is not open.
    price : (n, SLOTS)
        The same without the factors' part of the move's own risk and without limits
        that are not broken.
    moves : (2, SHORT, 2)
        Short lists of ups and of downs: security and slot.
    prices : (2, SHORT)
    adds : (2, SHORT, rows + 1)
    steps, values : (2, SHORT)
        What they add to weight and objective.
    joint : (SHORT, SHORT)
        Covariances of their securities.
    size : (2,)
        Number of moves on each.
    pick : (2, 3)
        Security, slot and place of the best move, and of its partner; −1 for none.
    """

    merit: Floats
    price: Floats
    moves: Ints
    prices: Floats
    adds: Floats
    steps: Floats
    values: Floats
    joint: Floats
    size: Ints
    pick: Ints


@kernel
def lists_of(n: int, rows: int) -> Lists:
    """Return empty lists for n securities and that many limits."""
    return Lists(
        np.zeros((n, SLOTS)),
        np.zeros((n, SLOTS)),
        np.zeros((2, SHORT, 2), dtype=np.int64),
        np.zeros((2, SHORT)),
        np.zeros((2, SHORT, rows)),
        np.zeros((2, SHORT)),
        np.zeros((2, SHORT)),
        np.zeros((SHORT, SHORT)),
        np.zeros(2, dtype=np.int64),
        np.zeros((2, 3), dtype=np.int64),
    )


@kernel
def judge(board: Board, tabu: Ints, now: int, lists: Lists) -> None:
    """Write what each open move is worth."""
    state, goal, merit, price = board.state, board.goal, lists.merit, lists.price
    to, step, cost, pull = state.to, state.step, state.price, state.pull
    diagonal, specific, gamma = goal.diagonal, goal.specific, goal.gamma
    resize, kept = state.resize, not np.any(state.miss > 0.0)
    for i in range(len(pull)):
        slope, whole, own = gamma * pull[i], gamma * diagonal[i], gamma * specific[i]
        for slot in range(SLOTS):
            merit[i, slot] = price[i, slot] = np.inf
            change = step[i, slot]
            if to[i, slot] < 0 or tabu[i, 0 if change > 0.0 else 1] > now:
                continue
            base = slope * change + cost[i, slot]
            worth = base + whole * change * change
            if resize[i, slot] and kept and worth > -LITTLE:
                continue
            merit[i, slot] = worth
            price[i, slot] = base + own * change * change
    _charge(board, lists)
    if goal.high[-1] < np.inf:
        _charge_risk(board, lists)


@kernel
def _charge(board: Board, lists: Lists) -> None:
    """Add to each move what it changes of the rows' broken limits."""
    state, goal, tariff = board.state, board.goal, board.tariff
    rows_from, row, adds = tariff.rows_from, tariff.row, state.adds
    rows, miss, weight, low, high = (
        state.rows,
        state.miss,
        state.weight,
        goal.low,
        goal.high,
    )
    merit, price = lists.merit, lists.price
    for i in range(len(merit)):
        first = rows_from[i]
        for entry in range(first, rows_from[i + 1]):
            r = row[entry]
            for slot in range(SLOTS):
                if merit[i, slot] == np.inf:
                    continue
                value = rows[r] + adds[i, slot, entry - first]
                missed = max(low[r] - value, value - high[r], 0.0)
                charge = weight[r] * (missed - miss[r])
                merit[i, slot] += charge
                if miss[r] > 0.0:
                    price[i, slot] += charge


@kernel
def _charge_risk(board: Board, lists: Lists) -> None:
    """Add to each move what it changes of a broken cap on the variance."""
    state, goal, merit = board.state, board.goal, lists.merit
    for i in range(len(merit)):
        for slot in range(SLOTS):
            if merit[i, slot] == np.inf:
                continue
            step = state.step[i, slot]
            more = step * (state.pull[i] + goal.diagonal[i] * step)
            missed = max(state.rows[-1] + more - goal.high[-1], 0.0)
            charge = state.weight[-1] * (missed - state.miss[-1])
            merit[i, slot] += charge
            if state.miss[-1] > 0.0:
                lists.price[i, slot] += charge


@kernel
def shorten(board: Board, lists: Lists) -> None:
    """Pick the best single move, and list the ups and downs of the least price."""
    merit, price, pick = lists.merit, lists.price, lists.pick
    step, bound = board.state.step, np.full(2, np.inf)
    best = np.inf
    pick[:, :] = -1
    lists.size[:] = 0
    for i in range(len(merit)):
        for slot in range(SLOTS):
            if merit[i, slot] < best:
                best = merit[i, slot]
                _note(board, pick, 0, i, slot)
            way = 0 if step[i, slot] > 0.0 else 1
            if price[i, slot] < bound[way]:
                bound[way] = _enlist(lists, way, i, slot)
    for way in range(2):
        for place in range(lists.size[way]):
            _spread(board, lists, way, place)


@kernel
def _note(board: Board, pick: Ints, side: int, i: int, slot: int) -> None:
    pick[side, 0], pick[side, 1] = i, slot
    pick[side, 2] = board.state.to[i, slot]


@kernel
def _enlist(lists: Lists, way: int, i: int, slot: int) -> float:
    """Put a move on its short list, in order of the price.

    Returns the price below which others get on it.
    """
    prices, moves = lists.prices, lists.moves
    price, place = lists.price[i, slot], lists.size[way]
    if place == SHORT:
        place -= 1
    else:
        lists.size[way] += 1
    while place > 0 and prices[way, place - 1] > price:
        prices[way, place] = prices[way, place - 1]
        moves[way, place, 0] = moves[way, place - 1, 0]
        moves[way, place, 1] = moves[way, place - 1, 1]
        place -= 1
    prices[way, place] = price
    moves[way, place, 0], moves[way, place, 1] = i, slot
    return prices[way, SHORT - 1] if lists.size[way] == SHORT else np.inf


@kernel
def _spread(board: Board, lists: Lists, way: int, place: int) -> None:
    """Write what a listed move adds to weight, objective and all rows."""
    state, goal, tariff = board.state, board.goal, board.tariff
    adds = lists.adds
    i, slot = lists.moves[way, place, 0], lists.moves[way, place, 1]
    first = tariff.rows_from[i]
    adds[way, place, :] = 0.0
    for entry in range(first, tariff.rows_from[i + 1]):
        adds[way, place, tariff.row[entry]] = state.adds[i, slot, entry - first]
    step = state.step[i, slot]
    more = step * (state.pull[i] + goal.diagonal[i] * step)
    adds[way, place, -1] = more
    lists.steps[way, place] = step
    lists.values[way, place] = goal.gamma * more + state.price[i, slot]


@kernel
def pair(board: Board, lists: Lists) -> None:
    """Pick a pair of moves where one is better than the best single move."""
    state, moves, pick, joint = board.state, lists.moves, lists.pick, lists.joint
    if pick[0, 0] < 0:
        return
    ups, downs = lists.size[0], lists.size[1]
    covary(board.goal, moves[0, :ups, 0], moves[1, :downs, 0], joint)
    steps, values, gamma = lists.steps, lists.values, board.goal.gamma
    best = lists.merit[pick[0, 0], pick[0, 1]] + np.dot(state.weight, state.miss)
    for a in range(ups):
        for b in range(downs):
            more = 2.0 * joint[a, b] * steps[0, a] * steps[1, b]
            value = values[0, a] + values[1, b] + gamma * more
            if value >= best or moves[0, a, 0] == moves[1, b, 0]:
                continue
            value += _owing(board, lists, a, b, more)
            if value < best:
                best = value
                _note(board, pick, 0, moves[0, a, 0], moves[0, a, 1])
                _note(board, pick, 1, moves[1, b, 0], moves[1, b, 1])


@kernel
def _owing(board: Board, lists: Lists, a: int, b: int, joint: float) -> float:
    """Return what broken limits cost after two moves."""
    state, goal = board.state, board.goal
    last = len(state.rows) - 1
    total = 0.0
    for r in range(last + 1):
        value = state.rows[r] + lists.adds[0, a, r] + lists.adds[1, b, r]
        if r == last:
            value += joint
        missed = max(goal.low[r] - value, value - goal.high[r], 0.0)
        total += state.weight[r] * missed
    return total
