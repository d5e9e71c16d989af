# SPDX-License-Identifier: Apache-2.0
"""The dual function of the program, exact in every block: where bounds come from.

With ν for y = Fᵀ(x − b) and μ for the rows, the Lagrangian separates into one
problem per group: the least over its modes of what its securities cost, each of them
in one variable: how much to buy, or how much to sell from its cheapest lots. All are
solved to their global minimum, so that the sum is a lower bound on the objective of
every feasible plan, whatever ν and μ are. No solver tolerance enters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.blocks import FREE, Blocks, blocks_of, open_modes
from di_optimizer.solve.groups import sums_before
from di_optimizer.solve.pieces import at_piece
from di_optimizer.solve.solution import Leaf
from di_optimizer.solve.widen import widened

__all__ = ["Dual", "Leaf", "bound_of", "dual_of", "dual_value", "widened"]

INFINITE = np.inf
ROUNDING = 1e-12  # fraction of base; sums of weights in another order differ by less


@dataclass(frozen=True)
class Priced:
    """What multipliers charge.

    ``price`` (n,) per unit of x, ``buy`` (n,) per unit bought, ``sell`` (lots,) per
    unit sold, ``rate`` (lots,) per unit of a mode's gain, ``truth`` (lots,) per unit
    of the gain that truly counts; ``constant`` is what no block decides.
    """

    price: Floats
    buy: Floats
    sell: Floats
    rate: Floats
    truth: Floats
    constant: float


@dataclass(frozen=True)
class BlockMinima:
    """Least Lagrangian value of each block on its two sides; inf where closed."""

    buy: Floats
    sell: Floats

    def least(self, sides: Ints) -> Floats:
        """Return the least value on the allowed sides (0 allows both), (blocks,)."""
        buy = np.where(sides >= 0, self.buy, INFINITE)
        sell = np.where(sides <= 0, self.sell, INFINITE)
        return np.minimum(buy, sell)


@dataclass(frozen=True)
class Dual:
    """The dual function of a program without netting.

    The last ``linked`` rows are limits of a piece of the bill. They are about the
    gains of the modes, as the bill within the piece is; all other rows are about
    the gains that truly count.
    """

    program: Program
    linked: int = 0

    @cached_property
    def blocks(self) -> Blocks:
        """Every security in every mode."""
        return blocks_of(self.program, open_modes(self.program))

    def priced(self, leaf: Leaf) -> Priced:
        """Return the prices at a leaf's multipliers."""
        program, lots = self.program, self.program.lots
        buy, sell = program.buy_cost.copy(), lots.sell_cost.copy()
        rate, truth = lots.rate.copy(), np.zeros(len(lots))
        constant = program.constant + _factor_constant(program, leaf.factors)
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
        return Priced(price, buy, sell, rate, truth, constant)

    def minima(self, priced: Priced) -> BlockMinima:
        """Minimise every block on each side, (blocks,) each."""
        return BlockMinima(
            _buy_minima(self.program, self.blocks, priced),
            _sell_minima(self.program, self.blocks, priced),
        )

    def value(self, leaf: Leaf) -> float:
        """Return a lower bound on every plan: see :func:`dual_value`."""
        priced, blocks = self.priced(leaf), self.blocks
        least = self.minima(priced).least(leaf.sides[blocks.security])
        alone = blocks.choice == FREE
        total = float(np.sum(least[alone])) + self._groups(least, leaf.modes)
        return total if total == INFINITE else float(priced.constant + total)

    def choices(self, least: Floats) -> Floats:
        """Return the value of every mode from those of its blocks, (choices,)."""
        chosen = self.blocks.choice != FREE
        return self.blocks.constant + np.bincount(
            self.blocks.choice[chosen],
            weights=least[chosen],
            minlength=len(self.blocks.constant),
        )

    def _groups(self, least: Floats, modes: Ints) -> float:
        """Sum over groups of their best allowed mode."""
        blocks, values = self.blocks, self.choices(least)
        if len(modes):
            own = modes[blocks.group]
            values = np.where((own == FREE) | (own == blocks.mode), values, INFINITE)
        best = np.full(len(self.program.groups), INFINITE)
        np.minimum.at(best, blocks.group, values)
        return float(np.sum(best))


def dual_of(program: Program, piece: int) -> Dual:
    """Return the dual function, of one piece where the bill is netted."""
    if program.netting is None:
        return Dual(program)
    return Dual(at_piece(program, piece), len(program.netting.pieces[piece].limits))


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


def bound_of(program: Program, leaves: tuple[Leaf, ...]) -> float:
    """Return what leaves prove together, fraction of base.

    Where the bill is netted, the least over its pieces of what is proven for each;
    −inf where a piece has no leaf. Otherwise what the best leaf proves.
    """
    best: dict[int, float] = {}
    for leaf in leaves:
        piece = -1 if program.netting is None else leaf.piece
        value = dual_value(program, leaf)
        best[piece] = max(best.get(piece, -INFINITE), value)
    if program.netting is None:
        return best.get(-1, -INFINITE)
    pieces = range(len(program.netting.pieces))
    return min(best.get(piece, -INFINITE) for piece in pieces)


