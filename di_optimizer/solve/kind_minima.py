# SPDX-License-Identifier: Apache-2.0
"""The least of every block by kind of trade, where sizes are limited, in closed form.

On the stretch of one lot the value is a parabola in the amount sold: of a grid, its
least is at the step below or above the vertex. No search, no tolerance; a step that
ends a stretch, but for a rounding, counts on both sides of that end.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Flags, Floats
from di_optimizer.solve.amounts import (
    BUY_ROW,
    EXIT_ROW,
    HOLD_ROW,
    SELL_ROW,
    Amounts,
)
from di_optimizer.solve.ground import ROUNDING, Ground
from di_optimizer.solve.priced import (
    INFINITE,
    BlockMinima,
    Priced,
    Queue,
    fitting_queue,
    minimiser,
    unit_prices,
)


def scan_kinds(
    ground: Ground, amounts: Amounts, priced: Priced, usual: Queue | None = None
) -> BlockMinima:
    """Minimise every block for each kind; ``usual`` is a queue that may still hold."""
    own = ground.blocks.security
    prices = unit_prices(ground.blocks, priced)
    queue = fitting_queue(ground, prices, usual)
    values = np.empty((4, ground.blocks.count))
    values[EXIT_ROW] = _exit(ground, amounts, priced, prices)
    values[SELL_ROW] = _sell(ground, amounts, priced, (prices, queue))
    values[HOLD_ROW] = _tracked(ground, priced, np.zeros(1))
    values[BUY_ROW] = _buy(ground, amounts, priced)
    if priced.names is not None:
        names = priced.names[own]
        values[[SELL_ROW, BUY_ROW]] += names
        values[HOLD_ROW] += np.where(amounts.held, names, 0.0)
    if priced.trades is not None:
        values[[EXIT_ROW, SELL_ROW, BUY_ROW]] += priced.trades[own]
    values[~amounts.opens] = INFINITE
    return BlockMinima.by_kind(values)


def _tracked(ground: Ground, priced: Priced, sold: Floats) -> Floats:
    """Return vd(h − t − b)² + p(h − t) of every block, (blocks,)."""
    price = priced.price[ground.blocks.security]
    curvature = priced.variance * ground.specific
    found: Floats = curvature * (ground.active - sold) ** 2 + price * (
        ground.held - sold
    )
    return found


def _exit(ground: Ground, amounts: Amounts, priced: Priced, prices: Floats) -> Floats:
    paid = ground.blocks.per_block(ground.blocks.cap * prices)
    return _tracked(ground, priced, amounts.whole) + paid


def _buy(ground: Ground, amounts: Amounts, priced: Priced) -> Floats:
    """Least of vd(h+u−b)² + p(h+u) + c·u over the purchases that are allowed."""
    own = ground.blocks.security
    curvature, price = priced.variance * ground.specific, priced.price[own]
    cost = priced.buy[own] + ground.buy_charge
    free = minimiser(curvature, ground.active, price + cost)
    found = np.full(len(own), INFINITE)
    ends = amounts.buy_first, amounts.buy_last
    for u in _nearest(free, ends, amounts.unit, amounts.grid):
        value = curvature * (ground.active + u) ** 2 + price * (ground.held + u)
        found = np.minimum(found, value + cost * u)
    return found


def _sell(
    ground: Ground, amounts: Amounts, priced: Priced, lots: tuple[Floats, Queue]
) -> Floats:
    """Least of vd(h−t−b)² + p(h−t) + cost(t) over the sales that are allowed.

    Floors are sold first, then the lots of the queue; beyond the end of its stretch
    a lot's line is below the cost, as later lots are dearer.
    """
    prices, queue = lots
    blocks, table, owner = ground.blocks, ground.table, ground.blocks.owner
    paid = blocks.per_block(blocks.floor * prices)
    stay = _tracked(ground, priced, ground.forced) + paid
    best = np.where(amounts.forced_open, stay, INFINITE)
    if not len(owner):
        return best
    bent = (priced.variance * ground.specific)[owner]
    tilt, active = priced.price[blocks.security][owner], ground.active[owner]
    slope = prices[queue.order]
    before, _ = table.running(ground.width[queue.order] * slope)
    free = minimiser(bent, -active, slope - tilt)
    first, last = _stretches(ground, amounts, queue)
    fixed = paid[owner] + before
    value = np.full(len(owner), INFINITE)
    for t in _nearest(free, (first, last), amounts.unit[owner], amounts.grid[owner]):
        found = bent * (active - t) ** 2 + tilt * (ground.held[owner] - t)
        value = np.minimum(value, found + (fixed + slope * (t - queue.start)))
    value[first > last] = INFINITE
    least = np.minimum.reduceat(value, table.first)
    best[table.blocks] = np.minimum(best[table.blocks], least)
    return best


def _stretches(ground: Ground, amounts: Amounts, queue: Queue) -> tuple[Floats, Floats]:
    """Return the first and last amount on the stretch of each lot, in units."""
    owner = ground.blocks.owner
    unit, grid = amounts.unit[owner], amounts.grid[owner]
    start = np.where(grid, np.ceil((queue.start - ROUNDING) / unit), queue.start)
    end = np.where(grid, np.floor((queue.end + ROUNDING) / unit), queue.end)
    first = np.maximum(start, amounts.sell_first[owner])
    return first, np.minimum(end, amounts.sell_last[owner])


def _nearest(
    free: Floats, ends: tuple[Floats, Floats], unit: Floats, grid: Flags
) -> tuple[Floats, Floats]:
    """Return the allowed amounts next to the best of all amounts: below and above."""
    counted = np.minimum(np.maximum(free / unit, ends[0]), ends[1])
    below = np.where(grid, np.floor(counted), counted)
    above = np.where(grid, np.ceil(counted), counted)
    return below * unit, above * unit
