# SPDX-License-Identifier: Apache-2.0
"""Local search over rungs: single moves and exact pairs, within rows and cap.

A plan outside a limit is brought inside first, at the least loss for what it mends.
Then the best move counts, and where none improves the best two at once.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints
from di_optimizer.solve.reference.moves import (
    Moves,
    Place,
    Terrain,
    moves_of,
    place_of,
)

BETTER = 1e-11  # fraction of base; a move counts as better from here on
ROUGHLY = 1e-8  # the same where amounts are free: they are solved for afterwards
INSIDE = 1e-10  # fraction of base; by this a row may be missed here
PAIRED = 160  # moves that are paired with each other
DEAR = (0.5, 0.75, 1.0)  # quantiles of steps that moves of several rungs match
FAR = (10, 100, 1000)  # rungs that moves make as well where amounts are free
ALL = 200  # rungs in all; so many are all tried
MOST_RUNGS = 10**6


def improve(terrain: Terrain, rungs: Ints, prices: Floats) -> Ints:
    """Return better rungs, inside all limits if a way there is found, (n,).

    Parameters
    ----------
    prices : (rows,)
        Multipliers of the rows: which moves are promising.
    """
    if np.any(terrain.ladder.total == 0):
        return rungs
    usual = _usual(terrain)
    for _ in range(4 * len(rungs) + 100):
        place = place_of(terrain, rungs)
        outside = float(excess(terrain, place.rows[:, None])[0])
        moves = moves_of(terrain, place, usual + _needed(terrain, outside))
        chosen = _single(terrain, place, moves, outside)
        if not len(chosen):
            short = moves.only(_promising(terrain, moves, prices))
            found = _pair(terrain, place, short, outside)
            if not len(found):
                break
            security, rung = short.security[found], short.rung[found]
        else:
            security, rung = moves.security[chosen], moves.rung[chosen]
        rungs = rungs.copy()
        rungs[security] = rung
    return rungs


def excess(terrain: Terrain, values: Floats) -> Floats:
    """Return by how much values (rows + 1, ...) are outside limits in all.

    The cap counts as one on tracking error. A name too many weighs as much as the
    whole account: counts are mended first.
    """
    rows, cap = terrain.program.rows, terrain.program.variance_cap
    total: Floats = np.zeros(values.shape[1:])
    for row, value in zip(rows, values, strict=False):
        beyond = np.maximum(value - row.upper, row.lower - value)
        total += np.where(beyond > INSIDE, beyond, 0.0)
    if np.isfinite(cap):
        error = np.sqrt(np.maximum(values[-1], 0.0)) - np.sqrt(cap)
        total += np.where(error > INSIDE, error, 0.0)
    return total


def _usual(terrain: Terrain) -> list[Ints]:
    """One rung each, and as many as one of a dear security is worth; of few, all."""
    if int(terrain.ladder.total.sum()) <= ALL:
        every = range(1, int(terrain.ladder.total.max()))
        return [np.full(terrain.program.n, number) for number in every]
    size, free = terrain.ladder.step, terrain.free
    dear = np.unique(np.quantile(size, DEAR, method="nearest"))
    ratios = [one / size for one in dear]
    counts = [np.ones(len(size)), *map(np.floor, ratios), *map(np.ceil, ratios)]
    counts += [np.where(free, n, 1) for n in FAR if np.any(free)]
    return [np.clip(n, 1, MOST_RUNGS).astype(np.int64) for n in counts]


def _needed(terrain: Terrain, outside: float) -> list[Ints]:
    """As many rungs as bring a limit that is missed by so much in."""
    if outside <= 0.0:
        return []
    count = np.ceil(outside / terrain.ladder.step)
    return [np.clip(count, 1, MOST_RUNGS).astype(np.int64)]


def _score(terrain: Terrain, change: Floats, outside: float, after: Floats) -> Floats:
    """Return what is least for the best move; inf where a move is none."""
    if outside > 0.0:
        mended = outside - after
        fits = mended > INSIDE
        return np.where(fits, change / np.where(fits, mended, 1.0), np.inf)
    least = ROUGHLY if np.any(terrain.free) else BETTER
    fits = (after <= 0.0) & (change < -least)
    return np.where(fits, change, np.inf)


def _single(terrain: Terrain, place: Place, moves: Moves, outside: float) -> Ints:
    """Return the best move by itself, (1,), or none, (0,)."""
    if not len(moves.security):
        return np.zeros(0, dtype=np.int64)
    after = excess(terrain, place.rows[:, None] + moves.rows)
    score = _score(terrain, moves.change, outside, after)
    best = int(np.argmin(score))
    return np.array([best] if np.isfinite(score[best]) else [], dtype=np.int64)


def _promising(terrain: Terrain, moves: Moves, prices: Floats) -> Ints:
    """Return the moves that cost least at the prices of the rows."""
    cost = moves.change + prices @ moves.rows[: len(terrain.program.rows)]
    return np.argsort(cost, kind="stable")[:PAIRED]


def _pair(terrain: Terrain, place: Place, moves: Moves, outside: float) -> Ints:
    """Return the best two moves at once, (2,), or none, (0,)."""
    first, second = np.triu_indices(len(moves.security), 1)
    apart: Flags = moves.security[first] != moves.security[second]
    first, second = first[apart], second[apart]
    if not len(first):
        return np.zeros(0, dtype=np.int64)
    exposures = terrain.program.exposures[moves.security]
    cross = 2.0 * (exposures @ exposures.T)[first, second]
    cross *= moves.shift[first] * moves.shift[second]
    change = moves.change[first] + moves.change[second]
    change += terrain.program.gamma * cross
    rows = place.rows[:, None] + moves.rows[:, first] + moves.rows[:, second]
    rows[-1] += cross
    score = _score(terrain, change, outside, excess(terrain, rows))
    best = int(np.argmin(score))
    if not np.isfinite(score[best]):
        return np.zeros(0, dtype=np.int64)
    return np.array([first[best], second[best]], dtype=np.int64)