def _factor_constant(program: Program, nu: Floats) -> float:
    """Min over y of γ‖y‖² − ν·y, less ν·Fᵀb."""
    size = float(nu @ nu)
    if size == 0.0:
        return 0.0
    if program.gamma == 0.0:
        return -INFINITE
    anchor = float(nu @ (program.exposures.T @ program.benchmark))
    return -size / (4.0 * program.gamma) - anchor


def _buy_minima(program: Program, blocks: Blocks, priced: Priced) -> Floats:
    """Least of γd(h+u−b)² + p(h+u) + c·u over the purchase range."""
    own = blocks.security
    held, curvature = program.held[own], (program.gamma * program.specific)[own]
    price = priced.price[own]
    cost = priced.buy[own] + (blocks.buy_cost - program.buy_cost[own])
    low = np.maximum(program.lower[own] - held, 0.0)
    high = program.upper[own] - held
    active = held - program.benchmark[own]
    u = _minimiser(curvature, active, price + cost, low, high)
    value = curvature * (active + u) ** 2 + price * (held + u) + cost * u
    return np.where(blocks.buys & (high >= 0.0), value, INFINITE)


def _minimiser(
    curvature: Floats, active: Floats, slope: Floats, low: Floats, high: Floats
) -> Floats:
    """Argmin over t in [low, high] of curvature·(active + t)² + slope·t."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        free = np.where(
            curvature > 0.0,
            -active - slope / (2.0 * curvature),
            np.where(slope > 0.0, -INFINITE, INFINITE),
        )
    return np.minimum(np.maximum(free, low), high)


def unit_prices(blocks: Blocks, priced: Priced) -> Floats:
    """Return what a unit sold of each lot in each block costs, (pairs,)."""
    lot = blocks.lot
    truth = priced.truth[lot]
    return (
        priced.sell[lot]
        + blocks.charge
        + priced.rate[lot] * blocks.gain
        + np.minimum(truth * blocks.low, truth * blocks.high)
    )


@dataclass(frozen=True)
class _Sales:
    """The blocks' sale ranges and the parabola on them, (blocks,) each.

    ``forced`` is what floors sell, ``paid`` what that costs, ``whole`` the most.
    """

    held: Floats
    active: Floats
    curvature: Floats
    price: Floats
    forced: Floats
    paid: Floats
    least: Floats
    most: Floats

    def value(self, sold: Floats, paid: Floats, at: Ints | slice) -> Floats:
        """Return the Lagrangian with ``sold`` out of blocks ``at``."""
        risk = self.curvature[at] * (self.active[at] - sold) ** 2
        return risk + self.price[at] * (self.held[at] - sold) + paid


def _sales(program: Program, blocks: Blocks, priced: Priced, prices: Floats) -> _Sales:
    own = blocks.security
    held = program.held[own]
    forced = blocks.per_block(blocks.floor)
    # a full exit sells what the lots hold, which may differ from h by a rounding
    whole = np.maximum(blocks.per_block(blocks.cap), forced)
    most = held - program.lower[own]
    return _Sales(
        held=held,
        active=held - program.benchmark[own],
        curvature=(program.gamma * program.specific)[own],
        price=priced.price[own],
        forced=forced,
        paid=blocks.per_block(blocks.floor * prices),
        least=np.minimum(np.maximum(held - program.upper[own], 0.0), whole),
        most=np.where(forced - most <= ROUNDING, np.maximum(most, forced), most),
    )


def _sell_minima(program: Program, blocks: Blocks, priced: Priced) -> Floats:
    """Least over the sale range: floors first, then lots in order of their price.

    On the stretch of one lot the value is a parabola in the amount sold; each
    stretch is cut to the allowed range and minimised, and the best one counts.
    """
    prices = unit_prices(blocks, priced)
    sales = _sales(program, blocks, priced, prices)
    stay = sales.value(sales.forced, sales.paid, slice(None))
    allowed = (sales.least <= sales.forced + ROUNDING) & (sales.most >= sales.forced)
    best = np.where(allowed, stay, INFINITE)
    order = np.lexsort((prices, blocks.owner))
    owner, slope = blocks.owner[order], prices[order]
    width = (blocks.cap - blocks.floor)[order]
    start = sales.forced[owner] + sums_before(owner, width)
    paid = sales.paid[owner] + sums_before(owner, width * slope)
    low = np.maximum(
        start, np.minimum(sales.least[owner], _ends(sales, owner, start, width))
    )
    high = np.minimum(start + width, sales.most[owner])
    sold = _minimiser(
        sales.curvature[owner],
        -sales.active[owner],
        slope - sales.price[owner],
        low,
        high,
    )
    value = sales.value(sold, paid + slope * (sold - start), owner)
    np.minimum.at(best, owner, np.where(low <= high, value, INFINITE))
    return best


def _ends(sales: _Sales, owner: Ints, start: Floats, width: Floats) -> Floats:
    """Return the end of the last stretch of each lot's block, (pairs,)."""
    whole = np.zeros(len(sales.held))
    np.maximum.at(whole, owner, start + width)
    return whole[owner]
