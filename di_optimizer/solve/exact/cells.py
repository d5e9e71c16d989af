# SPDX-License-Identifier: Apache-2.0
"""Cells: one side of one security in one mode, and how much it may trade there.

A plan takes one cell of every security, all of a group's in the same mode. On its
own side a security never buys and sells at once, whatever the rows would pay for it.
Where sizes are limited or counted, a side is several cells, by kind of trade.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.program.sizes import BUY, EXIT, HOLD, SELL
from di_optimizer.solve.blocks import FREE, Blocks, blocks_of, open_modes
from di_optimizer.solve.exact.sized import is_sized, ranges_of
from di_optimizer.solve.groups import totals

DUST = 1e-12  # fraction of base; room below this is a rounding error of weights
NEARLY = 1e-9  # fraction of base; trades this close to a range are in it
NONE = -1


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Sides that are open, block by block, and the lots of the selling ones.

    Attributes
    ----------
    blocks : Blocks
        Every security in every mode of its group.
    block, side : (cells,)
        ``side`` is +1 buy, −1 sell; no trade is part of either, or 0 for itself.
    kind : (cells,)
        Kinds of trade in the cell, as bits.
    low, high : (cells,)
        Least and most traded in all, fractions of base.
    step : (cells,)
        What amounts between them are multiples of; 0 for any amount.
    owner, pair : (sales,)
        Selling cell of each lot that may be sold there, and its place among the
        pairs of the blocks.
    """

    blocks: Blocks
    block: Ints
    side: Ints
    kind: Ints
    low: Floats
    high: Floats
    step: Floats
    owner: Ints
    pair: Ints

    @property
    def security(self) -> Ints:
        """Security of each cell, (cells,)."""
        found: Ints = self.blocks.security[self.block]
        return found

    @property
    def choice(self) -> Ints:
        """Mode among the choices of each cell, −1 for none, (cells,)."""
        found: Ints = self.blocks.choice[self.block]
        return found

    @property
    def lot(self) -> Ints:
        """Lot of each sale, (sales,)."""
        found: Ints = self.blocks.lot[self.pair]
        return found

    @property
    def dead(self) -> Ints:
        """Blocks without any allowed weight, as numbers."""
        live = np.zeros(self.blocks.count, dtype=np.bool_)
        live[self.block] = True
        return np.flatnonzero(~live)

    @property
    def impossible(self) -> bool:
        """Whether a security in no group has no allowed weight: no plan exists."""
        return bool(np.any(self.blocks.choice[self.dead] == FREE))


def cells_of(program: Program) -> Cells:
    """Return the open cells of a program."""
    blocks = blocks_of(program, open_modes(program))
    return _sized(program, blocks) if is_sized(program) else _sides(program, blocks)


def _sized(program: Program, blocks: Blocks) -> Cells:
    """Return the cells where sizes are limited; a lot is a pair of several."""
    ranges = ranges_of(program, blocks)
    selling = np.flatnonzero(ranges.side < 0)
    order = np.argsort(blocks.owner, kind="stable")
    count = np.bincount(blocks.owner, minlength=blocks.count)
    first = np.cumsum(count) - count
    own = ranges.block[selling]
    owner = np.repeat(selling, count[own])
    place = np.arange(len(owner)) - np.repeat(
        np.cumsum(count[own]) - count[own], count[own]
    )
    pair = order[np.repeat(first[own], count[own]) + place]
    kept = blocks.cap[pair] > 0.0
    return Cells(
        blocks=blocks,
        block=ranges.block,
        side=ranges.side,
        kind=ranges.kind,
        low=ranges.low,
        high=ranges.high,
        step=ranges.step,
        owner=owner[kept],
        pair=pair[kept],
    )


def _sides(program: Program, blocks: Blocks) -> Cells:
    own = blocks.security
    room, spare = (
        _snap(program.upper - program.held),
        _snap(program.held - program.lower),
    )
    forced, whole = blocks.per_block(blocks.floor), blocks.per_block(blocks.cap)
    buy_low, buy_high = np.maximum(-spare, 0.0)[own], room[own]
    sell_low, sell_high = np.maximum(forced, -room[own]), np.minimum(whole, spare[own])
    rounded = (sell_low > sell_high) & (sell_low <= sell_high + DUST)
    sell_low = np.where(rounded, sell_high, sell_low)
    buying = blocks.buys & (room[own] >= buy_low)
    selling = (spare[own] >= 0.0) & (sell_low <= sell_high)
    buying &= (buy_high > DUST) | ~selling  # no trade is part of the other side
    selling &= (sell_high > DUST) | ~buying
    buyer, seller = np.flatnonzero(buying), np.flatnonzero(selling)
    number = np.full(blocks.count, NONE, dtype=np.int64)
    number[seller] = len(buyer) + np.arange(len(seller))
    pair = np.flatnonzero((number[blocks.owner] != NONE) & (blocks.cap > 0.0))
    return Cells(
        blocks=blocks,
        block=np.concatenate([buyer, seller]),
        side=np.repeat(np.array([1, -1]), [len(buyer), len(seller)]),
        kind=np.repeat([BUY | HOLD, EXIT | SELL | HOLD], [len(buyer), len(seller)]),
        low=np.concatenate([buy_low[buyer], sell_low[seller]]),
        high=np.concatenate([buy_high[buyer], sell_high[seller]]),
        step=np.zeros(len(buyer) + len(seller)),
        owner=number[blocks.owner[pair]],
        pair=pair,
    )


def _snap(amounts: Floats) -> Floats:
    """Return amounts with dust as 0."""
    return np.where(np.abs(amounts) <= DUST, 0.0, amounts)


def chosen(cells: Cells, modes: Ints, sides: Ints) -> Ints:
    """Return the cell of every security at modes (groups,) and sides, (n,).

    Where a side is closed or 0 the other one counts, purchases first.

    Raises
    ------
    ValueError
        When a security has no cell in its group's mode.
    """
    inside = cells.blocks.at(modes)[cells.block]
    found = np.full(len(sides), NONE, dtype=np.int64)
    for side in (-1, 1):  # the later one counts
        own = np.flatnonzero(inside & (cells.side == side))
        found[cells.security[own]] = own
    own = np.flatnonzero(inside & (cells.side == sides[cells.security]))
    found[cells.security[own]] = own
    if np.any(found == NONE):
        raise ValueError("a security has no allowed weight in its group's mode")
    return found


def cell_of(cells: Cells, modes: Ints, kinds: Ints, amounts: Floats) -> Ints:
    """Return the cell that each security's trade is in, (n,); −1 where there is none.

    Parameters
    ----------
    modes : (groups,)
    kinds : (n,)
        Kind of each trade.
    amounts : (n,)
        Bought or sold.
    """
    own, step = cells.security, np.where(cells.step > 0.0, cells.step, 1.0)
    amount = amounts[own]
    fits = (amount >= cells.low - NEARLY) & (amount <= cells.high + NEARLY)
    on = np.abs(amount - step * np.rint(amount / step)) <= NEARLY
    fits &= (cells.step == 0.0) | on | (amount >= cells.high - NEARLY)
    fits &= cells.blocks.at(modes)[cells.block] & (cells.kind & kinds[own] > 0)
    found = np.full(len(kinds), NONE, dtype=np.int64)
    for at in np.flatnonzero(fits)[::-1]:  # the first one counts
        found[own[at]] = at
    return found


def traded(cells: Cells, amounts: Floats, count: int) -> Floats:
    """Return what cells add to every security's weight, (n,)."""
    return totals(cells.security, cells.side * amounts, count)
