# SPDX-License-Identifier: Apache-2.0
"""Which amounts each kind of trade leaves, block by block.

Where sizes are limited or trades and names count, a block falls into parts, one for
each kind of trade that is open in it. A part is a range of amounts; its ends are
amounts that may be traded, what is between them is not looked at here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program, Row
from di_optimizer.program.sizes import ANY, BUY, DUST, EXIT, HOLD, SELL, Sizes
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.groups import totals

OFF = 1e-3  # of a step; amounts closer to one are on it
LEAST = 1e-9  # fraction of base; what counts as a trade, or as held, is at least this


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Ranges of amounts of one kind each, sorted by block, then by weight after.

    Amounts are sold for exits and sales, bought for purchases; shapes (parts,).

    Attributes
    ----------
    first : (parts,)
        The least amount from which on steps are counted; ``low`` is below it where
        what floors force may be sold by itself.
    """

    block: Ints
    kind: Ints
    low: Floats
    first: Floats
    high: Floats

    def only(self, keep: Flags | Ints) -> Parts:
        """Return some of the parts."""
        names = [field.name for field in fields(self)]
        chosen: dict[str, Any] = {name: getattr(self, name)[keep] for name in names}
        return Parts(**chosen)

    def of_kinds(self, masks: Ints) -> Parts:
        """Return the parts of kinds that are open; ``masks`` (blocks,) are bits."""
        return self.only((self.kind & masks[self.block]) > 0)

    def inside(self, keep: Flags) -> Parts:
        """Return the parts of some blocks, numbered among them; ``keep`` (blocks,)."""
        some = self.only(keep[self.block])
        return replace(some, block=(np.cumsum(keep) - 1)[some.block])

    def cut(self, amounts: Floats, step: Floats) -> Parts:
        """Return the parts without what is between two steps next to some amounts.

        Parameters
        ----------
        amounts : (parts,)
            NaN where a part stays as it is.
        step : (parts,)
        """
        size = np.where(step > 0.0, step, 1.0)
        below = np.floor(amounts / size)
        off = np.abs(amounts / size - np.rint(amounts / size)) > OFF
        at = (step > 0.0) & off & (amounts > self.low) & (amounts < self.high)
        if not np.any(at):
            return self
        above = np.where(at, (below + 1.0) * size, self.first)
        lower = np.where(at, np.maximum(below * size, self.low), self.high)
        rest = replace(self, low=above, first=above).only(at)
        both = [replace(self, high=lower), rest]
        joined = _joined(both)
        return joined.only(np.lexsort((joined.low, joined.kind, joined.block)))


def sizes_of(program: Program) -> Sizes:
    """Return the sizes of a program, those that allow everything if it has none."""
    return Sizes.any(program.n) if program.sizes is None else program.sizes


def counting(program: Program) -> Flags:
    """Return the securities that a row counts as names or trades, (n,)."""
    found = np.zeros(program.n, dtype=np.bool_)
    for row in program.rows:
        for coefficients in (row.names, row.trades):
            if coefficients is not None:
                found |= coefficients != 0.0
    return found


def counts_only(row: Row) -> bool:
    """Return whether a row counts names or trades and nothing else."""
    amounts = np.any(row.buy) or np.any(row.sell) or row.short or row.long
    return row.stepped and not amounts


def sized(program: Program) -> Flags:
    """Return the securities whose kinds of trade matter, (n,)."""
    found: Flags = ~sizes_of(program).plain | counting(program)
    return found


def any_kind(program: Program) -> Ints:
    """Return masks that leave every kind open, (n,)."""
    return np.full(program.n, ANY, dtype=np.int64)


def parts_of(program: Program, blocks: Blocks) -> Parts:
    """Return the parts of every block whose security is sized."""
    every = all_parts(program, blocks)
    return every.only(sized(program)[blocks.security[every.block]])


def all_parts(program: Program, blocks: Blocks) -> Parts:
    """Return the parts of every block."""
    room = _room(program, blocks)
    tables = [_exits(room), _sales(room), _holds(room), _purchases(room)]
    every = _joined(tables)
    return every.only(np.lexsort((every.kind, every.block)))


def _joined(tables: list[Parts]) -> Parts:
    names = [field.name for field in fields(Parts)]
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(table, name) for table in tables])
        for name in names
    }
    return Parts(**joined)


