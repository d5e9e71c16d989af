# SPDX-License-Identifier: Apache-2.0
"""Tracking error for SCIP: trades, factors and their squares, and the cap on them.

Every square has a variable of its own above it, so that each is cut off by itself.
A cell's specific risk is a rotated cone, amount² ≤ risk · share: the convex hull of
"no share, or the parabola".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyscipopt import Expr, Variable, quicksum
from pyscipopt import Model as Scip

from di_optimizer.program.program import Program
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.chords import chords, cut_factors, cut_risk
from di_optimizer.solve.exact.counts import whole
from di_optimizer.solve.exact.units import BP, Share, weighted

PRICE = 10.0  # years; scales squares where tracking has no price but a cap


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """Trades and factors with their squares: variables of the quadratic part.

    ``trades`` (n,) are x − h, ``factors`` (k,) are y, and ``squares`` bound y² from
    above. ``risks`` bound the specific risk of each cell, None where it has none.
    ``price`` is what they are scaled with, years.
    """

    trades: Sequence[Variable] = ()
    factors: Sequence[Variable] = ()
    squares: Sequence[Variable] = ()
    risks: Sequence[Variable | None] = ()
    price: float = 0.0


def add_tracking(
    scip: Scip,
    program: Program,
    cells: Cells,
    shares: Sequence[Share],
    amounts: Sequence[Variable],
) -> Tracking:
    """Add trades, factors and squares, and the cap on what they add up to."""
    capped = np.isfinite(program.variance_cap)
    if program.gamma == 0.0 and not capped:
        return Tracking()
    price = program.gamma or PRICE
    weight = 1.0 if program.gamma > 0.0 else 0.0
    trades = _trades(scip, program, cells, amounts)
    factors = _factors(scip, program, trades, price)
    squares = [scip.addVar(f"square {k}", obj=weight) for k in range(len(factors))]
    for square, factor in zip(squares, factors, strict=True):
        scip.addCons(factor * factor <= square)
    gridded = whole(cells)
    if gridded.any():
        cut_factors(scip, factors, squares)
    risks: list[Variable | None] = []
    scale = price * program.specific[cells.security] / BP
    for i, (amount, share) in enumerate(zip(amounts, shares, strict=True)):
        open_ = scale[i] > 0.0 and cells.high[i] > 0.0
        risk = scip.addVar(f"risk {i}", obj=weight) if open_ else None
        risks.append(risk)
        if risk is None:
            continue
        if cells.low[i] == cells.high[i]:
            scip.addCons(risk >= float(scale[i] * (BP * cells.low[i]) ** 2) * share)
        else:
            scip.addCons(float(scale[i]) * amount * amount <= risk * share)
            if gridded[i]:
                lines = chords(program, cells, i, float(scale[i]))
                cut_risk(scip, risk, amount, share, lines)
    if capped:
        _cap(scip, program, price, trades, [*squares, *(r for r in risks if r)])
    return Tracking(
        trades=trades, factors=factors, squares=squares, risks=risks, price=price
    )


def _trades(
    scip: Scip, program: Program, cells: Cells, amounts: Sequence[Variable]
) -> list[Variable]:
    """Add x − h of every security."""
    trades = [scip.addVar(f"trade {i}", lb=None, ub=None) for i in range(program.n)]
    parts: list[list[Expr]] = [[] for _ in trades]
    for i, (own, side) in enumerate(
        zip(cells.security.tolist(), cells.side.tolist(), strict=True)
    ):
        if side != 0:
            parts[own].append(side * amounts[i])
    for trade, own_parts in zip(trades, parts, strict=True):
        scip.addCons(quicksum(own_parts) - trade == 0)
    return trades


def _factors(
    scip: Scip, program: Program, trades: Sequence[Variable], price: float
) -> list[Variable]:
    """Add y = √(price) Fᵀ(x − b), so that y² is in bp of the objective."""
    scaled = np.sqrt(price / BP) * program.exposures
    start = BP * (scaled.T @ (program.held - program.benchmark))
    factors = []
    for k in range(scaled.shape[1]):
        one = scip.addVar(f"factor {k}", lb=None, ub=None)
        scip.addCons(weighted(scaled[:, k], trades) - one == -float(start[k]))
        factors.append(one)
    return factors


def _cap(
    scip: Scip,
    program: Program,
    price: float,
    trades: Sequence[Variable],
    squares: Sequence[Variable],
) -> None:
    """Keep the variance below its cap: linear in the squares."""
    active, specific = program.held - program.benchmark, program.specific
    drift = weighted(2.0 * price * specific * active, trades)
    most = price * (program.variance_cap - float(specific @ active**2))
    scip.addCons(quicksum(squares) + drift <= BP * most)
