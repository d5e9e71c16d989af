# SPDX-License-Identifier: Apache-2.0
"""Which amounts each kind of trade may have, block by block.

Prepared once for a program, like the ranges of :mod:`.ground`. An amount that is off
a limit by a rounding counts as inside: a bound may only be too low for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Program
from di_optimizer.program.sizes import DUST, Sizes
from di_optimizer.solve.ground import ROUNDING, Ground

EXIT_ROW, SELL_ROW, HOLD_ROW, BUY_ROW = range(4)  # kinds in order of the weight


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """Amounts of every kind; (blocks,) each, except ``opens``, (kinds, blocks).

    Attributes
    ----------
    unit, grid
        What amounts are counted in: the step where ``grid``, else the base.
    sell_first, sell_last, buy_first, buy_last
        Range of a sale that is no exit, and of a purchase, in units.
    whole
        What an exit sells.
    forced_open
        Whether a sale may be just what floors force, on the grid or not.
    held
        Whether a position is held when nothing is traded.
    opens
        Whether a kind has any amount.
    """

    unit: Floats
    grid: Flags
    sell_first: Floats
    sell_last: Floats
    buy_first: Floats
    buy_last: Floats
    whole: Floats
    forced_open: Flags
    held: Flags
    opens: Flags


@dataclass(frozen=True)
class _Limits:
    """Limits by block: of the weight afterwards, and of sizes."""

    low: Floats
    high: Floats
    least_buy: Floats
    least_sell: Floats
    least_held: Floats
    unit: Floats
    grid: Flags

    def counted(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Return a range of amounts in units; of a grid, its first and last step."""
        near = high - low >= -ROUNDING
        low = np.where(near, np.minimum(low, high), low)
        first = np.ceil((low - ROUNDING) / self.unit)
        last = np.floor((high + ROUNDING) / self.unit)
        grid = self.grid
        return np.where(grid, np.maximum(first, 1.0), low), np.where(grid, last, high)


def has_kinds(program: Program) -> bool:
    """Return whether sizes are limited, or names or trades counted."""
    return program.sizes is not None or any(row.stepped for row in program.rows)


def amounts_of(program: Program, ground: Ground) -> Amounts:
    """Return the amounts of a program's blocks; without sizes, any amount."""
    own = ground.blocks.security
    sizes = program.sizes or Sizes.any(program.n)
    step = sizes.step[own]
    grid = step > ROUNDING  # a finer one is no different from any amount
    limits = _Limits(
        program.lower[own],
        program.upper[own],
        sizes.least_buy[own],
        sizes.least_sell[own],
        sizes.least_held[own],
        np.where(grid, step, 1.0),
        grid,
    )
    whole = ground.blocks.per_block(program.lots.weight[ground.blocks.lot])
    sell_first, sell_last, sells, forced_open = _sales(ground, limits, whole)
    buy_first, buy_last, buys = _purchases(ground, limits)
    exits = _exits(program, ground, limits, whole)
    return Amounts(
        unit=limits.unit,
        grid=grid,
        sell_first=sell_first,
        sell_last=sell_last,
        buy_first=buy_first,
        buy_last=buy_last,
        whole=whole,
        forced_open=forced_open,
        held=ground.held > 0.0,
        opens=np.array([exits, sells | forced_open, _holds(ground, limits), buys]),
    )


def _exits(program: Program, ground: Ground, limits: _Limits, whole: Floats) -> Flags:
    """Where all lots may be sold whole, and nothing is held besides them."""
    blocks = ground.blocks
    stays = program.lots.weight[blocks.lot] - blocks.cap > DUST
    kept = blocks.per_block(stays.astype(np.float64))
    all_in_lots = np.abs(ground.held - whole) <= ROUNDING
    inside = (limits.low <= ROUNDING) & (limits.high >= -ROUNDING)
    found: Flags = (kept == 0.0) & (whole > 0.0) & all_in_lots & inside
    return found


def _sales(
    ground: Ground, limits: _Limits, whole: Floats
) -> tuple[Floats, Floats, Flags, Flags]:
    """Return first and last amount, where there is any, and where the forced one is.

    A sale leaves more than dust of some lot, or of the position: it would be an exit.
    """
    held, forced = ground.held, ground.forced
    cap = np.maximum(ground.blocks.per_block(ground.blocks.cap), forced)
    most = held - np.maximum(limits.low, limits.least_held)
    need = np.maximum(held - limits.high, limits.least_sell)
    left = np.maximum(held, whole) - DUST / 2.0
    low = np.maximum(np.maximum(need, forced), 0.0)
    first, last = limits.counted(low, np.minimum(cap, most))
    last = np.minimum(last, np.where(limits.grid, np.floor(left / limits.unit), left))
    some = (cap > 0.0) & (last > 0.0) & (first <= last)
    fits = (forced > 0.0) & (forced >= need - ROUNDING) & (forced <= most + ROUNDING)
    return first, last, some, fits & (forced <= left)


def _purchases(ground: Ground, limits: _Limits) -> tuple[Floats, Floats, Flags]:
    """Return first and last amount, and where there is any."""
    held = ground.held
    low = np.maximum(limits.least_buy, np.maximum(limits.low, limits.least_held) - held)
    high = limits.high - held
    first, last = limits.counted(np.maximum(low, 0.0), high)
    return first, last, ground.blocks.buys & (last > 0.0) & (first <= last)


def _holds(ground: Ground, limits: _Limits) -> Flags:
    """Where no floor forces a sale and the position is within its limits as it is."""
    held = ground.held
    inside = (held >= limits.low - ROUNDING) & (held <= limits.high + ROUNDING)
    enough = (held <= 0.0) | (held >= limits.least_held - ROUNDING)
    found: Flags = (ground.forced <= ROUNDING) & inside & enough
    return found
