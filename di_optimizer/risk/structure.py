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
    values, vectors, noise = _components(middle, factors)
    kept = signal_share(values / noise, ratio=middle.shape[1] / len(middle))
    real = (kept > 0) & (values > RANK * values[0])
    real[0] = True
    returns = _factor_returns(middle, vectors[:, real])
    loadings = _loadings(standard, returns, core)
    return Structure(returns, loadings, np.maximum(kept[real], 0.0))


def _components(middle: Floats, factors: int) -> tuple[Floats, Floats, float]:
    """Return the largest eigenvalues, their vectors (n, k), and the mean of the rest.

    Entry (i, j) of the correlation uses the days on which both names have a return.
    """
    there = np.isfinite(middle)
    filled = np.where(there, middle, 0.0)  # a zero adds nothing to the sum of products
    days = there.astype(np.float64)
    correlation = (filled.T @ filled) / np.maximum(days.T @ days, 1.0)
    n = len(correlation)
    values, vectors = eigh(correlation, subset_by_index=(n - factors, n - 1))
    values, vectors = values[::-1], vectors[:, ::-1]
    rest = (float(np.trace(correlation)) - float(values.sum())) / (n - factors)
    return values, vectors * _signs(vectors), max(rest, np.finfo(float).eps)


def _signs(vectors: Floats) -> Floats:
    """Return the sign that makes each vector's sum positive."""
    return np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)


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
    above = values > (1.0 + np.sqrt(ratio)) ** 2
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
