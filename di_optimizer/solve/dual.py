# SPDX-License-Identifier: Apache-2.0
"""The dual function of the program, exact in every block: where bounds come from.

With ν for y = Fᵀ(x − b) and μ for the rows, the Lagrangian separates into one
problem in one variable per security: how much to buy, or how much to sell from its
cheapest lots. Each is solved to its global minimum, the kink between selling and
buying included, so the sum is a lower bound on the objective of every feasible plan,
whatever ν and μ are. No tolerance enters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.groups import sums_before
from di_optimizer.solve.solution import Leaf

INFINITE = np.inf


@dataclass(frozen=True)
class Priced:
    """The blocks' data at given multipliers.

    ``price`` (n,) is charged per unit of x, ``buy`` (n,) per unit bought, ``sell``
    (lots,) per unit sold; ``constant`` is what no block decides.
    """

    price: Floats
    buy: Floats
    sell: Floats
    constant: float


@dataclass(frozen=True)
class BlockMinima:
    """Least Lagrangian value of each security on its two sides; inf where closed."""

    buy: Floats
    sell: Floats

    def least(self, sides: Ints) -> Floats:
        """Return the least value on the allowed sides (0 allows both), (n,)."""
        buy = np.where(sides >= 0, self.buy, INFINITE)
        sell = np.where(sides <= 0, self.sell, INFINITE)
        return np.minimum(buy, sell)


def price_blocks(program: Program, leaf: Leaf) -> Priced:
    """Return each block's linear prices at a leaf's multipliers."""
    buy = program.buy_cost.copy()
    sell = program.lots.tax + program.lots.sell_cost
    constant = _factor_constant(program, leaf.factors)
    for row, mu in zip(program.rows, leaf.rows, strict=True):
        if mu == 0.0:
            continue
        buy += mu * row.buy
        sell = sell + mu * row.sell
        limit = row.upper if mu > 0 else row.lower
        constant += float(mu * (row.offset - limit))
    return Priced(program.exposures @ leaf.factors, buy, sell, constant)


def _factor_constant(program: Program, nu: Floats) -> float:
    """Min over y of γ‖y‖² − ν·y, less ν·Fᵀb."""
    size = float(nu @ nu)
    if size == 0.0:
        return 0.0
    if program.gamma == 0.0:
        return -INFINITE
    anchor = float(nu @ (program.exposures.T @ program.benchmark))
    return -size / (4.0 * program.gamma) - anchor


def block_minima(program: Program, priced: Priced) -> BlockMinima:
    """Minimise every block on each side, (n,) each."""
    return BlockMinima(_buy_minima(program, priced), _sell_minima(program, priced))


def dual_value(program: Program, leaf: Leaf) -> float:
    """Return the dual function at a leaf: a lower bound, fraction of base.

    Parameters
    ----------
    program : Program
    leaf : Leaf
        Any multipliers; ``sides`` restricts the bound to plans on those sides.

    Returns
    -------
    float
        −inf where the multipliers prove nothing, inf where a security has no
        allowed weight on its side.
    """
    priced = price_blocks(program, leaf)
    blocks = float(np.sum(block_minima(program, priced).least(leaf.sides)))
    return blocks if blocks == INFINITE else float(priced.constant + blocks)


def widened(program: Program, buys: Floats, sells: Floats) -> Program:
    """Return the program with every limit moved out as far as one plan needs.

    Whole shares and cents can put a sized plan outside a limit by a little. The
    dual function of the widened program bounds all plans that stay as close to the
    limits as this one, itself included.
    """
    after = program.after(buys, sells)
    rows = []
    for row in program.rows:
        value = program.row_value(row, buys, sells)
        low, high = min(row.lower, value), max(row.upper, value)
        rows.append(replace(row, lower=low, upper=high))
    return replace(
        program,
        lower=np.minimum(program.lower, after),
        upper=np.maximum(program.upper, after),
        rows=tuple(rows),
    )


def _buy_minima(program: Program, priced: Priced) -> Floats:
    """Least of γd(h+u−b)² + p(h+u) + c·u over the purchase range."""
    held, curvature = program.held, program.gamma * program.specific
    low = np.maximum(program.lower - held, 0.0)
    high = program.upper - held
    active = held - program.benchmark
    u = _minimiser(curvature, active, priced.price + priced.buy, low, high)
    value = curvature * (active + u) ** 2 + priced.price * (held + u) + priced.buy * u
    return np.where(high >= 0.0, value, INFINITE)


def _minimiser(
    curvature: Floats, active: Floats, slope: Floats, low: Floats, high: Floats
) -> Floats:
    """Argmin over t in [low, high] of curvature·(active + t)² + slope·t."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        free = np.where(
            curvature > 0.0,
            -active - slope / (2.0 * curvature),
            np.where(slope > 0.0, -INFINITE, INFINITE),
        )
    return np.minimum(np.maximum(free, low), high)


def _sell_minima(program: Program, priced: Priced) -> Floats:
    """Least over the sale range, lots sold in the order of their price here.

    On the stretch of one lot the value is a parabola in the amount sold; each
    stretch is cut to the allowed range and minimised, and the best one counts.
    """
    held, curvature = program.held, program.gamma * program.specific
    least_sold = np.maximum(held - program.upper, 0.0)
    most_sold = held - program.lower
    best = np.full(program.n, INFINITE)
    nothing = (least_sold <= 0.0) & (most_sold >= 0.0)
    active = held - program.benchmark
    stay = curvature * active**2 + priced.price * held
    best[nothing] = stay[nothing]
    if len(program.lots) == 0:
        return best
    order = np.lexsort((priced.sell, program.lots.security))
    owner = program.lots.security[order]
    weight, slope = program.lots.weight[order], priced.sell[order]
    start, paid = sums_before(owner, weight), sums_before(owner, weight * slope)
    # a full exit sells what the lots hold, which may differ from h by a rounding
    whole = np.zeros(program.n)
    np.maximum.at(whole, owner, start + weight)
    low = np.maximum(start, np.minimum(least_sold, whole)[owner])
    high = np.minimum(start + weight, most_sold[owner])
    sold = _minimiser(
        curvature[owner], -active[owner], slope - priced.price[owner], low, high
    )
    value = (
        curvature[owner] * (active[owner] - sold) ** 2
        + priced.price[owner] * (held[owner] - sold)
        + paid
        + slope * (sold - start)
    )
    np.minimum.at(best, owner, np.where(low <= high, value, INFINITE))
    return best
