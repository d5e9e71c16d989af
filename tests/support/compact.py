# SPDX-License-Identifier: Apache-2.0
"""Small universes for compact indexes, and the best of them by trying every set."""

from __future__ import annotations

import itertools

import clarabel
import numpy as np
from scipy.sparse import csc_matrix

import di_optimizer as di
from di_optimizer.compact.task import Task


def model(n: int, factors: int = 2, seed: int = 0) -> di.FactorRiskModel:
    """A risk model of symbols S00, S01, …"""
    rng = np.random.default_rng(seed)
    exposures = rng.normal(0.0, 1.0, (n, factors))
    exposures[:, 0] = rng.uniform(0.7, 1.3, n)
    return di.FactorRiskModel(
        symbols=tuple(f"S{i:02d}" for i in range(n)),
        factors=tuple(f"f{j}" for j in range(factors)),
        exposures=exposures,
        factor_covariance=np.diag(rng.uniform(0.005, 0.04, factors)),
        specific_variance=rng.uniform(0.01, 0.12, n),
    )


def fund(n: int, seed: int = 0) -> di.Benchmark:
    """A benchmark of the same symbols, a few of them large."""
    rng = np.random.default_rng(1000 + seed)
    weights = rng.dirichlet(np.full(n, 0.8)) + 0.1 / n
    weights /= weights.sum()
    named = {f"S{i:02d}": float(w) for i, w in enumerate(weights)}
    return di.Benchmark.from_weights(named, name="All")


def random_task(n: int, names: int, seed: int, **limits: float) -> Task:
    """The same as arrays."""
    risk, benchmark = model(n, seed=seed), fund(n, seed)
    exposures, specific = risk.loadings(risk.symbols)
    return Task(
        symbols=risk.symbols,
        exposures=exposures,
        specific=specific,
        target=benchmark.weights.to_numpy().astype(float),
        allowed=np.ones(n, dtype=bool),
        budget=1.0,
        names=names,
        least=limits.get("least", 0.0),
        most=limits.get("most", 1.0),
    )


def naive_variance(task: Task, chosen: tuple[int, ...]) -> float:
    """Least variance of chosen securities, by an interior point on dense matrices.

    Every chosen one weighs at least ``task.least``; inf where nothing fits.
    """
    own, m = list(chosen), len(chosen)
    dense = task.exposures @ task.exposures.T + np.diag(task.specific)
    quadratic = dense[np.ix_(own, own)]
    linear = -(dense @ task.target)[own]
    if m * task.least > task.budget + 1e-12 or m * task.most < task.budget - 1e-12:
        return np.inf
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    limits = np.vstack([np.ones((1, m)), np.eye(m), -np.eye(m)])
    most, least = np.full(m, task.most), np.full(m, -task.least)
    right = np.concatenate([[task.budget], most, least])
    solved = clarabel.DefaultSolver(
        csc_matrix(np.triu(2.0 * quadratic)),
        2.0 * linear,
        csc_matrix(limits),
        right,
        [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(2 * m)],
        settings,
    ).solve()
    assert str(solved.status) in {"Solved", "AlmostSolved"}, solved.status
    weights = np.zeros(task.n)
    weights[own] = solved.x
    return task.variance(weights)


def best_of_all(task: Task) -> float:
    """Least variance over every set of at most ``task.names`` that may be held."""
    allowed = np.flatnonzero(task.allowed).tolist()
    sizes = range(1, task.names + 1) if task.least > 0.0 else (task.names,)
    sets = (s for size in sizes for s in itertools.combinations(allowed, size))
    return min(naive_variance(task, chosen) for chosen in sets)
