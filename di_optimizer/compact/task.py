# SPDX-License-Identifier: Apache-2.0
"""The problem of a compact index as arrays, and as the program that engines solve.

With V = F Fᵀ + diag d and the target t::

    minimise (x − t)ᵀ V (x − t)   over  Σ x = budget,  at most ``names`` of x above 0,
                                  each x = 0 or least ≤ x ≤ most, 0 where not allowed
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from di_optimizer.program.program import Flags, Floats, LotArrays, Program, Row
from di_optimizer.program.sizes import Sizes

NEAR = 1e-9  # fraction of the index: sums of weights in another order differ by less
FLOOR = 1e-8  # of the mean variance: the least specific variance that is inverted
NO_LOTS = LotArrays.free(
    security=np.zeros(0, dtype=np.int64),
    weight=np.zeros(0),
    gain=np.zeros(0),
    rate=np.zeros(0),
    long_term=np.zeros(0, dtype=np.bool_),
    sell_cost=np.zeros(0),
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """Shapes: n securities, k factors; weights are fractions of the index.

    Attributes
    ----------
    exposures : (n, k)
        F: factor exposures times the Cholesky factor of the factor covariance.
    specific : (n,)
        d, specific variances, annualised.
    target : (n,)
        t: the benchmark's weights, less what a completion fund holds for the index.
    allowed : (n,)
        What may be held.
    budget : float
        What the weights add up to.
    names : int
        Most securities that may be held.
    least, most : float
        Least and most weight of one that is held.
    """

    symbols: tuple[str, ...]
    exposures: Floats
    specific: Floats
    target: Floats
    allowed: Flags
    budget: float
    names: int
    least: float
    most: float

    @property
    def n(self) -> int:
        """Number of securities."""
        return len(self.symbols)

    @cached_property
    def floored(self) -> Floats:
        """Specific variances, raised to where V can be inverted, (n,)."""
        mean = float(np.mean(self.specific + np.sum(self.exposures**2, axis=1)))
        found: Floats = np.maximum(self.specific, FLOOR * mean)
        return found

    def variance(self, weights: Floats) -> float:
        """Return the tracking variance of weights (n,), annualised."""
        active = weights - self.target
        factor = self.exposures.T @ active
        return float(factor @ factor + self.specific @ active**2)

    def keeps(self, weights: Floats) -> bool:
        """Return whether weights (n,) are within the limits, up to 1e-9."""
        held = weights > 0.0
        sized = (weights >= self.least - NEAR) & (weights <= self.most + NEAR)
        return (
            bool(np.all(weights >= 0.0))
            and int(held.sum()) <= self.names
            and bool(np.all((sized & self.allowed)[held]))
            and abs(float(weights.sum()) - self.budget) <= NEAR
        )

    def of(self, names: int) -> Task:
        """Return the same task with another limit on names."""
        return replace(self, names=names)


def program_of(task: Task, gamma: float) -> Program:
    """Return the task as a program from cash whose objective is γ · variance."""
    n = task.n
    none = np.zeros(n)
    sizes = replace(Sizes.any(n), least_held=np.full(n, task.least))
    return Program(
        gamma=gamma,
        exposures=task.exposures,
        specific=task.specific,
        benchmark=task.target,
        held=none,
        lower=none,
        upper=np.where(task.allowed, task.most, 0.0),
        lower_name=("",) * n,
        upper_name=("",) * n,
        buy_cost=none,
        lots=NO_LOTS,
        rows=(_budget(task), _names(task)),
        sizes=sizes if task.least > 0.0 else None,
    )


def _budget(task: Task) -> Row:
    return Row(
        name="weights",
        buy=np.ones(task.n),
        sell=np.zeros(0),
        offset=0.0,
        lower=task.budget,
        upper=task.budget,
        lower_name="sum of weights",
        upper_name="sum of weights",
    )


def _names(task: Task) -> Row:
    return Row(
        name="names",
        buy=np.zeros(task.n),
        sell=np.zeros(0),
        offset=0.0,
        lower=-np.inf,
        upper=float(task.names),
        lower_name="",
        upper_name="names",
        names=np.ones(task.n),
    )
