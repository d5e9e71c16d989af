# SPDX-License-Identifier: Apache-2.0
"""Robust scales, weights of days, and specific variances. Arrays only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NORMAL = 1.4826  # standard deviation over median absolute deviation of a normal


def robust_scale(returns: Floats) -> Floats:
    """Return the robust deviation around 0 of each column (n,), from moves only.

    Days without a move say nothing about the size of one: a name that trades every
    third day would have a median of 0.
    """
    moves = np.where(returns == 0.0, np.nan, np.abs(returns))
    return np.asarray(NORMAL * np.nanmedian(moves, axis=0))


def day_weights(days: int, half_life: float) -> Floats:
    """Return weights (days,) that halve every ``half_life`` days, the last day 1.

    Examples
    --------
    >>> day_weights(3, 1.0).tolist()
    [0.25, 0.5, 1.0]
    """
    return np.asarray(0.5 ** (np.arange(days)[::-1] / half_life))


def specific_variance(residuals: Floats, weights: Floats, prior_days: float) -> Floats:
    """Return weighted residual variances (n,), shrunk toward the cross-section.

    ``residuals`` (T, n) have NaN where absent. With effective days eᵢ = (Σw)² / Σw²
    over a name's days, vᵢ becomes vᵢ^(1−sᵢ) τᵢ^sᵢ, sᵢ = prior / (prior + eᵢ): the
    fewer days, the more it resembles the others. τᵢ keeps the mean of lognormal
    variances: log τᵢ = m + (1 − sᵢ/2) q², with m and q the median and the robust
    deviation of log v.
    """
    there = np.isfinite(residuals)
    counted = weights[:, None] * there
    total = counted.sum(axis=0)
    raw = (counted * np.where(there, residuals, 0.0) ** 2).sum(axis=0) / total
    effective = total**2 / (counted**2).sum(axis=0)
    logs = np.log(np.maximum(raw, np.finfo(float).tiny))
    middle = np.median(logs)
    spread = NORMAL * float(np.median(np.abs(logs - middle)))
    share = prior_days / (prior_days + effective)
    target = middle + (1.0 - share / 2.0) * spread**2
    return np.asarray(np.exp((1.0 - share) * logs + share * target))
