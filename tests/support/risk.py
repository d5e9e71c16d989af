# SPDX-License-Identifier: Apache-2.0
"""Worlds with known risk, price histories made of returns, naive covariances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from di_optimizer.risk import FactorRiskModel

Floats = NDArray[np.float64]
LAST = "2023-06-30"


def names(count: int) -> tuple[str, ...]:
    return tuple(f"S{i:03d}" for i in range(count))


def random_model(
    n: int = 12, k: int = 3, *, seed: int = 0, calibration: float = 1.0
) -> FactorRiskModel:
    rng = np.random.default_rng(seed)
    root = rng.normal(0, 0.1, (k, k))
    return FactorRiskModel(
        symbols=names(n),
        factors=tuple(f"f{j}" for j in range(k)),
        exposures=rng.normal(1, 0.5, (n, k)),
        factor_covariance=root @ root.T,
        specific_variance=rng.uniform(0.01, 0.1, n),
        calibration=calibration,
    )


def dense(model: FactorRiskModel) -> Floats:
    """Σ entry by entry, (n, n)."""
    n, k = model.exposures.shape
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for p in range(k):
                for q in range(k):
                    out[i, j] += (
                        model.exposures[i, p]
                        * model.factor_covariance[p, q]
                        * model.exposures[j, q]
                    )
        out[i, i] += model.specific_variance[i]
    return out * model.calibration**2


def history_of(
    returns: Floats, symbols: tuple[str, ...] = (), *, raw: bool = False
) -> pd.DataFrame:
    """Long prices with the given daily returns (T, n), the last day ``LAST``.

    A NaN return is a missing price on its day. ``raw`` leaves the adjusted close out.
    """
    days, n = returns.shape
    symbols = symbols or names(n)
    growth = np.vstack([np.ones(n), np.cumprod(1 + np.nan_to_num(returns), axis=0)])
    close = 50.0 * growth
    close[1:][np.isnan(returns)] = np.nan
    dates = pd.bdate_range(end=LAST, periods=days + 1, unit="s")
    wide = pd.DataFrame(close, index=dates, columns=list(symbols))
    long = wide.melt(ignore_index=False, var_name="symbol", value_name="close")
    long = long.dropna().rename_axis("date").reset_index()
    if raw:
        return long.assign(dividend=0.0, split=1.0)
    return long.assign(adjusted_close=long["close"])


@dataclass(frozen=True)
class World:
    """Returns (T, n) drawn from a covariance (n, n), annualised."""

    returns: Floats
    covariance: Floats


def world(days: int, n: int, k: int, *, seed: int = 0) -> World:
    """A market factor, k − 1 weaker ones, and specific risk of 15 to 45 %."""
    rng = np.random.default_rng(seed)
    exposures = np.column_stack(
        [rng.uniform(0.6, 1.4, n), rng.normal(0, 1, (n, k - 1))]
    )
    deviation = np.array([0.16, *([0.05] * (k - 1))]) / np.sqrt(252)
    specific = rng.uniform(0.15, 0.45, n) / np.sqrt(252)
    moves = rng.normal(size=(days, k)) * deviation
    returns = moves @ exposures.T + rng.normal(size=(days, n)) * specific
    daily = (exposures * deviation**2) @ exposures.T + np.diag(specific**2)
    return World(returns, 252 * daily)
