# SPDX-License-Identifier: Apache-2.0
"""What multipliers charge for trades, the order of lots at that, and what comes of it.

Shared by the minima of sides and of kinds of trade.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.program.sizes import BUY, EXIT, HOLD, KINDS, SELL
from di_optimizer.solve.amounts import has_kinds
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.ground import Ground

INFINITE = np.inf
BUY_SIDE = HOLD | BUY  # side +1 of a leaf
SELL_SIDE = EXIT | SELL | HOLD  # side −1


@dataclass(frozen=True)
class Priced:
    """What multipliers charge.

    ``price`` (n,) per unit of x, ``buy`` (n,) per unit bought, ``sell`` (lots,) per
    unit sold, ``rate`` (lots,) per unit of a mode's gain, ``truth`` (lots,) per unit
    of the gain that truly counts; ``constant`` is what no block decides. ``variance``
    is the price of tracking variance, years: γ and what a cap on it charges.
    ``names`` and ``trades`` (n,) are charged for a position that is held and for a
    trade, whatever their size; None for nothing.
    """

    price: Floats
    buy: Floats
    sell: Floats
    rate: Floats
    truth: Floats
    constant: float
    variance: float
    names: Floats | None = None
    trades: Floats | None = None


@dataclass(frozen=True)
class BlockMinima:
    """Least Lagrangian value of each block on its two sides; inf where closed.

    ``kinds`` are those of each kind of trade, (kinds, blocks), in the order of
    :data:`di_optimizer.program.sizes.KINDS`; None where sides are all that was asked.
    """

    buy: Floats
    sell: Floats
    kinds: Floats | None = None

    @classmethod
    def by_kind(cls, kinds: Floats) -> BlockMinima:
        """Return the minima with those of the sides: to hold is on both of them."""
        exits, sells, holds, buys = kinds
        sell = np.minimum(np.minimum(exits, sells), holds)
        return cls(np.minimum(holds, buys), sell, kinds)

    def least(self, sides: Ints) -> Floats:
        """Return the least value on the allowed sides (0 allows both), (blocks,)."""
        buy = np.where(sides >= 0, self.buy, INFINITE)
        sell = np.where(sides <= 0, self.sell, INFINITE)
        return np.minimum(buy, sell)

    def among(self, masks: Ints) -> Floats:
        """Return the least value of some kinds of trade, (blocks,).

        Parameters
        ----------
        masks : (blocks,)
            Kinds as bits. Without minima by kind, a side counts where all of its
            kinds are among them.
        """
        if self.kinds is None:
            buy = np.where(masks & BUY_SIDE == BUY_SIDE, self.buy, INFINITE)
            sell = np.where(masks & SELL_SIDE == SELL_SIDE, self.sell, INFINITE)
            return np.minimum(buy, sell)
        chosen = masks & np.array(KINDS)[:, None] > 0
        least: Floats = np.where(chosen, self.kinds, INFINITE).min(axis=0)
        return least


@dataclass(frozen=True)
class Queue:
    """The lots of every block in the order in which they are sold, (pairs,) each.

    ``start`` and ``end`` are how much of the block is sold before and after the lot.
    """

    order: Ints
    start: Floats
    end: Floats


def fitting_queue(ground: Ground, prices: Floats, usual: Queue | None) -> Queue:
    """Return the usual queue where prices rise along it, else their own."""
    if usual is None or not _rises(ground, prices[usual.order]):
        return queue_of(ground, prices)
    return usual


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


def counted_prices(
    program: Program, multipliers: Floats
) -> tuple[Floats | None, Floats | None]:
    """Return what a name that is held and a trade cost, (n,) each; None for nothing."""
    if not has_kinds(program):
        return None, None
    names, trades = np.zeros(program.n), np.zeros(program.n)
    if program.sizes is not None:
        trades += program.sizes.ticket
    for row, mu in zip(program.rows, multipliers, strict=True):
        if mu != 0.0 and row.names is not None:
            names += mu * row.names
        if mu != 0.0 and row.trades is not None:
            trades += mu * row.trades
    return names, trades


def minimiser(curvature: Floats, active: Floats, slope: Floats) -> Floats:
    """Argmin over t of curvature·(active + t)² + slope·t; ±inf where it is a line."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        free: Floats = -active - slope / (2.0 * curvature)
    flat = curvature <= 0.0
    if flat.any():
        free = np.where(flat, np.where(slope > 0.0, -INFINITE, INFINITE), free)
    return free
