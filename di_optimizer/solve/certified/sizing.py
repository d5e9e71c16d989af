# SPDX-License-Identifier: Apache-2.0
"""Amounts on fine grids: what one trade takes, another one gives.

Single steps of a fine grid are worth nothing, and cash seldom allows a large one by
itself. So partners are sized to each other: two trades exchange an amount, or one is
made as large as the other pays for. Values are exact, limits included.

References
----------
J. Platt, Sequential minimal optimization, 1998 (two variables under one equation).
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats
from di_optimizer.solve.certified.board import BUYS, DOWN, SALES, UP, Board, measure
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.merits import Lists
from di_optimizer.solve.certified.moves import aim, move

NEAR = 12  # moves of each short list whose partners are sized to them
GAIN = 1e-11  # fraction of base: exchanges worth less are left


@kernel
def even_out(board: Board, most: int) -> None:
    """Exchange amounts between trades until they cost the same, or so many times."""
    for _ in range(most):
        i, j = _furthest(board)
        if i < 0 or not _exchange(board, i, j):
            return


@kernel
def _taken(board: Board, i: int, slot: int) -> float:
    """Return what a move takes of what ties trades together: cash, or weight."""
    own = board.goal.tied[i]
    return board.state.step[i, slot] if own < 0 else -board.state.adds[i, slot, own]


@kernel
def _furthest(board: Board) -> tuple[int, int]:
    """Return whose amount costs least to raise and whose saves most to lower."""
    state, tied, gamma = board.state, board.goal.tied, board.goal.gamma
    to, resize, step, adds = state.to, state.resize, state.step, state.adds
    price, pull = state.price, state.pull
    least, most, up, down = np.inf, -np.inf, -1, -1
    for i in range(len(pull)):
        own = tied[i]
        for slot in (UP, DOWN):
            if to[i, slot] < 0 or not resize[i, slot]:
                continue
            taken = step[i, slot] if own < 0 else -adds[i, slot, own]
            if taken == 0.0:
                continue
            rate = (gamma * pull[i] * step[i, slot] + price[i, slot]) / taken
            if slot == UP and rate < least:
                least, up = rate, i
            elif slot == DOWN and rate > most:
                most, down = rate, i
    if up < 0 or down < 0 or up == down or most <= least:
        return -1, -1
    return up, down


@kernel
def _exchange(board: Board, i: int, j: int) -> bool:
    """Raise one amount and lower another; return whether that was worth it."""
    state, goal, starts = board.state, board.goal, board.levels.starts
    one, other = _taken(board, i, UP), -_taken(board, j, DOWN)
    u, v = state.step[i, UP] / one, state.step[j, DOWN] / other
    gain = -(goal.gamma * state.pull[i] * u + state.price[i, UP] / one)
    gain -= goal.gamma * state.pull[j] * v + state.price[j, DOWN] / other
    bend = goal.diagonal[i] * u * u + goal.diagonal[j] * v * v
    bend += 2.0 * u * v * _covariance(board, i, j)
    amount = gain / (2.0 * goal.gamma * bend) if goal.gamma * bend > 0.0 else np.inf
    buying, selling = state.place[i] >= starts[i, 3], state.place[j] < starts[j, 1]
    end = starts[i, 4] if buying else starts[i, 1]
    first = starts[j, 0] if selling else starts[j, 3]
    room = min((end - 1 - state.place[i]) * one, (state.place[j] - first) * other)
    slots = BUYS if buying else SALES, SALES if selling else BUYS
    amount = min(amount, room)
    for _ in range(3):
        ups, downs = np.int64(amount / one), np.int64(amount / other + 0.5)
        if ups < 1 or downs < 1 or downs > state.place[j] - first:
            return False
        aim(board, i, slots[0], state.place[i] + ups)
        aim(board, j, slots[1], state.place[j] - downs)
        if worth(board, i, slots[0], j, slots[1]) < -GAIN:
            move(board, i, slots[0])
            move(board, j, slots[1])
            measure(goal, state)
            return True
        amount *= 0.125
    return False


@kernel
def _covariance(board: Board, i: int, j: int) -> float:
    one, other = board.goal.exposures[i], board.goal.exposures[j]
    total = 0.0
    for f in range(len(one)):
        total += one[f] * other[f]
    return total


@kernel
def worth(board: Board, i: int, s: int, j: int, t: int) -> float:
    """Return what two moves change together, limits included."""
    state, goal = board.state, board.goal
    one, other = state.step[i, s], state.step[j, t]
    adds = np.zeros(len(state.rows))
    _add(board, i, s, adds)
    _add(board, j, t, adds)
    adds[-1] = one * (state.pull[i] + goal.diagonal[i] * one)
    adds[-1] += other * (state.pull[j] + goal.diagonal[j] * other)
    adds[-1] += 2.0 * one * other * _covariance(board, i, j)
    total = goal.gamma * adds[-1] + state.price[i, s] + state.price[j, t]
    for r in range(len(adds)):
        value = state.rows[r] + adds[r]
        missed = max(goal.low[r] - value, value - goal.high[r], 0.0)
        total += state.weight[r] * (missed - state.miss[r])
    return total


@kernel
def _add(board: Board, i: int, slot: int, adds: Floats) -> None:
    tariff = board.tariff
    first = tariff.rows_from[i]
    for entry in range(first, tariff.rows_from[i + 1]):
        adds[tariff.row[entry]] += board.state.adds[i, slot, entry - first]


@kernel
def fit(board: Board, lists: Lists) -> None:
    """Pick a pair where one is sized to the other, if it is better than the pick.

    Where the best move is for the better anyway, there is no need to.
    """
    pick, size, moves = lists.pick, lists.size, lists.moves
    best = _worth_of_pick(board, lists)
    if best < 0.0:
        return
    bar = best + np.dot(board.state.weight, board.state.miss)
    for way in range(2):
        for a in range(min(NEAR, size[way])):
            i, s = moves[way, a, 0], moves[way, a, 1]
            kept = board.state.to[i, s]
            first, end = _run(board, i, kept)
            if not board.goal.fine[i] or end - first < 2:
                continue
            for b in range(min(NEAR, size[1 - way])):
                j, t = moves[1 - way, b, 0], moves[1 - way, b, 1]
                place = _sized(board, i, s, j, t)
                place = min(max(place, first), end - 1)
                if i == j or place in (kept, board.state.place[i]):
                    continue
                joint = lists.joint[a, b] if way == 0 else lists.joint[b, a]
                if _guess(board, i, s, j, t, place - kept, joint) >= bar:
                    continue
                aim(board, i, s, place)
                found = worth(board, i, s, j, t)
                aim(board, i, s, kept)
                if found < best:
                    bar += found - best
                    best = found
                    pick[0, 0], pick[0, 1], pick[0, 2] = i, s, place
                    pick[1, 0], pick[1, 1], pick[1, 2] = j, t, board.state.to[j, t]


@kernel
def _run(board: Board, i: int, place: int) -> tuple[int, int]:
    """Return the run of places of purchases or sales that a place is in, or none."""
    starts = board.levels.starts
    if place >= starts[i, 3]:
        return starts[i, 3], starts[i, 4]
    if starts[i, 0] <= place < starts[i, 1]:
        return starts[i, 0], starts[i, 1]
    return 0, 0


@kernel
def _sized(board: Board, i: int, s: int, j: int, t: int) -> int:
    """Return where the first move would take what the second one leaves."""
    state, own, unit = board.state, board.goal.tied[i], board.levels.step[i]
    if own >= 0 and state.to[i, s] >= board.levels.starts[i, 3]:
        unit *= -board.tariff.per_buy[board.tariff.rows_from[i] + own]
    short = -_taken(board, j, t) - _taken(board, i, s)
    return state.to[i, s] + np.int64(np.rint(short / unit))


@kernel
def _guess(
    board: Board, i: int, s: int, j: int, t: int, more: int, joint: float
) -> float:
    """Return what two moves change when one is larger, limits left out."""
    state, goal, one = board.state, board.goal, board.state.step[i, s]
    other, extra = state.step[j, t], more * board.levels.step[i]
    price = board.tariff.buy_cost[i]
    if state.to[i, s] < board.levels.starts[i, 3]:
        price = state.price[i, s] / one
    size = one + extra
    risk = size * (state.pull[i] + goal.diagonal[i] * size)
    risk += other * (state.pull[j] + goal.diagonal[j] * other)
    risk += 2.0 * joint * size * other
    return goal.gamma * risk + state.price[i, s] + price * extra + state.price[j, t]


@kernel
def _worth_of_pick(board: Board, lists: Lists) -> float:
    pick = lists.pick
    if pick[0, 0] < 0:
        return np.inf
    if pick[1, 0] < 0:
        return lists.merit[pick[0, 0], pick[0, 1]]
    return worth(board, pick[0, 0], pick[0, 1], pick[1, 0], pick[1, 1])
