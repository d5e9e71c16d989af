# SPDX-License-Identifier: Apache-2.0
"""A node's relaxation and its exact bound, for one program at flat rates."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import ANY, DUST, KINDS, NEAR
from di_optimizer.solve.certified.book import FREE, Choices, book_of, choices_of
from di_optimizer.solve.certified.bounds import least_of_blocks
from di_optimizer.solve.certified.fill import prices_of, sort_pairs
from di_optimizer.solve.certified.frame import LEAST_GAMMA, frame_of
from di_optimizer.solve.certified.layout import Node
from di_optimizer.solve.certified.node import Fixing, Minima, Picks, Point
from di_optimizer.solve.certified.picks import picks_of, specific_of, trades_of
from di_optimizer.solve.certified.relax import relax
from di_optimizer.solve.certified.rows import affine_rows

COLD = (0.1, 0.003)  # weights of the quadratic term, as parts of the curvature
WARM = (0.003,)
FIXED = (1e-6,)
FLOOR = 1e-2  # least curvature that counts, as a part of the largest one
ROUGH, FINE = 1e-9, 1e-13  # fraction of base: gradients at which Newton's method ends
SETTLED = 1e-9  # fraction of base: gap of the convexified program that is left


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
        self._gridded = self.book.sized.on & (self.book.sized.step > 0.0)
        self._minima = np.empty((len(KINDS), len(self.book.choice)))
        self._where = np.empty((len(KINDS), len(self.book.choice)))
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
            np.full(self.program.n, ANY, dtype=np.int64),
            np.full(groups, FREE, dtype=np.int64),
            np.full(self.program.n, -np.inf),
            np.full(self.program.n, np.inf),
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

    def blocks_at(self, modes: Ints) -> Ints:
        """Return the block of every security where all groups are in a mode, (n,)."""
        chosen = np.append(np.zeros(self.choices.count, dtype=np.bool_), True)
        chosen[self.choices.first[:-1] + modes] = True
        return np.flatnonzero(chosen[self.book.choice]).astype(np.int64)

    def open(self, fixing: Fixing) -> Flags:
        """Return the modes that a fixing leaves open, (choices,)."""
        if not self.choices.count:
            return np.ones(0, dtype=np.bool_)
        own = fixing.modes[self.choices.group]
        still: Flags = (own == FREE) | (own == self.choices.mode)
        return still

    def node(self, fixing: Fixing) -> Node:
        """Return a fixing as the kernels read it."""
        open_ = np.append(self.open(fixing), True)
        return Node(open_, fixing.kinds, fixing.low, fixing.high)

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

    def minima(self, point: Point, fixing: Fixing) -> Minima:
        """Return the least of every block at a point's multipliers.

        Of the fixing, only the ranges of weights count: its kinds and modes may still
        be chosen.
        """
        self.load(point)
        program, priced = self.program, self.frame.priced
        prices_of(self.book, priced.mu, priced.prices)
        sort_pairs(self.book, priced.prices, priced.order)
        price = program.exposures @ point.factors
        least_of_blocks(
            self.book,
            priced,
            self.node(replace(self.free(), low=fixing.low, high=fixing.high)),
            price,
            self.frame.room.raw,
            self._minima,
            self._where,
        )
        return Minima(self._minima.copy(), self._constant(point))

    def curved(self, point: Point, more: Floats) -> tuple[Floats, Floats]:
        """Return the least by kind with more curvature around a point, and where.

        Parameters
        ----------
        point : Point
        more : (n,)
            Weight of a term more·(x − point.x)².

        Returns
        -------
        least, where : (4, blocks)
        """
        self.load(point)
        priced, book = self.frame.priced, self.book
        prices_of(book, priced.mu, priced.prices)
        sort_pairs(book, priced.prices, priced.order)
        own = self.gamma * book.specific
        whole = np.maximum(own + more, 1e-300)
        centre = (own * book.target + more * point.x) / whole
        bent = book._replace(specific=whole, target=centre)
        least_of_blocks(
            bent,
            priced._replace(gamma=1.0),
            self.node(self.free()),
            self.program.exposures @ point.factors,
            self.frame.room.raw,
            self._minima,
            self._where,
        )
        return self._minima.copy(), self._where.copy()

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
        least = minima.open(fixing.kinds[self.security])
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
        envelope, element = self.frame.room.envelope, self.frame.state.element
        low, high = envelope.low[element], envelope.high[element]
        kind = pieces.kind[self._picks]
        choice = self.book.choice[pieces.block[self._picks]]
        torn = (kind[1] != kind[2]) | (choice[1] != choice[2])
        return Picks(
            kind=kind,
            choice=choice,
            loss=loss,
            kinked=kinked > 0,
            mixed=(torn | self._gridded) & self._inside(low, high),
            ends=np.stack([low, high]),
        )

    def _inside(self, low: Floats, high: Floats) -> Flags:
        """Return where the point is between two weights, not at one of them, (n,).

        Where kinds of trades are not told apart, an end counts as inside.
        """
        sized, x = self.book.sized, self.frame.state.x
        near = np.maximum(NEAR * sized.step, DUST)
        inside: Flags = ~sized.on | ((x > low + near) & (x < high - near))
        return inside

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
