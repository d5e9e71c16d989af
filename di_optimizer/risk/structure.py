# SPDX-License-Identifier: Apache-2.0
"""Statistical factors of a panel of standardised returns.

Principal components of the pairwise correlation of the core, factor returns by
regression across names, loadings by regression through time: with no gaps that is
plain principal components. Arrays only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RANK = 1e-10  # of the largest eigenvalue: below it a component is rounding


@dataclass(frozen=True, eq=False)
class Structure:
    """Factor returns (T, k), loadings (n, k) and the share of each factor kept (k,).

    Loadings are regression coefficients of standardised returns; ``kept`` is the
    part of each factor's variance that is signal, in (0, 1].
    """

    factor_returns: Floats
    loadings: Floats
    kept: Floats


def extract(standard: Floats, *, core: Flags, factors: int) -> Structure:
    """Return the structure of standardised returns (T, n), NaN where absent.

    Factors that random-matrix theory cannot tell from noise are dropped; the first
    always stays.
    """
    middle = standard[:, core]
    values, vectors, total = _components(middle, factors)
    ratio = middle.shape[1] / len(middle)
    noise = noise_level(values, total=total, names=middle.shape[1], ratio=ratio)
    kept = signal_share(values / noise, ratio=ratio)
    real = (kept > 0) & (values > RANK * values[0])
    real[0] = True
    returns = _factor_returns(middle, vectors[:, real])
    loadings = _loadings(standard, returns, core)
    return Structure(returns, loadings, np.maximum(kept[real], 0.0))


def _components(middle: Floats, factors: int) -> tuple[Floats, Floats, float]:
    """Return the largest eigenvalues, their vectors (n, k), and the sum of all.

    Entry (i, j) of the correlation uses the days on which both names have a return.
    """
    there = np.isfinite(middle)
    filled = np.where(there, middle, 0.0)  # a zero adds nothing to the sum of products
    days = there.astype(np.float64)
    correlation = (filled.T @ filled) / np.maximum(days.T @ days, 1.0)
    n = len(correlation)
    values, vectors = eigh(correlation, subset_by_index=(n - factors, n - 1))
    values, vectors = values[::-1], vectors[:, ::-1]
    return values, vectors * _signs(vectors), float(np.trace(correlation))


def _signs(vectors: Floats) -> Floats:
    """Return the sign that makes each vector's sum positive."""
    return np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)


def noise_level(values: Floats, *, total: float, names: int, ratio: float) -> float:
    """Return the noise variance: the mean of the eigenvalues at noise level.

    ``values`` (k,) are the largest, ``total`` is the sum of all. To count the largest
    as signal because they were asked for would make noise look small, so those that
    do not stand out go back until none does.

    Examples
    --------
    >>> noise_level(np.array([50.0, 1.4, 1.2]), total=100.0, names=60, ratio=0.1)
    0.847457627118644
    """
    signal = len(values)
    while True:
        rest = (total - float(values[:signal].sum())) / (names - signal)
        rest = max(rest, np.finfo(float).eps)
        standing = int((values[:signal] > noise_edge(ratio) * rest).sum())
        if standing == signal:
            return rest
        signal = standing


def noise_edge(ratio: float) -> float:
    """Return the largest sample eigenvalue of pure noise of variance 1.

    References
    ----------
    Marchenko and Pastur (1967), Distribution of eigenvalues for some sets of random
    matrices, Mathematics of the USSR-Sbornik 1.
    """
    return float((1.0 + np.sqrt(ratio)) ** 2)


def signal_share(values: Floats, *, ratio: float) -> Floats:
    """Return the part of each sample eigenvalue that is signal, 0 at noise level.

    ``values`` (k,) are in units of the noise variance, ``ratio`` is names / days. With
    ℓ the population eigenvalue behind λ and c² the squared cosine between the true
    and the sample vector, the share is (ℓ − 1) c² / λ.

    References
    ----------
    Donoho, Gavish and Johnstone (2018), Optimal shrinkage of eigenvalues in the
    spiked covariance model, Annals of Statistics 46: Frobenius loss.

    Examples
    --------
    >>> signal_share(np.array([1.5, 100.0]), ratio=0.5).round(3).tolist()
    [0.0, 0.98]
    """
    above = values > noise_edge(ratio)
    lam = np.where(above, values, (2.0 + np.sqrt(ratio)) ** 2)
    middle = lam + 1.0 - ratio
    true = (middle + np.sqrt(middle**2 - 4.0 * lam)) / 2.0
    cosine = (1.0 - ratio / (true - 1.0) ** 2) / (1.0 + ratio / (true - 1.0))
    return np.where(above, (true - 1.0) * cosine / lam, 0.0)


def _factor_returns(middle: Floats, vectors: Floats) -> Floats:
    """Regress each day's returns across the names that have one on the vectors."""
    there = np.isfinite(middle)
    returns = np.where(there, middle, 0.0) @ vectors
    for day in np.flatnonzero(~there.all(axis=1)):
        names = there[day]
        returns[day] = np.linalg.lstsq(vectors[names], middle[day, names])[0]
    return returns


def _loadings(standard: Floats, returns: Floats, core: Flags) -> Floats:
    """Regress each name's days on the factor returns.

    The core by least squares; shorter histories with the core's mean loading and its
    spread as the prior, so that few days move a loading little.
    """
    there = np.isfinite(standard)
    loadings = np.zeros((standard.shape[1], returns.shape[1]))
    whole = there.all(axis=0)
    gram = returns.T @ returns
    loadings[whole] = np.linalg.solve(gram, returns.T @ standard[:, whole]).T
    for name in np.flatnonzero(core & ~whole):
        days = there[:, name]
        loadings[name] = np.linalg.lstsq(returns[days], standard[days, name])[0]
    prior = _Prior.of(standard, returns, loadings, core)
    for name in np.flatnonzero(~core):
        days = there[:, name]
        loadings[name] = prior.regress(returns[days], standard[days, name])
    return loadings


@dataclass(frozen=True, eq=False)
class _Prior:
    """A normal prior of loadings: mean, spread (variances), and residual variance."""

    mean: Floats
    spread: Floats
    residual: float

    @classmethod
    def of(
        cls, standard: Floats, returns: Floats, loadings: Floats, core: Flags
    ) -> _Prior:
        rest = standard[:, core] - returns @ loadings[core].T
        tiny = np.finfo(float).eps
        return cls(
            mean=loadings[core].mean(axis=0),
            spread=np.maximum(loadings[core].var(axis=0), tiny),
            residual=max(float(np.nanmean(rest**2)), tiny),
        )

    def regress(self, returns: Floats, values: Floats) -> Floats:
        """Return the posterior mean of one name's loadings."""
        gram = returns.T @ returns + np.diag(self.residual / self.spread)
        return self.mean + np.linalg.solve(
            gram, returns.T @ (values - returns @ self.mean)
        )
