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
from numpy.typing import NDArray

from di_optimizer.orders.settled import CASH, lot_ranks
from di_optimizer.program.program import Floats, Ints, Program, Row

Flags = NDArray[np.bool_]

ROUND = 1e-9  # a quantity this close to a whole step counts as that step
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
class Grid:
    """Step sizes and room of each security, (n,).

    ``step`` is the weight of one step, ``tradable`` what of the lots may be sold,
    ``due`` what must be; the counts are the steps that the limits leave. A sale of
    no step is one of ``due``. ``exits`` are positions that can be sold whole.
    ``sell_cost`` is the half spread of sales, ``price`` the cash that a unit bought
    takes. ``rows`` are limits that no move may break further.
    """

    step: Floats
    tradable: Floats
    due: Floats
    exits: Flags
    most_bought: Ints
    least_sold: Ints
    most_sold: Ints
    sell_cost: Floats
    price: Floats
    sales: Sales
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How many steps are bought and sold of each security, (n,)."""

    bought: Ints
    sold: Ints


@dataclass(frozen=True, kw_only=True)
class Moves:
    """One direction for every security: what its move does, (n,).

    ``change`` of the objective is inf where the move is closed; ``cash`` and
    ``shift`` of the security's weight are fractions of base, ``bought`` and ``sold``
    steps. ``rows`` (rows, n) is what each adds to the grid's rows, ``variance`` what
    to the tracking variance.
    """

    change: Floats
    variance: Floats
    cash: Floats
    shift: Floats
    bought: Ints
    sold: Ints
    rows: Floats


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
    spare = np.minimum(program.held - program.lower, tradable)
    leaves = exits & (spare >= tradable - ROUND)
    counted = np.where(leaves, np.ceil(tradable / size - ROUND), spare / size)
    spread = np.zeros(program.n)
    spread[lots.security] = lots.sell_cost
    most_sold = np.maximum(_floor(counted), 0)
    forced = np.maximum(program.held - program.upper, 0.0)
    forced = np.where(forced <= due + ROUND * size, 0.0, forced) / size
    least_sold = np.maximum(
        np.ceil(forced - ROUND).astype(np.int64), _floor(due / size)
    )
    room = np.maximum(program.upper - program.held, 0.0) / size
    rows = tuple(row for row in program.rows if row.name != CASH)
    return Grid(
        step=size,
        tradable=tradable,
        due=due,
        exits=exits,
        most_bought=np.where(due > 0.0, 0, _floor(room)),
        least_sold=np.minimum(least_sold, most_sold),
        most_sold=most_sold,
        sell_cost=spread,
        price=_price(program),
        sales=_sales(program, ranks, rows),
        rows=rows,
    )


def _price(program: Program) -> Floats:
    """Return the cash a unit bought takes: charges of a mode are none."""
    cash = [row for row in program.rows if row.name == CASH]
    return -cash[0].buy if cash else 1.0 + program.buy_cost


def nearby(program: Program, grid: Grid, buys: Floats, sells: Floats) -> Steps:
    """Return purchases rounded down and sales to the nearest step; exits stay exits."""
    sold = _by_security(program, sells)
    nearest = np.rint(sold / grid.step).astype(np.int64)
    just_due = (grid.due > 0.0) & (sold <= grid.due + ROUND * grid.step)
    nearest = np.where(just_due, _floor(grid.due / grid.step), nearest)
    leaves = (sold > 0.0) & (sold >= grid.tradable - ROUND) & grid.exits
    return Steps(
        bought=np.minimum(_floor(buys / grid.step), grid.most_bought),
        sold=np.where(
            leaves, grid.most_sold, np.clip(nearest, grid.least_sold, grid.most_sold)
        ),
    )


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


def moves(program: Program, grid: Grid, steps: Steps, count: Ints) -> tuple[Moves, ...]:
    """Return the four moves: buy more, buy less, sell more, sell less.

    ``count`` (n,) is how many steps each move makes; it is cut to what is open.
    """
    bought, sold = steps.bought, steps.sold
    none = np.zeros_like(bought)
    selling = (sold > 0) | (grid.due > 0.0)
    more = np.minimum(count, np.where(selling, 0, grid.most_bought - bought))
    sell = np.minimum(count, np.where(bought == 0, grid.most_sold - sold, 0))
    less, keep = np.minimum(count, bought), np.minimum(count, sold - grid.least_sold)
    options = ((more, none), (-less, none), (none, sell), (none, -keep))
    slope, curve = _tracking(program, grid, steps)
    sold_before = sold_weight(grid, sold)
    paid_before = grid.sales.paid(sold_before)
    rows_before = grid.sales.counted(sold_before)
    found = []
    for buy, sale in options:
        bought_more = grid.step * buy
        sold_after = sold_weight(grid, sold + sale)
        shift = bought_more - (sold_after - sold_before)
        cost = program.buy_cost * bought_more + grid.sales.paid(sold_after)
        variance = slope * shift + curve * shift**2
        change = program.gamma * variance + cost - paid_before
        cash = (1.0 - grid.sell_cost) * (sold_after - sold_before)
        rows = grid.sales.counted(sold_after) - rows_before
        found.append(
            Moves(
                change=np.where(buy + sale != 0, change, np.inf),
                variance=variance,
                cash=cash - grid.price * bought_more,
                shift=shift,
                bought=buy,
                sold=sale,
                rows=rows + _bought_rows(grid, bought_more),
            )
        )
    return tuple(found)


def _bought_rows(grid: Grid, bought: Floats) -> Floats:
    """Return what purchases add to the rows, (rows, n)."""
    found = [row.buy * bought for row in grid.rows]
    return np.array(found).reshape(len(found), len(bought))


def row_values(grid: Grid, steps: Steps) -> Floats:
    """Return the value of each of the grid's rows, (rows,)."""
    sold = grid.sales.counted(sold_weight(grid, steps.sold))
    moved = sold + _bought_rows(grid, grid.step * steps.bought)
    values: Floats = np.array([row.offset for row in grid.rows]) + moved.sum(axis=1)
    return values


