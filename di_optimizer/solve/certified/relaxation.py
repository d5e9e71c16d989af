# SPDX-License-Identifier: Apache-2.0
"""A node's relaxation and its exact bound, for one program at flat rates."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.solve.certified.book import FREE, Choices, book_of, choices_of
from di_optimizer.solve.certified.bounds import least_of_blocks
from di_optimizer.solve.certified.fill import prices_of, sort_pairs
from di_optimizer.solve.certified.frame import LEAST_GAMMA, frame_of
from di_optimizer.solve.certified.layout import Node
from di_optimizer.solve.certified.picks import picks_of, specific_of, trades_of
from di_optimizer.solve.certified.relax import relax
from di_optimizer.solve.certified.rows import affine_rows

COLD = (0.1, 0.003)  # weights of the quadratic term, as parts of the curvature
WARM = (0.003,)
FIXED = (1e-6,)
FLOOR = 1e-2  # least curvature that counts, as a part of the largest one
ROUGH, FINE = 1e-9, 1e-13  # fraction of base: gradients at which Newton's method ends
SETTLED = 1e-9  # fraction of base: gap of the convexified program that is left


@dataclass(frozen=True)
class Fixing:
    """What a node of the tree fixes: sides (n,), modes (groups,); 0 and −1 are free."""

    sides: Ints
    modes: Ints

    @property
    def key(self) -> bytes:
        """Equal fixings have equal keys."""
        return self.sides.tobytes() + self.modes.tobytes()

    def with_side(self, security: int, side: int) -> Fixing:
        """Return the fixing with one more side."""
        sides = self.sides.copy()
        sides[security] = side
        return Fixing(sides, self.modes)

    def with_mode(self, group: int, mode: int) -> Fixing:
        """Return the fixing with one more mode."""
        modes = self.modes.copy()
        modes[group] = mode
        return Fixing(self.sides, modes)


@dataclass(frozen=True)
class Point:
    """Where an iteration ended, and where another may start.

    ``factors`` (k,), ``rows`` (rows,) and ``risk``, of the cap on the variance, are
    multipliers; ``x`` (n,) and ``values`` (inner rows,) primal.
    """

    x: Floats
    factors: Floats
    rows: Floats
    values: Floats
    risk: float = 0.0


@dataclass(frozen=True)
class Minima:
    """Least of every block at one point's multipliers: purchases, sales (2, blocks)."""

    blocks: Floats
    constant: float


@dataclass(frozen=True)
class Picks:
    """What a relaxed point is made of, by security.

    ``side``, ``choice`` (3, n): of the piece it leans to, and of the two pieces it
    is mixed from. ``loss`` (n,): curve less envelope. ``kinked`` (n,).
    """

    side: Ints
    choice: Ints
    loss: Floats
    kinked: Flags

    @property
    def mixed(self) -> Flags:
        """Where the point is on a chord, (n,)."""
        return (self.side[1] != self.side[2]) | (self.choice[1] != self.choice[2])


