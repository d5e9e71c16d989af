# SPDX-License-Identifier: Apache-2.0
"""Branch and bound: the block furthest from its curve is split, best bound first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import ANY
from di_optimizer.solve.certified.book import FREE
from di_optimizer.solve.certified.counts import within_counts
from di_optimizer.solve.certified.flips import improved
from di_optimizer.solve.certified.node import BUYS, SALES, Fixing, Minima, Point
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
from di_optimizer.solve.certified.relaxation import COLD, ROUGH, WARM, Relaxation
from di_optimizer.solve.certified.sized import tells_kinds
from di_optimizer.solve.certified.whole import is_gridded, solve_whole

ROOT = Effort(COLD, ROUGH, 60)
AGAIN = Effort((0.03, 0.003), ROUGH, 60)
NODE = Effort(WARM, ROUGH, 20)
FIRST, LATER = 1_000, 100  # iterations of the search on a grid, by node
SELDOM = 8  # nodes of which one is searched for plans on a grid
FEW_NAMES = 30  # up to so many, every node is searched
SOLVES, FEW = 200, 12  # of changed kinds, by node
DEARER, DEAREST = 5, 10  # times the work of a node with kinds of trades, and grids
PATIENCE = 8  # nodes after which the rise of the bound is looked at
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
    root_bound: float | None = None
    nodes: int = 0
    closed: list[Proven] = field(default_factory=list)
    heap: list[tuple[float, int, Branch]] = field(default_factory=list)
    limits: Limits = field(init=False)
    task: Task = field(init=False)
    seen: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.limits = limits_of(self.relaxation)
        # memory of its own: envelopes of the tree stay while plans are looked for
        twin = self.relaxation.twin()
        self.task = Task(twin, limits_of(twin, counts=False), self.judge)

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
        while self.heap and self.nodes < self._limit:
            if self.incumbent - self.bound <= self.gap or self.report(self):
                break
            if self._is_hopeless():
                break
            _, _, branch = heapq.heappop(self.heap)
            for fixing in branch.children:
                bound = self._known(branch, fixing)
                if bound >= self.incumbent - self.gap:
                    self.closed.append(Proven(fixing, branch.point, bound))
                else:
                    self._relax(fixing, branch.point, NODE, bound)
        if self.best is None:
            self._try_exact_modes(start)
        self.report(self)

    @property
    def _is_sized(self) -> bool:
        """Whether kinds of trades are told apart anywhere."""
        return tells_kinds(self.relaxation.program)

    @property
    def _limit(self) -> int:
        """Most nodes: fewer where each is more work."""
        if is_gridded(self.task):
            return self.limit // DEAREST
        return self.limit // DEARER if self._is_sized else self.limit

    def _is_hopeless(self) -> bool:
        """Return whether the bound rises too slowly for the nodes that are left.

        Where sizes are limited, a gap may be far from what any tree closes.
        """
        if self.root_bound is None or self.nodes < PATIENCE:
            return False
        if not self._is_sized:
            return False
        needed = self.incumbent - self.gap - self.root_bound
        return (self.bound - self.root_bound) * self._limit < needed * self.nodes

    def _known(self, branch: Branch, fixing: Fixing) -> float:
        """Return what a branch's multipliers prove about one of its parts."""
        minima, own = branch.minima, branch.fixing
        if fixing.low is not own.low or fixing.high is not own.high:
            minima = self.relaxation.minima(branch.point, fixing)
        return self.relaxation.bound(minima, fixing)

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
            self._plan_near(fixing, best)

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
            self.root, self.root_bound = point, bound
        elif known > bound:
            point, bound = start, known
            minima = self.relaxation.minima(point, fixing)
        plan = self._plan_near(fixing, best)
        children = tuple(self._children(fixing, found))
        if not children and plan is not None:
            children = tuple(self._doubtful(fixing, plan))
        if bound >= self.incumbent - self.gap or not children:
            self.closed.append(Proven(fixing, point, bound))
            return
        branch = Branch(fixing, bound, point, minima, children)
        heapq.heappush(self.heap, (bound, self.nodes, branch))

    def _plan_near(self, fixing: Fixing, relaxed: Relaxed) -> Plan | None:
        """Return a plan near a relaxed point, and keep it if it is the best one yet."""
        minima = relaxed.minima
        lean = leaning(self.task, fixing, relaxed.picks, minima)
        lean = within_counts(self.relaxation, fixing, lean, minima)
        return self._try(lean, relaxed.point)

    def _whole(self, fixing: Fixing, start: Point) -> Plan | None:
        """Return a plan on the grid; the same modes are seldom worth another search."""
        key = fixing.modes.tobytes()
        known = key in self.seen and self.best is not None
        if known and self.nodes % SELDOM and self.judge.n > FEW_NAMES:
            return None
        self.seen.add(key)
        effort = FIRST if self.nodes == 1 else LATER
        return solve_whole(self.task, fixing, start, effort)

    def _try(self, fixing: Fixing, start: Point) -> Plan | None:
        """Return the plan at a fixing, and keep it if it is the best one yet."""
        if fixing.key in self.seen:
            return None
        self.seen.add(fixing.key)
        if is_gridded(self.task):
            plan = self._whole(fixing, start)
        else:
            plan = solve_fixed(self.task, fixing, start, MARGIN)
            if plan is None and self.best is None:
                plan = solve_fixed(self.task, fixing, start, 0.0)
            if plan is not None and self._is_sized:
                plan = improved(self.task, plan, SOLVES if self.nodes == 1 else FEW)
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
        """Yield the parts of a node: of a security, or modes of a group."""
        best = found[0]
        picks = best.picks
        loss = np.where(picks.mixed, picks.loss, 0.0)
        group, apart = self._torn_group(fixing, best.minima)
        security = int(np.argmax(loss))
        if loss[security] <= SLIGHT and apart <= SLIGHT:
            yield from self._split_apart(fixing, found)
            return
        if loss[security] > apart:
            ends = picks.kind[1:, security], picks.choice[1:, security]
            yield from self._split(fixing, security, *ends, picks.ends[:, security])
            return
        yield from self._modes(fixing, group)

    def _split(
        self, fixing: Fixing, security: int, kinds: Ints, choices: Ints, ends: Floats
    ) -> Iterator[Fixing]:
        """Yield the kinds of a security, or the modes of its group, or two ranges."""
        if kinds[0] != kinds[1]:
            below = kinds_up_to(int(kinds.min()))
            if self.relaxation.book.sized.on[security]:
                yield fixing.with_kinds(security, ANY & ~below)
                yield fixing.with_kinds(security, below)
            elif fixing.kinds[security] == ANY:
                yield fixing.with_kinds(security, BUYS)
                yield fixing.with_kinds(security, SALES)
        elif choices[0] != choices[1]:
            yield from self._modes(
                fixing, int(self.relaxation.choices.group[choices[0]])
            )
        else:
            cut = self._cut(security, ends)
            yield fixing.above(security, cut)
            yield fixing.below(security, cut)

    def _cut(self, security: int, ends: Floats) -> float:
        """Return a weight between two points of a grid."""
        book = self.relaxation.book
        held, step = float(book.held[security]), float(book.sized.step[security])
        below = np.floor((0.5 * float(ends.sum()) - held) / step)
        return float(held + (below + 0.5) * step)

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
            kinds = np.stack([best.picks.kind[0], other.picks.kind[0]])
            choices = np.stack([best.picks.choice[0], other.picks.choice[0]])
            x = np.stack([best.point.x, other.point.x])
            differ = (kinds[0] != kinds[1]) & ~self._is_sided(fixing)
            differ |= choices[0] != choices[1]
            differ &= best.picks.kinked | other.picks.kinked
            differ |= np.abs(x[0] - x[1]) > 0.5 * self._steps
            moved = np.where(differ, np.abs(x[0] - x[1]), 0.0)
            security = int(np.argmax(moved))
            if moved[security] > spread:
                spread = float(moved[security])
                chosen = (
                    security,
                    kinds[:, security],
                    choices[:, security],
                    x[:, security],
                )
        if chosen is not None:
            yield from self._split(fixing, *chosen)

    @property
    def _steps(self) -> Floats:
        """Weight of a step, inf where there is none, (n,)."""
        step = self.relaxation.book.sized.step
        return np.where(step > 0.0, step, np.inf)

    def _is_sided(self, fixing: Fixing) -> Flags:
        """Return where the side of a security without kinds is fixed, (n,)."""
        sided: Flags = ~self.relaxation.book.sized.on & (fixing.kinds != ANY)
        return sided

    def _torn_group(self, fixing: Fixing, minima: Minima) -> tuple[int, float]:
        """Return the group whose members disagree most on its mode, and by how much."""
        relaxation, choices = self.relaxation, self.relaxation.choices
        least = minima.open(fixing.kinds[relaxation.security])
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


def kinds_up_to(kind: int) -> int:
    """Return the kinds up to one, in order of the weight, as bits.

    Examples
    --------
    >>> kinds_up_to(4)
    7
    """
    return 2 * kind - 1