def excess(grid: Grid, values: Floats) -> Floats:
    """Return by how much values (rows, ...) are outside their limits, at least 0."""
    shape = (len(grid.rows),) + (1,) * (values.ndim - 1)
    upper = np.array([row.upper for row in grid.rows]).reshape(shape)
    lower = np.array([row.lower for row in grid.rows]).reshape(shape)
    outside: Floats = np.maximum(np.maximum(values - upper, lower - values), 0.0)
    return outside


def within_rows(grid: Grid, steps: Steps, move: Moves) -> Flags:
    """Return which moves break no row further than it is broken already, (n,)."""
    values = row_values(grid, steps)
    after = excess(grid, values[:, None] + move.rows)
    fits: Flags = np.all(after <= excess(grid, values)[:, None] + SLACK, axis=0)
    return fits


def sold_weight(grid: Grid, sold: Ints) -> Floats:
    """Return the weight of steps sold, what is due at least, (n,)."""
    return np.minimum(np.maximum(grid.step * sold, grid.due), grid.tradable)


def _tracking(program: Program, grid: Grid, steps: Steps) -> tuple[Floats, Floats]:
    """Slope and curvature of variance in each security's weight alone, (n,)."""
    active = _active(program, grid, steps)
    factor = program.exposures.T @ active
    own = np.einsum("ij,ij->i", program.exposures, program.exposures)
    slope = 2.0 * (program.exposures @ factor + program.specific * active)
    return slope, own + program.specific


def variance_of(program: Program, grid: Grid, steps: Steps) -> float:
    """Return the tracking variance after some steps."""
    active = _active(program, grid, steps)
    factor = program.exposures.T @ active
    return float(factor @ factor + program.specific @ active**2)


def _active(program: Program, grid: Grid, steps: Steps) -> Floats:
    after = program.held + grid.step * steps.bought - sold_weight(grid, steps.sold)
    active: Floats = after - program.benchmark
    return active


def made(steps: Steps, move: Moves, i: int) -> Steps:
    """Return the steps after making one move on security ``i``."""
    bought, sold = steps.bought.copy(), steps.sold.copy()
    bought[i] += move.bought[i]
    sold[i] += move.sold[i]
    return Steps(bought=bought, sold=sold)
