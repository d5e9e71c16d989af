# SPDX-License-Identifier: Apache-2.0
"""The two convex problems of the reference engine, written in cvxpy.

``solve_hull`` replaces every non-convex block by its convex hull; ``solve_sides``
fixes each security to buying or to selling. Weights are scaled to per mille and
the objective to bp, so that the solver's tolerances mean the same in both.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.reference.blocks import kinked, lot_matrix, ranges
from di_optimizer.solve.solution import Attempt

WEIGHT = 1e3  # one unit of a cvxpy variable is a per mille of base
BP = 1e4  # one unit of the cvxpy objective is a bp of base
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

    ``share`` (n,) is the hull's weight on the buy side, NaN where not split;
    ``rows`` holds the multipliers: above 0 at an upper limit, below 0 at a lower.
    """

    buys: Floats
    sells: Floats
    factors: Floats
    rows: Floats
    share: Floats


@dataclass(frozen=True)
class Answer:
    """A point, or None, with the record of every attempt."""

    point: Point | None
    attempts: tuple[Attempt, ...]
    iterations: int


@dataclass(frozen=True)
class Variables:
    """cvxpy variables in scaled units: purchases, lot sales, factors, weights."""

    buys: cp.Variable
    sells: cp.Variable
    factor: cp.Variable
    after: cp.Variable


def solve_hull(program: Program) -> Answer:
    """Solve the relaxation over each security's convex hull (perspective form).

    A split security is a mix λ·(buy side) + (1 − λ)·(sell side); its specific risk
    is the perspective of a parabola on each side, two second-order cones.
    """
    split = np.flatnonzero(kinked(program))
    parts = _common(program)
    plain = np.setdiff1d(np.arange(program.n), split)
    limits = [*_boxes(program, parts.variables, np.zeros(program.n, dtype=np.int64))]
    objective = parts.objective + _specific(program, parts.variables, plain)
    share = cp.Variable(len(split))
    if len(split):
        risk, cones = _hulls(program, parts.variables, split, share)
        objective, limits = objective + risk, limits + cones
    return _solve(program, parts, _Model(objective, limits, split, share, "hull"))


def solve_sides(program: Program, sides: Ints) -> Answer:
    """Solve with sides fixed: +1 buys only, −1 sells only, 0 either, (n,)."""
    parts = _common(program)
    everything = np.arange(program.n)
    objective = parts.objective + _specific(program, parts.variables, everything)
    limits = [*_boxes(program, parts.variables, sides)]
    none = np.zeros(0, dtype=np.int64)
    return _solve(program, parts, _Model(objective, limits, none, None, "sides"))


@dataclass(frozen=True)
class _Parts:
    """What both problems share: variables, linear and factor terms, links."""

    variables: Variables
    objective: cp.Expression
    links: list[cp.Constraint]


@dataclass(frozen=True)
class _Model:
    """What differs between the two problems."""

    objective: cp.Expression
    limits: list[cp.Constraint]
    split: Ints
    share: cp.Variable | None
    step: str


def _common(program: Program) -> _Parts:
    variables = _variables(program)
    unit = program.lots.tax + program.lots.sell_cost
    linear = (program.buy_cost @ variables.buys + unit @ variables.sells) * BP / WEIGHT
    return _Parts(
        variables,
        cp.sum_squares(variables.factor) + linear,
        _links(program, variables),
    )


def _variables(program: Program) -> Variables:
    return Variables(
        buys=cp.Variable(program.n, nonneg=True),
        sells=cp.Variable(len(program.lots), nonneg=True),
        factor=cp.Variable(program.exposures.shape[1]),
        after=cp.Variable(program.n),
    )


def _links(program: Program, variables: Variables) -> list[cp.Constraint]:
    """Tie x = h + u − sales and y = √γ Fᵀ(x − b): one sparse, one small dense link."""
    moved = WEIGHT * program.held + variables.buys
    if len(program.lots):
        moved = moved - lot_matrix(program) @ variables.sells
    target = np.sqrt(program.gamma * BP) / WEIGHT * program.exposures.T
    active = variables.after - WEIGHT * program.benchmark
    return [variables.after == moved, variables.factor == target @ active]


def _specific(program: Program, variables: Variables, chosen: Ints) -> cp.Expression:
    """γ Σ dᵢ(xᵢ − bᵢ)² over the chosen securities, bp."""
    root = np.sqrt(program.gamma * BP * program.specific[chosen]) / WEIGHT
    active = variables.after[chosen] - WEIGHT * program.benchmark[chosen]
    risk: cp.Expression = cp.sum_squares(cp.multiply(root, active))
    return risk


def _boxes(program: Program, variables: Variables, sides: Ints) -> list[cp.Constraint]:
    """Limits of every purchase and sale; a closed side has the range [0, 0]."""
    limit = ranges(program)
    buying = limit.can_buy & (sides >= 0)
    selling = limit.can_sell & (sides <= 0)
    forced_buy = np.where(limit.can_sell, 0.0, limit.buy_low)
    forced_sell = np.where(limit.can_buy, 0.0, limit.sell_low)
    sold: cp.Expression = cp.Constant(np.zeros(program.n))
    boxes = []
    if len(program.lots):
        sold = lot_matrix(program) @ variables.sells
        weight = np.where(selling[program.lots.security], program.lots.weight, 0.0)
        boxes.append(variables.sells <= WEIGHT * weight)
    return [
        *boxes,
        variables.buys <= WEIGHT * np.where(buying, limit.buy_high, 0.0),
        variables.buys >= WEIGHT * forced_buy,
        sold <= WEIGHT * limit.sell_high,
        sold >= WEIGHT * forced_sell,
    ]


