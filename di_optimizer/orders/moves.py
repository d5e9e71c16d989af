# SPDX-License-Identifier: Apache-2.0
"""What a move of some steps of one security would do, for all securities at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.orders.grid import (
    SLACK,
    Grid,
    Steps,
    added_rows,
    excess,
    row_values,
    sold_weight,
)
from di_optimizer.program.groups import Flags
from di_optimizer.program.program import Floats, Ints, Program


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


def moves(program: Program, grid: Grid, steps: Steps, count: Ints) -> tuple[Moves, ...]:
    """Return the moves ``count`` (n,) steps up and down, or as far as is open.

    A purchase is more of one or less of a sale, a sale likewise; gaps are jumped.
    """
    now, ranges = steps.counted, grid.ranges
    return _to(program, grid, steps, (ranges.up(now, count), ranges.down(now, count)))


def jumps(program: Program, grid: Grid, steps: Steps) -> tuple[Moves, ...]:
    """Return the moves that sell all of a position, and that take a trade back."""
    now, ranges = steps.counted, grid.ranges
    out = np.where(ranges.leaves, ranges.whole, now)
    back = np.where(ranges.idle, 0, now)
    return _to(program, grid, steps, (out, back))


def _to(
    program: Program, grid: Grid, steps: Steps, targets: tuple[Ints, ...]
) -> tuple[Moves, ...]:
    """Return the moves to other numbers of steps, counted up and down."""
    slope, curve = _tracking(program, grid, steps)
    sold_before = sold_weight(grid, steps.sold)
    paid_before = grid.sales.paid(sold_before)
    rows_before, traded = added_rows(grid, steps), grid.traded(steps)
    found = []
    for target in targets:
        after = Steps.net(target)
        bought_more = grid.step * (after.bought - steps.bought)
        sold_after = sold_weight(grid, after.sold)
        shift = bought_more - (sold_after - sold_before)
        begun = grid.traded(after) * 1.0 - traded
        cost = program.buy_cost * bought_more + grid.sales.paid(sold_after)
        cost += grid.ticket * begun
        variance = slope * shift + curve * shift**2
        change = program.gamma * variance + cost - paid_before
        cash = grid.brings * (sold_after - sold_before)
        found.append(
            Moves(
                change=np.where(target != steps.counted, change, np.inf),
                variance=variance,
                cash=cash - grid.price * bought_more - grid.paid * begun,
                shift=shift,
                bought=after.bought - steps.bought,
                sold=after.sold - steps.sold,
                rows=added_rows(grid, after) - rows_before,
            )
        )
    return tuple(found)


def within_rows(grid: Grid, steps: Steps, move: Moves) -> Flags:
    """Return which moves break no row further than it is broken already, (n,)."""
    values = row_values(grid, steps)
    after = excess(grid, values[:, None] + move.rows)
    fits: Flags = np.all(after <= excess(grid, values)[:, None] + SLACK, axis=0)
    return fits


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
