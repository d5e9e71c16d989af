# SPDX-License-Identifier: Apache-2.0
"""Branch and bound: the block furthest from its curve is split, best bound first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from di_optimizer.program.program import Ints, Program
from di_optimizer.solve.certified.book import FREE
from di_optimizer.solve.certified.outer import (
    Effort,
    Limits,
    Relaxed,
    limits_of,
    maximise_outer,
)
from di_optimizer.solve.certified.plans import (
    MARGIN,
    Plan,
    Task,
    hoped,
    is_exact,
    leaning,
    solve_fixed,
)
from di_optimizer.solve.certified.relaxation import (
    COLD,
    ROUGH,
    WARM,
    Fixing,
    Minima,
    Point,
    Relaxation,
)

ROOT = Effort(COLD, ROUGH, 60)
AGAIN = Effort((0.03, 0.003), ROUGH, 60)
NODE = Effort(WARM, ROUGH, 20)
SLIGHT = 1e-12  # fraction of base; losses below it are rounding


@dataclass(frozen=True)
class Branch:
    """A node that was relaxed: its bound, where it ended, what to split."""

    fixing: Fixing
    bound: float
    point: Point
    minima: Minima
    children: tuple[Fixing, ...]


@dataclass(frozen=True)
class Proven:
    """A closed node: multipliers that prove ``bound`` for every plan within it."""

    fixing: Fixing
    point: Point
    bound: float


@dataclass
class Search:
    """A tree over one program at flat rates.

    ``judge`` is the program that plans are judged by; ``report`` is called with the
    tree's bound whenever it or the plan got better, and ends the search with True.
    """

    relaxation: Relaxation
    judge: Program
    gap: float
    limit: int
    report: Callable[[Search], bool]
    best: Plan | None = None
    root: Point | None = None
    nodes: int = 0
    closed: list[Proven] = field(default_factory=list)
    heap: list[tuple[float, int, Branch]] = field(default_factory=list)
    limits: Limits = field(init=False)
    task: Task = field(init=False)
    seen: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.limits = limits_of(self.relaxation)
        # memory of its own: envelopes of the tree stay while plans are looked for
        self.task = Task(self.relaxation.twin(), self.limits, self.judge)

    @property
    def steps(self) -> int:
        """Newton steps so far."""
        return self.relaxation.steps + self.task.relaxation.steps

    @property
    def incumbent(self) -> float:
        """Objective of the best plan, inf without one."""
        return np.inf if self.best is None else self.best.objective

    @property
    def bound(self) -> float:
        """What open and closed nodes prove together; inf for nothing possible."""
        ends = [node.bound for node in self.closed]
        return min(self.heap[0][0] if self.heap else np.inf, *ends, np.inf)

    def run(self, start: Point, *, warm: bool = False) -> None:
        """Grow the tree until the gap is closed, nothing is open, or limits end it."""
        self._relax(self.relaxation.free(), start, AGAIN if warm else ROOT, None)
        while self.heap and self.nodes < self.limit:
            if self.incumbent - self.bound <= self.gap or self.report(self):
                break
            _, _, branch = heapq.heappop(self.heap)
            for fixing in branch.children:
                bound = self.relaxation.bound(branch.minima, fixing)
                if bound >= self.incumbent - self.gap:
                    self.closed.append(Proven(fixing, branch.point, bound))
                else:
                    self._relax(fixing, branch.point, NODE, bound)
        if self.best is None:
            self._try_exact_modes(start)
        self.report(self)

    def _try_exact_modes(self, start: Point) -> None:
        """Look for a plan where every mode says the truth.

        Modes that are hopeful about disallowed losses may be so about rows as well.
        """
        fixing = self.relaxation.free()
        for number, group in enumerate(self.relaxation.program.groups):
            gain = self.relaxation.program.lots.gain[group.lots]
            exact = [m for m, mode in enumerate(group.modes) if is_exact(mode, gain)]
            if group.wash is not None and exact:
                fixing = fixing.with_mode(number, exact[0])
        found = maximise_outer(self.relaxation, self.limits, fixing, start, ROOT)
        if found:
            best = found[0]
            lean = leaning(self.task, fixing, best.picks, best.minima)
            self._try(lean, best.point)

    def leaves(self) -> Iterator[Proven]:
        """Yield closed and open nodes: together they hold every plan."""
        yield from self.closed
        for _, _, branch in sorted(self.heap, key=lambda item: item[:2]):
            yield Proven(branch.fixing, branch.point, branch.bound)

    def _relax(
        self, fixing: Fixing, start: Point, effort: Effort, known: float | None
    ) -> None:
        """Relax a node, look for a plan near it, and close it or keep it open."""
        self.nodes += 1
        goal = self.incumbent - self.gap
        effort = replace(effort, goal=goal)
        found = maximise_outer(self.relaxation, self.limits, fixing, start, effort)
        if not found:
            self.closed.append(Proven(fixing, start, np.inf))
            return
        best = found[0]
        point, bound, minima = best.point, best.bound, best.minima
        if known is None:
            self.root = point
        elif known > bound:
            point, bound = start, known
            minima = self.relaxation.minima(point)
        lean = leaning(self.task, fixing, best.picks, best.minima)
        plan = self._try(lean, best.point)
        children = tuple(self._children(fixing, found))
        if not children and plan is not None:
            children = tuple(self._doubtful(fixing, plan))
        if bound >= self.incumbent - self.gap or not children:
            self.closed.append(Proven(fixing, point, bound))
            return
        branch = Branch(fixing, bound, point, minima, children)
        heapq.heappush(self.heap, (bound, self.nodes, branch))

    def _try(self, fixing: Fixing, start: Point) -> Plan | None:
        """Return the plan at a fixing, and keep it if it is the best one yet."""
        if fixing.key in self.seen:
            return None
        self.seen.add(fixing.key)
        plan = solve_fixed(self.task, fixing, start, MARGIN)
        if plan is None and self.best is None:
            plan = solve_fixed(self.task, fixing, start, 0.0)
        if plan is not None and plan.objective < self.incumbent:
            self.best = plan
        return plan

    def _doubtful(self, fixing: Fixing, plan: Plan) -> Iterator[Fixing]:
        """Yield the modes of the group whose mode promises most beyond what is true.

        Modes may be hopeful about disallowed losses; the gap is then in the modes.
        """
        excess = np.where(fixing.modes == FREE, hoped(self.relaxation, plan), 0.0)
        if len(excess) and excess.max() > SLIGHT:
            yield from self._modes(fixing, int(np.argmax(excess)))

    def _children(self, fixing: Fixing, found: list[Relaxed]) -> Iterator[Fixing]:
        """Yield the parts of a node: sides of a security, or modes of a group."""
        best = found[0]
        picks = best.picks
        loss = np.where(picks.mixed, picks.loss, 0.0)
        group, apart = self._torn_group(fixing, best.minima)
        security = int(np.argmax(loss))
        if loss[security] <= SLIGHT and apart <= SLIGHT:
            yield from self._split_apart(fixing, found)
            return
        if loss[security] > apart:
            ends = picks.side[1:, security], picks.choice[1:, security]
            yield from self._split(fixing, security, *ends)
            return
        yield from self._modes(fixing, group)

    def _split(
        self, fixing: Fixing, security: int, sides: Ints, choices: Ints
    ) -> Iterator[Fixing]:
        """Yield the sides of a security, or else the modes of its group."""
        if sides[0] != sides[1] and fixing.sides[security] == 0:
            yield fixing.with_side(security, 1)
            yield fixing.with_side(security, -1)
        elif choices[0] != choices[1]:
            yield from self._modes(
                fixing, int(self.relaxation.choices.group[choices[0]])
            )

    def _modes(self, fixing: Fixing, group: int) -> Iterator[Fixing]:
        for mode in range(len(self.relaxation.program.groups[group].modes)):
            yield fixing.with_mode(group, mode)

    def _split_apart(self, fixing: Fixing, found: list[Relaxed]) -> Iterator[Fixing]:
        """Split what two relaxations on either side of the best prices disagree on.

        At the maximum over outer multipliers, a plan is a mixture of relaxations; the
        gap is in the securities that these put on different sides or in other modes.
        """
        best, spread, chosen = found[0], 0.0, None
        for other in found[1:]:
            sides = np.stack([best.picks.side[0], other.picks.side[0]])
            choices = np.stack([best.picks.choice[0], other.picks.choice[0]])
            differ = (sides[0] != sides[1]) & (fixing.sides == 0)
            differ |= choices[0] != choices[1]
            differ &= best.picks.kinked | other.picks.kinked
            moved = np.where(differ, np.abs(best.point.x - other.point.x), 0.0)
            security = int(np.argmax(moved))
            if moved[security] > spread:
                spread = float(moved[security])
                chosen = security, sides[:, security], choices[:, security]
        if chosen is not None:
            yield from self._split(fixing, *chosen)

    def _torn_group(self, fixing: Fixing, minima: Minima) -> tuple[int, float]:
        """Return the group whose members disagree most on its mode, and by how much."""
        relaxation, choices = self.relaxation, self.relaxation.choices
        sides = fixing.sides[relaxation.security]
        buy = np.where(sides >= 0, minima.blocks[0], np.inf)
        sell = np.where(sides <= 0, minima.blocks[1], np.inf)
        least = np.minimum(buy, sell)
        worst, most = -1, 0.0
        for number, group in enumerate(relaxation.program.groups):
            if len(group.securities) == 1 or fixing.modes[number] != FREE:
                continue
            own = slice(choices.first[number], choices.first[number + 1])
            joint = relaxation.by_choice(least)[own].min()
            alone = 0.0
            for security in group.securities.tolist():
                blocks = slice(*relaxation.book.blocks_from[security : security + 2])
                alone += float(least[blocks].min())
            if joint - alone > most:
                worst, most = number, joint - alone
        return worst, most
