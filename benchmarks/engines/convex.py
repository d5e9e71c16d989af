# SPDX-License-Identifier: Apache-2.0
"""A conic problem solved by Clarabel, through cvxpy or directly, and timed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import clarabel
import cvxpy as cp
import numpy as np
from scipy.sparse import csc_array, diags_array, vstack

from benchmarks.engines.matrices import BP, WEIGHT, Conic
from di_optimizer.program.program import Floats

# What is fastest here: refining each linear solve costs 40 % of the time and changes no
# bound; these tolerances save a tenth of the iterations and .0001 bp of the objective.
SOLVER: dict[str, Any] = {
    "iterative_refinement_enable": False,
    "tol_gap_abs": 1e-4,
    "tol_gap_rel": 1e-6,
    "tol_feas": 1e-7,
}
SAFE: dict[str, Any] = {}  # Clarabel's own; used where the others end inaccurate


@dataclass(frozen=True)
class Way:
    """How a conic problem gets to Clarabel.

    ``direct`` leaves cvxpy out. ``squares`` writes the curvature as a sum of squares
    and not as a quadratic form; ``backend`` is cvxpy's, None its own choice.
    """

    direct: bool = False
    squares: bool = False
    backend: str | None = None
    settings: Mapping[str, Any] = field(default_factory=lambda: SOLVER)


FASTEST = Way()
DIRECT = Way(direct=True)


class FailedError(Exception):
    """Clarabel ended without an optimum."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A solved conic problem; ``rows`` are multipliers of the program's rows.

    ``compile`` is what it took to bring the matrices to the solver, ``solve`` the
    solver with its setup and reading the answer; seconds.
    """

    v: Floats
    rows: Floats
    iterations: int
    compile: float
    solve: float


def solve(conic: Conic, rows: int, way: Way) -> Answer:
    """Solve, and once more with Clarabel's own settings where it ends inaccurate.

    Raises
    ------
    FailedError
        When both end without an optimum.
    """
    run = _direct if way.direct else _cvxpy
    seconds = np.zeros(2)
    for settings in (way.settings, SAFE):
        tried = replace(way, settings=settings)
        status, v, dual, iterations, spent = run(conic, tried)
        seconds += spent
        if status:
            return Answer(
                v=v,
                rows=_row_prices(conic, rows, dual),
                iterations=iterations,
                compile=float(seconds[0]),
                solve=float(seconds[1]),
            )
    raise FailedError("Clarabel ended without an optimum")


def _row_prices(conic: Conic, rows: int, dual: Floats) -> Floats:
    found = np.zeros(rows)
    last = dual[len(dual) - len(conic.limits) :]
    for (number, sign), value in zip(conic.limits, last, strict=True):
        found[number] += sign * value * WEIGHT / BP
    return found


_Ended = tuple[bool, Floats, Floats, int, tuple[float, float]]


def _cvxpy(conic: Conic, way: Way) -> _Ended:
    """Solve through cvxpy: the whole as one vector is what compiles fastest."""
    started = time.perf_counter()
    v = cp.Variable(conic.columns.count)
    below = conic.below @ v <= conic.below_side
    limits = [conic.equal @ v == conic.equal_side, below]
    if conic.first.shape[0]:
        tail = cp.vstack([conic.middle @ v, conic.last @ v])
        limits.append(cp.SOC(conic.first @ v, tail, axis=0))
    curved = _squares(conic, v) if way.squares else _form(conic, v)
    problem = cp.Problem(cp.Minimize(curved + conic.linear @ v), limits)
    settings = dict(way.settings)
    data, chain, inverse = problem.get_problem_data(
        cp.CLARABEL, canon_backend=way.backend, solver_opts=settings
    )
    compiled = time.perf_counter()
    raw = chain.solve_via_data(problem, data, False, False, settings)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Solution may be inaccurate")
        problem.unpack_results(raw, chain, inverse)
    spent = compiled - started, time.perf_counter() - compiled
    if problem.status != cp.OPTIMAL:
        return False, np.zeros(0), np.zeros(0), 0, spent
    iterations = int(problem.solver_stats.num_iters or 0)
    return True, np.asarray(v.value), np.asarray(below.dual_value), iterations, spent


def _form(conic: Conic, v: cp.Variable) -> cp.Expression:
    half = diags_array(conic.square / 2.0)
    curved: cp.Expression = cp.quad_form(v, half, assume_PSD=True)
    return curved


def _squares(conic: Conic, v: cp.Variable) -> cp.Expression:
    at = np.flatnonzero(conic.square)
    root = np.sqrt(conic.square[at] / 2.0)
    curved: cp.Expression = cp.sum_squares(cp.multiply(root, v[at]))
    return curved


def _direct(conic: Conic, way: Way) -> _Ended:
    """Solve by Clarabel's own interface: what is left when nothing compiles."""
    started = time.perf_counter()
    count, equal = conic.first.shape[0], len(conic.equal_side)
    stacked = [conic.equal, conic.below]
    if count:
        cones = vstack([-conic.first, -conic.middle, -conic.last], format="csr")
        stacked.append(cones[np.arange(3 * count).reshape(3, count).T.ravel()])
    side = np.concatenate([conic.equal_side, conic.below_side, np.zeros(3 * count)])
    kinds = [
        clarabel.ZeroConeT(equal),
        clarabel.NonnegativeConeT(len(conic.below_side)),
    ]
    kinds += [clarabel.SecondOrderConeT(3)] * count
    options = clarabel.DefaultSettings()
    options.verbose = False
    for name, value in way.settings.items():
        setattr(options, name, value)
    square = csc_array(diags_array(conic.square))
    matrix = csc_array(vstack(stacked, format="csc"))
    compiled = time.perf_counter()
    found = clarabel.DefaultSolver(
        square, conic.linear, matrix, side, kinds, options
    ).solve()
    spent = compiled - started, time.perf_counter() - compiled
    dual = np.asarray(found.z)[equal : equal + len(conic.below_side)]
    solved = str(found.status) == "Solved"
    return solved, np.asarray(found.x), dual, int(found.iterations), spent
