# SPDX-License-Identifier: Apache-2.0
"""What rounds of cuts know, and what they have found: values and small steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.program import Floats, Program, Row, at_modes
from di_optimizer.solve.cut_rows import with_cut_rows
from di_optimizer.solve.risk_curbs import is_risk
from di_optimizer.solve.solution import Attempt, Cut, Leaf, Settings, Solution, Status

MARGIN = 1e-6  # by which plans stay inside of curbs: weight, or tracking error
KEPT = 1e-9  # by how much a plan may miss a lazy row or a curb
PLANS = (Status.SOLVED, Status.LIMIT, Status.TIME)


@dataclass(frozen=True)
class Work:
    """Which rows, by number, and which cuts a round knows."""

    rows: tuple[int, ...]
    cuts: tuple[Cut, ...]

    def plus(self, cut: Cut) -> Work:
        """Return work with one more cut."""
        return replace(self, cuts=(*self.cuts, cut))


def first_work(program: Program, warm: Solution | None) -> Work:
    """Return the rows that are not lazy, and what bound an answer to start from."""
    rows = {j for j, row in enumerate(program.rows) if not row.lazy}
    count = len(program.rows)
    if warm is None or not warm.leaves or len(warm.leaves[0].rows) < count:
        return Work(tuple(sorted(rows)), ())
    prices = warm.leaves[0].rows
    rows |= set(np.flatnonzero(prices[:count]).tolist())
    known = zip(warm.cuts, prices[count:].tolist(), strict=False)
    cuts = (c for c, price in known if (price or c.price) and _is_cut(program, c))
    return Work(tuple(sorted(rows)), tuple(cuts))


def _is_cut(program: Program, cut: Cut) -> bool:
    """Return whether a cut of another program is one of this, too."""
    if cut.curb >= len(program.curbs):
        return False
    curb = program.curbs[cut.curb]
    return is_risk(curb) if cut.price else curb.admits(cut.direction)


def some_of(program: Program, work: Work) -> Program:
    """Return the program with some of its rows, and cuts in the place of curbs."""
    few = replace(program, rows=tuple(program.rows[j] for j in work.rows))
    return with_cut_rows(few, work.cuts, MARGIN)


def broken(program: Program, work: Work, found: Solution) -> Work | None:
    """Return the rows that a plan breaks, and cuts of curbs; None for nothing."""
    if found.buys is None or found.sells is None:
        return None
    buys, sells = found.buys, found.sells
    unknown = set(range(len(program.rows))) - set(work.rows)
    rows = [j for j in unknown if _missed(program, program.rows[j], buys, sells)]
    after = program.after(buys, sells)
    cuts = [
        Cut(j, curb.direction(after))
        for j, curb in enumerate(program.curbs)
        if curb.value(after) - curb.limit - _room(program, j, buys) > KEPT
    ]
    return Work(tuple(rows), tuple(cuts)) if rows or cuts else None


def wider(work: Work, missing: Work) -> Work:
    """Return what both know."""
    rows = sorted({*work.rows, *missing.rows})
    return Work(tuple(rows), (*work.cuts, *missing.cuts))


def _missed(program: Program, row: Row, buys: Floats, sells: Floats) -> bool:
    value = program.row_value(row, buys, sells)
    return bool(value > row.upper + KEPT or value < row.lower - KEPT)


def _room(program: Program, number: int, buys: Floats) -> float:
    """Return the room that was bought in a soft curb."""
    first = program.securities
    own = [j for j, slack in enumerate(program.slacks) if slack.curb == number]
    return sum(float(buys[first + j]) for j in own)


def expanded(program: Program, work: Work, found: Solution) -> Solution:
    """Return an answer with multipliers of all rows, then of the cuts.

    Cuts that are newer than the answer have a multiplier of 0, and so have rows.
    """
    leaves = tuple(_full(program, work, leaf) for leaf in found.leaves)
    return replace(found, leaves=leaves, cuts=work.cuts)


def _full(program: Program, work: Work, leaf: Leaf) -> Leaf:
    known = len(leaf.rows)
    rows = np.zeros(len(program.rows) + len(work.cuts))
    own = list(work.rows[:known])
    if known < len(work.rows):  # answers from before a row was added start afresh
        return replace(leaf, rows=rows)
    rows[own] = leaf.rows[: len(own)]
    cuts = leaf.rows[len(own) :]
    rows[len(program.rows) : len(program.rows) + len(cuts)] = cuts
    return replace(leaf, rows=rows)


def narrowed(whole: Solution, work: Work, program: Program) -> Solution:
    """Return an answer with multipliers of the rows and cuts of a round."""
    count = len(program.rows)
    if not whole.leaves or len(whole.leaves[0].rows) < count:
        return whole
    places = {id(cut): count + j for j, cut in enumerate(whole.cuts)}

    def few(leaf: Leaf) -> Leaf:
        prices = [float(leaf.rows[j]) for j in work.rows]
        for cut in work.cuts:
            place = places.get(id(cut))
            prices.append(0.0 if place is None else float(leaf.rows[place]))
        return replace(leaf, rows=np.array(prices))

    return replace(whole, leaves=(few(whole.leaves[0]), *whole.leaves[1:]))


def fixed_to(program: Program, found: Solution) -> Program:
    """Return the program of the plans with a plan's sides and modes."""
    assert found.buys is not None
    assert found.sells is not None
    held = program.held
    sold = np.bincount(program.lots.security, found.sells, minlength=program.n)
    keeps_lower = (found.buys > 0.0) & (program.lower < held)
    keeps_upper = (sold > 0.0) & (program.upper > held)
    fixed = replace(
        program,
        lower=np.where(keeps_lower, np.minimum(held, program.upper), program.lower),
        upper=np.where(keeps_upper, np.maximum(held, program.lower), program.upper),
    )
    return fixed if found.modes is None else at_modes(fixed, found.modes)


