# SPDX-License-Identifier: Apache-2.0
"""Curbs and lazy rows, a few at a time: solve, add what the plan breaks, solve again.

Every engine solves programs of rows. A curb is the limit of infinitely many of them;
of many rows about sectors or factors few bind. The program with some of them admits
more plans, so its bound holds for all of them. Rounds at the root of the search find
the cuts that matter; then the whole search bounds, and where its plan breaks a curb,
the plan's choices are kept and its amounts moved inside.

Reference: Kelley (1960), The cutting-plane method for solving convex programs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from di_optimizer.program.curbs import ActiveCurb
from di_optimizer.program.program import Program
from di_optimizer.solve.active_share import approached
from di_optimizer.solve.cut_work import (
    MARGIN,
    Found,
    Work,
    broken,
    expanded,
    first_work,
    fixed_to,
    narrowed,
    some_of,
    wider,
)
from di_optimizer.solve.solution import Settings, Solution, Status

Solve = Callable[[Program, Settings, Solution | None], Solution]

AT_ROOT = 12  # rounds at the root of the search
SEARCHES = 2  # whole searches
INSIDE = 16  # rounds that move a plan's amounts inside
PATIENT = 5  # of them before cuts become tighter than they have to be
WIDER = 4.0  # by which they do, each round
WIDEST = 1e-3  # and at most: weight, or tracking error


def with_cuts(solve: Solve) -> Solve:
    """Return an engine that knows curbs and leaves lazy rows out until they bind."""

    @wraps(solve)
    def search(
        program: Program, settings: Settings, warm: Solution | None = None
    ) -> Solution:
        if not program.curbs and not any(row.lazy for row in program.rows):
            return solve(program, settings, warm)
        return _Rounds(solve, program, settings).run(warm)

    return search


class _Rounds:
    """One search: the best plan within all limits so far, and the best bound."""

    def __init__(self, solve: Solve, program: Program, settings: Settings) -> None:
        self.solve = solve
        self.program = program
        self.settings = settings
        self.root = replace(settings, nodes=0, flips=0)
        self.found = Found(program, settings)

    def run(self, warm: Solution | None) -> Solution:
        """Return the answer to the whole program."""
        work = first_work(self.program, warm)
        start = None if warm is None else narrowed(warm, work, self.program)
        work, last = self._at_root(work, start)
        for _ in range(SEARCHES):
            if self.found.is_done or last.status is Status.INFEASIBLE:
                break
            start = narrowed(expanded(self.program, work, last), work, self.program)
            last = self._solved(self.program, work, self.settings, start)
            if last.buys is None or broken(self.program, work, last) is None:
                break
            work = self._inside(work, last)
        return self.found.solution(expanded(self.program, work, last))

    def _at_root(self, work: Work, start: Solution | None) -> tuple[Work, Solution]:
        """Add what root plans break, until one breaks nothing."""
        last = self._solved(self.program, work, self.root, start)
        for number in range(AT_ROOT):
            missing = broken(self.program, work, last)
            if missing is None or (number > 1 and self._only_active(missing)):
                break
            work = wider(work, missing)
            whole = expanded(self.program, work, last)
            start = narrowed(whole, work, self.program)
            last = self._solved(self.program, work, self.root, start)
        return work, last

    def _inside(self, work: Work, last: Solution) -> Work:
        """Keep a plan's choices and add what its amounts break, until nothing is."""
        fixed, modes = fixed_to(self.program, last), last.modes
        for number in range(INSIDE):
            missing = broken(self.program, work, last)
            if missing is None:
                break
            work = self._approached(fixed, wider(work, missing), last, number)
            few = some_of(fixed, work, _margin(number))
            last = self.solve(few, self.root, None)
            self.found.spend(last)
            if last.buys is not None:
                last = replace(last, modes=modes)
                self.found.offer(work, last)
        return work

    def _only_active(self, missing: Work) -> bool:
        """Return whether nothing but active share is broken: it has its cut by now."""
        curbs = [self.program.curbs[cut.curb] for cut in missing.cuts]
        return not missing.rows and all(isinstance(c, ActiveCurb) for c in curbs)

    def _approached(
        self, program: Program, work: Work, last: Solution, number: int
    ) -> Work:
        """Return work with the cut that holds an active share, once that is needed.

        The first round's cut says about what a unit of active share is worth.
        """
        if number != 1 or last.buys is None or last.sells is None:
            return work
        after = program.after(last.buys, last.sells)
        for j, curb in enumerate(self.program.curbs):
            if isinstance(curb, ActiveCurb) and curb.value(after) > curb.limit:
                price = max(
                    (p for p, cut in _priced(work, last) if cut == j), default=0.0
                )
                cut, plans = approached(
                    self.solve,
                    some_of(program, work),
                    self.root,
                    (j, curb, last, price),
                )
                for plan in plans:
                    self.found.spend(plan)
                    self.found.offer(work, replace(plan, modes=last.modes))
                work = work.plus(cut)
        return work

    def _solved(
        self, program: Program, work: Work, settings: Settings, start: Solution | None
    ) -> Solution:
        """Solve a round; its bound is one of the whole program."""
        last = self.solve(some_of(program, work), settings, start)
        self.found.spend(last)
        self.found.prove(work, last)
        self.found.offer(work, last)
        return last


def _margin(number: int) -> float:
    """Return by how much a round's cuts are tighter: more once there were many."""
    return min(MARGIN * WIDER ** max(number - PATIENT, 0), WIDEST)


def _priced(work: Work, last: Solution) -> list[tuple[float, int]]:
    """Return the price of every cut that a round knew, with its curb."""
    if not last.leaves:
        return []
    prices = last.leaves[0].rows[len(work.rows) :].tolist()
    return [(p, cut.curb) for p, cut in zip(prices, work.cuts, strict=False)]
