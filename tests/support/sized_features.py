# SPDX-License-Identifier: Apache-2.0
"""Random sizes and counts for a program, and plans that keep them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, Program, Row
from di_optimizer.program.sizes import Sizes

GRIDS = ("whole", "blocks", "mixed", "fine")
LIMITS = (
    "least_trade",
    "least_held",
    "tickets",
    "max_names",
    "min_names",
    "max_trades",
)


def with_grid(program: Program, grid: str, rng: np.random.Generator) -> Program:
    """Return the program with steps; in whole shares all lots are whole as well.

    Blocks are steps of some securities alone, with lots off the grid; mixed grids
    are coarse, fine or none; a fine one has steps of a millionth.
    """
    n = program.n
    coarse = rng.uniform(0.1, 0.8, n) / n
    step = {
        "": np.zeros(n),
        "whole": coarse,
        "blocks": coarse * (rng.random(n) < 0.6),
        "mixed": np.where(rng.random(n) < 0.5, coarse, 0.0),
        "fine": np.full(n, 1e-6),
    }[grid]
    if grid == "mixed":
        step = np.where(rng.random(n) < 0.4, 1e-4, step)
    sizes = replace(Sizes.any(n), step=step)
    if grid != "whole":
        return replace(program, sizes=sizes)
    own, lots = program.lots.security, program.lots
    weight = np.maximum(np.rint(lots.weight / step[own]), 1.0) * step[own]
    held = np.bincount(own, weights=weight, minlength=n).astype(np.float64)
    return replace(
        program,
        sizes=sizes,
        lots=replace(lots, weight=weight, cap=weight),
        held=held,
        upper=np.maximum(program.upper, held),
    )


def with_limits(
    program: Program, limits: tuple[str, ...], rng: np.random.Generator
) -> Program:
    """Return the program with least amounts, tickets and counts.

    Where names are counted from below, every position has a least weight: one that
    may be as small as one likes would count as well.
    """
    n, sizes = program.n, program.sizes or Sizes.any(program.n)
    least = float(rng.choice([0.05, 0.3, 1.0])) / n
    if "least_trade" in limits:
        sell = np.where(rng.random(n) < 0.8, least, 0.0)
        sizes = replace(sizes, least_buy=np.full(n, least), least_sell=sell)
    if "least_held" in limits or "min_names" in limits:
        sizes = replace(sizes, least_held=np.full(n, float(rng.uniform(0.1, 1.0)) / n))
    rows = list(program.rows)
    if "tickets" in limits:
        price = float(rng.choice([1e-5, 1e-3, 1e-2]))
        ticket = np.where(rng.random(n) < 0.9, price, 0.0)
        sizes = replace(sizes, ticket=ticket)
        if rng.random() < 0.7:
            rows[0] = replace(rows[0], trades=-ticket)
    rows += [_count(program, name, rng) for name in limits if name in _COUNTS]
    return replace(program, sizes=sizes, rows=tuple(rows))


_COUNTS = ("max_names", "min_names", "max_trades")


def _count(program: Program, name: str, rng: np.random.Generator) -> Row:
    limit, ones = float(rng.integers(0, program.n + 1)), np.ones(program.n)
    return Row(
        name=name,
        buy=np.zeros(program.n),
        sell=np.zeros(len(program.lots)),
        offset=0.0,
        lower=limit if name == "min_names" else -np.inf,
        upper=np.inf if name == "min_names" else limit,
        lower_name=name,
        upper_name=name,
        names=None if name == "max_trades" else ones,
        trades=ones if name == "max_trades" else None,
    )


def in_sizes(
    program: Program, fixed: Program, plan: tuple[Floats, Floats]
) -> tuple[Program, tuple[Floats, Floats]]:
    """Return a plan like this one of allowed sizes, and the program that allows it.

    Where a security allows nothing like it, its sizes are free in the program.

    Parameters
    ----------
    fixed : Program
        The program at the modes of the plan.
    """
    sizes = program.sizes
    if sizes is None:
        return program, plan
    buys, sells = plan[0].copy(), plan[1].copy()
    for i in range(program.n):
        own = program.lots.security == i
        buys[i], sells[own] = _near(fixed, i, float(buys[i]), sells[own])
    wrong = ~of_allowed_size(fixed, buys, sells)
    own = wrong[program.lots.security]
    buys, sells = np.where(wrong, plan[0], buys), np.where(own, plan[1], sells)
    names = ("step", "least_buy", "least_sell", "least_held")
    free = {name: np.where(wrong, 0.0, getattr(sizes, name)) for name in names}
    return replace(program, sizes=replace(sizes, **free)), (buys, sells)


def _near(
    program: Program, i: int, bought: float, sold: Floats
) -> tuple[float, Floats]:
    """A trade of an allowed size near another one, if there is one."""
    sizes, lots = program.sizes or Sizes.any(program.n), program.lots
    step, held = float(sizes.step[i]), float(program.held[i])
    floor, cap = (side[lots.security == i] for side in (lots.floor, lots.cap))
    nothing = np.zeros(len(sold))
    if bought > 0.0:
        least = max(float(sizes.least_buy[i]), float(sizes.least_held[i]) - held)
        most = float(program.upper[i]) - held
        amount = _on_grid(bought, step, (least, most))
        return (0.0 if amount is None else amount), nothing
    total, forced = float(sold.sum()), float(floor.sum())
    if total <= 0.0 or held - total <= 1e-12:
        return 0.0, sold
    least = max(forced, float(sizes.least_sell[i]))
    most = min(float(cap.sum()), held - max(float(sizes.least_held[i]), 1e-9))
    amount = _on_grid(total, step, (least, most))
    if amount is None:
        return 0.0, cap if abs(held - float(cap.sum())) <= 1e-12 else floor
    room = float(cap.sum()) - forced
    part = (amount - forced) / room if room > 0.0 else 0.0
    return 0.0, floor + part * (cap - floor)


def _on_grid(amount: float, step: float, ends: tuple[float, float]) -> float | None:
    """The nearest amount on the grid between two ends, above nothing."""
    low, high = ends
    if step == 0.0:
        return min(max(amount, low), high) if low <= high and high > 0.0 else None
    first, last = max(np.ceil(low / step - 1e-9), 1.0), np.floor(high / step + 1e-9)
    if first > last:
        return None
    return float(min(max(np.rint(amount / step), first), last) * step)