class Found:
    """The best plan within all limits, the best bound, and what they took."""

    def __init__(self, program: Program, settings: Settings) -> None:
        self.program = program
        self.settings = settings
        self.best: Solution | None = None
        self.proof: tuple[float, Work, Solution] | None = None
        self.iterations, self.nodes, self.seconds = 0, 0, 0.0
        self.attempts: list[Attempt] = []

    @property
    def proven(self) -> float:
        """The best bound, −inf without one."""
        return -np.inf if self.proof is None else self.proof[0]

    @property
    def value(self) -> float:
        """The objective of the best plan, inf without one."""
        best = self.best
        return np.inf if best is None or best.objective is None else best.objective

    @property
    def is_done(self) -> bool:
        """Whether the best plan is within the gap of the best bound."""
        if self.best is None or self.best.objective is None or self.proof is None:
            return False
        return self.best.objective - self.proof[0] <= self.settings.gap

    def spend(self, found: Solution) -> None:
        """Count what a round took."""
        self.iterations += found.iterations
        self.nodes += found.nodes
        self.seconds += found.seconds
        self.attempts += found.attempts

    def prove(self, work: Work, found: Solution) -> None:
        """Keep a round's bound if it is the best, less what the margin adds to it."""
        if found.bound is None:
            return
        own = len(work.rows)
        paid = [float(np.maximum(leaf.rows[own:], 0.0).sum()) for leaf in found.leaves]
        bound = found.bound - MARGIN * max(paid, default=0.0)
        if self.proof is None or bound > self.proof[0]:
            self.proof = (bound, work, found)

    def offer(self, work: Work, found: Solution) -> None:
        """Keep a plan if it breaks nothing and is the best one."""
        if found.buys is None or found.sells is None:
            return
        if broken(self.program, work, found) is not None:
            return
        value = self.program.objective(found.buys, found.sells)
        best = self.best
        if best is None or best.objective is None or value < best.objective:
            self.best = replace(found, objective=value)

    def solution(self, last: Solution) -> Solution:
        """Return the best plan with the best bound; the last answer without one."""
        bound, leaves, cuts = None, last.leaves, last.cuts
        if self.proof is not None:
            bound, work, proven = self.proof
            whole = expanded(self.program, work, proven)
            leaves, cuts = whole.leaves, whole.cuts
        best = self.best
        if best is None or best.objective is None or bound is None:
            found = self._spent(without_plan(last))
            if last.status is Status.INFEASIBLE:
                return found
            return replace(found, bound=bound, leaves=leaves, cuts=cuts)
        assert best.buys is not None
        assert best.sells is not None
        bound = min(bound, best.objective)
        solved = best.objective - bound <= self.settings.gap
        ended = Status.TIME if last.status is Status.TIME else Status.LIMIT
        return replace(
            self._spent(best),
            status=Status.SOLVED if solved else ended,
            terms=self.program.terms(best.buys, best.sells),
            bound=bound,
            leaves=leaves,
            cuts=cuts,
            others=(),
            message="",
        )

    def _spent(self, found: Solution) -> Solution:
        """Return an answer with what all rounds took."""
        return replace(
            found,
            iterations=self.iterations,
            nodes=self.nodes,
            seconds=self.seconds,
            attempts=tuple(self.attempts),
        )


def without_plan(last: Solution) -> Solution:
    """Return an answer whose plan is none of the whole program."""
    if last.status not in PLANS:
        return last
    return replace(
        last,
        status=Status.NO_PLAN,
        buys=None,
        sells=None,
        sides=None,
        modes=None,
        others=(),
        objective=None,
        terms={},
        message="no plan was found that keeps within every curb",
    )
