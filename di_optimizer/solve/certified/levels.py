# SPDX-License-Identifier: Apache-2.0
"""The amounts that each security may trade, as places in order of the weight after.

Places of a security are numbered from 0::

    exit | sales, largest first | what floors force | hold | purchases, smallest first

Where the step is 0 any amount is allowed: a fine grid stands for that, from the least
amount to the most. Knows nothing of rows or prices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import DUST, Sizes

FINE = 1e-7  # fraction of base: grid that stands for any amount
MOST = 100.0  # fraction of base: no purchase is larger, whatever the limit says


class Levels(NamedTuple):
    """Allowed amounts of n securities.

    Attributes
    ----------
    step : (n,)
        Distance of neighbouring amounts; the fine grid's where any is allowed.
    starts : (n, 5)
        First place of the sales, of the forced sale, of hold, of the purchases, and
        the number of places. Place 0 is the exit where the sales start at 1.
    sell_first, buy_first : (n,)
        Steps of the smallest sale and of the smallest purchase.
    sell_from, buy_from : (n,)
        What amounts count from: 0 on a grid, else the least amount.
    sell_most, buy_most : (n,)
        Most of each; inf on a grid, where the last place says it.
    forced, whole : (n,)
        What the floors force to be sold, and what an exit sells.
    """

    step: Floats
    starts: Ints
    sell_first: Ints
    buy_first: Ints
    sell_from: Floats
    buy_from: Floats
    sell_most: Floats
    buy_most: Floats
    forced: Floats
    whole: Floats


class _Range(NamedTuple):
    """Amounts of one kind: number of places, first number, start and most."""

    places: Ints
    first: Ints
    start: Floats
    most: Floats


def levels_of(program: Program) -> Levels:
    """Return the allowed amounts of a program without groups."""
    sizes = program.sizes or Sizes.any(program.n)
    held, lots = program.held, program.lots
    forced = _by_security(program, lots.floor)
    most = _by_security(program, lots.cap)
    opens = _exits(program)
    at_forced = held - forced
    below, above = program.lower - DUST, program.upper + DUST
    holds = (forced <= DUST) & (below <= held) & (held <= above)
    holds &= (held <= 0.0) | (held >= sizes.least_held - DUST)
    kept = np.maximum(program.lower, sizes.least_held)
    sale = _range(
        sizes.step,
        np.maximum.reduce([sizes.least_sell, forced, held - program.upper]),
        np.minimum(most, held - kept),
        np.where(opens, most - FINE, np.inf),
        np.where(forced > DUST, forced + DUST, 0.0),
    )
    just = (forced > DUST) & (forced >= sizes.least_sell - DUST)
    just &= (kept - DUST <= at_forced) & (at_forced <= above)
    just &= (sizes.step > 0.0) & ~(opens & (forced >= most - DUST))
    upper = np.minimum(program.upper, held + MOST)
    buy = _range(
        sizes.step,
        np.maximum(sizes.least_buy, kept - held),
        np.where(forced > DUST, -1.0, upper - held),
        np.full(program.n, np.inf),
        np.zeros(program.n),
    )
    counts = np.array([opens, sale.places, just, holds, buy.places], dtype=np.int64)
    return Levels(
        step=np.where(sizes.step > 0.0, sizes.step, FINE),
        starts=np.ascontiguousarray(np.cumsum(counts, axis=0).T),
        sell_first=sale.first,
        buy_first=buy.first,
        sell_from=sale.start,
        buy_from=buy.start,
        sell_most=sale.most,
        buy_most=buy.most,
        forced=forced,
        whole=most,
    )


def _by_security(program: Program, amounts: Floats) -> Floats:
    owner = program.lots.security
    return np.bincount(owner, weights=amounts, minlength=program.n).astype(float)


def _exits(program: Program) -> Flags:
    """Return where all of a position may be sold, (n,)."""
    lots = program.lots
    shut = (lots.cap < lots.weight - DUST).astype(float)
    whole = np.abs(_by_security(program, lots.weight) - program.held) <= DUST
    some = (program.held > 0.0) & (_by_security(program, shut) == 0.0)
    found: Flags = whole & some & (program.lower <= DUST)
    return found


def _range(
    step: Floats, least: Floats, most: Floats, below: Floats, above: Floats
) -> _Range:
    """Return the places of amounts from least to most, and strictly between two.

    A grid's amounts are above ``above`` and below ``below``, and never 0.
    """
    grid = step > 0.0
    unit = np.where(grid, step, FINE)
    first = np.maximum(_steps_up(np.maximum(least, above), unit), 1)
    last = _steps_down(np.minimum(most, below - DUST), unit)
    least = np.maximum(least, FINE)
    end = np.minimum(most, below)
    end = np.where((end < least) & (end >= least - DUST), least, end)
    spans = np.ceil(np.maximum(end - least, 0.0) / unit - 1e-9).astype(np.int64)
    counts = np.where(grid, last - first + 1, np.where(end < least, 0, spans + 1))
    return _Range(
        places=np.maximum(counts, 0),
        first=np.where(grid, first, 0),
        start=np.where(grid, 0.0, least),
        most=np.where(grid, np.inf, end),
    )


def _steps_up(least: Floats, unit: Floats) -> Ints:
    """Return the least number of steps that is no less than an amount, up to dust."""
    amount = least - DUST
    count = np.ceil(amount / unit)
    count = np.where((count - 1.0) * unit >= amount, count - 1.0, count)
    return np.where(count * unit < amount, count + 1.0, count).astype(np.int64)


def _steps_down(most: Floats, unit: Floats) -> Ints:
    """Return the greatest number of steps that is no more than an amount."""
    amount = np.minimum(most, MOST) + DUST
    count = np.floor(amount / unit)
    count = np.where((count + 1.0) * unit <= amount, count + 1.0, count)
    return np.where(count * unit > amount, count - 1.0, count).astype(np.int64)


def amounts_at(levels: Levels, places: Ints) -> Floats:
    """Return what is bought (above 0) or sold (below) at these places, (n,)."""
    sale, just, hold, buy, _ = levels.starts.T
    bought = levels.buy_from + (levels.buy_first + places - buy) * levels.step
    sold = levels.sell_from + (levels.sell_first + just - 1 - places) * levels.step
    found: Floats = np.select(
        [places >= buy, places >= hold, places >= just, places >= sale],
        [
            np.minimum(bought, levels.buy_most),
            np.zeros(len(places)),
            -levels.forced,
            -np.minimum(sold, levels.sell_most),
        ],
        -levels.whole,
    )
    return found


def nearest_places(program: Program, levels: Levels, after: Floats) -> Ints:
    """Return the places nearest to weights after a plan, (n,); each has some place."""
    sale, just, hold, buy, end = levels.starts.T
    amount = after - program.held
    steps = np.rint((amount - levels.buy_from) / levels.step) - levels.buy_first
    bought = np.clip(buy + steps.astype(np.int64), buy, end - 1)
    steps = np.rint((-amount - levels.sell_from) / levels.step) - levels.sell_first
    sold = np.clip(just - 1 - steps.astype(np.int64), sale, just - 1)
    places = np.array([np.zeros_like(sale), sold, just, hold, bought])
    there = np.diff(levels.starts.T, axis=0, prepend=0) > 0
    weights = np.array([program.held + amounts_at(levels, own) for own in places])
    weights[0] = 0.0
    away = np.where(there, np.abs(weights - after), np.inf)
    chosen = np.argmin(away, axis=0)
    found: Ints = places[chosen, np.arange(len(after))]
    return found
