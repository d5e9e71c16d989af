# SPDX-License-Identifier: Apache-2.0
"""Active portfolios for the calibration of risk models: at random, and optimised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from di_optimizer.risk import FactorRiskModel

Floats = NDArray[np.float64]

RANDOM = ("dense", "equal 50", "cap 50", "drop 10 %", "sector tilt")
OPTIMISED = ("optimised 50", "optimised 150")


@dataclass(frozen=True)
class Scene:
    """What is known on one date: names, weights, sectors; and the days after."""

    on: date
    symbols: tuple[str, ...]
    weights: Floats
    sectors: NDArray[np.str_]
    ahead: Floats
    model: FactorRiskModel


def index_weights(history: pd.DataFrame, on: date, symbols: tuple[str, ...]) -> Floats:
    """Return the median dollar volume of a year: a stand-in for capitalisation."""
    stop = np.datetime64(on)
    dates = history["date"].to_numpy()
    past = history[(dates <= stop) & (dates > stop - np.timedelta64(365, "D"))]
    traded = (past["close"] * past["volume"]).groupby(past["symbol"]).median()
    weights = traded.reindex(list(symbols)).to_numpy()
    return np.asarray(weights / weights.sum())


def dense(scene: Scene, rng: np.random.Generator) -> Floats:
    """Hold every name long or short, dollar neutral, 100 % each side."""
    active = rng.standard_normal(len(scene.symbols))
    active -= active.mean()
    return active / np.abs(active).sum() * 2


def equal_50(scene: Scene, rng: np.random.Generator) -> Floats:
    """Hold 50 random names at equal weights, against all names at equal weights."""
    n = len(scene.symbols)
    active = np.full(n, -1 / n)
    active[rng.choice(n, 50, replace=False)] += 1 / 50
    return active


def cap_50(scene: Scene, rng: np.random.Generator) -> Floats:
    """Hold 50 random names at index proportions, against the index."""
    names = rng.choice(len(scene.symbols), 50, replace=False)
    active = -scene.weights
    active[names] += scene.weights[names] / scene.weights[names].sum()
    return active


def drop_10(scene: Scene, rng: np.random.Generator) -> Floats:
    """Leave a random tenth of the names out of the index."""
    n = len(scene.symbols)
    kept = scene.weights.copy()
    kept[rng.choice(n, n // 10, replace=False)] = 0
    return kept / kept.sum() - scene.weights


def sector_tilt(scene: Scene, rng: np.random.Generator) -> Floats:
    """Scale every sector of the index by a random factor, e^(0.3 z)."""
    names, of = np.unique(scene.sectors, return_inverse=True)
    tilted = scene.weights * np.exp(0.3 * rng.standard_normal(len(names)))[of]
    return tilted / tilted.sum() - scene.weights


def optimised(scene: Scene, rng: np.random.Generator, size: int) -> Floats:
    """Minimise predicted tracking error over ``size`` names drawn by weight, x ≥ 0."""
    n = len(scene.symbols)
    names = np.sort(rng.choice(n, size, replace=False, p=scene.weights))
    F, d = scene.model.loadings(scene.symbols)
    root = np.sqrt(d[names])
    rows = np.vstack([F[names].T, np.diag(root), np.full((1, size), 100.0)])
    aim = np.concatenate([F.T @ scene.weights, root * scene.weights[names], [100.0]])
    weights, _ = nnls(rows, aim, maxiter=100 * size)
    active = -scene.weights
    active[names] += weights / weights.sum()
    return active


KINDS: dict[str, Callable[[Scene, np.random.Generator], Floats]] = {
    "dense": dense,
    "equal 50": equal_50,
    "cap 50": cap_50,
    "drop 10 %": drop_10,
    "sector tilt": sector_tilt,
    "optimised 50": lambda scene, rng: optimised(scene, rng, 50),
    "optimised 150": lambda scene, rng: optimised(scene, rng, 150),
}
