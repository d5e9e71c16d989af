# SPDX-License-Identifier: Apache-2.0
"""The best purchase of a benchmark that an engine finds, and what it proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from di_optimizer.compact.certify import (
    CLOSEST,
    best_bound,
    gamma_of,
    share_missing,
)
from di_optimizer.compact.options import NODES, Limits
from di_optimizer.compact.shares import Purse, plain_plan, program_of
from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Leaf, Settings, Solution, Status

FINEST = 1e-5  # tracking error of a tenth of a bp: closer than that is not searched
ROUNDS = 3  # of searches: the gap is a part of an error that is not known before


@dataclass(frozen=True)
class Bought:
    """Weights (n,), or None; no purchase has less variance than ``bound``.

    ``status`` and ``engine`` are the engine's own.
    """

    weights: Floats | None
    bound: float
    status: str
    engine: str


def bought(purse: Purse, known: Sequence[Floats | None], limits: Limits) -> Bought:
    """Return the best purchase of a search that begins with those known."""
    plain = plain_plan(purse)
    best = best_of(purse, [plain, *known])
    near = plain if best is None else best  # even with too much cash it is near
    variance = max(purse.variance(near), CLOSEST**2)
    gamma = gamma_of(variance)
    program = program_of(purse, gamma)
    start = None if best is None else _start(program, best)
    bound = 0.0 if start is None else best_bound(program, start.leaves)
    for _ in range(ROUNDS):
        ended = engine("auto")(program, _settings(limits, gamma, variance), start)
        best = best_of(purse, [best, ended.buys])
        bound = max(bound, best_bound(program, ended.leaves))
        if best is None or is_close(bound / gamma, purse.variance(best), limits.gap):
            break
        before, variance = variance, max(purse.variance(best), CLOSEST**2)
        if variance >= before:
            break
        start = ended
    return Bought(best, bound / gamma, str(ended.status), ended.engine)


def is_close(bound: float, variance: float, gap: float) -> bool:
    """Return whether a bound is as near as asked for, or as near as is of use."""
    return share_missing(bound, variance) <= gap or variance - bound <= FINEST**2


def best_of(purse: Purse, plans: Sequence[Floats | None]) -> Floats | None:
    """Return the plan with the least variance of those within the limits."""
    fits = [plan for plan in plans if plan is not None and purse.keeps(plan)]
    return min(fits, key=purse.variance, default=None)


def _settings(limits: Limits, gamma: float, variance: float) -> Settings:
    share = 1.0 - (1.0 - limits.gap) ** 2
    return Settings(
        gap=gamma * max(share * variance, FINEST**2),
        nodes=NODES if limits.nodes is None else limits.nodes,
        seconds=limits.seconds,
    )


def _start(program: Program, weights: Floats) -> Solution:
    none = np.zeros(0)
    active = weights - program.benchmark
    leaf = Leaf(
        factors=2.0 * program.gamma * (program.exposures.T @ active),
        rows=np.zeros(1),
        sides=np.zeros(program.n, dtype=np.int64),
    )
    return Solution(
        status=Status.LIMIT,
        engine="compact",
        buys=weights,
        sells=none,
        sides=np.ones(program.n, dtype=np.int64),
        modes=np.zeros(0, dtype=np.int64),
        objective=program.objective(weights, none),
        terms=program.terms(weights, none),
        leaves=(leaf,),
    )
