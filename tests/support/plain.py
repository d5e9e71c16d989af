# SPDX-License-Identifier: Apache-2.0
"""The objective and the limits of a plan once more, by loops over the raw arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from di_optimizer.program.groups import Group
from di_optimizer.program.netting import Netting
from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.solution import Solution

Plan = tuple[Floats, Floats]


def weights_after(program: Program, plan: Plan) -> list[float]:
    """Post-trade weights, security by security."""
    found = []
    for i in range(program.n):
        x = float(program.held[i]) + float(plan[0][i])
        for lot in range(len(program.lots)):
            if program.lots.security[lot] == i:
                x -= float(plan[1][lot])
        found.append(x)
    return found


def variance(program: Program, plan: Plan) -> float:
    """Active weights with the dense covariance of all securities."""
    covariance = program.exposures @ program.exposures.T + np.diag(program.specific)
    active = np.array(weights_after(program, plan)) - program.benchmark
    return float(active @ covariance @ active)


def counted_gains(program: Program, plan: Plan) -> list[float]:
    """Gains by lot; of losses that are replaced, only what moving them is worth."""
    lost = [0.0] * len(program.lots)
    for group in program.groups:
        for lot, weight in _replaced(program, group, plan):
            lost[lot] += weight * (1.0 - group.wash.moved)
    gain = program.lots.gain
    return [float(gain[j] * (plan[1][j] - lost[j])) for j in range(len(lost))]


def _replaced(
    program: Program, group: Group, plan: Plan
) -> Iterator[tuple[int, float]]:
    """Yield lots and weights of losses that other shares replace, in order."""
    wash = group.wash
    if wash is None:
        return
    spare: list[list[float]] = []
    for place, lot in enumerate(group.lots):
        kept = float(program.lots.weight[lot] - plan[1][lot]) * wash.lot_shares[place]
        if wash.replaces[place]:
            spare.append([float(wash.purchase[place]), float(kept)])
    bought = sum(
        plan[0][i] * s for i, s in zip(group.securities, wash.buy_shares, strict=True)
    )
    spare += [[-1.0, wash.outside], [-1.0, float(bought)]]
    for place, lot in enumerate(group.lots):
        if not wash.loss[place]:
            continue
        shares = float(plan[1][lot] * wash.lot_shares[place])
        for entry in spare:
            used = min(shares, entry[1])
            if entry[0] == wash.purchase[place] or used <= 0.0:
                continue
            entry[1] -= used
            shares -= used
            yield int(lot), used / float(wash.lot_shares[place])


def change_of_bill(netting: Netting, short: float, long: float) -> float:
    """The bill in the piece whose limits the totals keep best, less the one before."""
    s, t = netting.short + short, netting.long + long
    best, least = 0.0, np.inf
    for piece in netting.pieces:
        outside = 0.0
        for a, b, c in piece.limits:
            outside = max(outside, c - a * s - b * t)
        if outside < least:
            least = outside
            best = piece.short_rate * s + piece.long_rate * t + piece.constant
    return best - netting.before


def totals(program: Program, plan: Plan) -> tuple[float, float]:
    """Short- and long-term gains that count."""
    gains = counted_gains(program, plan)
    long = [
        g for g, is_long in zip(gains, program.lots.long_term, strict=True) if is_long
    ]
    return sum(gains) - sum(long), sum(long)


def objective(program: Program, plan: Plan) -> float:
    """Risk, tax, costs and charges of a plan, fraction of base."""
    lots, (buys, sells) = program.lots, plan
    total = program.gamma * variance(program, plan) + program.constant
    for i in range(program.n):
        total += program.buy_cost[i] * buys[i]
    for j in range(len(lots)):
        total += (lots.sell_cost[j] + lots.charge[j]) * sells[j]
    if program.netting is not None:
        bill = change_of_bill(program.netting, *totals(program, plan))
        return float(total + program.netting.weight * bill)
    gains = counted_gains(program, plan)
    return float(total + sum(r * g for r, g in zip(lots.rate, gains, strict=True)))


def misses(program: Program, solution: Solution) -> dict[str, float]:
    """By how much a solution's plan misses each kind of limit; all 0 where it fits."""
    buys, sells = solution.buys, solution.sells
    plan = (buys, sells)
    found = {"short": max([0.0, *-buys, *-sells])}
    x = weights_after(program, plan)
    found["weights"] = _outside(x, program.lower, program.upper)
    floor, cap = program.lots.floor.copy(), program.lots.cap.copy()
    closed = 0.0
    for group, number in zip(program.groups, solution.modes, strict=True):
        box = group.modes[number]
        floor[group.lots], cap[group.lots] = box.floor, box.cap
        closed = max([closed, *buys[group.securities][~box.buys]])
    found["closed"] = float(closed)
    found["lots"] = _outside(sells, floor, cap)
    sold = program.held + buys - np.array(x)
    found["both"] = float(np.max(np.minimum(buys, sold), initial=0.0))
    short, long = totals(program, plan)
    for row in program.rows:
        value = row.offset + sum(row.buy * buys) + sum(row.sell * sells)
        value += row.short * short + row.long * long
        found[row.name] = _outside([value], [row.lower], [row.upper])
    most = program.variance_cap
    found["variance"] = max(variance(program, plan) - most, 0.0)
    if program.netting is not None:
        bill = change_of_bill(program.netting, short, long)
        found["bill"] = max(bill - program.netting.cap, 0.0)
    return found


def _outside(values: Floats, low: Floats, high: Floats) -> float:
    most = 0.0
    for value, least, greatest in zip(values, low, high, strict=True):
        most = max(most, least - value, value - greatest)
    return float(most)
