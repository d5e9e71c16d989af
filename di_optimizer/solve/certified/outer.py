# SPDX-License-Identifier: Apache-2.0
"""Rows that tell lots or sides apart, and the cap on the variance: priced from outside.

The dual is concave in their multipliers, and each relaxation gives its value and a
slope. Cutting planes within a box that moves along find the maximum; what the
relaxations picked on the way are columns that a feasible plan is mixed from.

References
----------
Kelley, The cutting-plane method for solving convex programs, 1960; Marsten, Hogan and
Blankenship, The boxstep method, 1975.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from di_optimizer.program.program import Floats, Ints, Row
from di_optimizer.solve.certified.node import Fixing, Minima, Picks, Point
from di_optimizer.solve.certified.relax import rows_at
from di_optimizer.solve.certified.relaxation import Relaxation

SCALE = 1e4  # objectives are in bp inside the linear programs
CLOSE = 1e-7  # fraction of base: model less value at which the search ends
ROW_STEP = 0.25  # first size of the box in the multiplier of a row
COUNT_STEP = 1e-4  # the same of a limit on names or trades
NEARBY = 0.03  # part of a known multiplier by which that of a node may differ at first
NO_MINIMA = Minima(np.zeros((4, 0)), -np.inf)
SMALLEST = 4e-6  # part of its first size that the box keeps
LARGEST = 1e6  # multipliers beyond it are not tried


@dataclass(frozen=True)
class Effort:
    """How far one relaxation goes.

    ``weights`` of the quadratic terms, ``tolerance`` of Newton's method, number of
    ``evaluations`` where multipliers are searched from outside, whether trades are
    wanted, and the bound that is enough.
    """

    weights: tuple[float, ...]
    tolerance: float
    evaluations: int
    trades: bool = False
    goal: float = np.inf


@dataclass(frozen=True)
class Relaxed:
    """A relaxed node.

    ``values`` (dims,) are those of the outer rows and the variance at the point;
    ``trades`` purchases and lot sales, where they are wanted and no curve is mixed.
    """

    point: Point
    bound: float
    minima: Minima
    picks: Picks
    values: Floats
    trades: tuple[Floats, Floats] | None


@dataclass(frozen=True)
class Limits:
    """The outer limits: which rows, low and high ends; the cap comes last."""

    rows: Ints
    capped: bool
    low: Floats
    high: Floats

    @property
    def count(self) -> int:
        """Number of multipliers searched from outside."""
        return len(self.low)

    def read(self, point: Point) -> Floats:
        """Return a point's outer multipliers."""
        own = point.rows[self.rows]
        return np.append(own, point.risk) if self.capped else own

    def write(self, point: Point, multipliers: Floats) -> Point:
        """Return a point with other outer multipliers."""
        rows = point.rows.copy()
        rows[self.rows] = multipliers[: len(self.rows)]
        risk = float(multipliers[-1]) if self.capped else 0.0
        return Point(point.x, point.factors, rows, point.values, risk)

    def support(self, multipliers: Floats) -> float:
        """Return what the limits take from the dual."""
        total = 0.0
        for mu, low, high in zip(multipliers, self.low, self.high, strict=True):
            if mu != 0.0:
                total += float(mu * (high if mu > 0.0 else low))
        return total


def limits_of(relaxation: Relaxation, *, counts: bool = True) -> Limits:
    """Return the limits whose multipliers are searched from outside.

    Without ``counts``, those on numbers of names or trades are left out: where the
    kinds of all trades are fixed, they hold or do not.
    """
    program, rows = relaxation.program, relaxation.affine.others
    if not counts:
        rows = np.array(
            [j for j in rows.tolist() if not is_count(program.rows[j])], int
        )
    low = [program.rows[j].lower for j in rows.tolist()]
    high = [program.rows[j].upper for j in rows.tolist()]
    capped = bool(np.isfinite(program.variance_cap))
    if capped:
        low, high = [*low, -np.inf], [*high, program.variance_cap]
    return Limits(rows, capped, np.array(low), np.array(high))


def is_count(row: Row) -> bool:
    """Return whether a row is about numbers of names or trades alone."""
    amounts = row.buy.any() or row.sell.any() or row.short != 0.0 or row.long != 0.0
    return row.stepped and not amounts


def evaluate(
    relaxation: Relaxation, limits: Limits, fixing: Fixing, start: Point, effort: Effort
) -> Relaxed | None:
    """Relax a node at given outer multipliers; None where a security is closed."""
    point = relaxation.solve(fixing, start, effort.weights, effort.tolerance)
    if point is None:
        return None
    picks = relaxation.picks()
    values = _values(relaxation, limits)
    wanted = effort.trades and not picks.mixed.any()
    trades = relaxation.trades() if wanted else None
    if effort.trades and not limits.count:  # nobody asks for the bound
        return Relaxed(point, -np.inf, NO_MINIMA, picks, values, trades)
    minima = relaxation.minima(point, fixing)
    bound = relaxation.bound(minima, fixing)
    return Relaxed(point, bound, minima, picks, values, trades)


