# SPDX-License-Identifier: Apache-2.0
"""A rounded plan as whole numbers of steps, and what one more step would do.

Floats steer the search here; whether cash suffices is decided in exact decimals by
the caller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from di_optimizer.program.program import Floats, Ints, Program

Flags = NDArray[np.bool_]

ROUND = 1e-9  # a quantity this close below a whole step counts as that step


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Step sizes and room of each security, (n,).

    ``step`` is the weight of one step; ``most_bought`` and ``most_sold`` count the
    steps that the limits leave; ``movable`` is False for full exits and for what may
    not trade; ``buy_cost`` and ``sell_cost`` per unit of weight, the latter with the
    tax of the lot that would be sold next (first row) or was sold last (second).
    """

    step: Floats
    most_bought: Ints
    most_sold: Ints
    movable: Flags


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How many steps are bought and sold of each security, (n,)."""

    bought: Ints
    sold: Ints


@dataclass(frozen=True, kw_only=True)
class Moves:
    """One direction for every security: change of objective and of cash, (n,).

    ``change`` is inf where the move is closed. ``count`` is the number of steps.
    """

    change: Floats
    cash: Floats
    count: Ints
    bought: int
    sold: int


def moves(program: Program, grid: Grid, steps: Steps, count: Ints) -> list[Moves]:
    """Return the four moves: buy more, buy less, sell more, sell less.

    ``count`` (n,) is how many steps each move makes; it is cut to what is open.
    """
    bought, sold = steps.bought, steps.sold
    may_buy = grid.movable & (sold == 0)
    may_sell = grid.movable & (bought == 0)
    options = (
        (1, 0, np.where(may_buy, grid.most_bought - bought, 0)),
        (-1, 0, np.where(grid.movable, bought, 0)),
        (0, 1, np.where(may_sell, grid.most_sold - sold, 0)),
        (0, -1, np.where(grid.movable, sold, 0)),
    )
    return [
        _move(program, grid, steps, (buy, sell, np.minimum(count, room)))
        for buy, sell, room in options
    ]


def _move(
    program: Program, grid: Grid, steps: Steps, kind: tuple[int, int, Ints]
) -> Moves:
    buy, sell, count = kind
    amount = grid.step * count
    active = weights(program, grid, steps) - program.benchmark
    track = _tracking_change(program, active, (buy - sell) * amount)
    if buy:
        cost = buy * program.buy_cost * amount
        cash = -buy * (1.0 + program.buy_cost) * amount
    else:
        unit = _unit_sale_cost(program, grid, steps)
        cost = sell * unit * amount
        cash = sell * (1.0 - _spread_of_sales(program)) * amount
    change = np.where(count > 0, track + cost, np.inf)
    return Moves(change=change, cash=cash, count=count, bought=buy, sold=sell)


def weights(program: Program, grid: Grid, steps: Steps) -> Floats:
    """Return post-trade weights, (n,)."""
    return program.held + grid.step * (steps.bought - steps.sold)


def _tracking_change(program: Program, active: Floats, shift: Floats) -> Floats:
    """Change of γ·variance when one security alone moves by its shift, (n,)."""
    factor = program.exposures.T @ active
    own = np.einsum("ij,ij->i", program.exposures, program.exposures)
    linear = 2.0 * (program.exposures @ factor + program.specific * active)
    change: Floats = linear * shift + (own + program.specific) * shift**2
    return program.gamma * change


def _unit_sale_cost(program: Program, grid: Grid, steps: Steps) -> Floats:
    """Return the unit cost of the lot at which each security's sales stand, (n,)."""
    lots = program.lots
    unit = lots.tax + lots.sell_cost
    order = np.lexsort((unit, lots.security))
    owner = lots.security[order]
    ends = np.cumsum(lots.weight[order])
    base = np.concatenate(([0.0], ends))[np.searchsorted(owner, np.arange(program.n))]
    at = np.searchsorted(ends, base + grid.step * steps.sold, side="right")
    last = np.searchsorted(owner, np.arange(program.n), side="right") - 1
    cost = np.zeros(program.n)
    has = np.bincount(lots.security, minlength=program.n) > 0
    cost[has] = unit[order][np.minimum(at, last)[has]]
    return cost


def _spread_of_sales(program: Program) -> Floats:
    """Half spread of each security's sales, (n,); lots of one security share it."""
    spread = np.zeros(program.n)
    spread[program.lots.security] = program.lots.sell_cost
    return spread


def apply(steps: Steps, move: Moves, i: int) -> Steps:
    """Return the steps after making one move on security ``i``."""
    bought, sold = steps.bought.copy(), steps.sold.copy()
    bought[i] += move.bought * move.count[i]
    sold[i] += move.sold * move.count[i]
    return Steps(bought=bought, sold=sold)
