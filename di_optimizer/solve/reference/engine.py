# SPDX-License-Identifier: Apache-2.0
"""The reference engine: hull relaxation, sides fixed, then flips.

1. Solve the relaxation over each security's convex hull; its multipliers give the
   lower bound through the exact dual function.
2. Fix every security to the side the relaxation leans to and solve the now convex
   problem.
3. Flip the securities whose block is furthest from its Lagrangian minimum, one at a
   time, then two against each other, and keep what is better.

Plain and slow on purpose; a faster engine is tested against it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.conflicts import find_conflicts
from di_optimizer.solve.dual import block_minima, dual_value, price_blocks
from di_optimizer.solve.reference.blocks import kinked
from di_optimizer.solve.reference.convex import Answer, Point, solve_hull, solve_sides
from di_optimizer.solve.reference.purify import purify
from di_optimizer.solve.solution import Attempt, Leaf, Settings, Solution, Status

NAME = "reference"
BETTER = 1e-10  # a flip counts as better from here on, fraction of base


@dataclass(frozen=True)
class Candidate:
    """A feasible plan on fixed sides with the multipliers it came with."""

    sides: Ints
    buys: Floats
    sells: Floats
    terms: dict[str, float]
    leaf: Leaf

    @property
    def objective(self) -> float:
        """Sum of the terms, fraction of base."""
        return sum(self.terms.values())


@dataclass
class Trace:
    """What was tried: solver attempts, iterations and the best bound so far."""

    attempts: list[Attempt] = field(default_factory=list)
    iterations: int = 0
    leaf: Leaf | None = None
    bound: float = -np.inf

    def record(self, answer: Answer) -> None:
        """Note the solver calls behind one answer."""
        self.attempts.extend(answer.attempts)
        self.iterations += answer.iterations

    def improve(self, program: Program, leaf: Leaf) -> None:
        """Keep the multipliers that prove the highest bound."""
        value = dual_value(program, leaf)
        if value > self.bound:
            self.bound, self.leaf = value, leaf


def solve(program: Program, settings: Settings) -> Solution:
    """Solve a program; every ending is a status of the solution."""
    started = time.perf_counter()
    trace = Trace()
    hull = solve_hull(program)
    trace.record(hull)
    if hull.point is None:
        return _without_point(program, hull, trace, started)
    trace.improve(program, leaf_of(program, hull.point))
    best = _first_plan(program, hull.point, trace)
    if best is None:
        message = "no side assignment tried has a feasible plan"
        return _finish(Status.NO_PLAN, None, trace, started, message)
    best = _flip(program, best, trace, settings)
    closed = best.objective - trace.bound <= settings.gap
    return _finish(Status.SOLVED if closed else Status.LIMIT, best, trace, started, "")


def leaf_of(program: Program, point: Point) -> Leaf:
    """Return a point's multipliers as a leaf with every side free."""
    return Leaf(point.factors, point.rows, np.zeros(program.n, dtype=np.int64))


def _without_point(
    program: Program, hull: Answer, trace: Trace, started: float
) -> Solution:
    """Report infeasible if a linear program proves it, failed otherwise."""
    conflicts = find_conflicts(program)
    status = Status.INFEASIBLE if conflicts else Status.FAILED
    message = f"relaxation ended as '{hull.attempts[-1].status}'"
    done = _finish(status, None, trace, started, message)
    return replace(done, conflicts=conflicts)


def _first_plan(program: Program, point: Point, trace: Trace) -> Candidate | None:
    """Try the sides that the relaxation leans to, by share and by net trade.

    Where neither fits the rows, all split securities buying or all selling may: one
    of the two does if cash is the only row.
    """
    best: Candidate | None = None
    for sides in _leanings(program, point):
        found = _on_sides(program, sides, trace)
        if found and (best is None or found.objective < best.objective - BETTER):
            best = found
    split = kinked(program).astype(np.int64)
    for sides in (split, -split):
        best = best or _on_sides(program, sides, trace)
    return best


