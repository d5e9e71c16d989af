# SPDX-License-Identifier: Apache-2.0
"""What single trades cost and add to rows, cell by cell: the tables of rounding.

A sale takes floors first and then the cheapest lots, which is right unless a row or a
netted bill would rather have others; what comes of it is solved again in any case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.counts import counts, counts_alone, tickets
from di_optimizer.solve.exact.model import unit_costs

COUNT = 1e-2  # what a name or a trade too many weighs beside a fraction of base


@dataclass(frozen=True)
class Moves:
    """Trades of securities: the cell each is in, and what it buys or sells there."""

    cell: Ints
    amount: Floats

    def at(self, where: Ints) -> Moves:
        """Return some of them."""
        return Moves(self.cell[where], self.amount[where])


@dataclass(frozen=True, kw_only=True)
class Table:
    """Costs and rows of trades; ``rows`` are those of ``program`` that are looked at.

    Attributes
    ----------
    fixed : (cells,)
        Cost of a cell that is taken.
    added : (rows, cells)
        What it adds to rows.
    ends, cost : (cells, segments + 1)
        Of selling cells: running sums of what is sold, and its cost, by segment.
    sold : (rows, cells, segments + 1)
        Running sums of the rows.
    """

    program: Program
    cells: Cells
    fixed: Floats
    added: Floats
    ends: Floats
    cost: Floats
    sold: Floats
    lower: Floats
    upper: Floats

    def trade(self, moves: Moves) -> Floats:
        """Return x − h, (moves,)."""
        found: Floats = self.cells.side[moves.cell] * moves.amount
        return found

    def price(self, moves: Moves) -> Floats:
        """Return what trades cost, with their specific risk, (moves,)."""
        program, own = self.program, self.cells.security[moves.cell]
        active = (program.held - program.benchmark)[own] + self.trade(moves)
        block = self.cells.block[moves.cell]
        bought = self.cells.blocks.buy_cost[block] * moves.amount
        cost = np.where(
            self.cells.side[moves.cell] > 0, bought, self._along(self.cost, moves)
        )
        risk = program.gamma * program.specific[own] * active**2
        found: Floats = self.fixed[moves.cell] + cost + risk
        return found

    def rows(self, moves: Moves) -> Floats:
        """Return what trades add to the rows, (rows, moves)."""
        own, side = self.cells.security[moves.cell], self.cells.side[moves.cell]
        found = self.added[:, moves.cell].copy()
        for r, buy in enumerate(self.buy):
            sold = self._along(self.sold[r], moves)
            found[r] += np.where(side > 0, buy[own] * moves.amount, sold)
        return found

    @property
    def buy(self) -> list[Floats]:
        """Coefficients of purchases, by row."""
        return [row.buy for row in self.program.rows]

    def _along(self, table: Floats, moves: Moves) -> Floats:
        """Return running sums at amounts within a segment."""
        ends = self.ends[moves.cell]
        place = np.sum(ends[:, 1:-1] < moves.amount[:, None], axis=1)
        each = np.arange(len(place))
        low, high = ends[each, place], ends[each, place + 1]
        part = (moves.amount - low) / np.where(high > low, high - low, 1.0)
        values = table[moves.cell]
        first, last = values[each, place], values[each, place + 1]
        found: Floats = first + part * (last - first)
        return found


def table_of(program: Program, cells: Cells) -> Table:
    """Return the tables of a program without a netted bill."""
    order, width, place = _segments(program, cells)
    shape = (len(cells.block), int(place.max(initial=0)) + 2)
    owner, pair = cells.owner[order], cells.pair[order]
    gain = cells.blocks.gain[pair]
    lots = program.lots

    def sums(values: Floats) -> Floats:
        table = np.zeros(shape)
        table[owner, place + 1] = values
        found: Floats = np.cumsum(table, axis=1)
        return found

    rows = program.rows
    sold = np.zeros((len(rows), *shape))
    for r, row in enumerate(rows):
        by_term = np.where(lots.long_term[cells.lot[order]], row.long, row.short)
        sold[r] = sums((row.sell[cells.lot[order]] + by_term * gain) * width)
    return Table(
        program=program,
        cells=cells,
        fixed=tickets(program, cells),
        added=np.array([counts(program, cells, row) for row in rows]).reshape(
            len(rows), len(cells.block)
        ),
        ends=sums(width),
        cost=sums(unit_costs(program, cells)[order] * width),
        sold=sold,
        lower=np.array([row.lower - row.offset for row in rows]),
        upper=np.array([row.upper - row.offset for row in rows]),
    )


def weight_of_rows(program: Program) -> Floats:
    """Return what a miss of one weighs, (rows,)."""
    alone = [counts_alone(row) for row in program.rows]
    return np.where(np.array(alone, dtype=np.bool_), COUNT, 1.0)


def _segments(program: Program, cells: Cells) -> tuple[Ints, Floats, Ints]:
    """Return every sale twice in the order of its cell: its floor, and the rest."""
    floor, cap = cells.blocks.floor[cells.pair], cells.blocks.cap[cells.pair]
    count = len(cells.pair)
    sale = np.tile(np.arange(count), 2)
    later = np.repeat([0, 1], count)
    width = np.concatenate([floor, cap - floor])
    price = unit_costs(program, cells)[sale]
    used = np.flatnonzero(width > 0.0)
    order = used[np.lexsort((price[used], later[used], cells.owner[sale[used]]))]
    owner = cells.owner[sale[order]]
    place = np.arange(len(order)) - np.searchsorted(owner, owner, side="left")
    return sale[order], width[order], place
