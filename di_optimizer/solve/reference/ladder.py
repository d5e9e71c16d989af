# SPDX-License-Identifier: Apache-2.0
"""Ladders: the amounts that each security may trade, rung by rung.

From the least weight afterwards to the most: all of it sold, sales from the largest
to the smallest, what floors force by itself, nothing, purchases from the smallest on.
Where any amount may be traded the rungs are a small distance apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.program.sizes import BUY, EXIT, HOLD, SELL
from di_optimizer.solve.blocks import blocks_of
from di_optimizer.solve.reference.kinds import Parts, all_parts, sizes_of

FREE_STEP = 1e-4  # fraction of base; distance of rungs where any amount is allowed
EXACT = 1e-9  # fraction of base; sales this close to an exit are one
ON = 1e-6  # of a step: an amount this close to a rung is on it


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Rungs of each security; shapes (n,).

    Attributes
    ----------
    exits, sales, alone, holds, buys : (n,)
        How many rungs there are of each sort, in their order.
    whole, forced : (n,)
        What an exit sells, and what floors force.
    first_sale, first_buy, step : (n,)
        Least sale and purchase on the rungs, and the distance of two.
    """

    exits: Ints
    sales: Ints
    alone: Ints
    holds: Ints
    buys: Ints
    whole: Floats
    forced: Floats
    first_sale: Floats
    first_buy: Floats
    step: Floats

    @property
    def total(self) -> Ints:
        """Number of rungs, (n,); 0 where nothing is allowed."""
        total: Ints = self.exits + self.sales + self.alone + self.holds + self.buys
        return total

    def net(self, at: Ints, rungs: Ints) -> Floats:
        """Return what is bought less what is sold on rungs of securities ``at``."""
        sale, alone, hold, buy = self._places(at, rungs)
        down = self.first_sale[at] + (self.sales[at] - 1 - sale) * self.step[at]
        found: Floats = np.select(
            [sale < 0, alone < 0, hold < 0, buy < 0],
            [-self.whole[at], -down, -self.forced[at], np.zeros(len(at))],
            self.first_buy[at] + buy * self.step[at],
        )
        return found

    def kinds(self, at: Ints, rungs: Ints) -> Ints:
        """Return the kind of trade on rungs of securities ``at``."""
        sale, _, hold, buy = self._places(at, rungs)
        found: Ints = np.select(
            [sale < 0, hold < 0, buy < 0], [EXIT, SELL, HOLD], BUY
        ).astype(np.int64)
        return found

    def _places(self, at: Ints, rungs: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Return the rungs as counted from the first sale, and so on upwards."""
        sale = rungs - self.exits[at]
        alone = sale - self.sales[at]
        hold = alone - self.alone[at]
        return sale, alone, hold, hold - self.holds[at]

    def ends(self) -> list[Ints]:
        """Return the rungs next to another kind of trade, (n,) each."""
        sales, buys = self.exits, self.total - self.buys
        return [np.zeros_like(sales), sales, sales + self.sales - 1, buys - 1, buys]

    def nearest(self, net: Floats) -> Ints:
        """Return the rungs next to trades, exits where they are as good, (n,)."""
        every = np.arange(len(net))
        sale = np.rint((-net - self.first_sale) / self.step)
        buy = np.rint((net - self.first_buy) / self.step)
        up = self.exits + self.sales + self.alone + self.holds
        options = [
            np.zeros_like(up),
            self.exits + self.sales - 1 - _within(sale, self.sales),
            self.exits + self.sales,
            self.exits + self.sales + self.alone,
            up + _within(buy, self.buys),
        ]
        counts = (self.exits, self.sales, self.alone, self.holds, self.buys)
        misses = []
        for option, count in zip(options, counts, strict=True):
            miss = np.abs(self.net(every, option) - net)
            misses.append(np.where(count > 0, miss, np.inf))
        misses[0] = np.where(misses[0] <= EXACT, -1.0, misses[0])
        best = np.argmin(np.array(misses), axis=0)
        rungs: Ints = np.choose(best, options).astype(np.int64)
        return rungs


def _within(number: Floats, count: Ints) -> Ints:
    return np.clip(number, 0, np.maximum(count - 1, 0)).astype(np.int64)


def ladder_of(program: Program, modes: Ints, net: Floats) -> Ladder:
    """Return the ladder at fixed modes.

    Parameters
    ----------
    net : (n,)
        Trades that are on a rung where any amount is allowed.
    """
    blocks, n = blocks_of(program, modes), program.n
    parts, step = all_parts(program, blocks), sizes_of(program).step
    own = blocks.security[parts.block]
    counts = {kind: np.zeros(n, dtype=np.int64) for kind in (EXIT, SELL, HOLD, BUY)}
    for kind, count in counts.items():
        count[own[parts.kind == kind]] = 1
    sale, sales = _rungs(parts, SELL, own, step, -net)
    buy, buys = _rungs(parts, BUY, own, step, net)
    forced, whole = np.zeros(n), np.zeros(n)
    whole[own[parts.kind == EXIT]] = parts.low[parts.kind == EXIT]
    alone = (parts.kind == SELL) & (parts.low < parts.first)
    forced[own[alone]] = parts.low[alone]
    return Ladder(
        exits=counts[EXIT],
        sales=sales,
        alone=(forced > 0.0).astype(np.int64),
        holds=counts[HOLD],
        buys=buys,
        whole=whole,
        forced=forced,
        first_sale=sale,
        first_buy=buy,
        step=np.where(step > 0.0, step, FREE_STEP),
    )


def _rungs(
    parts: Parts, kind: int, own: Ints, step: Floats, amount: Floats
) -> tuple[Floats, Ints]:
    """Return the first rung and the number of rungs of one kind, (n,) each."""
    first, count = np.zeros(len(step)), np.zeros(len(step), dtype=np.int64)
    chosen = parts.kind == kind
    at, low, high = own[chosen], parts.first[chosen], parts.high[chosen]
    free = step[at] == 0.0
    size = np.where(free, FREE_STEP, step[at])
    away = np.clip(amount[at] - low, 0.0, None)
    anchored = low + np.where(away > 0.0, np.mod(away, size), 0.0)
    anchored = np.where(anchored <= 0.0, size, anchored)
    low = np.where(free, np.minimum(anchored, high), low)
    first[at] = low
    count[at] = np.maximum(np.floor((high - low) / size + ON) + 1.0, 0.0)
    return first, count
