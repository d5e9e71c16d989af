# SPDX-License-Identifier: Apache-2.0
"""The certified engine: from a program to a plan with a proven gap."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from di_optimizer.program.program import Program
from di_optimizer.solve.certified.relaxation import Relaxation
from di_optimizer.solve.certified.tree import Proven, Search
from di_optimizer.solve.solution import GAPS, Leaf, Settings, Solution, Status

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
    """Solve a program; every ending is a status of the solution."""
    clock = Clock(settings.seconds)
    relaxation = Relaxation(program)

    def report(search: Search) -> bool:
        return clock.note(search.incumbent - search.bound)

    search = Search(relaxation, program, settings.gap, settings.nodes, report)
    search.run(relaxation.start())
    leaves = tuple(_leaf(node) for node in search.leaves())
    best, bound = search.best, search.bound
    if best is None:
        return Solution(status=Status.NO_PLAN, engine=NAME, leaves=leaves, bound=bound)
    closed = best.objective - bound <= settings.gap
    return Solution(
        status=Status.SOLVED if closed else Status.LIMIT,
        engine=NAME,
        buys=best.buys,
        sells=best.sells,
        sides=best.fixing.sides,
        modes=best.fixing.modes,
        objective=best.objective,
        bound=bound,
        terms=program.terms(best.buys, best.sells),
        leaves=leaves,
        iterations=relaxation.steps,
        nodes=search.nodes,
        seconds=clock.elapsed,
        reached=tuple(sorted(clock.reached.items(), reverse=True)),
    )


def _leaf(node: Proven) -> Leaf:
    return Leaf(
        factors=node.point.factors,
        rows=node.point.rows,
        sides=node.fixing.sides,
        modes=node.fixing.modes,
    )
