# SPDX-License-Identifier: Apache-2.0
"""From weights to tradable quantities: simple rounding that never overspends cash.

Purchases are rounded down and sales to the nearest step, full exits kept exact.
Then steps are added or taken back: until cash reaches its minimum (in exact cents),
until it is below its maximum where a step still fits, and while the objective
improves, one step or two against each other. What stays above the maximum is
reported. Rows that rounding broke are mended first, and no later step breaks one
further, but for the cash that must be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from di_optimizer.errors import EngineError
from di_optimizer.exact import cents_up
from di_optimizer.orders.grid import Steps, grid_of, nearby
from di_optimizer.orders.moves import Moves, made
from di_optimizer.orders.rounder import CashCheck, Quantities, Room, Rounder
from di_optimizer.orders.rows import inside_rows
from di_optimizer.orders.settled import Settled
from di_optimizer.orders.swaps import best_swap
from di_optimizer.program.cash import CASH
from di_optimizer.program.groups import Flags
from di_optimizer.program.job import Built
from di_optimizer.program.program import Floats, Ints
from di_optimizer.program.size_rules import FINE

DEAR = (0.5, 0.75, 1.0)  # quantiles of step weights that swaps of several steps match
MOST_STEPS = 1_000_000
BETTER = -1e-12  # change of objective that counts as an improvement


class CashError(EngineError):
    """No tradable sizes meet the cash minimum; ``weight`` of base is missing."""

    def __init__(self, text: str, weight: float) -> None:
        super().__init__(text)
        self.weight = weight


@dataclass(frozen=True, kw_only=True)
class Rounded:
    """Tradable quantities, and the cash that the plan was short of (of base, or 0).

    Cents are lost where amounts are rounded to them; what made up for it may be a
    whole step of something dear.
    """

    quantities: Quantities
    missing: float


def round_plan(
    settled: Settled, steps: tuple[Decimal, ...], check: CashCheck
) -> Rounded:
    """Return tradable quantities close to a plan, with cash in range.

    Parameters
    ----------
    settled : Settled
    steps : tuple of Decimal, (n,)
        Smallest tradable quantity of each security, in shares.
    check : callable
        Exact cash of given quantities against its range.

    Raises
    ------
    CashError
        When no step is left that would bring cash up to its minimum.
    """
    built = settled.built
    grid = grid_of(built.program, _step_weights(built, steps), settled.ranks)
    rounder = Rounder(
        built=built,
        steps=steps,
        tradable=settled.by_security(settled.most),
        due=settled.by_security(settled.due),
        grid=grid,
        check=check,
    )
    counted = nearby(built.program, grid, settled.buys, settled.sells)
    missing = max(rounder.weight(rounder.room(counted).short), 0.0)
    counted = inside_rows(rounder, counted)
    counted = _spend(rounder, _repair(rounder, counted))
    bent = built.program.own is not None  # single steps do not see how it is bent
    if float(np.max(grid.step, initial=0.0)) > FINE and not bent:
        counted = _spend(rounder, _repair(rounder, _improve(rounder, counted)))
    return Rounded(quantities=rounder.quantities(counted), missing=missing)


def _step_weights(built: Built, steps: tuple[Decimal, ...]) -> Floats:
    shares = np.array([float(s) for s in steps])
    prices = np.where(np.isnan(built.prices), 1.0, built.prices)
    return shares * prices / float(built.base)


def _repair(rounder: Rounder, steps: Steps) -> Steps:
    """Raise cash to its minimum at the least loss of objective."""
    room = rounder.room(steps)
    for _ in range(len(rounder.steps) + 100):
        if room.short <= 0:
            return steps
        short = rounder.weight(room.short)
        need = np.maximum(np.ceil(short / rounder.grid.step), 1).astype(np.int64)
        chosen = None
        open_ = (*rounder.options(steps, need), *rounder.jumps(steps))
        for options in (open_, rounder.any_options(steps, need)):
            gains = [rounder.gain(m, room.row) for m in options]
            chosen = chosen or _best(options, [g > 0 for g in gains], gains, short)
        if chosen is None:
            break
        steps = made(steps, *chosen)
        room = rounder.room(steps)
    if room.short <= 0:
        return steps
    name = "cash minimum" if room.row == CASH else room.row
    raise CashError(
        f"no tradable sizes meet the {name}: {cents_up(room.short)} is missing and "
        "nothing more can be sold or left unbought. Allow fractional shares, smaller "
        "blocks, wider weight limits or a lower cash.minimum",
        rounder.weight(room.short),
    )


def _spend(rounder: Rounder, steps: Steps) -> Steps:
    """Bring cash below its maximum where steps still fit above the minimum."""
    room = rounder.room(steps)
    for _ in range(len(rounder.steps) + 100):
        if room.over <= 0:
            return steps
        after = _spent(rounder, steps, room)
        left = rounder.room(after)
        if left.short > 0 or left.over >= room.over:
            return steps
        steps, room = after, left
    return steps


def _spent(rounder: Rounder, steps: Steps, room: Room) -> Steps:
    """Take the best move that spends cash, or the best swap that spends enough."""
    over, spare = rounder.weight(room.over), -rounder.weight(room.short)
    need = np.maximum(np.ceil(over / rounder.grid.step), 1)
    unit = rounder.grid.step * rounder.grid.price
    unit = np.where(unit > 0.0, unit, np.inf)  # futures take no cash
    fits = np.maximum(np.floor((spare - rounder.grid.paid) / unit), 1.0)
    count = np.minimum(need, fits).astype(np.int64)
    options = rounder.options(steps, count)
    fitting = [_within(m, spare) for m in options]
    chosen = _best(options, fitting, [m.cash for m in options], over)
    if chosen is not None:
        return made(steps, *chosen)
    return _swapped(rounder, steps, (-spare, -over), np.inf)[0]


def _swapped(
    rounder: Rounder, steps: Steps, cash: tuple[float, float], most: float
) -> tuple[Steps, float]:
    """Make the best swap of single steps below a change; and its change of cash."""
    several = [rounder.options(steps, n) for n in _counts(rounder)]
    options = (*rounder.jumps(steps), *(m for found in several for m in found))
    swap = best_swap(rounder.built.program, options, cash)
    moved = 0.0
    if swap is None or swap.change >= most:
        return steps, moved
    after = steps
    for direction, i in swap.parts:
        after = made(after, options[direction], i)
        moved += float(options[direction].cash[i])
    return (steps, 0.0) if rounder.worsens(steps, after) else (after, moved)


def _counts(rounder: Rounder) -> list[Ints]:
    """One step each, and as many steps as one of a dear security is worth."""
    size = rounder.grid.step
    dear = np.unique(np.quantile(size, DEAR, method="nearest"))
    ratios = [dear_size / size for dear_size in dear]
    counts = [np.ones(len(size)), *map(np.floor, ratios), *map(np.ceil, ratios)]
    return [np.clip(n, 1, MOST_STEPS).astype(np.int64) for n in counts]


def _within(move: Moves, spare: float) -> Flags:
    return (move.cash < 0) & (move.cash >= -spare)


def _improve(rounder: Rounder, steps: Steps) -> Steps:
    """Make single steps and swaps while the objective improves and cash fits."""
    room = rounder.room(steps)
    cash = -rounder.weight(room.short)
    most = max(cash, -rounder.weight(room.short + room.over))
    one = np.ones(len(rounder.steps), dtype=np.int64)
    for _ in range(4 * len(rounder.steps) + 100):
        options = (*rounder.options(steps, one), *rounder.jumps(steps))
        paying = [_pays(move, cash, most) for move in options]
        single = _best(options, paying, [move.cash for move in options], 0.0)
        if single is not None:
            move, i = single
            steps, moved = made(steps, move, i), float(move.cash[i])
        else:
            last, limits = steps, (-cash, most - cash)
            steps, moved = _swapped(rounder, steps, limits, BETTER)
            if steps is last:
                break
        cash += moved
    return steps


def _pays(move: Moves, cash: float, most: float) -> Flags:
    after = cash + move.cash
    return (after >= 0.0) & (after <= most) & (move.change < BETTER)


def _best(
    options: tuple[Moves, ...],
    allowed: list[Flags],
    gains: list[Floats],
    need: float,
) -> tuple[Moves, int] | None:
    """Least loss per unit of cash moved; among equals the first security.

    With ``need`` above 0 only that much of a move's gain of cash counts, so that one
    of the right size is preferred; at 0 the loss itself decides.
    """
    best: tuple[float, Moves, int] | None = None
    for move, fits, gain in zip(options, allowed, gains, strict=True):
        open_ = np.isfinite(move.change) & fits
        if not open_.any():
            continue
        score = np.where(open_, move.change, np.inf)
        if need > 0:
            useful = np.minimum(np.maximum(np.abs(gain), 1e-300), need)
            score = np.where(open_, move.change / useful, np.inf)
        i = int(np.argmin(score))
        if best is None or score[i] < best[0]:
            best = (float(score[i]), move, i)
    return None if best is None else (best[1], best[2])
