# SPDX-License-Identifier: Apache-2.0
"""A rounded plan as whole numbers of steps, and what a move of some steps would do.

The last step of a sale is what is left of the position: a full exit, which need not
be a multiple of the step. Floats steer the search here; whether cash suffices is
decided in exact decimals by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from di_optimizer.program.program import Floats, Ints, Program

Flags = NDArray[np.bool_]

ROUND = 1e-9  # a quantity this close to a whole step counts as that step


@dataclass(frozen=True, kw_only=True)
class Sales:
    """Cost and tax of lots sold cheapest first, as one running sum over securities.

    ``weight`` and ``cost`` (lots + 1,) are the running sums, ``begin`` (n,) is where
    each security's lots begin in ``weight``.
    """

    begin: Floats
    weight: Floats
    cost: Floats

    def paid(self, sold: Floats) -> Floats:
        """Return what selling a weight of each security costs, (n,)."""
        end = np.interp(self.begin + sold, self.weight, self.cost)
        return end - np.interp(self.begin, self.weight, self.cost)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Step sizes and room of each security, (n,).

    ``step`` is the weight of one step, ``tradable`` what the lots weigh; the counts
    are the steps that the limits leave. ``sell_cost`` is the half spread of sales.
    """

    step: Floats
    tradable: Floats
    most_bought: Ints
    least_sold: Ints
    most_sold: Ints
    sell_cost: Floats
    sales: Sales


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
    steps.
    """

    change: Floats
    cash: Floats
    shift: Floats
    bought: Ints
    sold: Ints


def grid_of(program: Program, size: Floats) -> Grid:
    """Return the grid of a program whose steps have the weights ``size``, (n,)."""
    lots = program.lots
    tradable = _by_security(program, lots.weight)
    spare = np.minimum(program.held - program.lower, tradable)
    exit_open = spare >= tradable - ROUND
    rounded = np.where(exit_open, np.ceil(tradable / size - ROUND), spare / size)
    spread = np.zeros(program.n)
    spread[lots.security] = lots.sell_cost
    most_sold = np.maximum(_floor(rounded), 0)
    forced = np.maximum(program.held - program.upper, 0.0) / size
    return Grid(
        step=size,
        tradable=tradable,
        most_bought=_floor(np.maximum(program.upper - program.held, 0.0) / size),
        least_sold=np.minimum(np.ceil(forced - ROUND).astype(np.int64), most_sold),
        most_sold=most_sold,
        sell_cost=spread,
        sales=_sales(program),
    )


def nearby(program: Program, grid: Grid, buys: Floats, sells: Floats) -> Steps:
    """Return purchases rounded down and sales to the nearest step; exits stay exits."""
    sold = _by_security(program, sells)
    nearest = np.rint(sold / grid.step).astype(np.int64)
    leaves = (sold > 0.0) & (sold >= grid.tradable - ROUND)
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


def _sales(program: Program) -> Sales:
    lots = program.lots
    unit = lots.tax + lots.sell_cost
    order = np.lexsort((unit, lots.security))
    weight = np.concatenate(([0.0], np.cumsum(lots.weight[order])))
    cost = np.concatenate(([0.0], np.cumsum((lots.weight * unit)[order])))
    first = np.searchsorted(lots.security[order], np.arange(program.n))
    return Sales(begin=weight[first], weight=weight, cost=cost)


def moves(program: Program, grid: Grid, steps: Steps, count: Ints) -> tuple[Moves, ...]:
    """Return the four moves: buy more, buy less, sell more, sell less.

    ``count`` (n,) is how many steps each move makes; it is cut to what is open.
    """
    bought, sold = steps.bought, steps.sold
    none = np.zeros_like(bought)
    more = np.minimum(count, np.where(sold == 0, grid.most_bought - bought, 0))
    sell = np.minimum(count, np.where(bought == 0, grid.most_sold - sold, 0))
    less, keep = np.minimum(count, bought), np.minimum(count, sold - grid.least_sold)
    options = ((more, none), (-less, none), (none, sell), (none, -keep))
    slope, curve = _tracking(program, grid, steps)
    found = []
    for buy, sale in options:
        bought_more = grid.step * buy
        sold_before = sold_weight(grid, sold)
        sold_more = sold_weight(grid, sold + sale) - sold_before
        shift = bought_more - sold_more
        cost = program.buy_cost * bought_more + grid.sales.paid(sold_before + sold_more)
        change = slope * shift + curve * shift**2 + cost - grid.sales.paid(sold_before)
        cash = (1.0 - grid.sell_cost) * sold_more
        found.append(
            Moves(
                change=np.where(buy + sale != 0, change, np.inf),
                cash=cash - (1.0 + program.buy_cost) * bought_more,
                shift=shift,
                bought=buy,
                sold=sale,
            )
        )
    return tuple(found)


def sold_weight(grid: Grid, sold: Ints) -> Floats:
    """Return the weight of steps sold, at most the position, (n,)."""
    return np.minimum(grid.step * sold, grid.tradable)


def _tracking(program: Program, grid: Grid, steps: Steps) -> tuple[Floats, Floats]:
    """Slope and curvature of γ·variance in each security's weight alone, (n,)."""
    after = program.held + grid.step * steps.bought - sold_weight(grid, steps.sold)
    active = after - program.benchmark
    factor = program.exposures.T @ active
    own = np.einsum("ij,ij->i", program.exposures, program.exposures)
    slope = 2.0 * (program.exposures @ factor + program.specific * active)
    return program.gamma * slope, program.gamma * (own + program.specific)


def made(steps: Steps, move: Moves, i: int) -> Steps:
    """Return the steps after making one move on security ``i``."""
    bought, sold = steps.bought.copy(), steps.sold.copy()
    bought[i] += move.bought[i]
    sold[i] += move.sold[i]
    return Steps(bought=bought, sold=sold)
