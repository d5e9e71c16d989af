# SPDX-License-Identifier: Apache-2.0
"""A rounded plan as whole numbers of steps, and what a move of some steps would do.

The last step of a sale is what is left of the position: a full exit, which need not
be a multiple of the step. The first is what must be sold of its lots, to the last
share. Floats steer the search here; whether cash suffices is decided in exact
decimals by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.orders.ranges import NOISE, ROUND, Ranges, Room, ranges_of
from di_optimizer.orders.settled import lot_ranks
from di_optimizer.program.cash import CASH
from di_optimizer.program.groups import Flags
from di_optimizer.program.program import Floats, Ints, Program, Row
from di_optimizer.program.sizes import NEAR

SLACK = 1e-12  # fraction of base by which a row may seem to worsen


@dataclass(frozen=True, kw_only=True)
class Sales:
    """What lots sold in their order add up to, as running sums over securities.

    ``weight`` and ``cost`` (lots + 1,) are the running sums, ``rows`` (rows,
    lots + 1) those of each row's coefficients, ``begin`` (n,) is where each
    security's lots begin in ``weight``.
    """

    begin: Floats
    weight: Floats
    cost: Floats
    rows: Floats

    def paid(self, sold: Floats) -> Floats:
        """Return what selling a weight of each security costs, (n,)."""
        return self._between(sold, self.cost)

    def counted(self, sold: Floats) -> Floats:
        """Return what selling a weight of each security adds to the rows, (rows, n)."""
        found = [self._between(sold, row) for row in self.rows]
        return np.array(found).reshape(len(found), len(sold))

    def _between(self, sold: Floats, sums: Floats) -> Floats:
        end = np.interp(self.begin + sold, self.weight, sums)
        return end - np.interp(self.begin, self.weight, sums)


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How many steps are bought and sold of each security, (n,)."""

    bought: Ints
    sold: Ints

    @classmethod
    def net(cls, steps: Ints) -> Steps:
        """Return steps of which purchases are counted up and sales down."""
        return cls(bought=np.maximum(steps, 0), sold=np.maximum(-steps, 0))

    @property
    def counted(self) -> Ints:
        """Purchases less sales; no security has both."""
        return self.bought - self.sold


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Step sizes and room of each security, (n,).

    ``step`` is the weight of one step, ``tradable`` what of the lots may be sold,
    ``due`` what must be; ``ranges`` are the steps that the limits leave. A sale of
    no step is one of ``due``. ``brings`` is the cash that a unit sold brings, ``price``
    what a unit bought takes, ``ticket`` what a trade costs and ``paid`` what of it cash
    pays. ``rows`` are limits that no move may break further.
    """

    step: Floats
    tradable: Floats
    due: Floats
    ranges: Ranges
    held: Flags
    brings: Floats
    price: Floats
    ticket: Floats
    paid: Floats
    sales: Sales
    rows: tuple[Row, ...]

    def names(self, steps: Steps) -> Flags:
        """Return which securities are held after some steps, (n,)."""
        gone = (steps.sold > 0) & self.ranges.leaves
        gone = gone & (steps.sold == -self.ranges.whole)
        found: Flags = (self.held & ~gone) | (steps.bought > 0)
        return found

    def traded(self, steps: Steps) -> Flags:
        """Return which securities some steps trade, (n,)."""
        found: Flags = (steps.bought > 0) | (steps.sold > 0) | (self.due > 0.0)
        return found


def grid_of(program: Program, size: Floats, ranks: Ints | None = None) -> Grid:
    """Return the grid of a program without choices.

    Parameters
    ----------
    program : Program
        Without groups and netting.
    size : (n,)
        Weight of one step.
    ranks : (lots,), optional
        Order in which lots are sold; by default those that must go, then the
        cheapest.
    """
    lots = program.lots
    if ranks is None:
        ranks = lot_ranks(program, np.zeros(len(lots)), np.zeros(len(lots)))
    tradable, due = (_by_security(program, w) for w in (lots.cap, lots.floor))
    exits = tradable >= _by_security(program, lots.weight) - ROUND
    exits = exits & (program.held - tradable <= NOISE)  # nothing is held outside
    leaves = (
        (tradable > 0.0) & exits & (program.held - program.lower >= tradable - ROUND)
    )
    room = Room(step=size, due=due, tradable=tradable, leaves=leaves)
    rows = tuple(row for row in program.rows if row.name != CASH)
    return Grid(
        step=size,
        tradable=tradable,
        due=due,
        ranges=ranges_of(program, room),
        held=program.held > 0.0,
        brings=_brings(program),
        price=_price(program),
        ticket=np.zeros(program.n) if program.sizes is None else program.sizes.ticket,
        paid=_tickets(program),
        sales=_sales(program, ranks, rows),
        rows=rows,
    )


def _price(program: Program) -> Floats:
    """Return the cash a unit bought takes: charges of a mode are none."""
    cash = [row for row in program.rows if row.name == CASH]
    return -cash[0].buy if cash else 1.0 + program.buy_cost


def _brings(program: Program) -> Floats:
    """Return the cash a unit sold brings: the same for all lots of a security."""
    cash = [row for row in program.rows if row.name == CASH]
    found = np.ones(program.n)
    lots = program.lots
    found[lots.security] = cash[0].sell if cash else 1.0 - lots.sell_cost
    return found


def _tickets(program: Program) -> Floats:
    """Return what cash pays for a trade of any size, (n,)."""
    tickets = [row.trades for row in program.rows if row.name == CASH]
    paid = tickets[0] if tickets else None
    return np.zeros(program.n) if paid is None else -paid


def nearby(program: Program, grid: Grid, buys: Floats, sells: Floats) -> Steps:
    """Return purchases rounded down, sales to the nearest step, exits as they are.

    What is then too small, or may not stay as it is, is moved to the nearest steps
    that are allowed.
    """
    sold = _by_security(program, sells)
    nearest = np.rint(sold / grid.step).astype(np.int64)
    just_due = (grid.due > 0.0) & (sold <= grid.due + ROUND * grid.step)
    nearest = np.where(just_due, _floor(grid.due / grid.step), nearest)
    whole = (sold > 0.0) & (sold >= grid.tradable - ROUND) & grid.ranges.leaves
    nearest = np.where(whole, -grid.ranges.whole, nearest)
    bought = np.floor(buys / grid.step + NEAR).astype(np.int64)
    return Steps.net(grid.ranges.nearest(np.where(buys > 0.0, bought, -nearest)))


def _floor(steps: Floats) -> Ints:
    return np.floor(steps + ROUND).astype(np.int64)


def _by_security(program: Program, amounts: Floats) -> Floats:
    """Sum lots by security, (n,)."""
    summed = np.bincount(program.lots.security, weights=amounts, minlength=program.n)
    return summed.astype(np.float64)


def _sales(program: Program, ranks: Ints, rows: tuple[Row, ...]) -> Sales:
    lots = program.lots
    order = np.lexsort((ranks, lots.security))
    cap = lots.cap[order]
    weight, cost = _sums(cap), _sums(cap * lots.unit[order])
    first = np.searchsorted(lots.security[order], np.arange(program.n))
    counted = np.array([_sums(cap * row.sell[order]) for row in rows])
    return Sales(
        begin=weight[first],
        weight=weight,
        cost=cost,
        rows=counted.reshape(len(rows), len(weight)),
    )


def _sums(amounts: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(amounts)))


def _bought_rows(grid: Grid, bought: Floats) -> Floats:
    """Return what purchases add to the rows, (rows, n)."""
    found = [row.buy * bought for row in grid.rows]
    return np.array(found).reshape(len(found), len(bought))


def row_values(grid: Grid, steps: Steps) -> Floats:
    """Return the value of each of the grid's rows, (rows,)."""
    moved = added_rows(grid, steps)
    values: Floats = np.array([row.offset for row in grid.rows]) + moved.sum(axis=1)
    return values


def added_rows(grid: Grid, steps: Steps) -> Floats:
    """Return what each security adds to the rows, (rows, n)."""
    sold = grid.sales.counted(sold_weight(grid, steps.sold))
    found = sold + _bought_rows(grid, grid.step * steps.bought)
    names, traded = grid.names(steps), grid.traded(steps)
    for number, row in enumerate(grid.rows):
        if row.names is not None:
            found[number] += row.names * names
        if row.trades is not None:
            found[number] += row.trades * traded
    return found


def excess(grid: Grid, values: Floats) -> Floats:
    """Return by how much values (rows, ...) are outside their limits, at least 0."""
    shape = (len(grid.rows),) + (1,) * (values.ndim - 1)
    upper = np.array([row.upper for row in grid.rows]).reshape(shape)
    lower = np.array([row.lower for row in grid.rows]).reshape(shape)
    outside: Floats = np.maximum(np.maximum(values - upper, lower - values), 0.0)
    return outside


def sold_weight(grid: Grid, sold: Ints) -> Floats:
    """Return the weight of steps sold, what is due at least, (n,)."""
    return np.minimum(np.maximum(grid.step * sold, grid.due), grid.tradable)
