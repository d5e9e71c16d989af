# SPDX-License-Identifier: Apache-2.0
"""Solve the convex problem over cells with Clarabel, and read the answer.

Only Clarabel's own "optimal" counts; every attempt is recorded.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np

from di_optimizer.program.program import Floats
from di_optimizer.solve.groups import totals
from di_optimizer.solve.reference.kinds import counts_only
from di_optimizer.solve.reference.mix import Mix, counted
from di_optimizer.solve.reference.model import (
    BP,
    WEIGHT,
    Model,
    Parts,
    model_of,
    own_asked,
    problem_of,
)
from di_optimizer.solve.solution import Attempt

SOLVED = {cp.OPTIMAL}
INFEASIBLE = {cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE}
MARGIN = 1e-8  # rows are tightened by this, so that clean-up cannot break them
TOLERANCES = {
    "tight": {"tol_gap_abs": 1e-9, "tol_gap_rel": 1e-9, "tol_feas": 1e-10},
    "usual": {"tol_gap_abs": 1e-8, "tol_gap_rel": 1e-8, "tol_feas": 1e-8},
    "loose": {"tol_gap_abs": 1e-7, "tol_gap_rel": 1e-7, "tol_feas": 1e-7},
}

RowLimit = tuple[int, int, cp.Constraint]


@dataclass(frozen=True)
class Point:
    """A solution of one convex problem; all in fractions of base.

    ``buys`` (n,) and ``sells`` (lots,) are sums over cells; ``factors`` and ``rows``
    the multipliers: above 0 at an upper limit, below 0 at a lower; ``risk`` ≥ 0 is
    that of the cap. ``share`` (cells,) and ``mode_share`` (choices,) are what the
    cells and modes weigh, ``moved`` (cells,) what each cell buys less what it sells;
    ``own`` are the multipliers of constraints of the account's own.
    """

    buys: Floats
    sells: Floats
    factors: Floats
    rows: Floats
    share: Floats
    moved: Floats
    mode_share: Floats
    risk: float
    own: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Limits:
    """The limits whose multipliers count: ends of rows, the cap, terms of their own."""

    rows: list[RowLimit]
    cap: list[cp.Constraint]
    own: tuple[cp.Constraint, ...] = ()

    def all(self) -> list[cp.Constraint]:
        """Return them as constraints."""
        return [c for _, _, c in self.rows] + self.cap + list(self.own)


@dataclass(frozen=True)
class Answer:
    """A point, or None, with the record of every attempt."""

    point: Point | None
    attempts: tuple[Attempt, ...]
    iterations: int


def solve_mix(mix: Mix) -> Answer:
    """Solve with rows tightened by the margin; where nothing fits, as they are."""
    if mix.cells.closed:
        nothing = Attempt(step=mix.step, solver="ranges", status=cp.INFEASIBLE)
        return Answer(None, (nothing,), 0)
    model = model_of(mix)
    parts = problem_of(model)
    first = _attempt(model, parts, MARGIN)
    if first.point is not None or first.attempts[-1].status not in INFEASIBLE:
        return first
    second = _attempt(model, parts, 0.0)
    attempts = first.attempts + second.attempts
    return Answer(second.point, attempts, first.iterations + second.iterations)


def _row_limits(model: Model, most: float) -> list[RowLimit]:
    """Row number, sign and limit of every finite row end, tightened by a margin.

    Rows that only count names or trades have no margin, and no say where all kinds
    are fixed.
    """
    mix, lots = model.mix, model.mix.program.lots
    security = mix.blocks.security[mix.cells.block[model.buyers]]
    lot, gain = mix.blocks.lot[mix.cells.pair], mix.blocks.gain[mix.cells.pair]
    limits: list[RowLimit] = []
    mixed = mix.cells.mix.shape[1] > 0
    for number, row in enumerate(mix.program.rows):
        if counts_only(row) and not mixed:
            continue
        gains = np.where(lots.long_term[lot], row.long, row.short) * gain
        sell = row.sell[lot] + gains
        value = row.offset * WEIGHT + row.buy[security] @ model.buys
        value = value + sell @ model.sells
        steps = counted(mix, row)
        if np.any(steps):
            every = np.arange(len(steps))
            value = value + cp.sum(model.shared(WEIGHT * steps, every))
        margin = 0.0 if counts_only(row) else min(most, (row.upper - row.lower) / 4)
        if np.isfinite(row.upper):
            limits.append((number, 1, value <= WEIGHT * (row.upper - margin)))
        if np.isfinite(row.lower):
            limits.append((number, -1, value >= WEIGHT * (row.lower + margin)))
    return limits


def _cap(model: Model, variance: cp.Expression, margin: float) -> list[cp.Constraint]:
    """Return the cap on the variance, as one of the tracking error less a margin."""
    cap = model.mix.program.variance_cap
    if np.isinf(cap):
        return []
    most = max(np.sqrt(cap) - margin, np.sqrt(cap) / 2) ** 2
    return [variance <= model.scale * most]


def _attempt(model: Model, parts: Parts, margin: float) -> Answer:
    """Solve tightly; an inaccurate answer gets more tries at wider tolerances."""
    cap = _cap(model, parts.variance, margin)
    own = own_asked(model)
    limits = Limits(_row_limits(model, margin), cap, own.constraints)
    objective = parts.objective + BP * own.objective
    problem = cp.Problem(cp.Minimize(objective), parts.limits + limits.all())
    attempts: list[Attempt] = []
    iterations = 0
    for name, settings in TOLERANCES.items():
        status, count = _run(problem, settings)
        solver = f"CLARABEL, {name}" + (", no margin" if margin == 0.0 else "")
        attempts.append(Attempt(step=model.mix.step, solver=solver, status=status))
        iterations += count
        if status in SOLVED:
            return Answer(_point(model, limits), tuple(attempts), iterations)
        if status in INFEASIBLE:
            break
    return Answer(None, tuple(attempts), iterations)


def own_limits(model: Model) -> tuple[list[cp.Constraint], cp.Variable]:
    """Return the account's own constraints, each with room, and the room of each."""
    asked = own_asked(model)
    room = cp.Variable(len(asked.constraints), nonneg=True)
    eased = []
    for place, limit in enumerate(asked.constraints):
        if isinstance(limit, cp.constraints.Inequality):
            eased.append(limit.expr <= room[place])
        elif isinstance(limit, cp.constraints.Zero | cp.constraints.Equality):
            eased.append(cp.abs(limit.expr) <= room[place])
        else:
            eased.append(limit)
    return eased, room