def _row_limits(program: Program, variables: Variables, most: float) -> list[RowLimit]:
    """Row number, sign and limit of every finite row end, tightened by a margin."""
    limits: list[RowLimit] = []
    for number, row in enumerate(program.rows):
        value = row.offset * WEIGHT + row.buy @ variables.buys
        margin = min(most, (row.upper - row.lower) / 4)
        if len(program.lots):
            value = value + row.sell @ variables.sells
        if np.isfinite(row.upper):
            limits.append((number, 1, value <= WEIGHT * (row.upper - margin)))
        if np.isfinite(row.lower):
            limits.append((number, -1, value >= WEIGHT * (row.lower + margin)))
    return limits


def _hulls(
    program: Program, variables: Variables, split: Ints, share: cp.Variable
) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Perspective of the buy side and the sell side of each split security."""
    limit = ranges(program)
    lots = np.flatnonzero(np.isin(program.lots.security, split))
    owner = np.searchsorted(split, program.lots.security[lots])
    sold = lot_matrix(program)[split] @ variables.sells
    active = WEIGHT * (program.held - program.benchmark)[split]
    root = np.sqrt(program.gamma * BP * program.specific[split]) / WEIGHT
    on_buy = cp.multiply(root, cp.multiply(active, share) + variables.buys[split])
    on_sell = cp.multiply(root, cp.multiply(active, 1 - share) - sold)
    risk_buy, risk_sell = cp.Variable(len(split)), cp.Variable(len(split))
    selling = (1 - share)[owner]
    return cp.sum(risk_buy) + cp.sum(risk_sell), [
        share >= 0,
        share <= 1,
        variables.buys[split] <= cp.multiply(WEIGHT * limit.buy_high[split], share),
        sold <= cp.multiply(WEIGHT * limit.sell_high[split], 1 - share),
        variables.sells[lots]
        <= cp.multiply(WEIGHT * program.lots.weight[lots], selling),
        _square_over(on_buy, share, risk_buy),
        _square_over(on_sell, 1 - share, risk_sell),
    ]


def _square_over(
    top: cp.Expression, bottom: cp.Expression, bound: cp.Expression
) -> cp.Constraint:
    """top² / bottom ≤ bound, elementwise, as second-order cones."""
    return cp.SOC(bound + bottom, cp.vstack([2 * top, bound - bottom]), axis=0)


def _solve(program: Program, parts: _Parts, model: _Model) -> Answer:
    """Solve with rows tightened by the margin; where nothing fits, as they are."""
    first = _attempt(program, parts, model, MARGIN)
    if first.point is not None or first.attempts[-1].status not in INFEASIBLE:
        return first
    second = _attempt(program, parts, model, 0.0)
    attempts = first.attempts + second.attempts
    return Answer(second.point, attempts, first.iterations + second.iterations)


def _attempt(program: Program, parts: _Parts, model: _Model, margin: float) -> Answer:
    """Solve tightly; an inaccurate answer gets more tries at wider tolerances."""
    rows = _row_limits(program, parts.variables, margin)
    limits = model.limits + parts.links + [c for _, _, c in rows]
    problem = cp.Problem(cp.Minimize(model.objective), limits)
    attempts: list[Attempt] = []
    iterations = 0
    for name, settings in TOLERANCES.items():
        status, count = _run(problem, settings)
        solver = f"CLARABEL, {name}" + (", no margin" if margin == 0.0 else "")
        attempts.append(Attempt(step=model.step, solver=solver, status=status))
        iterations += count
        if status in SOLVED:
            point = _point(program, parts, model, rows)
            return Answer(point, tuple(attempts), iterations)
        if status in INFEASIBLE:
            break
    return Answer(None, tuple(attempts), iterations)


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


def _value(variable: cp.Variable) -> Floats:
    return np.asarray(variable.value, dtype=np.float64)


def _point(
    program: Program, parts: _Parts, model: _Model, limits: list[RowLimit]
) -> Point:
    rows = np.zeros(len(program.rows))
    for number, sign, limit in limits:
        rows[number] += sign * float(limit.dual_value) * WEIGHT / BP
    share = np.full(program.n, np.nan)
    if model.share is not None and len(model.split):
        share[model.split] = model.share.value
    variables = parts.variables
    buys = np.maximum(_value(variables.buys), 0.0) / WEIGHT
    sells = np.zeros(0)
    if len(program.lots):
        sells = np.clip(_value(variables.sells) / WEIGHT, 0.0, program.lots.weight)
    # stationarity in y: ν = 2γy, and y is the factor variable without its scale
    factors = 2.0 * np.sqrt(program.gamma / BP) * _value(variables.factor)
    return Point(buys, sells, factors, rows, share)