def _values(relaxation: Relaxation, limits: Limits) -> Floats:
    """Return the outer rows' values, and the variance, of the point in memory."""
    if not limits.count:
        return np.zeros(0)
    rows = np.empty(len(relaxation.program.rows))
    rows_at(relaxation.frame, rows)
    own = rows[limits.rows]
    return np.append(own, relaxation.variance()) if limits.capped else own


class Cuts:
    """Upper models of the dual, and the box in which they are believed."""

    def __init__(self, limits: Limits, step: Floats) -> None:
        self.limits = limits
        self.step = self.first = step
        self.heights: list[float] = []
        self.slopes: list[Floats] = []

    def add(self, relaxed: Relaxed) -> None:
        """Add the cut of one relaxation; one without any plan says all by its bound."""
        at = self.limits.read(relaxed.point)
        height = relaxed.bound + self.limits.support(at)
        if not np.isfinite(height):
            return
        self.heights.append(height - float(relaxed.values @ at))
        self.slopes.append(relaxed.values)

    def best(self, centre: Floats) -> tuple[Floats, float]:
        """Return the multipliers with the highest model in the box, and its height.

        The variables are the height, and multipliers above and below 0.
        """
        count, limits = self.limits.count, self.limits
        if not self.slopes:
            return centre, np.inf
        slopes = np.array(self.slopes)
        high = np.where(np.isfinite(limits.high), limits.high, 0.0)
        low = np.where(np.isfinite(limits.low), limits.low, 0.0)
        least, most = centre - self.step, centre + self.step
        bounds: list[tuple[float | None, float | None]] = [(None, None)]
        bounds += [
            (max(a, 0.0), max(a, b, 0.0)) if np.isfinite(h) else (0.0, 0.0)
            for a, b, h in zip(least, most, limits.high, strict=True)
        ]
        bounds += [
            (max(-b, 0.0), max(-a, -b, 0.0)) if np.isfinite(h) else (0.0, 0.0)
            for a, b, h in zip(least, most, limits.low, strict=True)
        ]
        cost = np.concatenate([[-1.0], SCALE * high, -SCALE * low])
        matrix = np.hstack([np.ones((len(slopes), 1)), -SCALE * slopes, SCALE * slopes])
        found = linprog(
            cost,
            A_ub=matrix,
            b_ub=SCALE * np.array(self.heights),
            bounds=bounds,
            method="highs",
        )
        if found.x is None or found.fun is None:
            return centre, np.inf
        above, below = found.x[1 : 1 + count], found.x[1 + count :]
        return above - below, -float(found.fun) / SCALE


def _first_steps(relaxation: Relaxation, limits: Limits, known: Floats) -> Floats:
    """Return the first size of the box in each multiplier, (dims,).

    What a name or a trade is worth is far less than what a unit of weight is; where
    it is known from before, it has not moved far.
    """
    step = np.full(limits.count, ROW_STEP)
    for place, j in enumerate(limits.rows.tolist()):
        if is_count(relaxation.program.rows[j]):
            near = NEARBY * abs(float(known[place]))
            step[place] = near if near > 0.0 else COUNT_STEP
    if limits.capped:
        step[-1] = max(relaxation.program.gamma, 1.0)
    return step


def maximise_outer(
    relaxation: Relaxation, limits: Limits, fixing: Fixing, start: Point, effort: Effort
) -> list[Relaxed]:
    """Maximise the dual over the outer multipliers; return all relaxations, best first.

    Empty where a security has no allowed weight.
    """
    first = evaluate(relaxation, limits, fixing, start, effort)
    if first is None:
        return []
    found = [first]
    if not limits.count or first.bound == np.inf:
        return found
    cuts = Cuts(limits, _first_steps(relaxation, limits, limits.read(first.point)))
    cuts.add(first)
    best = first
    for _ in range(effort.evaluations):
        if best.bound >= effort.goal:
            break
        centre = limits.read(best.point)
        ahead, model = cuts.best(centre)
        moved = np.abs(ahead - centre)
        edge = moved >= 0.999 * cuts.step
        if model - best.bound <= CLOSE and not edge.any():
            break
        if np.abs(ahead).max() > LARGEST:
            break
        relaxed = evaluate(
            relaxation, limits, fixing, limits.write(best.point, ahead), effort
        )
        if relaxed is None:
            break
        found.append(relaxed)
        if relaxed.bound == np.inf:
            break
        cuts.add(relaxed)
        if relaxed.bound > best.bound:
            best = relaxed
            cuts.step = np.where(edge, 4.0 * cuts.step, cuts.step)
        else:
            cuts.step = np.maximum(0.5 * cuts.step, SMALLEST * cuts.first)
    found.sort(key=lambda one: -one.bound)
    return found