def _leanings(program: Program, point: Point) -> list[Ints]:
    split = kinked(program)
    net = program.after(point.buys, point.sells) - program.held
    by_share = np.where(np.nan_to_num(point.share) > 0.5, 1, -1)
    by_trade = np.where(net > 0.0, 1, -1)
    trade, share = np.where(split, by_trade, 0), np.where(split, by_share, 0)
    return [trade] if np.array_equal(trade, share) else [trade, share]


def _on_sides(program: Program, sides: Ints, trace: Trace) -> Candidate | None:
    """Solve on fixed sides; securities that come out on both get fixed as well."""
    for _ in range(3):
        answer = solve_sides(program, sides)
        trace.record(answer)
        if answer.point is None:
            return None
        pure = purify(program, answer.point)
        if not np.any(pure.doubled):
            leaf = leaf_of(program, answer.point)
            trace.improve(program, leaf)
            terms = program.terms(pure.buys, pure.sells)
            return Candidate(sides, pure.buys, pure.sells, terms, leaf)
        sides = np.where(pure.doubled, pure.lean, sides)
    return None


def _flip(
    program: Program, best: Candidate, trace: Trace, settings: Settings
) -> Candidate:
    """Flip sides while that pays and the budget lasts.

    What did not help is set aside until all others were tried: its block stays far
    from its minimum, and would use up the budget again after each success.
    """
    seen: set[bytes] = {best.sides.tobytes()}
    aside: set[int] = set()
    for _ in range(settings.flips):
        if best.objective - trace.bound <= settings.gap:
            break
        flips = _flips(program, best, aside)
        flip = next((f for f in flips if f.sides.tobytes() not in seen), None)
        if flip is None:
            break
        seen.add(flip.sides.tobytes())
        found = _on_sides(program, flip.sides, trace)
        if found and found.objective < best.objective - BETTER:
            best = found
        else:
            aside.update(flip.chosen)
    return best


@dataclass(frozen=True)
class Flip:
    """Sides after the chosen securities were switched between buying and selling."""

    chosen: tuple[int, ...]
    sides: Ints


def _flips(program: Program, best: Candidate, aside: set[int]) -> Iterator[Flip]:
    """Yield flips of one security, largest block gap first, then swaps of two.

    A swap turns one purchase and one sale round: the way from one plan to another
    where cash allows neither flip alone.
    """
    gaps = block_gaps(program, best)
    movable = np.flatnonzero(kinked(program) & (best.sides != 0)).tolist()
    ranked = sorted(movable, key=lambda i: (i in aside, -gaps[i], i))
    pairs = itertools.combinations(ranked, 2)
    swaps = (pair for pair in pairs if best.sides[pair[0]] != best.sides[pair[1]])
    for chosen in itertools.chain(((i,) for i in ranked), swaps):
        sides = best.sides.copy()
        sides[list(chosen)] *= -1
        yield Flip(chosen, sides)


def block_gaps(program: Program, plan: Candidate) -> Floats:
    """Return how far each block is above its Lagrangian minimum, (n,) ≥ 0.

    Their sum is the gap between the plan's objective and the dual function at the
    plan's own multipliers.
    """
    minima = block_minima(program, price_blocks(program, plan.leaf))
    own = minima.least(plan.sides)
    free = minima.least(np.zeros(program.n, dtype=np.int64))
    return np.subtract(own, free, out=np.zeros(program.n), where=np.isfinite(free))


def _finish(
    status: Status,
    best: Candidate | None,
    trace: Trace,
    started: float,
    message: str,
) -> Solution:
    """Assemble the solution from what was found and what was proven."""
    proven = trace.leaf is not None
    return Solution(
        status=status,
        engine=NAME,
        buys=best.buys if best else None,
        sells=best.sells if best else None,
        sides=best.sides if best else None,
        objective=best.objective if best else None,
        bound=trace.bound if proven else None,
        terms=best.terms if best else {},
        leaves=(trace.leaf,) if trace.leaf is not None else (),
        attempts=tuple(trace.attempts),
        iterations=trace.iterations,
        nodes=max(len(trace.attempts) - 1, 0),
        seconds=time.perf_counter() - started,
        message=message,
    )
