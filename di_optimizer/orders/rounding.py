# SPDX-License-Identifier: Apache-2.0
"""From weights to tradable quantities: simple rounding that never overspends cash.

Purchases are rounded down and sales to the nearest step, full exits kept exact.
Then single steps are added or taken back: first until cash reaches its minimum (in
exact cents), then while the objective improves, then to bring cash below its
maximum where a step still fits. What stays above the maximum is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from di_optimizer.errors import EngineError
from di_optimizer.orders.grid import ROUND, Flags, Grid, Moves, Steps, apply, moves
from di_optimizer.program.build import Built
from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.solution import Solution

FINE = 1e-6  # steps below this weight leave nothing worth improving
BETTER = -1e-12  # change of objective that counts as an improvement


@dataclass(frozen=True, kw_only=True)
class Quantities:
    """Shares bought and sold by symbol, each a tradable quantity or a full exit."""

    buys: dict[str, Decimal]
    sells: dict[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Room:
    """Exact cash against its range: ``short`` of the minimum, ``over`` the maximum."""

    short: Decimal
    over: Decimal


CashCheck = Callable[[Quantities], Room]


@dataclass(frozen=True, kw_only=True)
class Rounder:
    """Everything one rounding needs. ``steps`` holds shares a step, by security."""

    built: Built
    steps: tuple[Decimal, ...]
    positions: tuple[Decimal, ...]
    exits: tuple[bool, ...]
    grid: Grid
    check: CashCheck

    def quantities(self, steps: Steps) -> Quantities:
        """Return steps as shares by symbol."""
        buys, sells = {}, {}
        for i, symbol in enumerate(self.built.universe.symbols):
            if self.exits[i]:
                sells[symbol] = self.positions[i]
            elif steps.sold[i] > 0:
                sells[symbol] = self.steps[i] * int(steps.sold[i])
            elif steps.bought[i] > 0:
                buys[symbol] = self.steps[i] * int(steps.bought[i])
        return Quantities(buys=buys, sells=sells)


def round_solution(
    built: Built, solution: Solution, steps: tuple[Decimal, ...], check: CashCheck
) -> Quantities:
    """Return tradable quantities close to a solution, with cash in range.

    Parameters
    ----------
    built : Built
    solution : Solution
        With a plan.
    steps : tuple of Decimal, (n,)
        Smallest tradable quantity of each security, in shares.
    check : callable
        Exact cash of given quantities against its range.

    Raises
    ------
    EngineError
        When no step is left that would bring cash up to its minimum.
    """
    rounder, start = _prepare(built, solution, steps, check)
    counted = _repair(rounder, start)
    if float(np.max(rounder.grid.step, initial=0.0)) > FINE:
        counted = _improve(rounder, counted)
    counted = _repair(rounder, _spend(rounder, counted))
    return rounder.quantities(counted)


def _prepare(
    built: Built, solution: Solution, steps: tuple[Decimal, ...], check: CashCheck
) -> tuple[Rounder, Steps]:
    program = built.program
    if solution.buys is None or solution.sells is None:
        raise EngineError("a solution without a plan cannot be rounded")
    sold = np.bincount(
        program.lots.security, weights=solution.sells, minlength=program.n
    )
    tradable: Floats = np.bincount(
        program.lots.security, weights=program.lots.weight, minlength=program.n
    ).astype(np.float64)
    exits = (tradable > 0) & (sold >= tradable - ROUND)
    size = _step_weights(built, steps)
    grid = _grid(built, size, tradable, exits)
    start = Steps(
        bought=np.minimum(_floor(solution.buys, size), grid.most_bought),
        sold=np.where(
            exits, 0, np.minimum(np.rint(sold / size).astype(np.int64), grid.most_sold)
        ),
    )
    positions = _positions(built)
    flags = tuple(bool(e) for e in exits)
    return (
        Rounder(
            built=_without(built, exits),
            steps=steps,
            positions=positions,
            exits=flags,
            grid=grid,
            check=check,
        ),
        start,
    )


def _step_weights(built: Built, steps: tuple[Decimal, ...]) -> Floats:
    shares = np.array([float(s) for s in steps])
    prices = np.where(np.isnan(built.prices), 1.0, built.prices)
    return shares * prices / float(built.base)


def _floor(amount: Floats, size: Floats) -> Ints:
    return np.floor(amount / size + ROUND).astype(np.int64)


def _grid(built: Built, size: Floats, tradable: Floats, exits: Flags) -> Grid:
    program = built.program
    room = np.maximum(program.upper - program.held, 0.0)
    spare = np.minimum(program.held - program.lower, tradable)
    return Grid(
        step=size,
        most_bought=_floor(room, size),
        most_sold=_floor(np.maximum(spare, 0.0), size),
        movable=~exits & ~np.isnan(built.prices),
    )


def _positions(built: Built) -> tuple[Decimal, ...]:
    held = {symbol: Decimal(0) for symbol in built.universe.symbols}
    for lot in built.lots:
        held[lot.symbol] += lot.shares
    return tuple(held.values())


def _without(built: Built, exits: Flags) -> Built:
    """Return the problem as it stands once the full exits are done."""
    program = built.program
    gone = np.bincount(
        program.lots.security, weights=program.lots.weight, minlength=program.n
    )
    held = np.where(exits, program.held - gone, program.held)
    return replace(built, program=replace(program, held=held))


def _repair(rounder: Rounder, steps: Steps) -> Steps:
    """Raise cash to its minimum at the least loss of objective."""
    room = rounder.check(rounder.quantities(steps))
    for _ in range(len(rounder.steps) + 100):
        if room.short <= 0:
            return steps
        short = float(room.short / rounder.built.base)
        need = np.maximum(np.ceil(short / rounder.grid.step), 1).astype(np.int64)
        options = moves(rounder.built.program, rounder.grid, steps, need)
        chosen = _best(options, [move.cash > 0 for move in options], short)
        if chosen is None:
            break
        steps = apply(steps, *chosen)
        room = rounder.check(rounder.quantities(steps))
    if room.short <= 0:
        return steps
    raise EngineError(
        f"no tradable sizes meet the cash minimum: {room.short} is missing and "
        "nothing more can be sold or left unbought. Allow fractional shares, smaller "
        "blocks or a lower cash.minimum"
    )


def _improve(rounder: Rounder, steps: Steps) -> Steps:
    """Make single steps while the objective improves and cash stays in range."""
    wide = _width(rounder, steps)

    def pays(move: Moves, cash: float) -> Flags:
        stays = (move.cash < 0) | (cash + move.cash <= wide)
        return (move.cash >= -cash) & stays & (move.change < BETTER)

    return _walk(rounder, steps, pays)


def _spend(rounder: Rounder, steps: Steps) -> Steps:
    """Bring cash below its maximum where steps still fit above the minimum."""
    room = rounder.check(rounder.quantities(steps))
    base = float(rounder.built.base)
    for _ in range(len(rounder.steps) + 100):
        if room.over <= 0:
            return steps
        over, spare = float(room.over) / base, -float(room.short) / base
        need = np.maximum(np.ceil(over / rounder.grid.step), 1)
        unit = rounder.grid.step * (1.0 + rounder.built.program.buy_cost)
        count = np.minimum(need, np.floor(spare / unit)).astype(np.int64)
        options = moves(rounder.built.program, rounder.grid, steps, count)
        chosen = _best(options, [_within(m, spare) for m in options], over)
        if chosen is None:
            return steps
        after = apply(steps, *chosen)
        left = rounder.check(rounder.quantities(after))
        if left.short > 0 or left.over >= room.over:
            return steps
        steps, room = after, left
    return steps


def _within(move: Moves, spare: float) -> Flags:
    return (move.cash < 0) & (move.cash >= -spare)


def _width(rounder: Rounder, steps: Steps) -> float:
    """Return the cash range from minimum to maximum, fraction of base."""
    room = rounder.check(rounder.quantities(steps))
    return -float(room.short + room.over) / float(rounder.built.base)


def _walk(
    rounder: Rounder, steps: Steps, allowed: Callable[[Moves, float], Flags]
) -> Steps:
    """Take the best allowed single step until none is left; floats steer.

    ``allowed`` sees a move and the cash above its minimum, fraction of base.
    """
    one = np.ones(len(rounder.steps), dtype=np.int64)
    room = rounder.check(rounder.quantities(steps))
    cash = -float(room.short) / float(rounder.built.base)
    for _ in range(4 * len(rounder.steps) + 100):
        options = moves(rounder.built.program, rounder.grid, steps, one)
        chosen = _best(options, [allowed(move, cash) for move in options], 0.0)
        if chosen is None:
            break
        move, i = chosen
        steps, cash = apply(steps, move, i), cash + float(move.cash[i])
    return steps


def _best(
    options: list[Moves], allowed: list[Flags], need: float
) -> tuple[Moves, int] | None:
    """Least loss per unit of cash moved; among equals the first security.

    With ``need`` above 0 only that much of a move's cash counts, so that one of the
    right size is preferred; at 0 the loss itself decides.
    """
    best: tuple[float, Moves, int] | None = None
    for move, fits in zip(options, allowed, strict=True):
        open_ = np.isfinite(move.change) & fits
        if not open_.any():
            continue
        score = np.where(open_, move.change, np.inf)
        if need > 0:
            useful = np.minimum(np.maximum(np.abs(move.cash), 1e-300), need)
            score = np.where(open_, move.change / useful, np.inf)
        i = int(np.argmin(score))
        if best is None or score[i] < best[0]:
            best = (float(score[i]), move, i)
    return None if best is None else (best[1], best[2])
