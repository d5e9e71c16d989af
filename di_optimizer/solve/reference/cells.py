# SPDX-License-Identifier: Apache-2.0
"""Cells: convex parts of a program that the relaxation mixes.

A block is one cell where it is convex. Where buying and selling at once would pay it
has two, one a side, and where sizes matter one a kind. Every cell has a share; those
of a block add up to the share of its mode, those of a group's modes to one. With
modes, sides and kinds fixed, every security has one cell with a share of one, and the
relaxation is the problem itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.sparse import csr_array

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import BUY, EXIT, HOLD, SELL
from di_optimizer.solve.blocks import FREE, Blocks
from di_optimizer.solve.reference.kinds import Parts, parts_of, sized
from di_optimizer.solve.reference.shares import shares_of

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
    dead = ~(limits.can_buy | selling)
    parted = np.bincount(parts_of(program, blocks).block, minlength=blocks.count)
    dead = np.where(sized(program)[blocks.security], parted == 0, dead)
    dead &= blocks.choice != FREE
    live = np.ones(len(blocks.constant), dtype=np.bool_)
    live[blocks.choice[dead]] = False
    return live


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Convex parts and the lots in them.

    Attributes
    ----------
    block, side : (cells,)
        ``side`` is +1 buy, −1 sell, 0 both or nothing.
    kind : (cells,)
        Kind of trade where the security is sized, 0 elsewhere.
    start, mix : (cells,), (cells, z)
        Shares are start + mix @ z, with z the free shares.
    mode_start, mode_mix : (choices,), (choices, z)
        Shares of the modes likewise.
    buy_low, buy_high, sell_low, sell_high, buy_cost : (cells,)
    owner, pair, floor : (pairs,)
        Cell of each lot that may be sold in it, its place in the blocks, and the
        least that is sold of it there.
    closed : bool
        Whether a block has no cell at all.
    """

    block: Ints
    side: Ints
    kind: Ints
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
    floor: Floats
    closed: bool

    @property
    def whole(self) -> Flags:
        """Cells whose share is one, (cells,)."""
        alone: Flags = (self.start == 1.0) & (np.diff(self.mix.indptr) == 0)
        return alone

    @property
    def still(self) -> Flags:
        """Cells of one amount: exits, nothing traded, and what is pinned, (cells,)."""
        one = (self.buy_low == self.buy_high) & (self.sell_low == self.sell_high)
        alone: Flags = one & (self.kind > 0)
        return alone


@dataclass(frozen=True)
class _Table:
    """Cells before they have shares: (cells,) each."""

    block: Ints
    side: Ints
    kind: Ints
    buy_low: Floats
    buy_high: Floats
    sell_low: Floats
    sell_high: Floats


def cells_of(
    program: Program,
    blocks: Blocks,
    sides: Ints,
    split: Flags,
    parts: Parts | None = None,
) -> Cells:
    """Return the cells of blocks.

    Parameters
    ----------
    sides : (n,)
        +1 and −1 leave a security one side in every block that has it; 0 both.
    split : (blocks,)
        Blocks that get one cell a side where both are left.
    parts : Parts, optional
        The cells of the blocks whose securities are sized.
    """
    first, second = _sided(program, blocks, sides, split)
    tables = [first, second] if parts is None else [first, _parted(parts), second]
    table = _joined(tables)
    start, mix, mode_start, mode_mix = shares_of(blocks, table.block)
    owner, pair = _pairs(blocks, table)
    floor = np.where(table.kind[owner] == EXIT, blocks.cap[pair], blocks.floor[pair])
    return Cells(
        block=table.block,
        side=table.side,
        kind=table.kind,
        start=start,
        mix=mix,
        mode_start=mode_start,
        mode_mix=mode_mix,
        buy_low=table.buy_low,
        buy_high=table.buy_high,
        sell_low=table.sell_low,
        sell_high=table.sell_high,
        buy_cost=blocks.buy_cost[table.block],
        owner=owner,
        pair=pair,
        floor=floor,
        closed=len(np.unique(table.block)) < blocks.count,
    )


def _sided(
    program: Program, blocks: Blocks, sides: Ints, split: Flags
) -> tuple[_Table, _Table]:
    """Return first and second cells of the blocks whose securities are not sized."""
    limits = ranges(program, blocks)
    wanted = sides[blocks.security]
    plain = ~sized(program)[blocks.security]
    buying = limits.can_buy & ((wanted >= 0) | ~limits.can_sell)
    selling = ~buying | (limits.can_sell & (wanted <= 0))
    apart = split & buying & selling & plain
    side = np.where(apart | ~selling, 1, np.where(buying, 0, -1)).astype(np.int64)
    first, second = np.flatnonzero(plain), np.flatnonzero(apart)
    minus = np.full(len(second), -1, dtype=np.int64)
    return _in_range(limits, first, side[first]), _in_range(limits, second, minus)


def _in_range(limits: Ranges, block: Ints, side: Ints) -> _Table:
    may_buy, may_sell = side >= 0, side <= 0
    return _Table(
        block=block,
        side=side,
        kind=np.zeros(len(block), dtype=np.int64),
        buy_low=np.where(may_buy, limits.buy_low[block], 0.0),
        buy_high=np.where(may_buy, limits.buy_high[block], 0.0),
        sell_low=np.where(may_sell, limits.sell_low[block], 0.0),
        sell_high=np.where(may_sell, limits.sell_high[block], 0.0),
    )


def _parted(parts: Parts) -> _Table:
    buys, sells = parts.kind == BUY, (parts.kind & (EXIT | SELL)) > 0
    return _Table(
        block=parts.block,
        side=np.where(buys, 1, np.where(sells, -1, 0)).astype(np.int64),
        kind=parts.kind,
        buy_low=np.where(buys, parts.low, 0.0),
        buy_high=np.where(buys, parts.high, 0.0),
        sell_low=np.where(sells, parts.low, 0.0),
        sell_high=np.where(sells, parts.high, 0.0),
    )


def _joined(tables: list[_Table]) -> _Table:
    names = [field.name for field in fields(_Table)]
    return _Table(*(np.concatenate([getattr(t, n) for t in tables]) for n in names))


def _pairs(blocks: Blocks, table: _Table) -> tuple[Ints, Ints]:
    """Return cell and pair of every lot that may be sold in a cell."""
    sellers = np.flatnonzero((table.side <= 0) & (table.kind != HOLD))
    first = np.searchsorted(blocks.owner, table.block[sellers])
    count = np.searchsorted(blocks.owner, table.block[sellers], side="right") - first
    owner = np.repeat(sellers, count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    pair = np.repeat(first, count) + place
    order = np.lexsort((owner, pair))
    order = order[blocks.cap[pair[order]] > 0.0]
    return owner[order], pair[order]
