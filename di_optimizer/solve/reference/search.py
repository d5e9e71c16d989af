# SPDX-License-Identifier: Apache-2.0
"""One task from what its relaxation leans to, to a plan: choose, solve, clean up.

A task is a program at flat rates: the account's own, or one piece of its netted
bill. What counts for a plan is the objective of the whole program; what is proven
here is proven for the piece.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.solve.blocks import Blocks, blocks_of, open_modes
from di_optimizer.solve.dual import Dual, dual_of
from di_optimizer.solve.reference.cells import cells_of, kinked, live_choices
from di_optimizer.solve.reference.convex import Answer, Point, solve_mix
from di_optimizer.solve.reference.model import Mix
from di_optimizer.solve.reference.purify import purify
from di_optimizer.solve.solution import Attempt, Leaf

MIXED = 20  # choices tried with one security on another side than the rest
BETTER = 1e-10  # a plan counts as better from here on, fraction of base


@dataclass(frozen=True)
class Choice:
    """Fixed sides (n,) and modes (groups,): what leaves a convex problem."""

    sides: Ints
    modes: Ints

    @property
    def key(self) -> bytes:
        """Equal choices have equal keys."""
        return self.sides.tobytes() + self.modes.tobytes()


@dataclass(frozen=True)
class Found:
    """A feasible plan at a choice, with the multipliers it came with."""

    choice: Choice
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
    """What was tried: solver attempts, iterations and flips."""

    attempts: list[Attempt] = field(default_factory=list)
    iterations: int = 0
    flips: int = 0

    def record(self, answer: Answer) -> None:
        """Note the solver calls behind one answer."""
        self.attempts.extend(answer.attempts)
        self.iterations += answer.iterations


@dataclass
class Task:
    """A program at flat rates, and the best bound proven for it so far.

    ``whole`` is the program that plans are judged by; ``piece`` the piece of its
    bill that this is about, −1 without netting. ``empty`` says that its relaxation
    has no point.
    """

    program: Program
    whole: Program
    trace: Trace
    piece: int = -1
    leaf: Leaf | None = None
    bound: float = -np.inf
    seen: set[bytes] = field(default_factory=set)
    empty: bool = False

    @cached_property
    def dual(self) -> Dual:
        """The dual function of this task."""
        return dual_of(self.whole, self.piece)

    @cached_property
    def blocks(self) -> Blocks:
        """Blocks of all modes that leave every member an allowed weight."""
        every = self.dual.blocks
        live = live_choices(self.program, every)
        possible = np.zeros(len(self.program.groups), dtype=np.bool_)
        possible[every.group[live]] = True
        return every.only(live | ~possible[every.group])

    def leaf_of(self, point: Point) -> Leaf:
        """Return a point's multipliers as a leaf with every side and mode free."""
        count = len(self.whole.rows)
        return Leaf(
            factors=point.factors,
            rows=point.rows[:count],
            sides=np.zeros(self.program.n, dtype=np.int64),
            modes=open_modes(self.program),
            piece=self.piece,
            piece_rows=point.rows[count:],
            risk=point.risk,
        )

    def improve(self, leaf: Leaf) -> float:
        """Return what a leaf proves, and keep it if that is the most so far."""
        value = self.dual.value(leaf)
        if value > self.bound:
            self.bound, self.leaf = value, leaf
        return value


def solve_choice(task: Task, choice: Choice) -> Found | None:
    """Solve at a choice; securities that come out on both sides get fixed as well."""
    task.seen.add(choice.key)
    blocks = blocks_of(task.program, choice.modes)
    none = np.zeros(blocks.count, dtype=np.bool_)
    for _ in range(3):
        cells = cells_of(task.program, blocks, choice.sides, none)
        mix = Mix(task.program, blocks, cells, "sides")
        answer = solve_mix(mix)
        task.trace.record(answer)
        if answer.point is None:
            return None
        leaf = task.leaf_of(answer.point)
        task.improve(leaf)
        pure = purify(mix, answer.point)
        if pure is None:
            return None
        if not np.any(pure.doubled):
            terms = task.whole.terms(pure.buys, pure.sells)
            return Found(choice, pure.buys, pure.sells, terms, leaf)
        sides = np.where(pure.doubled, pure.lean, choice.sides)
        choice = Choice(sides, choice.modes)
    return None


