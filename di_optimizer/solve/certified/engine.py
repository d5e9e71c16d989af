# SPDX-License-Identifier: Apache-2.0
"""The certified engine: from a program to a plan with a proven gap."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, Ints, Program, at_modes
from di_optimizer.program.sizes import ANY
from di_optimizer.solve.certified.canonical import Canonical, canonical, restored
from di_optimizer.solve.certified.first import announce, is_compiled, smallest
from di_optimizer.solve.certified.infeasible import explained
from di_optimizer.solve.certified.netted import Forest, Start, grow
from di_optimizer.solve.certified.node import Fixing, Point
from di_optimizer.solve.certified.plans import FEASIBLE, Plan, keeps
from di_optimizer.solve.certified.sized import told_apart
from di_optimizer.solve.certified.tree import Proven
from di_optimizer.solve.solution import (
    GAPS,
    Candidate,
    Leaf,
    Settings,
    Solution,
    Status,
)

NAME = "certified"


@dataclass
class Clock:
    """When the gap first came down to each of the recorded sizes."""

    seconds: float | None
    started: float = field(default_factory=time.perf_counter)
    reached: dict[float, float] = field(default_factory=dict)
    late: bool = False

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    def note(self, gap: float) -> bool:
        """Record a gap; return whether the time limit is over."""
        now = self.elapsed
        for size in GAPS:
            if gap <= size and size not in self.reached:
                self.reached[size] = now
        self.late = self.seconds is not None and now > self.seconds
        return self.late


def solve(
    program: Program, settings: Settings, warm: Solution | None = None
) -> Solution:
    """Solve a program; every ending is a status of the solution.

    Parameters
    ----------
    program : Program
    settings : Settings
        ``gap`` and ``nodes`` end the search; so do ``seconds``, if they are given.
    warm : Solution, optional
        The answer to a program of the same shape: its multipliers and its plan are
        where the search begins. Of another shape, it is of no use and not used.
    """
    announce()
    clock = Clock(settings.seconds)
    sorted_program = canonical(program)
    start = _start(sorted_program, warm)
    forest = grow(sorted_program.program, settings, start, clock.note)
    found = _solution(sorted_program, settings, forest, clock)
    if found.buys is None:
        found = explained(program, found, lambda other: solve(other, settings))
    return replace(found, seconds=clock.elapsed)


def prepare() -> None:
    """Compile the kernels if this machine has not done so yet."""
    if not is_compiled():
        solve(smallest(), Settings())


def _start(order: Canonical, warm: Solution | None) -> Start:
    """Return where a solution to a similar program lets the search begin."""
    program = order.program
    if warm is None or warm.buys is None or warm.sells is None or not warm.leaves:
        return Start()
    leaf = warm.leaves[0]
    shapes = len(warm.buys), len(warm.sells), len(leaf.factors), len(leaf.rows)
    wanted = program.n, len(program.lots), program.exposures.shape[1]
    if shapes != (*wanted, len(program.rows)):
        return Start()
    buys, sells = warm.buys[order.securities], warm.sells[order.lots]
    after = program.after(buys, sells)
    capped = np.isfinite(program.variance_cap)
    point = Point(
        x=after,
        factors=leaf.factors,
        rows=leaf.rows.copy(),
        values=np.zeros(0),
        risk=leaf.risk if capped else 0.0,
    )
    return Start(point, _known(order, warm, buys, sells))


def _known(
    order: Canonical, warm: Solution, buys: np.ndarray, sells: np.ndarray
) -> Plan | None:
    """Return the start's plan if this program allows it."""
    program = order.program
    if warm.sides is None or warm.modes is None or program.netting is not None:
        return None
    if len(warm.modes) != len(program.groups):
        return None
    sides, modes = warm.sides[order.securities], warm.modes[order.groups]
    fixing = Fixing.of_sides(sides, modes)
    if not keeps(program, buys, sells) or not _fits(program, modes, buys, sells):
        return None
    return Plan(buys, sells, fixing, program.objective(buys, sells))


def _fits(program: Program, modes: Ints, buys: Floats, sells: Floats) -> bool:
    """Return whether weights, lots and sizes are allowed in these modes."""
    own = at_modes(program, modes)
    after, lots = own.after(buys, sells), own.lots
    inside = (after >= own.lower - FEASIBLE) & (after <= own.upper + FEASIBLE)
    open_ = (sells >= lots.floor - FEASIBLE) & (sells <= lots.cap + FEASIBLE)
    sized = of_allowed_size(own, buys, sells)
    return bool(inside.all() and open_.all() and sized.all())


def _solution(
    order: Canonical, settings: Settings, forest: Forest, clock: Clock
) -> Solution:
    """Assemble the solution, in the order that the program came in."""
    best, bound, program = forest.best, forest.bound, order.program
    proven = Solution(
        status=Status.NO_PLAN,
        engine=NAME,
        bound=bound,
        leaves=tuple(
            _leaf(order, piece, node)
            for piece, tree in forest.numbered()
            for node in tree.leaves()
        ),
        iterations=forest.steps,
        nodes=forest.nodes,
        reached=tuple(sorted(clock.reached.items(), reverse=True)),
        message="no choice of modes and sides that was tried has a feasible plan",
    )
    if best is None:
        return proven
    status = Status.TIME if clock.late else Status.LIMIT
    if best.objective - bound <= settings.gap:
        status = Status.SOLVED
    plan = _candidate(order, best)
    return replace(
        proven,
        status=status,
        buys=plan.buys,
        sells=plan.sells,
        sides=plan.sides,
        modes=plan.modes,
        others=() if forest.flat is None else (_candidate(order, forest.flat),),
        objective=best.objective,
        risk=best.risk,
        bound=min(bound, best.objective),
        terms=program.terms(best.buys, best.sells),
        message="",
    )


def _candidate(order: Canonical, plan: Plan) -> Candidate:
    return Candidate(
        buys=restored(plan.buys, order.securities),
        sells=restored(plan.sells, order.lots),
        sides=restored(plan.fixing.sides, order.securities),
        modes=restored(plan.fixing.modes, order.groups),
    )


def _leaf(order: Canonical, piece: int, node: Proven) -> Leaf:
    own, fixing = len(order.program.rows), node.fixing
    apart = told_apart(order.program)
    sides = np.where(apart, 0, fixing.sides)
    kinds = np.where(apart, fixing.kinds, ANY)
    return Leaf(
        factors=node.point.factors,
        rows=node.point.rows[:own],
        sides=restored(sides, order.securities),
        kinds=restored(kinds, order.securities) if apart.any() else kinds[:0],
        ranges=_ranges(order, fixing),
        modes=restored(fixing.modes, order.groups),
        piece=piece,
        piece_rows=node.point.rows[own:],
        risk=node.point.risk,
    )


def _ranges(order: Canonical, fixing: Fixing) -> tuple[tuple[int, float, float], ...]:
    """Return the weights that a fixing leaves, where it leaves less than all."""
    own = np.flatnonzero(np.isfinite(fixing.low) | np.isfinite(fixing.high))
    return tuple(
        (int(order.securities[i]), float(fixing.low[i]), float(fixing.high[i]))
        for i in own.tolist()
    )
