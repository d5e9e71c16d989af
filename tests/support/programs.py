# SPDX-License-Identifier: Apache-2.0
"""Random programs and a brute-force solver that shares no code with the engines."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import clarabel
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_matrix

from di_optimizer.program.program import LotArrays, Program, Row, at_modes


@dataclass(frozen=True)
class Shape:
    """Size and character of a random program."""

    securities: int = 5
    lots_each: int = 3
    factors: int = 2
    cash: float = 0.02
    gamma: float = 10.0


def random_program(seed: int, shape: Shape = Shape()) -> Program:
    """A small account with gains and losses, a cash range and a few limits."""
    rng = np.random.default_rng(seed)
    n, m = shape.securities, shape.securities * shape.lots_each
    security = np.sort(rng.integers(0, n, size=m))
    weight = rng.uniform(0.2, 1.0, size=m)
    weight *= (1.0 - shape.cash) / weight.sum()
    held = np.bincount(security, weights=weight, minlength=n)
    benchmark = rng.dirichlet(np.full(n, 3.0))
    long_term = rng.random(m) < 0.5
    lots = LotArrays.free(
        security=security,
        weight=weight,
        gain=np.clip(rng.normal(-0.05, 0.3, size=m), -2.0, 0.95),
        rate=np.where(long_term, 0.238, 0.408),
        long_term=long_term,
        sell_cost=np.full(m, 1e-4),
    )
    lower, upper = np.zeros(n), np.ones(n)
    lower_name, upper_name = [""] * n, [""] * n
    for i in range(n):
        kind = rng.integers(0, 8)
        if kind == 0:
            lower[i], lower_name[i] = held[i], f"no_sell {i}"
        elif kind == 1:
            upper[i], upper_name[i] = held[i], f"no_buy {i}"
        elif kind == 2:
            upper[i] = max(held[i], 1.3 * benchmark[i])
            lower[i] = min(held[i], 0.7 * benchmark[i])
            upper_name[i] = lower_name[i] = f"bounds.multiple {i}"
    return Program(
        gamma=shape.gamma,
        exposures=rng.normal(0, 0.15, size=(n, shape.factors)),
        specific=rng.uniform(0.01, 0.12, size=n),
        benchmark=benchmark,
        held=held,
        lower=lower,
        upper=upper,
        lower_name=tuple(lower_name),
        upper_name=tuple(upper_name),
        buy_cost=np.full(n, 1e-4),
        lots=lots,
        rows=(cash_row(n, lots, 1.0 - held.sum(), (0.0, rng.choice([0.005, 0.05]))),),
    )


def cash_row(n: int, lots: LotArrays, cash: float, limits: tuple[float, float]) -> Row:
    """Cash after trading costs, within limits."""
    return Row(
        name="cash",
        buy=-(1.0 + np.full(n, 1e-4)),
        sell=1.0 - lots.sell_cost,
        offset=cash,
        lower=limits[0],
        upper=limits[1],
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )


def enumerate_optimum(program: Program) -> float:
    """Least objective over all modes, pieces and patterns; inf when none is feasible.

    Each pattern is a convex problem in purchases (buying securities) and lot sales
    (selling ones), handed to Clarabel as plain matrices with a dense covariance.
    What modes charge is part of it: with wash sales it may be below the true cost.
    """
    best = np.inf
    for modes in itertools.product(*(range(len(g.modes)) for g in program.groups)):
        fixed = at_modes(program, np.array(modes, dtype=np.int64))
        for piece in pieces_of(fixed):
            for pattern in itertools.product((-1, 1), repeat=program.n):
                best = min(best, _pattern_optimum(piece, np.array(pattern)))
    return best


def pieces_of(program: Program) -> list[Program]:
    """Return the program within each piece of its bill: rates, rows, a constant."""
    netting = program.netting
    if netting is None:
        return [program]
    found = []
    for piece in netting.pieces:
        by_term = np.where(program.lots.long_term, piece.long_rate, piece.short_rate)
        rate = netting.weight * by_term
        rows = [
            Row(
                name="piece",
                buy=np.zeros(program.n),
                sell=np.where(program.lots.long_term, b, a) * program.lots.gain,
                offset=a * netting.short + b * netting.long,
                lower=c,
                upper=np.inf,
                lower_name="",
                upper_name="",
            )
            for a, b, c in piece.limits
        ]
        bill = piece.bill(netting.short, netting.long) - netting.before
        if np.isfinite(netting.cap):
            rows.append(_tax_row(program, by_term, netting.cap - bill))
        found.append(
            replace(
                program,
                lots=replace(program.lots, rate=rate),
                rows=(*program.rows, *rows),
                netting=None,
                constant=program.constant + netting.weight * bill,
            )
        )
    return found


def _tax_row(program: Program, rates: np.ndarray, most: float) -> Row:
    return Row(
        name="tax",
        buy=np.zeros(program.n),
        sell=rates * program.lots.gain,
        offset=0.0,
        lower=-np.inf,
        upper=most,
        lower_name="",
        upper_name="",
    )


def _pattern_optimum(program: Program, pattern: np.ndarray) -> float:
    n, m = program.n, len(program.lots)
    lots = program.lots
    forced = np.bincount(lots.security, weights=lots.floor, minlength=n)
    if np.any((pattern > 0) & (forced > 0)):
        return np.inf
    owner = np.zeros((n, m))
    owner[lots.security, np.arange(m)] = 1.0
    # decisions: purchases of the buyers, lot sales of the sellers
    chosen = np.concatenate([pattern > 0, pattern[lots.security] < 0])
    move = np.hstack([np.eye(n), -owner])[:, chosen]
    unit = lots.gain * lots.rate + lots.sell_cost + lots.charge
    cost = np.concatenate([program.buy_cost, unit])[chosen]
    cap = np.concatenate([np.full(n, 2.0), lots.cap])[chosen]
    floor = np.concatenate([np.zeros(n), lots.floor])[chosen]
    rows = np.array([_line(program, row) for row in program.rows])[:, chosen]
    covariance = program.exposures @ program.exposures.T + np.diag(program.specific)
    start = program.held - program.benchmark
    limits = np.vstack([move, -move, rows, -rows, np.eye(len(cap)), -np.eye(len(cap))])
    offset = np.array([r.offset for r in program.rows])
    right = np.concatenate(
        [
            program.upper - program.held,
            program.held - program.lower,
            np.array([r.upper for r in program.rows]) - offset,
            offset - np.array([r.lower for r in program.rows]),
            cap,
            -floor,
        ]
    )
    quadratic = 2e4 * program.gamma * move.T @ covariance @ move
    linear = 1e4 * (2.0 * program.gamma * move.T @ covariance @ start + cost)
    finite = np.isfinite(right)
    root = np.vstack([program.exposures.T, np.diag(np.sqrt(program.specific))])
    cone = _Cone(root @ move, root @ start, np.sqrt(program.variance_cap))
    value = _least(quadratic, linear, (limits[finite], right[finite]), cone)
    fixed = program.gamma * float(start @ covariance @ start) + program.constant
    return value / 1e4 + fixed


def _line(program: Program, row: Row) -> np.ndarray:
    by_term = np.where(program.lots.long_term, row.long, row.short)
    return np.concatenate([row.buy, row.sell + by_term * program.lots.gain])


@dataclass(frozen=True)
class _Cone:
    """‖matrix z + start‖ ≤ most."""

    matrix: np.ndarray
    start: np.ndarray
    most: float


def _least(
    quadratic: np.ndarray,
    linear: np.ndarray,
    lines: tuple[np.ndarray, np.ndarray],
    cone: _Cone,
) -> float:
    """Least value of a quadratic or linear program; inf where nothing is feasible."""
    limits, right = lines
    capped = np.isfinite(cone.most)
    if limits.shape[1] == 0:
        near = not capped or np.linalg.norm(cone.start) <= cone.most + 1e-12
        return 0.0 if near and np.all(right >= -1e-12) else np.inf
    cones = [clarabel.NonnegativeConeT(len(right))]
    if capped:
        limits = np.vstack([limits, np.zeros((1, len(linear))), -cone.matrix])
        right = np.concatenate([right, [cone.most], cone.start])
        cones.append(clarabel.SecondOrderConeT(1 + len(cone.start)))
    elif not quadratic.any():
        exact = linprog(linear, A_ub=limits, b_ub=right, bounds=(None, None))
        assert exact.status in (0, 2), exact.message
        return float(exact.fun) if exact.status == 0 else np.inf
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    for tolerance in (1e-10, 1e-9, 1e-8, 1e-7):
        settings.tol_gap_abs = settings.tol_gap_rel = tolerance
        settings.tol_feas = tolerance
        solved = clarabel.DefaultSolver(
            csc_matrix(np.triu(quadratic)),
            linear,
            csc_matrix(limits),
            right,
            cones,
            settings,
        ).solve()
        if str(solved.status) == "Solved":
            return float(solved.obj_val)
        if str(solved.status) in {"PrimalInfeasible", "AlmostPrimalInfeasible"}:
            return np.inf
    raise AssertionError(f"the enumeration ended as {solved.status}")
