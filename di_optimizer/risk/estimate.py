# SPDX-License-Identifier: Apache-2.0
"""Estimating a factor risk model from a price history, see docs/risk.md.

Principal components of standardised returns plus specific variances. Looks at
nothing dated after ``on``; what it leaves out is in the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from di_optimizer.errors import InputError, Problem
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.risk.panel import Panel, read_panel
from di_optimizer.risk.report import EstimateReport, LeftOut
from di_optimizer.risk.settings import DEFAULTS, EstimatorSettings
from di_optimizer.risk.structure import Structure, extract
from di_optimizer.risk.variance import day_weights, robust_scale, specific_variance

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DAYS_A_YEAR = 252


@dataclass(frozen=True, eq=False)
class _Estimate:
    """Parts of the model, and counts for the report."""

    exposures: Floats
    covariance: Floats
    specific: Floats
    pulled_in: int
    outliers: int


def estimate(
    history: pd.DataFrame,
    *,
    on: date,
    factors: int = 30,
    window: int = 504,
    settings: EstimatorSettings = DEFAULTS,
) -> FactorRiskModel:
    """Return the factor risk model of a price history as known on a date.

    Parameters
    ----------
    history : DataFrame
        The price history table: date, symbol, close, [adjusted_close, volume,
        dividend, split]. Total returns come from adjusted_close or, where there is
        none, from close, dividend and split. Rows after ``on`` are not looked at.
    on : date
        The model's date.
    factors : int
        Most factors to keep; those at noise level are dropped.
    window : int
        Most daily returns to use.
    settings : EstimatorSettings
        Treatment of short histories, stale prices and outliers.

    Raises
    ------
    InputError
        For cells that are not allowed, and where the data do not allow so many
        factors.

    References
    ----------
    Connor and Korajczyk (1988), Risk and return in an equilibrium APT, Journal of
    Financial Economics 21: asymptotic principal components.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> growth = rng.normal(0, 0.01, (100, 1)) + rng.normal(0, 0.01, (100, 4))
    >>> close = 50 * np.exp(np.cumsum(growth, axis=0))
    >>> days = pd.bdate_range(end="2023-06-30", periods=100)
    >>> history = pd.DataFrame(close, days, list("ABCD")).melt(
    ...     ignore_index=False, var_name="symbol", value_name="close")
    >>> history = history.rename_axis("date").reset_index().assign(
    ...     dividend=0.0, split=1.0)
    >>> model = estimate(history, on=date(2023, 6, 30), factors=1)
    >>> round(model.tracking_error({"A": 0.1, "B": -0.1}).total, 3)
    0.022
    """
    return estimate_with_report(
        history, on=on, factors=factors, window=window, settings=settings
    )[0]


def estimate_with_report(
    history: pd.DataFrame,
    *,
    on: date,
    factors: int = 30,
    window: int = 504,
    settings: EstimatorSettings = DEFAULTS,
) -> tuple[FactorRiskModel, EstimateReport]:
    """Return the model of :func:`estimate` and what was left out and why."""
    _require(factors=factors, window=window)
    panel = read_panel(history, on=on, window=window)
    reasons = _reasons(panel, settings)
    keep = np.array([symbol not in reasons for symbol in panel.symbols])
    returns = panel.returns[:, keep]
    core = _core(returns, settings)
    _require_factors(factors, len(returns), int(core.sum()))
    with threadpool_limits(limits=1, user_api="blas"):  # same input, same bytes
        parts = _parts(returns, core, factors, settings)
    symbols = tuple(s for s in panel.symbols if s not in reasons)
    count = parts.exposures.shape[1]
    model = FactorRiskModel(
        symbols=symbols,
        factors=tuple(f"pc{j + 1:02d}" for j in range(count)),
        exposures=parts.exposures,
        factor_covariance=parts.covariance,
        specific_variance=parts.specific,
        as_of=on,
    )
    report = EstimateReport(
        first=panel.days[0].item(),
        last=panel.days[-1].item(),
        days=len(panel.days),
        symbols=len(symbols),
        left_out=tuple(LeftOut(symbol=s, reason=reasons[s]) for s in sorted(reasons)),
        short=tuple(s for s, c in zip(symbols, core, strict=True) if not c),
        not_market_days=tuple(panel.not_market_days.tolist()),
        gaps=_gaps(returns),
        pulled_in=parts.pulled_in,
        outliers=parts.outliers,
        factors=count,
    )
    return model, report


def _parts(
    returns: Floats, core: Flags, factors: int, settings: EstimatorSettings
) -> _Estimate:
    """Return exposures, covariance and specific variances of returns (T, n)."""
    scale = robust_scale(returns)
    structural = _pull_in(returns, settings.structure_limit * scale)
    deviation = np.sqrt(np.nanmean(structural**2, axis=0))
    structure = extract(structural / deviation, core=core, factors=factors)
    weights = day_weights(len(returns), settings.half_life)
    full, signal = _factor_covariances(structure, weights)
    mild = _pull_in(returns, settings.outlier_limit * scale) / deviation
    fitted = structure.factor_returns @ structure.loadings.T
    specific = specific_variance(mild - fitted, weights, settings.specific_prior_days)
    noise = np.einsum(
        "ij,jk,ik->i", structure.loadings, full - signal, structure.loadings
    )
    year = DAYS_A_YEAR * deviation**2
    exposures, covariance = _normalised(deviation[:, None] * structure.loadings, signal)
    return _Estimate(
        exposures=exposures,
        covariance=DAYS_A_YEAR * covariance,
        specific=year * (specific + np.maximum(noise, 0.0)),
        pulled_in=_beyond(returns, settings.structure_limit * scale),
        outliers=_beyond(returns, settings.outlier_limit * scale),
    )


def _factor_covariances(structure: Structure, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weighted covariance of factor returns, and its part that is signal."""
    returns = structure.factor_returns
    full = (returns * (weights / weights.sum())[:, None]).T @ returns
    root = np.sqrt(structure.kept)
    return full, full * np.outer(root, root)


