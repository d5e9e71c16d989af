# SPDX-License-Identifier: Apache-2.0
"""Moves of single securities: what is offered, and what making one changes.

Moves are offered beforehand, with what they add to weight, cost and rows; only the
tracking risk that they add depends on the other securities.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats
from di_optimizer.solve.certified.aims import best_purchase, best_sale
from di_optimizer.solve.certified.board import (
    BUYS,
    DOWN,
    IDLE,
    OUT,
    SALES,
    SLOTS,
    UP,
    Board,
    Goal,
    measure,
)
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.tariff import look


@kernel
def refresh(board: Board) -> None:
    """Work out everything of a plan anew from its places."""
    goal, tariff, state = board.goal, board.tariff, board.state
    state.rows[:] = 0.0
    state.paid[0] = 0.0
    for i in range(len(state.place)):
        after, cost = look(board.levels, tariff, i, state.place[i], state.part[i])
        state.after[i], state.cost[i] = after, cost
        state.paid[0] += cost
        first = tariff.rows_from[i]
        for entry in range(first, tariff.rows_from[i + 1]):
            state.rows[tariff.row[entry]] += state.part[i, entry - first]
    state.rows[-1] = _risk(goal, state.after, state.pull)
    measure(goal, state)
    for i in range(len(state.place)):
        offer(board, i)


@kernel
def _risk(goal: Goal, after: Floats, pull: Floats) -> float:
    """Return the variance of weights, and write its gradient."""
    n, k = goal.exposures.shape
    factor = np.zeros(k)
    for i in range(n):
        for f in range(k):
            factor[f] += goal.exposures[i, f] * (after[i] - goal.target[i])
    total = 0.0
    for f in range(k):
        total += factor[f] * factor[f]
    for i in range(n):
        active = after[i] - goal.target[i]
        slope = goal.specific[i] * active
        total += slope * active
        for f in range(k):
            slope += goal.exposures[i, f] * factor[f]
        pull[i] = 2.0 * slope
    return total


@kernel
def offer(board: Board, i: int) -> None:
    """Work out the moves of a security from where it is."""
    state, starts, place = board.state, board.levels.starts[i], board.state.place[i]
    idle = starts[2]
    state.to[i, UP] = place + 1 if place + 1 < starts[4] else -1
    state.to[i, DOWN] = place - 1
    there = starts[3] > idle and abs(place - idle) > 1
    state.to[i, IDLE] = idle if there else -1
    state.to[i, OUT] = 0 if starts[0] > 0 and place > 1 else -1
    state.to[i, BUYS] = best_purchase(board, i)
    state.to[i, SALES] = best_sale(board, i)
    for slot in range(SLOTS):
        if state.to[i, slot] >= 0:
            weigh(board, i, slot)


@kernel
def reoffer(board: Board, i: int) -> None:
    """Work out again what is best of a security's purchases and of its sales."""
    to = board.state.to
    to[i, BUYS] = best_purchase(board, i)
    to[i, SALES] = best_sale(board, i)
    for slot in (BUYS, SALES):
        if to[i, slot] >= 0:
            weigh(board, i, slot)


@kernel
def aim(board: Board, i: int, slot: int, place: int) -> None:
    """Offer a move to a place of one's own choice."""
    board.state.to[i, slot] = place
    weigh(board, i, slot)


@kernel
def weigh(board: Board, i: int, slot: int) -> None:
    """Write what a move adds to weight, cost and rows."""
    state, tariff = board.state, board.tariff
    adds = state.adds[i, slot]
    after, cost = look(board.levels, tariff, i, state.to[i, slot], adds)
    state.step[i, slot] = after - state.after[i]
    state.price[i, slot] = cost - state.cost[i]
    for entry in range(tariff.rows_from[i + 1] - tariff.rows_from[i]):
        adds[entry] -= state.part[i, entry]
    starts, here, there = board.levels.starts[i], state.place[i], state.to[i, slot]
    buys = min(here, there) >= starts[3]
    sells = min(here, there) >= starts[0] and max(here, there) < starts[1]
    state.resize[i, slot] = board.goal.fine[i] and (buys or sells)


@kernel
def move(board: Board, i: int, slot: int) -> None:
    """Make a move, and offer the security's next ones."""
    goal, tariff, state = board.goal, board.tariff, board.state
    step = state.step[i, slot]
    state.rows[-1] += step * (state.pull[i] + goal.diagonal[i] * step)
    _pull(goal, i, 2.0 * step, state.pull)
    first = tariff.rows_from[i]
    for entry in range(first, tariff.rows_from[i + 1]):
        state.rows[tariff.row[entry]] += state.adds[i, slot, entry - first]
    state.paid[0] += state.price[i, slot]
    state.place[i] = state.to[i, slot]
    after, cost = look(board.levels, tariff, i, state.place[i], state.part[i])
    state.after[i], state.cost[i] = after, cost
    offer(board, i)


@kernel
def _pull(goal: Goal, i: int, times: float, pull: Floats) -> None:
    """Add to the gradient what a change of one weight does to it."""
    if goal.gram.shape[0] > 0:
        column = goal.gram[i]
        for j in range(len(pull)):
            pull[j] += times * column[j]
        return
    own = goal.exposures[i]
    for j in range(len(pull)):
        total = 0.0
        for f in range(len(own)):
            total += goal.exposures[j, f] * own[f]
        pull[j] += times * total
    pull[i] += times * goal.specific[i]