@dataclass(frozen=True, kw_only=True)
class _Room:
    """What limits leave in every block, (blocks,).

    ``whole`` is what the lots of the block hold, ``exits`` whether all of it may go.
    ``least`` is what counts as a trade, or as held, where that matters.
    """

    blocks: Blocks
    held: Floats
    lower: Floats
    upper: Floats
    forced: Floats
    cap: Floats
    whole: Floats
    exits: Flags
    step: Floats
    least: Floats
    least_buy: Floats
    least_sell: Floats
    least_held: Floats


def _room(program: Program, blocks: Blocks) -> _Room:
    own, sizes = blocks.security, sizes_of(program)
    weight = program.lots.weight[blocks.lot]
    short = (blocks.cap < weight - DUST).astype(np.float64)
    kept = totals(blocks.owner, short, blocks.count)
    held, lower = program.held[own], program.lower[own]
    whole = blocks.per_block(weight)
    exits = (
        (kept == 0.0) & (whole > 0.0) & (np.abs(held - whole) <= DUST) & (lower <= DUST)
    )
    return _Room(
        blocks=blocks,
        held=held,
        lower=lower,
        upper=program.upper[own],
        forced=blocks.per_block(blocks.floor),
        cap=blocks.per_block(blocks.cap),
        whole=whole,
        exits=exits,
        step=sizes.step[own],
        least=np.where(counting(program)[own], LEAST, 0.0),
        least_buy=sizes.least_buy[own],
        least_sell=sizes.least_sell[own],
        least_held=sizes.least_held[own],
    )


def _exits(room: _Room) -> Parts:
    return _table(EXIT, room.exits, (room.whole, room.whole, room.whole))


def _holds(room: _Room) -> Parts:
    inside = (room.lower <= room.held + DUST) & (room.held <= room.upper + DUST)
    large = (room.held == 0.0) | (room.held >= room.least_held - DUST)
    still = (room.forced <= DUST) & inside & large
    none = np.zeros(len(room.held))
    return _table(HOLD, still, (none, none, none))


def _purchases(room: _Room) -> Parts:
    """From the least that may be bought, or that makes the position large enough."""
    least = np.maximum(room.lower, room.least_held) - room.held
    low = np.maximum(np.maximum(least, room.least_buy), room.least)
    low, high = _on_grid(room, low, room.upper - room.held)
    buyable = room.blocks.buys & (low <= high) & (high > DUST)
    return _table(BUY, buyable, (low, low, high))


def _sales(room: _Room) -> Parts:
    """Leave a position; a sale of the floors alone need not be on the grid.

    Where nothing tells a sale of everything from an exit it may come that close.
    """
    left = np.maximum(np.maximum(room.lower, room.least_held), room.least)
    left = np.where(room.step > 0.0, np.maximum(left, LEAST), left)
    most = np.minimum(room.cap, room.held - left)
    least = np.maximum(room.least_sell, room.held - room.upper)
    low = np.maximum(np.maximum(least, room.forced), room.least)
    first, last = _on_grid(room, low, most)
    alone = (room.forced > DUST) & (room.forced >= least - DUST)
    alone &= room.forced <= most + DUST
    high = np.where(first <= last, last, room.forced)
    low = np.where(alone, room.forced, first)
    sellable = (room.whole > 0.0) & (alone | (first <= last)) & (high > DUST)
    return _table(SELL, sellable, (low, first, high))


def _on_grid(room: _Room, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most on the grid between two amounts, one step up."""
    step = np.where(room.step > 0.0, room.step, 1.0)
    least = np.maximum(np.ceil((low - DUST) / step), 1.0) * step
    most = np.floor((high + DUST) / step) * step
    gridded = room.step > 0.0
    near = (low > high) & (low <= high + DUST)  # sums in another order
    low, high = np.maximum(low, 0.0), np.where(near, low, high)
    return np.where(gridded, least, low), np.where(gridded, most, high)


def _table(kind: int, is_open: Flags, amounts: tuple[Floats, Floats, Floats]) -> Parts:
    """Return the parts of one kind where it is open; amounts are low, first, high."""
    at = np.flatnonzero(is_open)
    low, first, high = (amount[at] for amount in amounts)
    kinds = np.full(len(at), kind, dtype=np.int64)
    return Parts(block=at, kind=kinds, low=low, first=first, high=high)
