# SPDX-License-Identifier: Apache-2.0
"""How much of a completion fund an index holds.

At a share e of a fund that holds w, the direct names track b − e·w and add up to
1 − e: the same problem with one name less. A coarse grid of shares, then, for what is
held at the best of them, the convex problem in e alone, until both stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.compact.fit import Fit, fit
from di_optimizer.compact.heuristics import RULES, exchanged
from di_optimizer.compact.task import Task
from di_optimizer.program.program import Floats, Ints

COARSE = 10  # steps of the first grid
DECIMALS = 4  # of the share
ROUNDS = 6
GOLDEN = (5.0**0.5 - 1.0) / 2.0


@dataclass(frozen=True)
class Mixed:
    """A share of the fund and what goes with it; share 0 is an index without."""

    share: float
    task: Task
    found: Fit


def at_share(task: Task, fund: Floats, share: float) -> Task:
    """Return the task of the direct names beside a share of the fund.

    Parameters
    ----------
    task : Task
        The whole index, names of the fund included.
    fund : (n,)
        Weights that the fund looks through to.
    share : float
        At 0 there is no fund, and its place is free.
    """
    if share == 0.0:
        return task
    return replace(
        task,
        target=task.target - share * fund,
        budget=1.0 - share,
        names=task.names - 1,
    )


def mixed(task: Task, fund: Floats, method: str) -> Mixed:
    """Return the best share that is found; deterministic."""
    grown = RULES[method if method in RULES else "greedy"]
    shares = [share for share in _grid() if _feasible(task, share)]
    several = [_at(task, fund, share, grown) for share in shares]
    best = min(several, key=lambda one: (one.found.variance, one.share))
    for _ in range(ROUNDS):
        held = best.found.held
        if best.share == 0.0 or not len(held):
            return best
        share = _best_share(task, fund, held)
        moved = at_share(task, fund, share)
        found = fit(moved, held)
        if method not in RULES:
            found = exchanged(moved, found)
        if not moved.keeps(found.weights):
            return best
        if found.variance >= best.found.variance * (1.0 - 1e-9):
            return best
        best = Mixed(share, moved, found)
    return best


def _grid() -> list[float]:
    return [step / COARSE for step in range(COARSE + 1)]


def _feasible(task: Task, share: float) -> bool:
    """Return whether there is an index with this share within the limits."""
    direct = task.names if share == 0.0 else task.names - 1
    direct = min(direct, int(task.allowed.sum()))
    rest = 1.0 - share
    if 0.0 < share < task.least:
        return False
    if rest == 0.0:
        return True
    return direct > 0 and task.least <= rest and direct * task.most >= rest - 1e-12


def _at(task: Task, fund: Floats, share: float, make: Callable[[Task], Fit]) -> Mixed:
    own = at_share(task, fund, share)
    if own.budget <= 0.0:
        none = np.zeros(task.n)
        alone = Fit(np.zeros(0, np.int64), none, none, 0.0, own.variance(none))
        return Mixed(share, own, alone)
    return Mixed(share, own, make(own))


def _best_share(task: Task, fund: Floats, held: Ints) -> float:
    """Return the best share for given direct names: a convex problem in one number."""
    count = len(held)
    low = max(task.least, 1.0 - count * task.most, 10.0**-DECIMALS)
    high = min(1.0 - count * task.least, 1.0 - 10.0**-DECIMALS)
    if high <= low:
        return round(max(low, 10.0**-DECIMALS), DECIMALS)

    def variance(share: float) -> float:
        return fit(at_share(task, fund, share), held).variance

    while high - low > 0.1 * 10.0**-DECIMALS:
        first = high - GOLDEN * (high - low)
        second = low + GOLDEN * (high - low)
        if variance(first) <= variance(second):
            high = second
        else:
            low = first
    return round(0.5 * (low + high), DECIMALS)
