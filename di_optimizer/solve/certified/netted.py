# SPDX-License-Identifier: Apache-2.0
"""A netted bill, piece by piece: each is a tree of its own under one best plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from di_optimizer.program.program import Program
from di_optimizer.solve.certified.node import Point
from di_optimizer.solve.certified.plans import Plan, keeps
from di_optimizer.solve.certified.relaxation import Relaxation
from di_optimizer.solve.certified.tree import Search
from di_optimizer.solve.pieces import at_flat_rates, at_piece
from di_optimizer.solve.solution import Settings

Report = Callable[[float], bool]


@dataclass
class Forest:
    """The trees of a solve: one, or one for each piece of the bill.

    ``pieces`` are the pieces' numbers, −1 without netting; ``flat`` is the best plan
    at flat rates where the bill is netted.
    """

    pieces: list[int] = field(default_factory=list)
    trees: list[Search] = field(default_factory=list)
    best: Plan | None = None
    flat: Plan | None = None
    nodes: int = 0
    steps: int = 0

    @property
    def bound(self) -> float:
        """What the trees prove together."""
        return min((tree.bound for tree in self.trees), default=-np.inf)

    def numbered(self) -> Iterator[tuple[int, Search]]:
        """Yield pieces and their trees."""
        yield from zip(self.pieces, self.trees, strict=True)


@dataclass(frozen=True)
class Start:
    """Where to begin: a point, and a plan to beat; both from a similar program."""

    point: Point | None = None
    plan: Plan | None = None


def grow(program: Program, settings: Settings, start: Start, report: Report) -> Forest:
    """Search a program; ``report`` gets gaps and says whether time is over."""
    if program.netting is None:
        return _flat(program, settings, start, report)
    return _netted(program, settings, start, report)


def _flat(program: Program, settings: Settings, start: Start, report: Report) -> Forest:
    relaxation = Relaxation(program)
    tree = Search(
        relaxation,
        program,
        settings.gap,
        settings.nodes,
        lambda tree: report(tree.incumbent - tree.bound),
        start.plan,
    )
    tree.run(start.point or relaxation.start(), warm=start.point is not None)
    return Forest([-1], [tree], tree.best, None, tree.nodes, tree.steps)


def _netted(
    program: Program, settings: Settings, start: Start, report: Report
) -> Forest:
    """Search at flat rates first: a plan to beat, and multipliers to begin with."""
    flat = _flat(at_flat_rates(program), settings, Start(start.point), lambda _: False)
    forest = Forest(flat=flat.best, nodes=flat.nodes, steps=flat.steps)
    forest.best = better(start.plan, judged(program, flat.best))
    netting = program.netting
    assert netting is not None
    point = flat.trees[0].root or flat.trees[0].relaxation.start()
    late = False
    for number in _order(program, forest.best):
        relaxation = Relaxation(at_piece(program, number), len(netting.limits(number)))
        left = 1 if late else max(settings.nodes - forest.nodes, 1)
        tree = Search(
            relaxation,
            program,
            settings.gap,
            left,
            lambda _: report(np.inf),
            forest.best,
        )
        tree.run(_extended(point, relaxation), warm=True)
        forest.pieces.append(number)
        forest.trees.append(tree)
        forest.best = better(tree.best, forest.best)
        forest.nodes += tree.nodes
        forest.steps += tree.steps
        late = late or report(np.inf)
    best = forest.best
    report(np.inf if best is None else best.objective - forest.bound)
    return forest


def _extended(point: Point, relaxation: Relaxation) -> Point:
    """Return a point with no price yet on the limits of a piece."""
    rows = np.zeros(len(relaxation.program.rows))
    rows[: len(point.rows)] = point.rows
    return Point(point.x, point.factors, rows, point.values, point.risk)


def _order(program: Program, best: Plan | None) -> list[int]:
    """Return the pieces, the one that the best plan ends in first."""
    netting = program.netting
    assert netting is not None
    pieces = list(range(len(netting.pieces)))
    if best is not None:
        first = netting.piece_of(*program.realised(best.buys, best.sells))
        pieces.remove(first)
        pieces.insert(0, first)
    return pieces


def judged(program: Program, plan: Plan | None) -> Plan | None:
    """Return a plan with the objective that it has in another program."""
    if plan is None or not keeps(program, plan.buys, plan.sells):
        return None
    value = program.objective(plan.buys, plan.sells)
    return Plan(plan.buys, plan.sells, plan.fixing, value, plan.risk)


def better(one: Plan | None, other: Plan | None) -> Plan | None:
    """Return the better of two plans, the second of equals."""
    if one is None or other is None:
        return one or other
    return one if one.objective < other.objective else other
