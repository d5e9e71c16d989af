# SPDX-License-Identifier: Apache-2.0
"""The dual function again, slowly: every block on a grid and by golden section.

Shares nothing with ``solve``: it reads the program's own arrays and groups. A sale
is dear in the order of the lots' prices, one lot after the other.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Program
from di_optimizer.solve.solution import Leaf

GRID = 400
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
TINY = 1e-12  # fraction of base; a range of less is still a range


@dataclass(frozen=True)
class Box:
    """A security's lots in one mode: (amount forced, amount free, price) of each."""

    lots: list[tuple[float, float, float]]
    buys: bool
    buy_charge: float


def naive_dual(program: Program, leaf: Leaf) -> float:
    """Return the dual function at a leaf; inf where a security has nothing to do."""
    nu = leaf.factors
    variance = program.gamma + leaf.risk
    if leaf.risk < 0.0 or (leaf.risk > 0.0 and np.isinf(program.variance_cap)):
        return -np.inf
    if variance == 0.0 and np.any(nu):
        return -np.inf
    total = _constant(program, leaf)
    if leaf.risk:
        total -= leaf.risk * program.variance_cap
    if np.any(nu):
        total -= nu @ nu / (4.0 * variance) + nu @ (
            program.exposures.T @ program.benchmark
        )
    alone = set(range(program.n))
    for number, group in enumerate(program.groups):
        alone -= set(group.securities.tolist())
        fixed = int(leaf.modes[number]) if len(leaf.modes) else -1
        chosen = range(len(group.modes)) if fixed < 0 else (fixed,)
        total += min(_mode(program, leaf, number, mode) for mode in chosen)
    for i in sorted(alone):
        total += least(program, leaf, i, _own_box(program, leaf, i))
    return float(total)


def _constant(program: Program, leaf: Leaf) -> float:
    total = program.constant
    for row, mu in zip(program.rows, leaf.rows, strict=True):
        if mu:
            total += mu * (row.offset - (row.upper if mu > 0 else row.lower))
    netting = program.netting
    if netting is None:
        return total
    bill = netting.pieces[leaf.piece].bill(netting.short, netting.long)
    total += netting.weight * (bill - netting.before)
    limits = netting.limits(leaf.piece)
    for (a, b, c), mu in zip(limits, leaf.piece_rows, strict=True):
        if mu > 0:
            return -np.inf
        total += mu * (a * netting.short + b * netting.long - c)
    return total


def _price(
    program: Program, leaf: Leaf, lot: int, gain: float, spread: tuple[float, float]
) -> float:
    """What a unit sold costs, its charges apart; ``spread`` is what may count."""
    long = bool(program.lots.long_term[lot])
    price = float(program.lots.sell_cost[lot])
    rate, truth = float(program.lots.rate[lot]), 0.0
    for row, mu in zip(program.rows, leaf.rows, strict=True):
        price += mu * row.sell[lot]
        truth += mu * (row.long if long else row.short)
    if program.netting is not None:
        piece = program.netting.pieces[leaf.piece]
        rate = program.netting.weight * (piece.long_rate if long else piece.short_rate)
        limits = program.netting.limits(leaf.piece)
        for (a, b, _), mu in zip(limits, leaf.piece_rows, strict=True):
            rate += mu * (b if long else a)
    return price + rate * gain + min(truth * worth for worth in spread)


def _own_box(program: Program, leaf: Leaf, i: int) -> Box:
    lots, found = program.lots, []
    for lot in np.flatnonzero(lots.security == i).tolist():
        gain, floor = float(lots.gain[lot]), float(lots.floor[lot])
        price = _price(program, leaf, lot, gain, (gain, gain)) + lots.charge[lot]
        found.append((floor, float(lots.cap[lot]) - floor, float(price)))
    return Box(found, all(forced == 0.0 for forced, _, _ in found), 0.0)


def _mode(program: Program, leaf: Leaf, number: int, chosen: int) -> float:
    group = program.groups[number]
    mode = group.modes[chosen]
    total = mode.constant
    for place, i in enumerate(group.securities.tolist()):
        found = []
        for at, lot in enumerate(group.lots.tolist()):
            if program.lots.security[lot] != i:
                continue
            gain = float(program.lots.gain[lot])
            spread = (gain, gain)
            if group.wash is not None and group.wash.loss[at]:
                spread = (gain, gain * group.wash.moved)
            price = _price(program, leaf, lot, float(mode.gain[at]), spread)
            price += program.lots.charge[lot] + mode.sell_charge[at]
            floor = float(mode.floor[at])
            found.append((floor, float(mode.cap[at]) - floor, float(price)))
        buys = bool(mode.buys[place]) and all(forced == 0.0 for forced, _, _ in found)
        box = Box(found, buys, float(mode.buy_charge[place]))
        total += least(program, leaf, i, box)
    return float(total)


def least(program: Program, leaf: Leaf, i: int, box: Box) -> float:
    """Return the least of one security's Lagrangian on the sides that a leaf allows."""
    side = int(leaf.sides[i])
    best = np.inf
    if side >= 0:
        best = min(best, _buy(program, leaf, i, box))
    if side <= 0:
        best = min(best, _sell(program, leaf, i, box))
    return best


def _held_value(program: Program, leaf: Leaf, i: int, x: np.ndarray) -> np.ndarray:
    price = float(program.exposures[i] @ leaf.factors)
    curvature = (program.gamma + leaf.risk) * program.specific[i]
    return curvature * (x - program.benchmark[i]) ** 2 + price * x


def _buy(program: Program, leaf: Leaf, i: int, box: Box) -> float:
    held = program.held[i]
    low, high = max(program.lower[i] - held, 0.0), program.upper[i] - held
    if not box.buys or high < 0.0:
        return np.inf
    cost = program.buy_cost[i] + box.buy_charge
    cost += sum(mu * r.buy[i] for r, mu in zip(program.rows, leaf.rows, strict=True))

    def value(u: np.ndarray) -> np.ndarray:
        return _held_value(program, leaf, i, held + u) + cost * u

    return _least_on(value, low, max(low, high))


def _sell(program: Program, leaf: Leaf, i: int, box: Box) -> float:
    held = program.held[i]
    forced = sum(f for f, _, _ in box.lots)
    whole = forced + sum(w for _, w, _ in box.lots)
    low = max(min(held - program.upper[i], whole), forced)
    high = min(held - program.lower[i], whole)
    if low > high + TINY or held - program.upper[i] > whole + TINY:
        return np.inf
    sold, paid = [forced], [sum(f * price for f, _, price in box.lots)]
    for _, width, price in sorted(box.lots, key=lambda lot: lot[2]):
        sold.append(sold[-1] + width)
        paid.append(paid[-1] + width * price)

    def value(t: np.ndarray) -> np.ndarray:
        return _held_value(program, leaf, i, held - t) + np.interp(t, sold, paid)

    kinks = [t for t in sold if low < t < high]
    edges = [low, *kinks, max(low, high)]
    ranges = itertools.pairwise(edges)
    return min(_least_on(value, a, b) for a, b in ranges)


def _least_on(value, low: float, high: float) -> float:
    """Least over a range: a dense grid, and golden section around its best point."""
    grid = np.linspace(low, high, GRID)
    values = value(grid)
    at = int(np.argmin(values))
    a, b = float(grid[max(at - 1, 0)]), float(grid[min(at + 1, GRID - 1)])
    for _ in range(60):
        c, d = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
        if value(np.array(c)) <= value(np.array(d)):
            b = d
        else:
            a = c
    return min(float(values[at]), float(value(np.array(0.5 * (a + b)))))
