# SPDX-License-Identifier: Apache-2.0
"""A task: a program at flat rates, what is proven of it, and plans found for it.

A task is the account's own program, or one piece of its netted bill. What counts for
a plan is the objective of the whole program; what is proven is proven for the piece.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import BUY, EXIT, SELL
from di_optimizer.solve.blocks import Blocks, open_modes
from di_optimizer.solve.dual import Dual, dual_of
from di_optimizer.solve.reference.cells import live_choices
from di_optimizer.solve.reference.convex import Answer, Point
from di_optimizer.solve.reference.kinds import counts_only, sized
from di_optimizer.solve.reference.mix import Mix
from di_optimizer.solve.solution import Attempt, Leaf

BETTER = 1e-10  # a plan counts as better from here on, fraction of base


@dataclass(frozen=True)
class Choice:
    """Fixed sides (n,) and modes (groups,): what leaves a convex problem.

    Where sizes matter, ``kinds`` (n,) fixes the kind of each trade there, 0 and a
    side elsewhere; it is empty where they do not.
    """

    sides: Ints
    modes: Ints
    kinds: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def key(self) -> bytes:
        """Equal choices have equal keys."""
        return b"".join(a.tobytes() for a in (self.sides, self.modes, self.kinds))

    @property
    def all_sides(self) -> Ints:
        """The sides, with those of the kinds that are fixed, (n,)."""
        if not len(self.kinds):
            return self.sides
        sells = (self.kinds & (EXIT | SELL)) > 0
        return np.where(self.kinds == BUY, 1, np.where(sells, -1, self.sides))


def choice_of(program: Program, sides: Ints, modes: Ints, kinds: Ints) -> Choice:
    """Return the choice of given kinds where they matter, of sides elsewhere.

    Parameters
    ----------
    sides, kinds : (n,)
    modes : (groups,)
    """
    matter = sized(program)
    if not np.any(matter):
        return Choice(sides, modes)
    return Choice(np.where(matter, 0, sides), modes, np.where(matter, kinds, 0))


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
    has no point, ``point`` is the one it has, over the cells of ``mix``: rows that
    only count names or trades have no multipliers but there.
    """

    program: Program
    whole: Program
    trace: Trace
    piece: int = -1
    leaf: Leaf | None = None
    bound: float = -np.inf
    seen: set[bytes] = field(default_factory=set)
    empty: bool = False
    point: Point | None = None
    mix: Mix | None = None

    @cached_property
    def dual(self) -> Dual:
        """The dual function of this task."""
        return dual_of(self.whole, self.piece)

    @cached_property
    def sized(self) -> Flags:
        """Securities whose kinds of trade matter, (n,)."""
        return sized(self.program)

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
        rows = point.rows
        if self.point is not None:
            only = np.array([counts_only(row) for row in self.program.rows], dtype=bool)
            rows = np.where(only, self.point.rows, rows)
        return Leaf(
            factors=point.factors,
            rows=rows[:count],
            sides=np.zeros(self.program.n, dtype=np.int64),
            modes=open_modes(self.program),
            piece=self.piece,
            piece_rows=rows[count:],
            risk=point.risk,
        )

    def improve(self, leaf: Leaf) -> float:
        """Return what a leaf proves, and keep it if that is the most so far."""
        value = self.dual.value(leaf)
        if value > self.bound:
            self.bound, self.leaf = value, leaf
        return value


def better(found: Found | None, best: Found | None) -> Found | None:
    """Return the better of two plans; the second where they are as good."""
    if found is None or best is None:
        return found or best
    return found if found.objective < best.objective - BETTER else best
