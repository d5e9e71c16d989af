# SPDX-License-Identifier: Apache-2.0
"""The dual function again, slowly: every block on a grid and by golden section.

Shares nothing with ``solve``: it reads the program's own arrays and groups. A sale
is dear in the order of the lots' prices, one lot after the other. Where sizes are
limited, every allowed amount is looked at.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Program
from di_optimizer.program.sizes import BUY, EXIT, HOLD, SELL, Sizes
from di_optimizer.solve.solution import Leaf

GRID = 400
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
TINY = 1e-12  # fraction of base; a range of less is still a range


@dataclass(frozen=True)
class Box:
    """A security's lots in one mode: (amount forced, amount free, price) of each.

    ``kept`` is the most that any lot keeps for good.
    """

    lots: list[tuple[float, float, float]]
    buys: bool
    buy_charge: float
    kept: float = 0.0

    @property
    def forced(self) -> float:
        return sum(forced for forced, _, _ in self.lots)

    @property
    def most(self) -> float:
        return self.forced + sum(width for _, width, _ in self.lots)

    def paid(self) -> tuple[list[float], list[float]]:
        """Return amounts sold and what they cost, from the forced ones on."""
        sold = [self.forced]
        paid = [sum(forced * price for forced, _, price in self.lots)]
        for _, width, price in sorted(self.lots, key=lambda lot: lot[2]):
            sold.append(sold[-1] + width)
            paid.append(paid[-1] + width * price)
        return sold, paid


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
    kept = (lots.weight - lots.cap)[lots.security == i].max(initial=0.0)
    return Box(found, all(forced == 0.0 for forced, _, _ in found), 0.0, float(kept))


def _mode(program: Program, leaf: Leaf, number: int, chosen: int) -> float:
    group = program.groups[number]
    mode = group.modes[chosen]
    total = mode.constant
    for place, i in enumerate(group.securities.tolist()):
        found, kept = [], 0.0
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
            kept = max(kept, float(program.lots.weight[lot] - mode.cap[at]))
            found.append((floor, float(mode.cap[at]) - floor, float(price)))
        buys = bool(mode.buys[place]) and all(forced == 0.0 for forced, _, _ in found)
        box = Box(found, buys, float(mode.buy_charge[place]), kept)
        total += least(program, leaf, i, box)
    return float(total)


def least(program: Program, leaf: Leaf, i: int, box: Box) -> float:
    """Return the least of one security's Lagrangian on the sides that a leaf allows."""
    side = int(leaf.sides[i])
    best = np.inf
    stepped = any(row.stepped for row in program.rows)
    if program.sizes is not None or stepped or len(leaf.kinds) or leaf.ranges:
        return least_of_kinds(program, leaf, i, box)
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
    forced, whole = box.forced, box.most
    low = max(min(held - program.upper[i], whole), forced)
    high = min(held - program.lower[i], whole)
    if low > high + TINY or held - program.upper[i] > whole + TINY:
        return np.inf
    sold, paid = box.paid()

    def value(t: np.ndarray) -> np.ndarray:
        return _held_value(program, leaf, i, held - t) + np.interp(t, sold, paid)

    kinks = [t for t in sold if low < t < high]
    edges = [low, *kinks, max(low, high)]
    ranges = itertools.pairwise(edges)
    return min(_least_on(value, a, b) for a, b in ranges)


def least_of_kinds(program: Program, leaf: Leaf, i: int, box: Box) -> float:
    """Return the least of one security over the kinds and weights a leaf allows."""
    allowed = {1: HOLD | BUY, -1: EXIT | SELL | HOLD}.get(int(leaf.sides[i]), 15)
    allowed &= int(leaf.kinds[i]) if len(leaf.kinds) else 15
    sizes = program.sizes or Sizes.any(program.n)
    low, high = float(program.lower[i]), float(program.upper[i])
    for security, start, end in leaf.ranges:
        if security == i:
            low, high = max(low, start), min(high, end)
    names, trades = 0.0, float(sizes.ticket[i])
    for row, mu in zip(program.rows, leaf.rows, strict=True):
        names += 0.0 if row.names is None else mu * float(row.names[i])
        trades += 0.0 if row.trades is None else mu * float(row.trades[i])
    held, best = float(program.held[i]), np.inf
    inside = low - TINY <= held <= high + TINY
    stays = held <= 0.0 or held >= sizes.least_held[i] - TINY
    if allowed & HOLD and box.forced <= TINY and inside and stays:
        value = _held_value(program, leaf, i, np.array(held))
        best = min(best, float(value) + (names if held > 0.0 else 0.0))
    if allowed & BUY and box.buys:
        best = min(
            best, _buy_sizes(program, leaf, i, box, (low, high)) + names + trades
        )
    if box.lots:
        weight = float(program.lots.weight[program.lots.security == i].sum())
        whole = box.kept <= TINY and abs(held - weight) <= TINY and weight > 0.0
        if allowed & EXIT and whole and low <= TINY and high >= -TINY:
            value = _held_value(program, leaf, i, np.array(0.0))
            best = min(best, float(value) + box.paid()[1][-1] + trades)
        if allowed & SELL:
            some = _sell_sizes(program, leaf, i, box, (low, high))
            best = min(best, some + names + trades)
    return best


def _buy_sizes(
    program: Program, leaf: Leaf, i: int, box: Box, ends: tuple[float, float]
) -> float:
    sizes, held = program.sizes or Sizes.any(program.n), float(program.held[i])
    cost = program.buy_cost[i] + box.buy_charge
    cost += sum(mu * r.buy[i] for r, mu in zip(program.rows, leaf.rows, strict=True))
    low = max(ends[0] - held, sizes.least_held[i] - held, sizes.least_buy[i], 0.0)
    high, step = ends[1] - held, float(sizes.step[i])

    def value(u: np.ndarray) -> np.ndarray:
        return _held_value(program, leaf, i, held + u) + cost * u

    if high <= 0.0 or low > high + TINY:
        return np.inf
    if step == 0.0:
        return _least_on(value, min(low, high), high)
    tried = [k * step for k in range(1, int(high / step) + 3)]
    fits = [value(np.array(u)) for u in tried if low - TINY <= u <= high + TINY]
    return float(min(fits, default=np.inf))


def _sell_sizes(
    program: Program, leaf: Leaf, i: int, box: Box, ends: tuple[float, float]
) -> float:
    sizes, held = program.sizes or Sizes.any(program.n), float(program.held[i])
    own = program.lots.security == i
    left = max(held, float(program.lots.weight[own].sum())) - TINY / 2.0
    low = max(held - ends[1], sizes.least_sell[i], box.forced, 0.0)
    high = min(held - max(ends[0], sizes.least_held[i]), box.most)
    sold, paid = box.paid()
    step = float(sizes.step[i])

    def value(t: np.ndarray) -> np.ndarray:
        return _held_value(program, leaf, i, held - t) + np.interp(t, sold, paid)

    if high <= 0.0 or low > high + TINY or low > left:
        return np.inf
    if step == 0.0:
        low, high = min(low, box.most), min(max(low, high), left)
        kinks = [t for t in sold if low < t < high]
        edges = [low, *kinks, high]
        return min(_least_on(value, a, b) for a, b in itertools.pairwise(edges))
    tried = [k * step for k in range(1, int(high / step) + 3)]
    tried += [box.forced] if box.forced > 0.0 else []
    inside = (t for t in tried if low - TINY <= t <= min(high + TINY, left))
    return float(min((value(np.array(t)) for t in inside), default=np.inf))


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
