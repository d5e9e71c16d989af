# SPDX-License-Identifier: Apache-2.0
"""The least of every block at given multipliers, in closed form.

One variable a block: how much to buy, or how much to sell from the lots that are
cheapest at these prices. Every stretch between two lots is looked at. No search, no
tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.ground import Ground, ground_of

INFINITE = np.inf


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


@dataclass(frozen=True)
class Queue:
    """The lots of every block in the order in which they are sold, (pairs,) each.

    ``start`` and ``end`` are how much of the block is sold before and after the lot.
    """

    order: Ints
    start: Floats
    end: Floats


def block_minima(program: Program, blocks: Blocks, priced: Priced) -> BlockMinima:
    """Minimise every block on each side, (blocks,) each."""
    return scan(ground_of(program, blocks), priced)


def scan(ground: Ground, priced: Priced, usual: Queue | None = None) -> BlockMinima:
    """Minimise every block on each side; ``usual`` is a queue that may still hold."""
    prices = unit_prices(ground.blocks, priced)
    if usual is None or not _rises(ground, prices[usual.order]):
        usual = queue_of(ground, prices)
    return BlockMinima(
        _buy_minima(ground, priced), _sell_minima(ground, priced, prices, usual)
    )


def unit_prices(blocks: Blocks, priced: Priced) -> Floats:
    """Return what a unit sold of each lot in each block costs, (pairs,)."""
    lot = blocks.lot
    prices = priced.sell[lot] + blocks.charge + priced.rate[lot] * blocks.gain
    if priced.truth.any():
        truth = priced.truth[lot]
        prices += np.minimum(truth * blocks.low, truth * blocks.high)
    return prices


def queue_of(ground: Ground, prices: Floats) -> Queue:
    """Return the queue in which the cheapest lot of each block comes first."""
    order = np.lexsort((prices, ground.blocks.owner))
    before, after = ground.table.running(ground.width[order])
    forced = ground.forced[ground.blocks.owner]
    return Queue(order, forced + before, forced + after)


def _rises(ground: Ground, prices: Floats) -> bool:
    """Return whether no price is below the one before it in its block."""
    rises = np.append(True, prices[1:] >= prices[:-1])
    rises[ground.table.first] = True
    return bool(rises.all())


def _buy_minima(ground: Ground, priced: Priced) -> Floats:
    """Least of vd(h+u−b)² + p(h+u) + c·u over the purchase range; v prices variance."""
    own = ground.blocks.security
    curvature, price = priced.variance * ground.specific, priced.price[own]
    cost = priced.buy[own] + ground.buy_charge
    u = _minimiser(
        curvature, ground.active, price + cost, ground.buy_least, ground.buy_most
    )
    value = curvature * (ground.active + u) ** 2 + price * (ground.held + u) + cost * u
    return np.where(ground.buy_open, value, INFINITE)


def _sell_minima(
    ground: Ground, priced: Priced, prices: Floats, queue: Queue
) -> Floats:
    """Least of vd(h−t−b)² + p(h−t) + cost(t) over the sale range.

    Floors are sold first, then the lots of the queue. On the stretch of one lot the
    value is a parabola in t, the amount sold; each stretch is cut to the range and
    minimised, and the best one counts.
    """
    blocks, table, owner = ground.blocks, ground.table, ground.blocks.owner
    curvature, price = priced.variance * ground.specific, priced.price[blocks.security]
    active, held, forced = ground.active, ground.held, ground.forced
    paid = blocks.per_block(blocks.floor * prices)
    stay = curvature * (active - forced) ** 2 + price * (held - forced) + paid
    best = np.where(ground.forced_open, stay, INFINITE)
    slope = prices[queue.order]
    before, _ = table.running(ground.width[queue.order] * slope)
    whole = queue.end[table.last][table.row]
    low = np.maximum(queue.start, np.minimum(ground.sell_least[owner], whole))
    high = np.minimum(queue.end, ground.sell_most[owner])
    bent, tilt = curvature[owner], price[owner]
    t = _minimiser(bent, -active[owner], slope - tilt, low, high)
    value = bent * (active[owner] - t) ** 2 + tilt * (held[owner] - t)
    value += paid[owner] + before + slope * (t - queue.start)
    value[low > high] = INFINITE
    if len(value):
        least = np.minimum.reduceat(value, table.first)
        best[table.blocks] = np.minimum(best[table.blocks], least)
    return best


def _minimiser(
    curvature: Floats, active: Floats, slope: Floats, low: Floats, high: Floats
) -> Floats:
    """Argmin over t in [low, high] of curvature·(active + t)² + slope·t."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        free = -active - slope / (2.0 * curvature)
    flat = curvature <= 0.0
    if flat.any():
        free = np.where(flat, np.where(slope > 0.0, -INFINITE, INFINITE), free)
    return np.minimum(np.maximum(free, low), high)
