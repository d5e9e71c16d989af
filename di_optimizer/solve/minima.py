# SPDX-License-Identifier: Apache-2.0
"""The least of every block at given multipliers, in closed form.

One variable a block: how much to buy, or how much to sell from the lots that are
cheapest at these prices. Every stretch between two lots is looked at. No search, no
tolerance.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.amounts import amounts_of, has_kinds
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.ground import Ground, ground_of
from di_optimizer.solve.kind_minima import scan_kinds
from di_optimizer.solve.priced import (
    INFINITE,
    BlockMinima,
    Priced,
    Queue,
    fitting_queue,
    minimiser,
    unit_prices,
)

__all__ = ["INFINITE", "BlockMinima", "Priced", "Queue", "block_minima", "scan"]


def block_minima(program: Program, blocks: Blocks, priced: Priced) -> BlockMinima:
    """Minimise every block on each side, and for each kind where sizes are limited."""
    ground = ground_of(program, blocks)
    if has_kinds(program):
        return scan_kinds(ground, amounts_of(program, ground), priced)
    return scan(ground, priced)


def scan(ground: Ground, priced: Priced, usual: Queue | None = None) -> BlockMinima:
    """Minimise every block on each side; ``usual`` is a queue that may still hold."""
    prices = unit_prices(ground.blocks, priced)
    queue = fitting_queue(ground, prices, usual)
    return BlockMinima(
        _buy_minima(ground, priced), _sell_minima(ground, priced, prices, queue)
    )


def _buy_minima(ground: Ground, priced: Priced) -> Floats:
    """Least of vd(h+u−b)² + p(h+u) + c·u over the purchase range; v prices variance."""
    own = ground.blocks.security
    curvature, price = priced.variance * ground.specific, priced.price[own]
    cost = priced.buy[own] + ground.buy_charge
    free = minimiser(curvature, ground.active, price + cost)
    u = np.minimum(np.maximum(free, ground.buy_least), ground.buy_most)
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
    free = minimiser(bent, -active[owner], slope - tilt)
    t = np.minimum(np.maximum(free, low), high)
    value = bent * (active[owner] - t) ** 2 + tilt * (held[owner] - t)
    value += paid[owner] + before + slope * (t - queue.start)
    value[low > high] = INFINITE
    if len(value):
        least = np.minimum.reduceat(value, table.first)
        best[table.blocks] = np.minimum(best[table.blocks], least)
    return best
