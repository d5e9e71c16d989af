# SPDX-License-Identifier: Apache-2.0
"""Cells: convex parts of a program that the relaxation mixes.

A block is one cell where it is convex. Where buying and selling at once would pay it
has two, one a side. Every cell has a share; those of a block add up to the share of
its mode, those of a group's modes to one. With modes and sides fixed, every security
has one cell with a share of one, and the relaxation is the problem itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.solve.blocks import FREE, Blocks

DUST = 1e-9  # fraction of base: an interior-point zero, a tenth of a cent in a million


@dataclass(frozen=True)
class Ranges:
    """Least and most that each block may buy and sell; shapes (blocks,).

    ``can_buy`` and ``can_sell`` say whether that side is open at all: a position
    above its upper limit must be sold down and has no buy side.
    """

    buy_low: Floats
    buy_high: Floats
    sell_low: Floats
    sell_high: Floats
    can_buy: Flags
    can_sell: Flags


def ranges(program: Program, blocks: Blocks) -> Ranges:
    """Return the purchase and sale range of every block."""
    own = blocks.security
    room = (program.upper - program.held)[own]
    spare = (program.held - program.lower)[own]
    forced = blocks.per_block(blocks.floor)
    most = np.maximum(np.minimum(spare, blocks.per_block(blocks.cap)), 0.0)
    most = np.where(spare < -DUST, spare, most)  # must be bought: excludes no sale
    # a full exit sells what the lots hold, which may differ from h by a rounding
    most = np.where((forced > most) & (forced <= most + DUST), forced, most)
    least = np.maximum(forced, -room)
    rounded = (least > most) & (least <= most + DUST)
    can_buy = blocks.buys & (room >= 0.0)
    return Ranges(
        buy_low=np.where(can_buy, np.maximum(-spare, 0.0), 0.0),
        buy_high=np.where(can_buy, room, 0.0),
        sell_low=np.where(rounded, most, least),
        sell_high=most,
        can_buy=can_buy,
        can_sell=spare >= 0.0,
    )


def unit_costs(program: Program, blocks: Blocks) -> Floats:
    """Return objective per unit sold of each lot in each block, (pairs,)."""
    lots, lot = program.lots, blocks.lot
    return lots.rate[lot] * blocks.gain + blocks.charge + lots.sell_cost[lot]


def kinked(program: Program, blocks: Blocks) -> Flags:
    """Return where buying and selling together would pay: the non-convex blocks.

    At h the slope jumps from −(unit cost of the cheapest lot sold) to +buy cost;
    the kink is concave when their sum is negative, as for a lot at a loss.
    """
    cheapest = np.full(blocks.count, np.inf)
    open_lots = blocks.cap > 0.0
    unit = unit_costs(program, blocks)
    np.minimum.at(cheapest, blocks.owner[open_lots], unit[open_lots])
    return two_sided(ranges(program, blocks)) & (cheapest + blocks.buy_cost < 0.0)


def two_sided(limits: Ranges) -> Flags:
    """Return where both buying and selling are possible beyond dust."""
    both = limits.can_buy & limits.can_sell
    return both & (limits.buy_high > DUST) & (limits.sell_high > DUST)


def live_choices(program: Program, blocks: Blocks) -> Flags:
    """Return which modes leave every member an allowed weight, (choices,)."""
    limits = ranges(program, blocks)
    selling = limits.can_sell & (limits.sell_low <= limits.sell_high)
    dead = ~(limits.can_buy | selling) & (blocks.choice != FREE)
    live = np.ones(len(blocks.constant), dtype=np.bool_)
    live[blocks.choice[dead]] = False
    return live


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Convex parts and the lots in them.

    Attributes
    ----------
    block, side : (cells,)
        ``side`` is +1 buy, −1 sell, 0 both.
    start, mix : (cells,), (cells, z)
        Shares are start + mix @ z, with z the free shares.
    mode_start, mode_mix : (choices,), (choices, z)
        Shares of the modes likewise.
    buy_low, buy_high, sell_low, sell_high, buy_cost : (cells,)
    owner, pair : (pairs,)
        Cell of each lot that may be sold in it, and its place in the blocks.
    """

    block: Ints
    side: Ints
    start: Floats
    mix: csr_array
    mode_start: Floats
    mode_mix: csr_array
    buy_low: Floats
    buy_high: Floats
    sell_low: Floats
    sell_high: Floats
    buy_cost: Floats
    owner: Ints
    pair: Ints

    @property
    def whole(self) -> Flags:
        """Cells whose share is one, (cells,)."""
        alone: Flags = (self.start == 1.0) & (np.diff(self.mix.indptr) == 0)
        return alone