def _normalised(exposures: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Scale each factor to exposures of mean square 1; the product stays."""
    size = np.sqrt((exposures**2).mean(axis=0))
    return exposures / size, covariance * np.outer(size, size)


def _pull_in(returns: Floats, limit: Floats) -> Floats:
    return np.clip(returns, -limit, limit)


def _beyond(returns: Floats, limit: Floats) -> int:
    return int((np.abs(returns) > limit).sum())


def _reasons(panel: Panel, settings: EstimatorSettings) -> dict[str, str]:
    """Return why symbols are left out."""
    counts = np.isfinite(panel.returns).sum(axis=0)
    moved = (np.nan_to_num(panel.returns) != 0.0).any(axis=0)
    reasons = dict.fromkeys(panel.before, "no price in the window")
    for i, symbol in enumerate(panel.symbols):
        age = int(panel.last_price[i])
        if age < 0:
            reasons[symbol] = "no price in the window"
        elif age > settings.stale_days:
            allowed = f"{settings.stale_days} allowed"
            reasons[symbol] = f"last price {age} market days old, {allowed}"
        elif counts[i] < settings.minimum_days:
            needed = f"{settings.minimum_days} needed"
            reasons[symbol] = f"{counts[i]} daily returns, {needed}"
        elif not moved[i]:
            reasons[symbol] = "the price never moved"
    return reasons


def _core(returns: Floats, settings: EstimatorSettings) -> Flags:
    """Return which names have enough of the window's days to define factors."""
    return np.asarray(np.isfinite(returns).mean(axis=0) >= settings.core_share)


def _gaps(returns: Floats) -> int:
    """Return how many returns are missing after each name's first."""
    there = np.isfinite(returns)
    begun = np.logical_or.accumulate(there, axis=0)
    return int((begun & ~there).sum())


def _require(**counts: int) -> None:
    problems = [
        Problem(file="estimate", column=name, found=str(count), allowed="at least 1")
        for name, count in counts.items()
        if count < 1
    ]
    if problems:
        raise InputError(problems)


def _require_factors(factors: int, days: int, names: int) -> None:
    """Refuse more factors than the returns can tell apart."""
    most = min(days, names) - 1
    if factors > most:
        data = f"{days} daily returns of {names} names with enough of them"
        raise InputError(
            [
                Problem(
                    file="estimate",
                    column="factors",
                    found=str(factors),
                    allowed=f"at most {max(most, 0)}, from {data}",
                )
            ]
        )
