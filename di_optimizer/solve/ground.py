# SPDX-License-Identifier: Apache-2.0
"""What no multiplier changes in the scan of each block: its ranges and its lots.

Prepared once for a program and shared by all multipliers and all pieces of a bill,
since neither rates nor prices are in here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.solve.blocks import Blocks

ROUNDING = 1e-12  # fraction of base; sums of weights in another order differ by less


@dataclass(frozen=True, kw_only=True)
class Table:
    """Pairs as rows of a table, one row for each block that has lots.

    Attributes
    ----------
    row, place : (pairs,)
        Where each pair stands.
    shape : (int, int)
        Rows, and most lots of a block.
    blocks : (rows,)
        Block of each row.
    first, last : (rows,)
        First and last pair of each row.
    """

    row: Ints
    place: Ints
    shape: tuple[int, int]
    blocks: Ints
    first: Ints
    last: Ints

    def running(self, amounts: Floats) -> tuple[Floats, Floats]:
        """Return the sums before and after each pair within its block, (pairs,) each.

        One running sum over everything, less its value where the block starts, would
        carry the rounding of the whole account into a lot worth a cent; with a basis
        of thousands that lot's unit tax would turn it into a wrong bound.
        """
        sums = np.zeros((self.shape[0], self.shape[1] + 1))
        sums[self.row, self.place + 1] = amounts
        np.cumsum(sums, axis=1, out=sums)
        return sums[self.row, self.place], sums[self.row, self.place + 1]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Ranges of all blocks; (blocks,) each, except ``width``, (pairs,).

    Attributes
    ----------
    held, active, specific : (blocks,)
        h, h − b and d of the block's security.
    buy_least, buy_most : (blocks,)
        Range of the purchase.
    buy_charge : (blocks,)
        What the mode adds to the cost of a unit bought.
    forced : (blocks,)
        What floors sell.
    sell_least, sell_most : (blocks,)
        Range of the sale; what the lots can sell beyond ``forced`` is ``width``.
    buy_open, sell_open : (blocks,)
        Whether any purchase, or sale, is within the range; nothing traded is both.
    forced_open : (blocks,)
        Whether the forced sale alone is.
    """

    blocks: Blocks
    table: Table
    held: Floats
    active: Floats
    specific: Floats
    buy_least: Floats
    buy_most: Floats
    buy_charge: Floats
    buy_open: Flags
    forced: Floats
    sell_least: Floats
    sell_most: Floats
    sell_open: Flags
    forced_open: Flags
    width: Floats


def ground_of(program: Program, blocks: Blocks) -> Ground:
    """Return the ranges of a program's blocks."""
    own = blocks.security
    held, low, high = program.held[own], program.lower[own], program.upper[own]
    table = _table(blocks)
    forced = blocks.per_block(blocks.floor)
    # a full exit sells what the lots hold, which may differ from h by a rounding
    whole = np.maximum(blocks.per_block(blocks.cap), forced)
    least, most = np.maximum(held - high, 0.0), held - low
    most = np.where(least - whole > ROUNDING, -1.0, most)  # lots hold too little
    least = np.minimum(least, whole)
    most = np.where(forced - most <= ROUNDING, np.maximum(most, forced), most)
    forced_open = (least <= forced + ROUNDING) & (most >= forced)
    some = np.zeros(blocks.count, dtype=np.bool_)
    some[table.blocks] = True
    return Ground(
        blocks=blocks,
        table=table,
        held=held,
        active=held - program.benchmark[own],
        specific=program.specific[own],
        buy_least=np.maximum(low - held, 0.0),
        buy_most=high - held,
        buy_charge=blocks.buy_cost - program.buy_cost[own],
        buy_open=blocks.buys & (high - held >= 0.0),
        forced=forced,
        sell_least=least,
        sell_most=most,
        sell_open=forced_open | (some & (np.maximum(least, forced) <= most)),
        forced_open=forced_open,
        width=blocks.cap - blocks.floor,
    )


def _table(blocks: Blocks) -> Table:
    owner = blocks.owner
    own, first, row, count = np.unique(
        owner, return_index=True, return_inverse=True, return_counts=True
    )
    return Table(
        row=row,
        place=np.arange(len(owner)) - first[row],
        shape=(len(own), int(count.max(initial=0))),
        blocks=own,
        first=first,
        last=first + count - 1,
    )
