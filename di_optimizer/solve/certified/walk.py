# SPDX-License-Identifier: Apache-2.0
"""A tabu search over the allowed amounts, with starts from the best plan again.

Each iteration makes the best move, or pair of moves, that is not the way back from a
late one, also where it is for the worse. Broken limits are allowed on the way, at a
price that rises while they are broken.

References
----------
F. Glover, Tabu search and adaptive memory programming, 1997 (strategic oscillation).
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.certified.board import SLOTS, Board, measure
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.merits import judge, lists_of, pair, shorten
from di_optimizer.solve.certified.moves import aim, move, refresh, reoffer
from di_optimizer.solve.certified.sizing import even_out, fit

TENURE = 10  # a move is not taken back for up to twice as many iterations ...
FEW = 8  # ... or for an n-th of the number of securities where these are few
PATIENCE = 100  # iterations without a better plan before the search starts again
KICKS = 5  # random moves from the best plan when it does
RISE, FALL = 1.05, 0.99  # of the price of a limit while it is broken, and while not
AGAIN = 4  # securities whose best amounts are worked out again in an iteration
EVEN = 8  # exchanges of amounts on fine grids in an iteration
DRIFT = 1024  # iterations after which sums are worked out anew
BETTER = 1e-13  # fraction of base: less is rounding
SEED = 20080915  # of the random moves


@kernel
def walk(board: Board, effort: int, best: Ints) -> float:
    """Search for so many iterations; return the value of the best plan, or inf.

    ``best`` gets its places, (n,).
    """
    state, n = board.state, len(board.state.place)
    lists = lists_of(n, len(state.rows))
    tabu = np.zeros((n, 2), dtype=np.int64)
    floor = state.weight.copy()
    seed = np.array([SEED])
    value, lately, stall = np.inf, np.inf, 0
    sized = np.any(board.goal.fine)
    refresh(board)
    for now in range(effort):
        if measure(board.goal, state):
            found = board.goal.gamma * state.rows[-1] + state.paid[0]
            stall = 0 if found < lately - BETTER else stall
            lately = min(found, lately)
            if found < value - BETTER:
                value = found
                best[:] = state.place
        stall += 1
        if stall > PATIENCE:
            _kick(board, best, value < np.inf, seed)
            stall, lately = 0, np.inf
        elif now % DRIFT == DRIFT - 1:
            refresh(board)
        _reprice(board, floor)
        for turn in range(now * AGAIN, (now + 1) * AGAIN):
            reoffer(board, turn % n)
        judge(board, tabu, now, lists)
        shorten(board, lists)
        pair(board, lists)
        if sized:
            fit(board, lists)
        for side in range(2):
            if lists.pick[side, 0] >= 0:
                _make(board, tabu, now, lists.pick[side], seed)
        if sized:
            even_out(board, EVEN)
    return value


@kernel
def _draw(seed: Ints, most: int) -> int:
    """Return a number from 0 to below ``most``: Lehmer's generator."""
    seed[0] = seed[0] * 48271 % 2147483647
    return seed[0] % most


@kernel
def _make(board: Board, tabu: Ints, now: int, pick: Ints, seed: Ints) -> None:
    """Make a move, and forbid the way back for some time."""
    i, slot = pick[0], pick[1]
    if board.state.to[i, slot] != pick[2]:
        aim(board, i, slot, pick[2])
    back = 1 if board.state.step[i, slot] > 0.0 else 0
    tenure = min(TENURE, len(tabu) // FEW) + 1
    tabu[i, back] = now + tenure + _draw(seed, tenure)
    move(board, i, slot)


@kernel
def _kick(board: Board, best: Ints, found: bool, seed: Ints) -> None:
    """Go back to the best plan, if there is one, and make some moves at random."""
    state = board.state
    if found:
        state.place[:] = best
        refresh(board)
    for _ in range(1 + _draw(seed, 2 * KICKS)):
        i, slot = _draw(seed, len(best)), _draw(seed, SLOTS)
        slot = slot if state.to[i, slot] >= 0 else slot % 2
        if state.to[i, slot] >= 0:
            move(board, i, slot)
    measure(board.goal, state)


@kernel
def _reprice(board: Board, floor: Floats) -> None:
    """Let the price of a limit rise while it is broken and fall while it is not."""
    miss, weight = board.state.miss, board.state.weight
    for r in range(len(weight)):
        if miss[r] > 0.0:
            weight[r] = min(weight[r] * RISE, 1e6 * floor[r])
        else:
            weight[r] = max(weight[r] * FALL, floor[r])