class Relaxation:
    """The kernels' memory for one program, and what is asked of it."""

    def __init__(self, program: Program, linked: int = 0) -> None:
        self.program = program
        self.book, self.lot = book_of(program, linked)
        self.choices: Choices = choices_of(program)
        self.affine = affine_rows(program, self.book)
        self.frame = frame_of(program, self.book, self.affine)
        self.anchor = program.exposures.T @ program.benchmark
        self.steps = 0
        smooth = self.frame.smooth
        self.row_limits = smooth.low.copy(), smooth.high.copy()
        self.risk = 0.0
        self.security = np.repeat(np.arange(program.n), np.diff(self.book.blocks_from))
        self.everything = self.node(self.free())
        self._minima = np.empty((2, len(self.book.choice)))
        self._picks = np.empty((3, program.n), dtype=np.int64)

    def twin(self) -> Relaxation:
        """Return a relaxation of the same program with memory of its own."""
        other = copy(self)
        other.frame = frame_of(self.program, self.book, self.affine)
        other.risk, other.steps = 0.0, 0
        other._minima = np.empty_like(self._minima)
        other._picks = np.empty_like(self._picks)
        return other

    def free(self) -> Fixing:
        """Return the root's fixing: nothing."""
        groups = len(self.program.groups)
        return Fixing(
            np.zeros(self.program.n, dtype=np.int64),
            np.full(groups, FREE, dtype=np.int64),
        )

    def start(self) -> Point:
        """Return the account as it is: its own factor prices, no price of the rows."""
        program = self.program
        active = program.held - program.benchmark
        values = np.zeros(len(self.affine.rows))
        return Point(
            x=program.held.copy(),
            factors=2.0 * program.gamma * (program.exposures.T @ active),
            rows=np.zeros(len(program.rows)),
            values=values,
        )

    def open(self, fixing: Fixing) -> Flags:
        """Return the modes that a fixing leaves open, (choices,)."""
        if not self.choices.count:
            return np.ones(0, dtype=np.bool_)
        own = fixing.modes[self.choices.group]
        still: Flags = (own == FREE) | (own == self.choices.mode)
        return still

    def node(self, fixing: Fixing) -> Node:
        """Return a fixing as the kernels read it."""
        return Node(np.append(self.open(fixing), True), fixing.sides)

    @property
    def gamma(self) -> float:
        """Price of variance at the present multipliers."""
        return self.program.gamma + self.risk

    def tighten(self, margin: float) -> None:
        """Move the limits of the inner rows in by a margin, or back with 0."""
        smooth = self.frame.smooth
        least, most = self.row_limits
        step = np.minimum(margin, 0.25 * (most - least))
        smooth.low[:], smooth.high[:] = least + step, most - step

    def curvature(self) -> Floats:
        """Return the scale of the quadratic terms: specific risk's, or a least."""
        own = 2.0 * self.gamma * self.program.specific
        least = FLOOR * max(float(own.max(initial=0.0)), FLOOR)
        scale: Floats = np.maximum(own, least)
        return scale

    def load(self, point: Point) -> None:
        """Put a point into the kernels' memory."""
        if point.risk != self.risk:
            self.risk = point.risk
            priced = self.frame.priced._replace(gamma=self.gamma)
            self.frame = self.frame._replace(priced=priced)
            self.frame.smooth.flat[: len(point.factors)] = 0.5 / max(
                self.gamma, LEAST_GAMMA
            )
        state, inner = self.frame.state, self.affine.rows
        k = len(point.factors)
        state.centre[:] = state.x[:] = point.x
        state.multipliers[:k] = point.factors
        state.multipliers[k:] = point.rows[inner]
        state.centred[:] = state.multipliers
        known = len(point.values) == len(inner)  # else it is another program's point
        state.row_centre[:] = state.z[:] = point.values if known else 0.0
        self.frame.priced.mu[:] = point.rows

    def point(self) -> Point:
        """Return the point that the kernels' memory holds."""
        state, k = self.frame.state, self.program.exposures.shape[1]
        rows = self.frame.priced.mu.copy()
        smooth, own = self.frame.smooth, state.multipliers[k:]
        own = np.where(np.isinf(smooth.low), np.maximum(own, 0.0), own)
        own = np.where(np.isinf(smooth.high), np.minimum(own, 0.0), own)
        rows[self.affine.rows] = own  # an end that does not exist has no price
        factors = state.multipliers[:k].copy()
        if self.gamma == 0.0:
            factors[:] = 0.0  # nothing prices the factors
        return Point(state.x.copy(), factors, rows, state.z.copy(), self.risk)

    def solve(
        self,
        fixing: Fixing,
        start: Point,
        weights: tuple[float, ...] = WARM,
        tolerance: float = ROUGH,
    ) -> Point | None:
        """Maximise the dual of a node's convexified program, other rows' prices fixed.

        Returns
        -------
        Point or None
            None where a security has no allowed weight.
        """
        self.load(start)
        pulls = np.outer(weights, self.curvature())
        closed, steps, _ = relax(
            self.frame, self.node(fixing), pulls, tolerance, SETTLED
        )
        self.steps += steps
        return None if closed >= 0 else self.point()

    def minima(self, point: Point) -> Minima:
        """Return the least of every block at a point's multipliers."""
        self.load(point)
        program, priced = self.program, self.frame.priced
        prices_of(self.book, priced.mu, priced.prices)
        sort_pairs(self.book, priced.prices, priced.order)
        price = program.exposures @ point.factors
        least_of_blocks(
            self.book,
            priced,
            self.everything,
            price,
            self.frame.room.raw,
            self._minima,
        )
        return Minima(self._minima.copy(), self._constant(point))

    def _constant(self, point: Point) -> float:
        """Return the part of the dual function that no block decides."""
        program, nu = self.program, point.factors
        total = program.constant - float(nu @ self.anchor)
        size = float(nu @ nu)
        if size > 0.0:
            total -= size / (4.0 * self.gamma)
        if point.risk > 0.0:
            total -= point.risk * program.variance_cap
        for row, mu in zip(program.rows, point.rows.tolist(), strict=True):
            if mu != 0.0:
                limit = row.upper if mu > 0.0 else row.lower
                total += mu * (row.offset - limit)
        return total

    def bound(self, minima: Minima, fixing: Fixing) -> float:
        """Return the dual function of a node: a lower bound on all of its plans."""
        sides = fixing.sides[self.security]
        buy = np.where(sides >= 0, minima.blocks[0], np.inf)
        sell = np.where(sides <= 0, minima.blocks[1], np.inf)
        least = np.minimum(buy, sell)
        if not self.choices.count:
            return minima.constant + float(least.sum())
        alone = self.book.choice == FREE
        total = minima.constant + float(least[alone].sum())
        values = self.by_choice(np.where(alone, 0.0, least))
        values = np.where(self.open(fixing), values, np.inf)
        return total + float(np.minimum.reduceat(values, self.choices.first[:-1]).sum())

    def by_choice(self, least: Floats) -> Floats:
        """Return the sums of the blocks of every mode, (choices,)."""
        inside = self.book.choice != FREE
        total: Floats = np.bincount(
            self.book.choice[inside],
            weights=least[inside],
            minlength=self.choices.count,
        ).astype(np.float64)
        return total

    def picks(self) -> Picks:
        """Return what the point in memory is made of."""
        loss, kinked = np.empty(self.program.n), np.empty(self.program.n, np.int64)
        picks_of(self.frame, self._picks, loss, kinked)
        pieces = self.frame.room.pieces
        return Picks(
            side=pieces.side[self._picks],
            choice=self.book.choice[pieces.block[self._picks]],
            loss=loss,
            kinked=kinked > 0,
        )

    def variance(self) -> float:
        """Return the tracking variance of the point in memory, chords as mixtures."""
        program = self.program
        factor = program.exposures.T @ self.frame.state.x - self.anchor
        return float(factor @ factor) + specific_of(self.frame)

    def trades(self) -> tuple[Floats, Floats]:
        """Return purchases (n,) and lot sales (lots,) of the point in memory."""
        buys, pairs = np.empty(self.program.n), np.empty(len(self.lot))
        trades_of(self.frame, buys, pairs)
        sells = np.bincount(
            self.lot, weights=pairs, minlength=len(self.program.lots)
        ).astype(np.float64)
        return buys, sells
