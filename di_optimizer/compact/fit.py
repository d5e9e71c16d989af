# SPDX-License-Identifier: Apache-2.0
"""The best weights of chosen securities: an active-set method, exact to rounding.

    minimise (x − t)ᵀ V (x − t) + cᵀx   over  Σ x = budget,  low ≤ x ≤ high

V is a few factors and a diagonal, so that each step inverts a k × k matrix only.
Nocedal and Wright (2006), Numerical Optimization, ch. 16.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.compact.task import Task
from di_optimizer.program.program import Floats, Ints

WRONG = 1e-12  # of the largest slope at 0: a multiplier below it has no sign
HALVINGS = 50  # of the shift that brings a start to the budget
STEPS = 20  # active-set steps for each chosen security, before it is left as it is


@dataclass(frozen=True)
class Fit:
    """Weights (n,) and what the optimum says of them.

    Attributes
    ----------
    chosen : (m,)
        Securities that were open, rising.
    weights, slope : (n,)
        x, and the derivative of the objective in each of them.
    price : float
        Multiplier of the budget: what a unit of it costs.
    variance : float
    """

    chosen: Ints
    weights: Floats
    slope: Floats
    price: float
    variance: float

    @property
    def held(self) -> Ints:
        """Securities with a weight above 0, rising."""
        return np.flatnonzero(self.weights > 0.0)


@dataclass(frozen=True)
class Inverse:
    """V⁻¹ among some securities, by the k × k inverse of I + Fᵀ D⁻¹ F."""

    exposures: Floats
    specific: Floats
    small: Floats

    @classmethod
    def of(cls, task: Task, own: Ints) -> Inverse:
        """Return the inverse among the securities ``own``."""
        F, d = task.exposures[own], task.floored[own]
        inner = np.eye(F.shape[1]) + F.T @ (F / d[:, None])
        return cls(F, d, np.asarray(np.linalg.inv(inner), dtype=np.float64))

    def times(self, vector: Floats) -> Floats:
        """Return V⁻¹ v."""
        scaled = vector / self.specific
        back = self.exposures @ (self.small @ (self.exposures.T @ scaled))
        product: Floats = scaled - back / self.specific
        return product

    def diagonal(self) -> Floats:
        """Return the diagonal of V⁻¹."""
        through = np.sum((self.exposures @ self.small) * self.exposures, axis=1)
        found: Floats = 1.0 / self.specific - through / self.specific**2
        return found


def fit(
    task: Task,
    chosen: Ints,
    *,
    start: Floats | None = None,
    charge: Floats | None = None,
    most: float | None = None,
) -> Fit:
    """Return the best weights of the securities ``chosen``, all others 0.

    Where the chosen ones are too few or too many for the task's least and most
    weight, these give way just as far as the budget asks.

    Parameters
    ----------
    chosen : (m,)
        At least one.
    start : (n,), optional
        Weights to start from.
    charge : (n,), optional
        c, what a unit of weight costs; then any weight from 0 up is open.
    """
    chosen = np.sort(chosen)
    share = task.budget / len(chosen)
    low = min(task.least, share) if charge is None else 0.0
    high = max(task.most if most is None else most, share)
    search = _Search(task, chosen, (low, high), charge)
    search.run(_placed(task, chosen, (low, high), start))
    weights = np.zeros(task.n)
    weights[chosen] = search.x
    slope = search.slope(weights)
    return Fit(chosen, weights, slope, search.price, task.variance(weights))


def _placed(
    task: Task, chosen: Ints, ends: tuple[float, float], start: Floats | None
) -> Floats:
    """Return weights within the limits, near those to start from."""
    wanted = (task.target if start is None else start)[chosen]
    low, high = ends
    inside = bool(np.all((wanted >= low) & (wanted <= high)))
    if inside and wanted.sum() == task.budget:
        return wanted.copy()
    down, up = low - float(wanted.max()), high - float(wanted.min())
    for _ in range(HALVINGS):
        middle = 0.5 * (down + up)
        if np.minimum(np.maximum(wanted + middle, low), high).sum() < task.budget:
            down = middle
        else:
            up = middle
    placed = np.clip(wanted + up, low, high)
    rest = task.budget - placed.sum()
    room = int(np.argmax(np.minimum(placed - low, high - placed)))
    placed[room] = np.clip(placed[room] + rest, low, high)
    return placed


class _Search:
    """One run of the active-set method over the chosen securities."""

    def __init__(
        self,
        task: Task,
        chosen: Ints,
        ends: tuple[float, float],
        charge: Floats | None,
    ) -> None:
        self.task, self.chosen = task, chosen
        self.low, self.high = ends
        self.specific = task.floored  # the same d as in the inverse
        self.charge = np.zeros(task.n) if charge is None else charge
        self.price = 0.0
        self.x = np.zeros(len(chosen))
        self.free = np.zeros(len(chosen), dtype=np.bool_)
        self.noise = WRONG * float(np.max(np.abs(self.slope(np.zeros(task.n)))))

    def run(self, start: Floats) -> None:
        """Go from feasible weights to the optimum."""
        self.x = start
        self.free = (start > self.low) & (start < self.high)
        for _ in range(STEPS * len(start) + STEPS):
            if self._step() and not self._release():
                return

    def slope(self, weights: Floats) -> Floats:
        """Return the derivative of the objective in every security's weight, (n,)."""
        active = weights - self.task.target
        factor = self.task.exposures @ (self.task.exposures.T @ active)
        found: Floats = 2.0 * (factor + self.specific * active) + self.charge
        return found

    def _all(self) -> Floats:
        weights = np.zeros(self.task.n)
        weights[self.chosen] = self.x
        return weights

    def _step(self) -> bool:
        """Move the free weights to their optimum or the first limit on the way.

        Returns whether the optimum was reached.
        """
        free = np.flatnonzero(self.free)
        if not len(free):
            return True
        own = self.chosen[free]
        inverse = Inverse.of(self.task, own)
        slope = self.slope(self._all())[own]
        ones, down = inverse.times(np.ones(len(own))), inverse.times(slope)
        self.price = float(down.sum() / ones.sum())
        move = 0.5 * (self.price * ones - down)
        share, first = self._room(free, move)
        self.x[free] += share * move
        if first < 0:
            return True
        self.x[first] = self.high if move[free == first][0] > 0.0 else self.low
        self.free[first] = False
        return False

    def _room(self, free: Ints, move: Floats) -> tuple[float, int]:
        """Return how far a move goes, and which security stops it; −1 for none."""
        x = self.x[free]
        end = np.where(move > 0.0, self.high, self.low)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(move == 0.0, np.inf, (end - x) / move)
        first = int(np.argmin(shares))
        if shares[first] >= 1.0:
            return 1.0, -1
        return max(float(shares[first]), 0.0), int(free[first])

    def _release(self) -> bool:
        """Free the weight at a limit that gains most by leaving it; False for none."""
        slope = self.slope(self._all())[self.chosen]
        bound = ~self.free
        up = np.where(bound & (self.x < self.high), slope, np.inf)
        down = np.where(bound & (self.x > self.low), slope, -np.inf)
        rise, fall = int(np.argmin(up)), int(np.argmax(down))
        if not self.free.any():
            self.price = float(0.5 * (up[rise] + down[fall]))
            if not down[fall] - up[rise] > self.noise:
                self.price = float(up[rise] if np.isfinite(up[rise]) else down[fall])
                return False
            self.free[[rise, fall]] = True
            return True
        gains = (self.price - up[rise], down[fall] - self.price)
        if max(gains) <= self.noise:
            return False
        self.free[rise if gains[0] >= gains[1] else fall] = True
        return True