def solved_for(
    model: Model, objective: cp.Expression, limits: list[cp.Constraint]
) -> bool:
    """Return whether an objective has a least value within all other limits."""
    parts = problem_of(model)
    every = [c for _, _, c in _row_limits(model, 0.0)]
    every += [*parts.limits, *_cap(model, parts.variance, 0.0), *limits]
    problem = cp.Problem(cp.Minimize(objective), every)
    return any(_run(problem, how)[0] in SOLVED for how in TOLERANCES.values())


def _run(problem: cp.Problem, settings: dict[str, float]) -> tuple[str, int]:
    """Solve; a solver that stops without an answer is a status, not an exception."""
    try:
        with warnings.catch_warnings():
            # the status says it and is recorded
            warnings.filterwarnings("ignore", "Solution may be inaccurate")
            problem.solve(solver=cp.CLARABEL, **settings)  # type: ignore[no-untyped-call]
    except cp.SolverError as error:
        return f"solver error: {error}", 0
    return str(problem.status), int(problem.solver_stats.num_iters or 0)


def _value(found: cp.Expression) -> Floats:
    if found.size == 0:
        return np.zeros(0)
    return np.asarray(found.value, dtype=np.float64)


def _point(model: Model, limits: Limits) -> Point:
    program, blocks, cells = model.mix.program, model.mix.blocks, model.mix.cells
    rows = np.zeros(len(program.rows))
    for number, sign, limit in limits.rows:
        rows[number] += sign * float(limit.dual_value) * WEIGHT / BP
    security = blocks.security[cells.block[model.buyers]]
    buys = np.maximum(_value(model.buys), 0.0) / WEIGHT
    sells = np.maximum(_value(model.sells), 0.0) / WEIGHT
    sold = totals(blocks.lot[cells.pair], sells, len(program.lots))
    free = _value(model.free)
    charged = sum(max(float(np.sum(cap.dual_value)), 0.0) for cap in limits.cap)
    risk = charged * model.scale / BP
    # stationarity in y: ν = 2(γ + λ)y, and y is the factor variable without its scale
    priced = program.gamma + risk
    unit = 2.0 * priced / np.sqrt(model.scale) if priced > 0.0 else 0.0
    return Point(
        buys=totals(security, buys, program.n),
        sells=np.minimum(sold, program.lots.weight),
        factors=unit * _value(model.factor),
        rows=rows,
        share=cells.start + cells.mix @ free,
        moved=_value(model.bought() - model.sold()) / WEIGHT,
        mode_share=cells.mode_start + cells.mode_mix @ free,
        risk=risk,
        own=tuple(_dual(limit) for limit in limits.own),
    )


def _dual(limit: cp.Constraint) -> Any:
    """Return a constraint's multiplier, of an objective in fractions of base."""
    found = limit.dual_value
    return None if found is None or isinstance(found, list) else found / BP
