# SPDX-License-Identifier: Apache-2.0
"""Curbs and lazy rows, one at a time: solve, add what the plan breaks, solve again.

Every engine solves programs of rows. A curb is the limit of infinitely many of them;
of many rows about sectors or factors few bind. The program with some of them admits
more plans, so its bound holds for all of them; once its plan breaks none of the
others, that plan is one of the whole program. The first rounds look at the root of
the search alone.

Reference: Kelley (1960), The cutting-plane method for solving convex programs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps

import numpy as np

from di_optimizer.program.curbs import Curb
from di_optimizer.program.program import Floats, Program, Row
from di_optimizer.solve.cut_rows import with_cut_rows
from di_optimizer.solve.solution import Attempt, Cut, Leaf, Settings, Solution, Status

Solve = Callable[[Program, Settings, Solution | None], Solution]

MARGIN = 1e-6  # by which plans stay inside of curbs: weight, or tracking error
WIDER = 1.5  # by which the margin grows a round once they are many
PATIENT = 25  # rounds before it does
ROUNDS = 80
KEPT = 1e-9  # by how much a plan may miss a lazy row, and a curb, fraction of base


@dataclass(frozen=True)
class _Work:
    """Which rows, by number, and which cuts a round knows; the margin of cuts."""

    rows: tuple[int, ...]
    cuts: tuple[Cut, ...]
    margin: float = MARGIN


@dataclass(frozen=True)
class _Spent:
    """What all rounds took together."""

    iterations: int = 0
    nodes: int = 0
    seconds: float = 0.0
    attempts: tuple[Attempt, ...] = ()

    def plus(self, found: Solution) -> _Spent:
        """Add a round."""
        return _Spent(
            self.iterations + found.iterations,
            self.nodes + found.nodes,
            self.seconds + found.seconds,
            (*self.attempts, *found.attempts),
        )


def with_cuts(solve: Solve) -> Solve:
    """Return an engine that knows curbs and leaves lazy rows out until they bind."""

    @wraps(solve)
    def search(
        program: Program, settings: Settings, warm: Solution | None = None
    ) -> Solution:
        if not program.curbs and not any(row.lazy for row in program.rows):
            return solve(program, settings, warm)
        return _search(solve, program, settings, warm)

    return search


def _search(
    solve: Solve, program: Program, settings: Settings, warm: Solution | None
) -> Solution:
    """Solve in rounds, the first ones at the root of the search alone."""
    work, spent, coarse = _first(program, warm), _Spent(), True
    start = None if warm is None else _narrowed(warm, work, program)
    for number in range(ROUNDS):
        asked = replace(settings, nodes=0, flips=0) if coarse else settings
        found = solve(_some(program, work), asked, start)
        spent = spent.plus(found)
        wider = _wider(program, work, found, number)
        if wider is None and (not coarse or found.status is Status.SOLVED):
            return _finished(program, work, found, spent, settings)
        if found.status is Status.INFEASIBLE:
            return _finished(program, work, found, spent, settings)
        coarse = coarse and wider is not None
        if wider is not None:
            start = _narrowed(_expanded(program, work, found), wider, program)
            work = wider
        else:
            start = found
    message = f"limits still broken after {ROUNDS} rounds"
    none = Solution(status=Status.NO_PLAN, engine=found.engine, message=message)
    return replace(
        none,
        leaves=_expanded(program, work, found).leaves,
        cuts=work.cuts,
        bound=_bound(work, found),
        attempts=spent.attempts,
        seconds=spent.seconds,
    )


def _first(program: Program, warm: Solution | None) -> _Work:
    """Return the rows that are not lazy, and what bound an answer to start from."""
    rows = {j for j, row in enumerate(program.rows) if not row.lazy}
    count = len(program.rows)
    if warm is None or not warm.leaves or len(warm.leaves[0].rows) < count:
        return _Work(tuple(sorted(rows)), ())
    prices = warm.leaves[0].rows
    rows |= set(np.flatnonzero(prices[:count]).tolist())
    known = zip(warm.cuts, prices[count:].tolist(), strict=False)
    cuts = (cut for cut, price in known if price and _is_cut(program, cut))
    return _Work(tuple(sorted(rows)), tuple(cuts))


def _is_cut(program: Program, cut: Cut) -> bool:
    """Return whether a cut of another program is one of this, too."""
    inside = cut.curb < len(program.curbs)
    return inside and program.curbs[cut.curb].admits(cut.direction)


def _some(program: Program, work: _Work) -> Program:
    """Return the program with some of its rows, and cuts in the place of curbs."""
    few = replace(program, rows=tuple(program.rows[j] for j in work.rows))
    return with_cut_rows(few, work.cuts, work.margin)


def _wider(program: Program, work: _Work, found: Solution, number: int) -> _Work | None:
    """Return what the next round knows: what the plan breaks too; None for nothing."""
    if found.buys is None or found.sells is None:
        return None
    buys, sells = found.buys, found.sells
    missing = set(range(len(program.rows))) - set(work.rows)
    rows = {j for j in missing if _missed(program, program.rows[j], buys, sells)}
    after = program.after(buys, sells)
    cuts = [
        Cut(j, curb.direction(after))
        for j, curb in enumerate(program.curbs)
        if _over(program, j, curb, buys, after) > KEPT
    ]
    if not rows and not cuts:
        return None
    margin = work.margin * (WIDER if number >= PATIENT else 1.0)
    return _Work(tuple(sorted({*work.rows, *rows})), (*work.cuts, *cuts), margin)


def _missed(program: Program, row: Row, buys: Floats, sells: Floats) -> bool:
    value = program.row_value(row, buys, sells)
    return bool(value > row.upper + KEPT or value < row.lower - KEPT)


def _over(
    program: Program, number: int, curb: Curb, buys: Floats, after: Floats
) -> float:
    """Return by how much weights miss a curb, beyond the room that was bought."""
    first = program.securities
    room = sum(
        float(buys[first + j])
        for j, slack in enumerate(program.slacks)
        if slack.curb == number
    )
    return curb.value(after) - curb.limit - room


def _expanded(program: Program, work: _Work, found: Solution) -> Solution:
    """Return an answer with multipliers of all rows, then of the cuts."""
    return replace(
        found,
        leaves=tuple(_full(program, work, leaf) for leaf in found.leaves),
        cuts=work.cuts,
    )


def _full(program: Program, work: _Work, leaf: Leaf) -> Leaf:
    rows = np.zeros(len(program.rows) + len(work.cuts))
    rows[list(work.rows)] = leaf.rows[: len(work.rows)]
    rows[len(program.rows) :] = leaf.rows[len(work.rows) :]
    return replace(leaf, rows=rows)


def _narrowed(whole: Solution, work: _Work, program: Program) -> Solution:
    """Return an answer with multipliers of the rows and cuts of a round."""
    count = len(program.rows)
    if not whole.leaves or len(whole.leaves[0].rows) < count:
        return whole
    cuts = {id(cut): count + j for j, cut in enumerate(whole.cuts)}

    def few(leaf: Leaf) -> Leaf:
        prices = [float(leaf.rows[j]) for j in work.rows]
        for cut in work.cuts:
            place = cuts.get(id(cut))
            prices.append(0.0 if place is None else float(leaf.rows[place]))
        return replace(leaf, rows=np.array(prices))

    return replace(whole, leaves=(few(whole.leaves[0]), *whole.leaves[1:]))


def _bound(work: _Work, found: Solution) -> float | None:
    """Return the bound without the margin: less what its multipliers made of it."""
    if found.bound is None or not work.cuts or not np.isfinite(found.bound):
        return found.bound
    own = len(work.rows)
    paid = [float(np.maximum(leaf.rows[own:], 0.0).sum()) for leaf in found.leaves]
    return found.bound - work.margin * max(paid, default=0.0)


def _finished(
    program: Program, work: _Work, found: Solution, spent: _Spent, settings: Settings
) -> Solution:
    """Return the last round's answer as one to the whole program."""
    bound, status = _bound(work, found), found.status
    if found.objective is not None and bound is not None and status is Status.SOLVED:
        inside = found.objective - bound <= settings.gap
        status = Status.SOLVED if inside else Status.LIMIT
    return replace(
        _expanded(program, work, found),
        status=status,
        bound=bound,
        iterations=spent.iterations,
        nodes=spent.nodes,
        seconds=spent.seconds,
        attempts=spent.attempts,
    )
