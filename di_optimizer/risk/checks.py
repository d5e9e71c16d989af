# SPDX-License-Identifier: Apache-2.0
"""What makes arrays a factor risk model: every problem of the parts, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from di_optimizer.errors import Problem

Floats = NDArray[np.float64]

FILE = "risk model"  # what messages call a model that no file is known of
TOLERANCE = 1e-8  # of the largest entry: asymmetry and negative eigenvalues below it


def name_problems(what: str, names: Sequence[str]) -> Iterator[Problem]:
    """Yield blank and repeated names."""
    for name, count in Counter(names).items():
        if not isinstance(name, str) or not name.strip():
            yield _problem(what, f"{name!r} as a name", "names that are not blank")
        elif count > 1:
            yield _problem(what, f"'{name}' {count} times", "each name once")


def shape_problems(what: str, array: Floats, shape: tuple[int, ...]) -> list[Problem]:
    """Return a problem when ``array`` has another shape."""
    if array.shape == shape:
        return []
    return [_problem(what, f"shape {array.shape}", f"shape {shape}")]


def exposure_problems(
    exposures: Floats, symbols: Sequence[str], factors: Sequence[str]
) -> Iterator[Problem]:
    """Yield exposures that are not finite, by symbol and factor."""
    for i, j in np.argwhere(~np.isfinite(exposures)).tolist():
        where = f"{exposures[i, j]} for '{symbols[i]}' to '{factors[j]}'"
        yield _problem("exposures", where, "finite numbers")


def specific_problems(variance: Floats, symbols: Sequence[str]) -> Iterator[Problem]:
    """Yield specific variances that are not finite or below zero, by symbol."""
    for i in np.flatnonzero(~(np.isfinite(variance) & (variance >= 0))).tolist():
        found = f"{variance[i]} for '{symbols[i]}'"
        yield _problem("specific_variance", found, "finite numbers of at least 0")


def covariance_problems(
    covariance: Floats, factors: Sequence[str]
) -> Iterator[Problem]:
    """Yield what keeps (k, k) from being a covariance: finite, symmetric, PSD."""
    what = "factor_covariance"
    bad = np.argwhere(~np.isfinite(covariance)).tolist()
    for i, j in bad:
        where = f"{covariance[i, j]} for '{factors[i]}' and '{factors[j]}'"
        yield _problem(what, where, "finite numbers")
    if bad or not covariance.size:
        return
    tolerance = TOLERANCE * float(np.abs(covariance).max())
    crooked = np.argwhere(np.triu(np.abs(covariance - covariance.T) > tolerance))
    for i, j in crooked.tolist():
        pair = f"{covariance[i, j]} and {covariance[j, i]}"
        where = f"{pair} for '{factors[i]}' and '{factors[j]}'"
        yield _problem(what, where, "a symmetric matrix")
    if not len(crooked):
        yield from _negative_eigenvalue(covariance, tolerance)


def _negative_eigenvalue(covariance: Floats, tolerance: float) -> Iterator[Problem]:
    lowest = float(np.linalg.eigvalsh(covariance)[0])
    if lowest < -tolerance:
        found = f"an eigenvalue of {lowest:.6g}"
        yield _problem("factor_covariance", found, "no negative eigenvalue")


def _problem(what: str, found: str, allowed: str) -> Problem:
    return Problem(file=FILE, column=what, found=found, allowed=allowed)
