# SPDX-License-Identifier: Apache-2.0
"""The dual function of the program, exact in every block: where bounds come from.

With ν for y = Fᵀ(x − b), μ for the rows and θ for the cap on variance, the
Lagrangian separates into one problem per group: the least over its modes of what its
securities cost, each of them in one variable: how much to buy, or how much to sell
from its cheapest lots. All are solved to their global minimum, so that the sum is a
lower bound on the objective of every feasible plan, whatever ν, μ and θ are. No
solver tolerance enters, and what float64 may round away is given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.blocks import FREE, Blocks, blocks_of, open_modes
from di_optimizer.solve.ground import Ground, ground_of
from di_optimizer.solve.minima import (
    INFINITE,
    BlockMinima,
    Priced,
    Queue,
    queue_of,
    scan,
    unit_prices,
)
from di_optimizer.solve.pieces import at_piece
from di_optimizer.solve.rounding import Sizes, sizes_of
from di_optimizer.solve.solution import Leaf


@dataclass(frozen=True)
class Scanned:
    """The least of every block at some multipliers, and what is added to their sum."""

    minima: BlockMinima
    constant: float


@dataclass(frozen=True)
class Dual:
    """The dual function of a program without netting.

    The last ``linked`` rows are limits of a piece of the bill. They are about the
    gains of the modes, as the bill within the piece is; all other rows are about
    the gains that truly count. ``given`` are the ranges where they are known.
    """

    program: Program
    linked: int = 0
    given: Ground | None = None

    @cached_property
    def ground(self) -> Ground:
        """The ranges of all blocks."""
        return self.given or every_block(self.program)

    @property
    def blocks(self) -> Blocks:
        """Every security in every mode."""
        return self.ground.blocks

    @cached_property
    def usual(self) -> Queue:
        """The lots in the order of their prices where no row has one."""
        lots, none = self.program.lots, np.zeros(len(self.program.lots))
        plain = Priced(none, none, lots.sell_cost, lots.rate, none, 0.0, 0.0)
        return queue_of(self.ground, unit_prices(self.blocks, plain))

    @cached_property
    def _sizes(self) -> Sizes:
        return sizes_of(self.program, self.ground)

    def priced(self, leaf: Leaf) -> Priced:
        """Return the prices at a leaf's multipliers."""
        program, lots = self.program, self.program.lots
        buy, sell = program.buy_cost.copy(), lots.sell_cost.copy()
        rate, truth = lots.rate.copy(), np.zeros(len(lots))
        variance = program.gamma + leaf.risk
        constant = program.constant - cap_charge(program.variance_cap, leaf.risk)
        constant += _factor_constant(program, leaf.factors, variance)
        linked_from = len(program.rows) - self.linked
        multipliers = np.concatenate([leaf.rows, leaf.piece_rows])
        for number, (row, mu) in enumerate(zip(program.rows, multipliers, strict=True)):
            if mu == 0.0:
                continue
            buy += mu * row.buy
            sell += mu * row.sell
            if row.short or row.long:
                by_term = mu * np.where(lots.long_term, row.long, row.short)
                target = rate if number >= linked_from else truth
                target += by_term
            limit = row.upper if mu > 0 else row.lower
            constant += float(mu * (row.offset - limit))
        price = program.exposures @ leaf.factors
        return Priced(price, buy, sell, rate, truth, constant, variance)

    def minima(self, priced: Priced) -> BlockMinima:
        """Minimise every block on each side, (blocks,) each."""
        return scan(self.ground, priced, self.usual)

    def scanned(self, leaf: Leaf) -> Scanned:
        """Return the least of every block at a leaf's multipliers."""
        with np.errstate(over="ignore", invalid="ignore"):  # wild ones prove nothing
            priced = self.priced(leaf)
            error = self._sizes.error(leaf, self.program.gamma, priced.constant)
            return Scanned(self.minima(priced), priced.constant - error)

    def value(self, leaf: Leaf, scanned: Scanned | None = None) -> float:
        """Return a lower bound on every plan: see :func:`dual_value`.

        ``scanned`` are the minima at the leaf's multipliers where they are known.
        """
        at, blocks = scanned or self.scanned(leaf), self.blocks
        least = at.minima.least(leaf.sides[blocks.security])
        with np.errstate(over="ignore", invalid="ignore"):
            total = float(np.sum(least[blocks.choice == FREE])) + at.constant
            total += self._groups(least, leaf.modes)
        if np.isfinite(total):
            return total
        return INFINITE if self.empty(leaf.sides, leaf.modes) else -INFINITE

    def empty(self, sides: Ints, modes: Ints) -> bool:
        """Return whether no plan at all has these sides and modes."""
        ground = self.ground
        ranges = BlockMinima(
            np.where(ground.buy_open, 0.0, INFINITE),
            np.where(ground.sell_open, 0.0, INFINITE),
        )
        least = ranges.least(sides[self.blocks.security])
        closed = bool(np.any(least[self.blocks.choice == FREE] == INFINITE))
        return closed or self._groups(least, modes) == INFINITE

    def choices(self, least: Floats) -> Floats:
        """Return the value of every mode from those of its blocks, (choices,)."""
        return self.blocks.per_choice(least)

    def _groups(self, least: Floats, modes: Ints) -> float:
        """Sum over groups of their best allowed mode."""
        blocks, values = self.blocks, self.choices(least)
        if len(modes):
            own = modes[blocks.group]
            values = np.where((own == FREE) | (own == blocks.mode), values, INFINITE)
        best = np.full(len(self.program.groups), INFINITE)
        np.minimum.at(best, blocks.group, values)
        return float(np.sum(best))


def every_block(program: Program) -> Ground:
    """Return the ranges of every security in every mode."""
    return ground_of(program, blocks_of(program, open_modes(program)))


def dual_of(program: Program, piece: int, given: Ground | None = None) -> Dual:
    """Return the dual function, of one piece where the bill is netted.

    ``given`` are the ranges of the program, which its pieces share.
    """
    if program.netting is None:
        return Dual(program, given=given)
    linked = len(program.netting.limits(piece))
    return Dual(at_piece(program, piece), linked, given)


def dual_value(program: Program, leaf: Leaf) -> float:
    """Return the dual function at a leaf: a lower bound, fraction of base.

    Parameters
    ----------
    program : Program
    leaf : Leaf
        Any multipliers; ``sides`` and ``modes`` restrict the bound to plans on
        those. Where the bill is netted, the bound is about plans in ``leaf.piece``.

    Returns
    -------
    float
        −inf where the multipliers prove nothing, inf where a security has no
        allowed weight on its side.
    """
    if program.netting is not None and leaf.piece < 0:
        return -INFINITE
    return dual_of(program, leaf.piece).value(leaf)


def cap_charge(cap: float, risk: float) -> float:
    """Return θ·cap, inf where θ proves nothing: a negative one, or one without cap.

    Examples
    --------
    >>> cap_charge(0.5, 2.0), cap_charge(np.inf, 0.0), cap_charge(np.inf, 2.0)
    (1.0, 0.0, inf)
    """
    if risk == 0.0:
        return 0.0
    return risk * cap if risk > 0.0 else INFINITE


def _factor_constant(program: Program, nu: Floats, variance: float) -> float:
    """Min over y of v‖y‖² − ν·y, less ν·Fᵀb, at a price v of variance."""
    size = float(nu @ nu)
    if size == 0.0:
        return 0.0
    if variance <= 0.0:
        return -INFINITE
    anchor = float(nu @ (program.exposures.T @ program.benchmark))
    return -size / (4.0 * variance) - anchor
