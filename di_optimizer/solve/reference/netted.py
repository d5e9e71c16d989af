# SPDX-License-Identifier: Apache-2.0
"""A netted bill, piece by piece: every piece is proven, the live ones are searched.

A piece whose bound reaches the best plan's objective cannot hold a better one. Most
are settled by multipliers that are known from the account at flat rates or from
another piece, with those of the piece's own limits fitted to it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from di_optimizer.program.netting import Netting
from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.blocks import open_modes
from di_optimizer.solve.conflicts import row_prices
from di_optimizer.solve.pieces import at_piece
from di_optimizer.solve.reference.flips import flip
from di_optimizer.solve.reference.hull import solve_hull
from di_optimizer.solve.reference.purify import FEASIBLE
from di_optimizer.solve.reference.search import fallback, leaning_plan
from di_optimizer.solve.reference.task import Found, Task, better
from di_optimizer.solve.solution import Leaf, Settings

TRIES = 60  # evaluations of the dual function that fit the multipliers of one piece
STEP = 0.05  # first step of the fit, in units of tax rate
FINEST = 1e-4
RAYS = tuple(10.0**power for power in range(-2, 9))


@dataclass(frozen=True)
class Known:
    """Multipliers ν, μ and of the cap, and the rates of gains they belong to."""

    factors: Floats
    rows: Floats
    rates: Floats
    risk: float = 0.0


def solve_netted(
    program: Program, flat: Task, start: Found | None, settings: Settings
) -> tuple[list[Task], Found | None]:
    """Return every piece with its bound, and the best plan at the true bill.

    Parameters
    ----------
    flat : Task
        The program at flat rates, solved.
    start : Found or None
        Its plan: a plan here too, and the first one to beat.
    """
    if program.netting is None:
        raise ValueError("a program without netting has no pieces")
    pieces = range(len(program.netting.pieces))
    tasks = [Task(at_piece(program, i), program, flat.trace, i) for i in pieces]
    flat.trace.flips = 0  # the pieces have a budget of their own
    best = None if start is None else at_true_bill(program, start)
    known = [_known_flat(flat)]
    for task in tasks:
        _fit(task, known[0], _goal(best, settings))
    for task in sorted(tasks, key=lambda t: (t.bound, t.piece)):
        for one in known[1:]:
            _fit(task, one, _goal(best, settings))
        if task.bound < _goal(best, settings):
            best = _search(task, start, best, settings)
            known += _known_piece(task)
    open_ = (task for task in tasks if not task.empty)
    return tasks, best or next((p for p in map(fallback, open_) if p), None)


def at_true_bill(program: Program, found: Found) -> Found | None:
    """Return a plan judged by the bill of the year; None above the bill's limit."""
    netting = program.netting
    if netting is not None:
        bill = netting.bill(*program.realised(found.buys, found.sells))
        if bill > netting.cap + FEASIBLE:
            return None
    return replace(found, terms=program.terms(found.buys, found.sells))


def _goal(best: Found | None, settings: Settings) -> float:
    """Return the bound at which a piece is settled."""
    return np.inf if best is None else best.objective - settings.gap


def _search(
    task: Task, start: Found | None, best: Found | None, settings: Settings
) -> Found | None:
    """Search one piece; the choices of plans from elsewhere are tried in it."""
    goal = _goal(best, settings)
    hull = solve_hull(task)
    task.empty = hull.point is None
    if hull.point is None:
        _exclude(task, goal)
        return best
    if task.bound >= goal:
        return best
    others = [found.choice for found in (best, start) if found is not None]
    own = leaning_plan(task, hull, others)
    best = better(own, best)
    if own is None or best is None:
        return best
    return better(flip(task, own, settings, best.objective), best)


def _known_flat(flat: Task) -> Known:
    """Return the flat account's multipliers; a term's rate is its lots' usual one."""
    lots = flat.program.lots
    terms = [lots.rate[lots.long_term == long] for long in (False, True)]
    rates = [float(np.median(rate)) if len(rate) else 0.0 for rate in terms]
    leaf = flat.leaf
    if leaf is None:
        count, k = len(flat.program.rows), flat.program.exposures.shape[1]
        return Known(np.zeros(k), np.zeros(count), np.array(rates))
    return Known(leaf.factors, leaf.rows, np.array(rates), leaf.risk)


def _known_piece(task: Task) -> list[Known]:
    """Return a searched piece's multipliers with the rates they amount to."""
    if task.leaf is None:
        return []
    rates = _rates(task) + task.leaf.piece_rows @ _normals(task)
    return [Known(task.leaf.factors, task.leaf.rows, rates, task.leaf.risk)]


def _netting(task: Task) -> Netting:
    netting = task.whole.netting
    if netting is None:
        raise ValueError("a program without netting has no pieces")
    return netting


def _rates(task: Task) -> Floats:
    """Return what a piece charges for short and long gains in the objective."""
    netting = _netting(task)
    piece = netting.pieces[task.piece]
    return netting.weight * np.array([piece.short_rate, piece.long_rate])


def _normals(task: Task) -> Floats:
    """Return (a, b) of each limit of a piece, (limits, 2)."""
    limits = _netting(task).limits(task.piece)
    return np.array([limit[:2] for limit in limits]).reshape(-1, 2)


def _fit(task: Task, known: Known, goal: float) -> None:
    """Improve the bound of a piece with known multipliers, up to a goal.

    The limits' multipliers start where they turn the piece's rates into those that
    are known, and are improved by a compass search with growing steps: where the
    account cannot reach the piece, the bound has no top.
    """
    if task.bound >= goal:
        return
    normals = _normals(task)
    prices = np.zeros(len(normals))
    if len(prices):
        prices = nnls(normals.T, _rates(task) - known.rates)[0]
    value, tries, step = _try(task, known, prices), 1, STEP
    while len(prices) and tries < TRIES and step >= FINEST and task.bound < goal:
        moved = False
        for number, sign in itertools.product(range(len(prices)), (0, 1)):
            other = prices.copy()
            other[number] = max(other[number] + (step if sign else -step), 0.0)
            if np.array_equal(other, prices):
                continue
            found = _try(task, known, other)
            tries += 1
            if found > value:
                value, prices, moved = found, other, True
                break
        step *= 2.0 if moved else 0.5


def _try(task: Task, known: Known, prices: Floats) -> float:
    """Return the dual function at known multipliers and prices of the limits."""
    leaf = Leaf(
        factors=known.factors,
        rows=known.rows,
        sides=np.zeros(task.program.n, dtype=np.int64),
        modes=open_modes(task.program),
        piece=task.piece,
        piece_rows=-prices,
        risk=known.risk,
    )
    return task.improve(leaf)


def _exclude(task: Task, goal: float) -> None:
    """Prove that the account cannot reach a piece: a ray on which the bound rises."""
    ray = row_prices(task.program)
    count = len(task.whole.rows)
    for size in RAYS:
        if task.bound >= goal:
            break
        known = Known(
            np.zeros(task.program.exposures.shape[1]), size * ray[:count], np.zeros(2)
        )
        _try(task, known, -size * ray[count:])
