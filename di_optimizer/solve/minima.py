# SPDX-License-Identifier: Apache-2.0
"""The least of every block at given multipliers, in closed form.

One variable a block: how much to buy, or how much to sell from the lots that are
cheapest at these prices. No search, no tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.groups import sums_before

INFINITE = np.inf
ROUNDING = 1e-12  # fraction of base; sums of weights in another order differ by less


@dataclass(frozen=True)
class Priced:
    """What multipliers charge.

    ``price`` (n,) per unit of x, ``buy`` (n,) per unit bought, ``sell`` (lots,) per
    unit sold, ``rate`` (lots,) per unit of a mode's gain, ``truth`` (lots,) per unit
    of the gain that truly counts; ``constant`` is what no block decides. ``variance``
    is the price of tracking variance, years: γ and what a cap on it charges.
    """

    price: Floats
    buy: Floats
    sell: Floats
    rate: Floats
    truth: Floats
    constant: float
    variance: float


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


def block_minima(program: Program, blocks: Blocks, priced: Priced) -> BlockMinima:
    """Minimise every block on each side, (blocks,) each."""
    return BlockMinima(
        _buy_minima(program, blocks, priced), _sell_minima(program, blocks, priced)
    )


def _buy_minima(program: Program, blocks: Blocks, priced: Priced) -> Floats:
    """Least of vd(h+u−b)² + p(h+u) + c·u over the purchase range; v prices variance."""
    own = blocks.security
    held, curvature = program.held[own], (priced.variance * program.specific)[own]
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
        curvature=(priced.variance * program.specific)[own],
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
