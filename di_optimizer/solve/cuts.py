# SPDX-License-Identifier: Apache-2.0
"""Curbs and lazy rows, a few at a time: solve, add what the plan breaks, solve again.

Every engine solves programs of rows. A curb is the limit of infinitely many of them;
of many rows about sectors or factors few bind. The program with some of them admits
more plans, so its bound holds for all of them. Rounds at the root of the search find
the cuts that matter, prices of the curbs find plans within them, and the whole search
closes what gap it can.

Reference: Kelley (1960), The cutting-plane method for solving convex programs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps

import numpy as np

from di_optimizer.program.curbs import ActiveCurb, RiskCurb
from di_optimizer.program.program import Program
from di_optimizer.solve.active_share import approached
from di_optimizer.solve.ceiling import costliest
from di_optimizer.solve.cut_work import (
    Found,
    Work,
    broken,
    expanded,
    first_work,
    fixed_to,
    narrowed,
    some_of,
    wider,
    without_plan,
)
from di_optimizer.solve.risk_curbs import is_risk
from di_optimizer.solve.risk_prices import held
from di_optimizer.solve.solution import Conflict, Cut, Settings, Solution, Status

Solve = Callable[[Program, Settings, Solution | None], Solution]

AT_ROOT = 12  # rounds at the root of the search
FEWER = 5  # nodes of a search with cuts, as a fraction of the usual: they take longer
SEARCHES = 4  # whole searches
INSIDE = 5  # rounds that move a plan's amounts inside
NEAR, ON_IT = 0.02, 2e-4  # of a limit on risk: how near prices come at the root, inside
SLOW = 0.05  # of the gap target: less gain of a round at the root is the last


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
        self.ceiling = costliest(program)
        self.latest: Solution | None = None

    def run(self, warm: Solution | None) -> Solution:
        """Return the answer to the whole program."""
        work = first_work(self.program, warm)
        start = None if warm is None else narrowed(warm, work, self.program)
        work, last = self._at_root(work, start)
        if self._is_open(last):
            work, last = self._searched(work)
        proven = last.status is Status.INFEASIBLE or self.found.proven > self.ceiling
        if proven and not last.conflicts:
            last = self._impossible(work, last)
        return self.found.solution(expanded(self.program, work, last))

    def _is_open(self, last: Solution) -> bool:
        """Return whether there is anything left to find."""
        proven = last.status is Status.INFEASIBLE or self.found.proven > self.ceiling
        return not proven and not self.found.is_done

    def _impossible(self, work: Work, last: Solution) -> Solution:
        """Return the answer that no plan keeps the limits that have a price.

        Each is missed by as much as in the last plan, which shows that this is enough.
        """
        over, latest = {}, self.latest
        if latest is not None and latest.buys is not None and latest.sells is not None:
            after = self.program.after(latest.buys, latest.sells)
            for cut in work.cuts:
                curb = self.program.curbs[cut.curb]
                over[curb.name] = max(curb.value(after) - curb.limit, 0.0)
        missed = [(name, amount) for name, amount in over.items() if amount > 0.0]
        missing = None if latest is None else broken(self.program, work, latest)
        rows = missing is not None and bool(missing.rows)
        curbs = {cut.curb for cut in missing.cuts} if missing is not None else set()
        alone = len(curbs) == 1 and not rows
        return replace(
            without_plan(last),
            status=Status.INFEASIBLE,
            conflicts=tuple(Conflict(name=n, amount=a, alone=alone) for n, a in missed),
            message="what limits on risk and active share cost proves them impossible",
        )

    def _at_root(self, work: Work, start: Solution | None) -> tuple[Work, Solution]:
        """Add what root plans break, until nothing is broken or no round helps."""
        last = self._solved(work, self.root, start)
        for number in range(AT_ROOT):
            missing = broken(self.program, work, last)
            if missing is None or not self._is_open(last):
                break
            before = self.found.proven
            work = self._held(self.program, wider(work, self._rows(missing)), last)
            if number == 1:
                work = self._approached(self.program, work, last)
            last = self._solved(work, self.root, None)
            gained = self.found.proven - before
            if number > 1 and gained < SLOW * self.settings.gap and not missing.rows:
                break
        return work, last

    def _searched(self, work: Work) -> tuple[Work, Solution]:
        """Search as a whole, and move the plan that is found inside of curbs."""
        rows = any(cut.price == 0.0 for cut in work.cuts)
        nodes = self.settings.nodes // FEWER if rows else self.settings.nodes
        asked = replace(self.settings, nodes=nodes)
        for number in range(SEARCHES):
            last = self._solved(work, asked, None)
            missing = broken(self.program, work, last)
            if self.found.is_done or last.buys is None:
                break
            if missing is None or not missing.rows:
                self._inside(work, last)
            if missing is None or self.found.is_done or number + 1 == SEARCHES:
                break
            work = wider(work, missing)
            asked = replace(self.settings, nodes=self.settings.nodes // FEWER)
        return work, last

    def _inside(self, work: Work, last: Solution) -> None:
        """Keep a plan's choices, and look for amounts that just keep every curb."""
        fixed, modes = fixed_to(self.program, last), last.modes
        for number in range(INSIDE):
            missing, before = broken(self.program, work, last), work
            best = self.found.value
            if last.buys is None:
                break
            if missing is not None:
                work = wider(work, self._rows(missing))
            if number == 1:
                work = self._approached(fixed, work, last)
            work = self._held(fixed, work, last, ON_IT)
            if work is before:
                break
            last = self.solve(some_of(fixed, work), self.root, None)
            self.found.spend(last)
            last = replace(last, modes=modes)
            self.found.offer(work, last)
            gained = best - self.found.value
            if missing is None and gained < SLOW * self.settings.gap:
                break

    def _rows(self, missing: Work) -> Work:
        """Return what is to be added as rows: all but cuts of limits on risk."""
        cuts = (c for c in missing.cuts if not is_risk(self.program.curbs[c.curb]))
        return Work(missing.rows, tuple(cuts))

    def _held(
        self, program: Program, work: Work, last: Solution, near: float = NEAR
    ) -> Work:
        """Return work with prices of the limits on risk that a plan breaks."""
        if last.buys is None or last.sells is None:
            return work
        after = self.program.after(last.buys, last.sells)
        for j, curb in enumerate(self.program.curbs):
            if not (is_risk(curb) and isinstance(curb, RiskCurb)):
                continue
            old = sum(cut.price for cut in work.cuts if cut.curb == j)
            least = curb.limit * (1.0 - near) if old else 0.0
            if least <= curb.value(after) <= curb.limit:
                continue
            others = tuple(cut for cut in work.cuts if cut.curb != j)
            work = replace(work, cuts=others)
            about = curb, old, near
            few = some_of(program, work)
            priced = held(self.solve, few, self.root, about, self.ceiling)
            for plan in priced.spent:
                self.found.spend(plan)
            self._offered(work, priced.inside, last)
            if priced.price > 0.0:
                work = work.plus(Cut(j, np.zeros(0), priced.price))
        return work

    def _approached(self, program: Program, work: Work, last: Solution) -> Work:
        """Return work with the cut of an active share that a plan breaks."""
        if last.buys is None or last.sells is None:
            return work
        after = self.program.after(last.buys, last.sells)
        for j, curb in enumerate(self.program.curbs):
            if not isinstance(curb, ActiveCurb) or np.isfinite(curb.price):
                continue
            if curb.value(after) <= curb.limit:
                continue
            few, about = some_of(program, work), (j, curb, _worth(work, last, j), last)
            cut, plans = approached(self.solve, few, self.root, about)
            for plan in plans:
                self.found.spend(plan)
            self._offered(work, plans, last)
            work = work.plus(cut)
        return work

    def _offered(self, work: Work, plans: Sequence[Solution], last: Solution) -> None:
        """Offer plans; those with fixed choices have the modes that these are of."""
        groups = len(self.program.groups)
        for plan in plans:
            same = plan.modes is not None and len(plan.modes) == groups
            self.found.offer(work, plan if same else replace(plan, modes=last.modes))

    def _solved(
        self, work: Work, settings: Settings, start: Solution | None
    ) -> Solution:
        """Solve a round; its bound is one of the whole program."""
        last = self.solve(some_of(self.program, work), settings, start)
        self.found.spend(last)
        self.found.prove(work, last)
        self.found.offer(work, last)
        if last.buys is not None:
            self.latest = last
        return last


def _worth(work: Work, last: Solution, number: int) -> float:
    """Return what a unit of a curb is worth by a round's cuts; 0 where unknown."""
    if not last.leaves:
        return 0.0
    prices = last.leaves[0].rows[len(work.rows) :].tolist()
    pairs = zip(prices, work.cuts, strict=False)
    return float(sum(max(p, 0.0) for p, cut in pairs if cut.curb == number))
