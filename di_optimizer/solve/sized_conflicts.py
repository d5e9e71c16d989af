# SPDX-License-Identifier: Apache-2.0
"""Sizes and counts in conflict with the other limits, by a mixed-integer program.

For programs whose limits fit as long as any amount may be traded. Steps, least
amounts and counts are in it; groups are relaxed, so that it admits more than the
account does: what it excludes is excluded. Where HiGHS does not get to an end within
its nodes, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csc_array, csr_array, hstack

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.sized_model import SCALE, SizedModel, Ties, sized_model
from di_optimizer.solve.solution import Conflict

SMALL = 1e-6  # fraction of base; a solver's tolerance is far below it
NODES = 500  # of each mixed-integer program
MOST = 12  # limits tried alone
STEPS, LEAST, HELD = "whole shares", "trading.min_trade", "trading.min_holding"


def sized_conflicts(program: Program) -> tuple[Conflict, ...]:
    """Return the sizes, counts and limits in conflict; () if none is proven.

    ``alone`` is a limit that may give way by its amount, or a size that may be
    dropped: its amount is by how much limits are missed with it. Counts are in
    positions or trades.
    """
    if program.sizes is None and not any(row.stepped for row in program.rows):
        return ()
    model = sized_model(program)
    names = np.array(model.elastic.names, dtype=object)
    named = np.flatnonzero(names != "")
    together, proven = _solved(model, named)
    if proven <= SMALL:
        return ()
    total = proven if together is None else float(together.sum())
    found = [
        Conflict(name=name, amount=total, alone=True)
        for name, free in _without(program)
        if _fits(free)
    ]
    found += _alone(model, names, [] if together is None else named[together > SMALL])
    if found:
        return tuple(sorted(found, key=lambda c: (c.amount, c.name)))
    every = [name for name, _ in _without(program)]
    if together is not None:
        every += [*dict.fromkeys(names[named[together > SMALL]])]
    return tuple(Conflict(name=name, amount=total, alone=False) for name in every)


def _alone(
    model: SizedModel, names: Any, suspects: Ints | list[int]
) -> Iterator[Conflict]:
    """Yield each limit that suffices alone, of the rows and of those that gave way."""
    tried = dict.fromkeys([*names[model.elastic.row >= 0], *names[suspects]])
    for name in [name for name in tried if name][:MOST]:
        slack, _ = _solved(model, np.flatnonzero(names == name))
        if slack is not None:
            yield Conflict(name=str(name), amount=float(slack.sum()), alone=True)


def _without(program: Program) -> Iterator[tuple[str, Program]]:
    """Yield the program without one kind of size at a time, those that it has."""
    sizes, none = program.sizes, np.zeros(program.n)
    if sizes is None:
        return
    free = {
        STEPS: replace(sizes, step=none),
        LEAST: replace(sizes, least_buy=none, least_sell=none),
        HELD: replace(sizes, least_held=none),
    }
    limits = {
        STEPS: sizes.step,
        LEAST: sizes.least_buy + sizes.least_sell,
        HELD: sizes.least_held,
    }
    for name, other in free.items():
        if np.any(limits[name] > 0.0):
            yield name, replace(program, sizes=other)


def _fits(program: Program) -> bool:
    """Return whether a program has a plan, without any limit giving way."""
    slack, _ = _solved(sized_model(program), np.zeros(0, dtype=np.int64))
    return slack is not None


def _solved(model: SizedModel, free: Ints) -> tuple[Floats | None, float]:
    """Return the least slack of some lines, and a proven bound on its sum; in base.

    No slack where no plan was found; inf where it is proven that there is none.
    """
    elastic, columns = model.elastic, len(model.high)
    entries = (-np.ones(len(free)), (free, np.arange(len(free))))
    slack = coo_array(entries, (len(elastic.names), len(free)))
    lines = hstack([elastic.matrix, SCALE * model.counts, slack])
    right = SCALE * (elastic.right - model.offset)
    answer: Any = milp(
        np.concatenate([np.zeros(columns), np.ones(len(free))]),
        integrality=np.concatenate([model.whole, np.zeros(len(free))]),
        bounds=Bounds(0.0, np.concatenate([model.high, np.full(len(free), np.inf)])),
        constraints=[
            LinearConstraint(csc_array(lines), -np.inf, right),
            *(_hard(ties, len(free)) for ties in model.ties),
        ],
        options={"node_limit": NODES},
    )
    if answer.status == 2:
        return None, np.inf
    bound = getattr(answer, "mip_dual_bound", None)
    proven = 0.0 if bound is None else float(bound) / SCALE
    if answer.x is None:
        return None, proven
    return answer.x[columns:] / SCALE, proven


def _hard(ties: Ties, free: int) -> LinearConstraint:
    """Return lines that slack has no part in."""
    nothing = csr_array((ties.matrix.shape[0], free))
    matrix = csc_array(hstack([ties.matrix, nothing]))
    return LinearConstraint(matrix, ties.low, ties.high)
