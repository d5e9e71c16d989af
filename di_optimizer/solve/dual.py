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

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.solve.amounts import Amounts, amounts_of, has_kinds
from di_optimizer.solve.blocks import FREE, Blocks, blocks_of, open_modes
from di_optimizer.solve.ground import Ground, ground_of
from di_optimizer.solve.kind_minima import scan_kinds
from di_optimizer.solve.minima import scan
from di_optimizer.solve.parts import Part, Ranges, open_kinds
from di_optimizer.solve.pieces import at_piece
from di_optimizer.solve.priced import (
    INFINITE,
    BlockMinima,
    Priced,
    Queue,
    counted_prices,
    queue_of,
    unit_prices,
)
from di_optimizer.solve.rounding import Magnitudes, magnitudes_of
from di_optimizer.solve.solution import Leaf


@dataclass(frozen=True)
class Scanned:
    """The least of every block at some multipliers, and what is added to their sum."""

    minima: BlockMinima
    constant: float
    priced: Priced


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
    def amounts(self) -> Amounts:
        """The amounts that sizes allow, of all blocks."""
        return amounts_of(self.program, self.ground)

    @cached_property
    def by_kind(self) -> bool:
        """Whether minima are by kind of trade, whatever a leaf is about."""
        return has_kinds(self.program)

    @cached_property
    def _magnitudes(self) -> Magnitudes:
        return magnitudes_of(self.program, self.ground)

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
        names, trades = counted_prices(program, multipliers)
        return Priced(price, buy, sell, rate, truth, constant, variance, names, trades)

    def minima(self, priced: Priced) -> BlockMinima:
        """Minimise every block on each side, and by kind where sizes are limited."""
        return self._minima(priced, by_kind=self.by_kind)

    def _minima(self, priced: Priced, *, by_kind: bool) -> BlockMinima:
        if by_kind:
            return scan_kinds(self.ground, self.amounts, priced, self.usual)
        return scan(self.ground, priced, self.usual)

    def scanned(self, leaf: Leaf) -> Scanned:
        """Return the least of every block at a leaf's multipliers."""
        with np.errstate(over="ignore", invalid="ignore"):  # wild ones prove nothing
            priced = self.priced(leaf)
            error = self._magnitudes.error(leaf, self.program.gamma, priced.constant)
            minima = self._minima(priced, by_kind=self.asks_kinds(leaf))
            return Scanned(minima, priced.constant - error, priced)

    def asks_kinds(self, leaf: Leaf) -> bool:
        """Return whether a leaf needs minima by kind."""
        return self.by_kind or len(leaf.kinds) > 0 or len(leaf.ranges) > 0

    def value(self, leaf: Leaf, scanned: Scanned | None = None) -> float:
        """Return a lower bound on every plan: see :func:`dual_value`.

        ``scanned`` are the minima at the leaf's multipliers where they are known, by
        kind where the leaf needs them.
        """
        at, own = scanned or self.scanned(leaf), self.blocks.security
        with np.errstate(over="ignore", invalid="ignore"):
            minima = self._within(at, leaf.ranges)
            if minima.kinds is None:
                least = minima.least(leaf.sides[own])
            else:
                least = minima.among(open_kinds(leaf)[own])
            total = float(np.sum(least[self.blocks.choice == FREE])) + at.constant
            total += self._groups(least, self._open_choices(leaf.modes))
        if np.isfinite(total):
            return total
        return INFINITE if self.empty(self.part_of(leaf)) else -INFINITE

    def part_of(self, leaf: Leaf) -> Part:
        """Return the plans that a leaf is about."""
        return Part(open_kinds(leaf), self._open_choices(leaf.modes), leaf.ranges)

    def _open_choices(self, modes: Ints) -> Flags:
        """Return which modes of all groups are open, (choices,)."""
        if not len(modes):
            return np.ones(len(self.blocks.mode), dtype=np.bool_)
        own = modes[self.blocks.group]
        found: Flags = (own == FREE) | (own == self.blocks.mode)
        return found

    def empty(self, part: Part) -> bool:
        """Return whether no plan at all is in a part."""
        ground = self.ground
        if self.by_kind or not part.by_sides:
            ranges = self._cut_opens(part.ranges)
        else:
            ranges = BlockMinima(
                np.where(ground.buy_open, 0.0, INFINITE),
                np.where(ground.sell_open, 0.0, INFINITE),
            )
        least = ranges.among(part.kinds[self.blocks.security])
        closed = bool(np.any(least[self.blocks.choice == FREE] == INFINITE))
        return closed or self._groups(least, part.modes) == INFINITE

    def choices(self, least: Floats) -> Floats:
        """Return the value of every mode from those of its blocks, (choices,)."""
        return self.blocks.per_choice(least)

    def _within(self, at: Scanned, ranges: Ranges) -> BlockMinima:
        """Return minima with those of some securities cut to ranges."""
        if not ranges:
            return at.minima
        touched, ground, amounts = self._cut(ranges)
        return _patched(at.minima, touched, scan_kinds(ground, amounts, at.priced))

    def _cut_opens(self, ranges: Ranges) -> BlockMinima:
        """Return 0 for every kind that has an amount within ranges, else inf."""
        opens = BlockMinima.by_kind(np.where(self.amounts.opens, 0.0, INFINITE))
        if not ranges:
            return opens
        touched, _, amounts = self._cut(ranges)
        cut = BlockMinima.by_kind(np.where(amounts.opens, 0.0, INFINITE))
        return _patched(opens, touched, cut)

    def _cut(self, ranges: Ranges) -> tuple[Flags, Ground, Amounts]:
        """Return the blocks that ranges are about, and what is left of them."""
        lower, upper = self.program.lower.copy(), self.program.upper.copy()
        touched = np.zeros(self.program.n, dtype=np.bool_)
        for security, low, high in ranges:
            lower[security] = max(lower[security], low)
            upper[security] = min(upper[security], high)
            touched[security] = True
        chosen = touched[self.blocks.security]
        cut = replace(self.program, lower=lower, upper=upper)
        ground = ground_of(cut, self.blocks.some(chosen))
        return chosen, ground, amounts_of(cut, ground)

    def _groups(self, least: Floats, kept: Flags) -> float:
        """Sum over groups of their best allowed mode."""
        values = np.where(kept, self.choices(least), INFINITE)
        best = np.full(len(self.program.groups), INFINITE)
        np.minimum.at(best, self.blocks.group, values)
        return float(np.sum(best))


def _patched(minima: BlockMinima, places: Flags, some: BlockMinima) -> BlockMinima:
    """Return minima by kind with those of some blocks put in their places."""
    if minima.kinds is None or some.kinds is None:
        raise ValueError("ranges need minima by kind of trade")
    kinds = minima.kinds.copy()
    kinds[:, places] = some.kinds
    return BlockMinima.by_kind(kinds)


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
