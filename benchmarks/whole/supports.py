# SPDX-License-Identifier: Apache-2.0
"""Which K names to hold, by the heuristics that are in use; the weights come after.

Owns by weight, greedy forwards, greedy backwards and reweighted L1. What is found is
fitted by an exact convex solve on those names, so that only the choice is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.engines.baseline import solve_baseline
from benchmarks.engines.convex import DIRECT
from di_optimizer.program.program import Flags, Floats, Ints, Program

HELD = 1e-7  # weight above which a name counts as held
FLOORS = (1e-3, 1e-4)  # ε of the reweighting, weights; the better one counts
ROUNDS = 8  # of reweighting, at one price
HALVINGS = 12  # of the price
PRICES = (1e-9, 1.0)  # of a name, where the search for the price begins


def fitted(program: Program, names: Ints) -> Floats:
    """Return the weights that track best with some names, (n,)."""
    upper = np.zeros(program.n)
    upper[names] = program.upper[names]
    return _solved(replace(program, upper=upper))


def _solved(program: Program) -> Floats:
    """Return the optimum without the count: weights from cash are purchases."""
    counted = [row for row in program.rows if not row.stepped]
    return solve_baseline(replace(program, rows=tuple(counted)), DIRECT).buys


def by_weight(program: Program, count: int) -> Ints:
    """Return the heaviest names of the index."""
    heavy: Ints = np.argsort(-program.benchmark, kind="stable")[:count]
    return heavy


def forward(program: Program, count: int) -> Ints:
    """Return names taken one by one, each the one that helps most by itself.

    The reduction of each candidate is exact but for weights that it turns negative.
    """
    covariance, chosen = _covariance(program), np.zeros(program.n, dtype=np.bool_)
    chosen[int(np.argmin(_alone(program, covariance)))] = True
    while np.count_nonzero(chosen) < count:
        gain = _gains(program, covariance, chosen)
        chosen[int(np.argmax(np.where(chosen, -np.inf, gain)))] = True
    return np.flatnonzero(chosen)


def _covariance(program: Program) -> Floats:
    found: Floats = program.exposures @ program.exposures.T + np.diag(program.specific)
    return found


def _alone(program: Program, covariance: Floats) -> Floats:
    """Return the variance of holding one name only, (n,)."""
    b = program.benchmark
    found: Floats = np.diag(covariance) - 2.0 * covariance @ b + b @ covariance @ b
    return found


def _inverse(covariance: Floats, chosen: Ints) -> Floats:
    """Return the inverse of the conditions of a fully invested optimum."""
    count = len(chosen)
    matrix = np.zeros((count + 1, count + 1))
    matrix[:count, :count] = covariance[np.ix_(chosen, chosen)]
    matrix[:count, count] = matrix[count, :count] = 1.0
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _gains(program: Program, covariance: Floats, chosen: Flags) -> Floats:
    """Return by how much one further name of each brings the variance down, (n,).

    With weights at the optimum of those chosen, the slope of a candidate at 0 and its
    curvature along the optima tell the reduction: slope² / curvature where it falls.
    """
    own, b = np.flatnonzero(chosen), program.benchmark
    inverse, wanted = _inverse(covariance, own), covariance @ b
    solved = inverse @ np.append(wanted[own], 1.0)
    joined = np.vstack([covariance[own], np.ones(program.n)])
    slope = joined.T @ solved - wanted
    curvature = np.diag(covariance) - np.einsum("ij,ij->j", joined, inverse @ joined)
    found: Floats = np.where(slope < 0.0, slope**2 / np.maximum(curvature, 1e-18), 0.0)
    return found


def backward(program: Program, count: int) -> Ints:
    """Return what is left when names are dropped one by one, the least missed first."""
    covariance, b = _covariance(program), program.benchmark
    own = np.flatnonzero(fitted(program, np.arange(program.n)) > HELD)
    inverse = _inverse(covariance, own)
    wanted = covariance @ b
    while len(own) > count:
        weight = (inverse @ np.append(wanted[own], 1.0))[:-1]
        loss = np.where(weight > 0.0, weight**2 / np.diag(inverse)[:-1], 0.0)
        out = int(np.argmin(loss))
        inverse, own = _without(inverse, out), np.delete(own, out)
    return own


def _without(inverse: Floats, out: int) -> Floats:
    """Return the inverse of the matrix without one of its rows and columns."""
    rest = np.delete(np.arange(len(inverse)), out)
    column = inverse[rest, out]
    found: Floats = (
        inverse[np.ix_(rest, rest)] - np.outer(column, column) / inverse[out, out]
    )
    return found


def reweighted(program: Program, count: int) -> Ints:
    """Return the names of iteratively reweighted L1, at the least price that fits.

    The sum of weights is fixed, so that a plain L1 term does nothing; reweighted it
    charges weight wᵢ at w / (wᵢ + ε) of the round before.

    References
    ----------
    Candès, Wakin, Boyd, Enhancing sparsity by reweighted ℓ1 minimization, 2008.
    """
    found = [_at_least_price(program, count, floor) for floor in FLOORS]
    return min(found, key=lambda names: _variance(program, names))


def _variance(program: Program, names: Ints) -> float:
    return program.variance(fitted(program, names), np.zeros(len(program.lots)))


def _at_least_price(program: Program, count: int, floor: float) -> Ints:
    """Halve, on a logarithmic scale, between a price that fits and one that does not.

    Few enough names at the higher of the two; where none is, the heaviest names.
    """
    low, high = np.log(PRICES)
    best = by_weight(program, count)
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        weights = _sparse(program, float(np.exp(middle)), floor)
        names = np.flatnonzero(weights > HELD)
        if len(names) <= count:
            best, high = names, middle
        else:
            low = middle
    return best


def _sparse(program: Program, price: float, floor: float) -> Floats:
    weights = program.benchmark
    for _ in range(ROUNDS):
        weights = _solved(replace(program, buy_cost=price / (weights + floor)))
    return weights


HEURISTICS: dict[str, Callable[[Program, int], Ints]] = {
    "by weight": by_weight,
    "greedy, forwards": forward,
    "greedy, backwards": backward,
    "reweighted L1": reweighted,
}