def cells_of(program: Program, blocks: Blocks, sides: Ints, split: Flags) -> Cells:
    """Return the cells of blocks.

    Parameters
    ----------
    sides : (n,)
        +1 and −1 leave a security one side in every block that has it; 0 both.
    split : (blocks,)
        Blocks that get one cell a side where both are left.
    """
    limits = ranges(program, blocks)
    wanted = sides[blocks.security]
    buying = limits.can_buy & ((wanted >= 0) | ~limits.can_sell)
    selling = ~buying | (limits.can_sell & (wanted <= 0))
    apart = split & buying & selling
    block = np.concatenate([np.arange(blocks.count), np.flatnonzero(apart)])
    first = np.where(apart | ~selling, 1, np.where(buying, 0, -1))
    side = np.concatenate([first, np.full(int(apart.sum()), -1)]).astype(np.int64)
    start, mix, mode_start, mode_mix = _shares(blocks, apart)
    owner, pair = _pairs(blocks, block, side)
    may_buy, may_sell = side >= 0, side <= 0
    return Cells(
        block=block,
        side=side,
        start=start,
        mix=mix,
        mode_start=mode_start,
        mode_mix=mode_mix,
        buy_low=np.where(may_buy, limits.buy_low[block], 0.0),
        buy_high=np.where(may_buy, limits.buy_high[block], 0.0),
        sell_low=np.where(may_sell, limits.sell_low[block], 0.0),
        sell_high=np.where(may_sell, limits.sell_high[block], 0.0),
        buy_cost=blocks.buy_cost[block],
        owner=owner,
        pair=pair,
    )


def _pairs(blocks: Blocks, block: Ints, side: Ints) -> tuple[Ints, Ints]:
    """Return cell and pair of every lot that may be sold in a cell."""
    seller = np.full(blocks.count, -1, dtype=np.int64)
    selling = np.flatnonzero(side <= 0)
    seller[block[selling]] = selling
    pair = np.flatnonzero((seller[blocks.owner] >= 0) & (blocks.cap > 0.0))
    return seller[blocks.owner[pair]], pair


def _shares(
    blocks: Blocks, apart: Flags
) -> tuple[Floats, csr_array, Floats, csr_array]:
    """Return shares of cells and of modes as affine functions of free shares.

    The last mode of a group and the second cell of a block take what is left.
    """
    choices = len(blocks.constant)
    last = np.ones(choices, dtype=np.bool_)
    last[:-1] = blocks.group[1:] != blocks.group[:-1]
    free_modes, halves = int((~last).sum()), int(apart.sum())
    place = np.cumsum(~last) - 1
    rests = np.flatnonzero(last)
    rest = rests[np.searchsorted(rests, np.arange(choices))] if choices else rests
    plus, minus = np.flatnonzero(~last), rest[~last]
    columns = np.concatenate([place[~last], place[~last]])
    values = np.concatenate([np.ones(free_modes), -np.ones(free_modes)])
    shape = (choices, free_modes + halves)
    rows = np.concatenate([plus, minus])
    mode_mix = csr_array(coo_array((values, (rows, columns)), shape=shape))
    mode_start = last.astype(np.float64)
    return *_cell_shares(blocks, apart, mode_start, mode_mix), mode_start, mode_mix


def _cell_shares(
    blocks: Blocks, apart: Flags, mode_start: Floats, mode_mix: csr_array
) -> tuple[Floats, csr_array]:
    """First cell of a split block: a free share; second: the rest of its mode's."""
    count, halves = blocks.count, int(apart.sum())
    grouped = np.flatnonzero(blocks.choice != FREE)
    size = mode_mix.shape[1]
    pick = coo_array(
        (np.ones(len(grouped)), (grouped, blocks.choice[grouped])),
        shape=(count, len(mode_start)),
    )
    own_start = np.append(mode_start, 1.0)[blocks.choice]  # −1 picks the last
    own_mix = csr_array(pick @ mode_mix)
    free = np.arange(size - halves, size)
    half = coo_array(
        (np.ones(halves), (np.flatnonzero(apart), free)), shape=(count, size)
    )
    single = csr_array(
        coo_array((np.where(apart, 0.0, 1.0), (np.arange(count), np.arange(count))))
    )
    first = csr_array(single @ own_mix + half)
    second = csr_array((own_mix - csr_array(half))[np.flatnonzero(apart)])
    mix = csr_array(_stack(first, second))
    mix.eliminate_zeros()
    start = np.concatenate([np.where(apart, 0.0, own_start), own_start[apart]])
    return start, mix


def _stack(first: csr_array, second: csr_array) -> csr_array:
    return csr_array(
        (
            np.concatenate([first.data, second.data]),
            np.concatenate([first.indices, second.indices]),
            np.concatenate([first.indptr, second.indptr[1:] + first.indptr[-1]]),
        ),
        shape=(first.shape[0] + second.shape[0], first.shape[1]),
    )