def better(found: Found | None, best: Found | None) -> Found | None:
    """Return the better of two plans; the second where they are as good."""
    if found is None or best is None:
        return found or best
    return found if found.objective < best.objective - BETTER else best


def first_plan(task: Task, choices: Iterable[Choice]) -> Found | None:
    """Return the best plan of those choices that were not tried before."""
    best: Found | None = None
    for choice in choices:
        if choice.key not in task.seen:
            best = better(solve_choice(task, choice), best)
    return best


def fallback(task: Task) -> Found | None:
    """Return the first plan with all groups alike, all buying or all selling.

    For where the leanings fit no row: one of the two does if cash is the only one.
    Then one security at a time takes the other side.
    """
    uniform = [*_uniform(task)]
    mixed = itertools.islice(_all_but_one(uniform), MIXED)
    found = (solve_choice(task, choice) for choice in (*uniform, *mixed))
    return next((plan for plan in found if plan), None)


def _all_but_one(choices: Iterable[Choice]) -> Iterator[Choice]:
    for choice in choices:
        for security in np.flatnonzero(choice.sides).tolist():
            sides = choice.sides.copy()
            sides[security] *= -1
            yield Choice(sides, choice.modes)


def leanings(mix: Mix, point: Point) -> list[Choice]:
    """Return the choices that a relaxation leans to."""
    blocks, cells = mix.blocks, mix.cells
    modes = _largest(blocks, point.mode_share, len(mix.program.groups))
    split = _split_at(mix, modes)
    net = mix.program.after(point.buys, point.sells) - mix.program.held
    lean = np.zeros(mix.program.n)
    chosen = blocks.at(modes)[cells.block]
    np.add.at(
        lean,
        blocks.security[cells.block[chosen]],
        (point.share * cells.side)[chosen],
    )
    trade = Choice(np.where(split, np.where(net > 0.0, 1, -1), 0), modes)
    share = Choice(np.where(split, np.where(lean > 0.0, 1, -1), 0), modes)
    return [trade] if trade.key == share.key else [trade, share]


def _largest(blocks: Blocks, share: Floats, groups: int) -> Ints:
    """Return the mode with the largest share of each group, the first of equals."""
    modes = np.zeros(groups, dtype=np.int64)
    order = np.lexsort((-np.arange(len(share)), share))
    modes[blocks.group[order]] = blocks.mode[order]  # the last one written stays
    return modes


def _split_at(mix: Mix, modes: Ints) -> Flags:
    """Return the securities that are split in the chosen modes, (n,)."""
    cells = mix.cells
    count = np.bincount(cells.block, minlength=mix.blocks.count)
    split = np.zeros(mix.program.n, dtype=np.bool_)
    split[mix.blocks.security[(count > 1) & mix.blocks.at(modes)]] = True
    return split


def _uniform(task: Task) -> Iterator[Choice]:
    """Yield choices with every group in its first mode, then its second, and so on.

    A group with fewer modes takes its last one.
    """
    blocks = task.blocks
    many = np.bincount(blocks.group, minlength=len(task.program.groups))
    start = np.cumsum(many) - many
    for number in range(int(many.max(initial=1))):
        modes = blocks.mode[start + np.minimum(number, many - 1)]
        split = np.zeros(task.program.n, dtype=np.int64)
        at = kinked(task.program, blocks) & blocks.at(modes)
        split[blocks.security[at]] = 1
        yield Choice(split, modes)
        yield Choice(-split, modes)
