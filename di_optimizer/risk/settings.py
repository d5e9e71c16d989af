# SPDX-License-Identifier: Apache-2.0
"""How the estimator treats real data: one value, every default visible."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from di_optimizer.errors import InputError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatorSettings:
    """Preferences of :func:`di_optimizer.risk.estimate`; see docs/risk.md.

    Attributes
    ----------
    minimum_days : int
        Names with fewer daily returns in the window are left out.
    stale_days : int
        Names whose last price is more than this many market days old are left out.
    core_share : float
        Names with at least this share of the window's returns define the factors.
    half_life : float
        Market days after which a day counts half in variances (not in structure).
    structure_limit : float
        Returns beyond this many robust deviations are pulled in to it where factors
        and loadings are estimated.
    outlier_limit : float
        The same for specific variances: only errors of the data reach it.
    specific_prior_days : float
        Weight of the cross-section, in days, when specific variances are shrunk.

    Raises
    ------
    InputError
        For every setting out of range.
    """

    minimum_days: int = 63
    stale_days: int = 5
    core_share: float = 0.75
    half_life: float = 63.0
    structure_limit: float = 4.0
    outlier_limit: float = 20.0
    specific_prior_days: float = 45.0

    def __post_init__(self) -> None:
        allowed = {
            "minimum_days": (2, math.inf),
            "stale_days": (0, math.inf),
            "core_share": (0.5, 1.0),
            "half_life": (1.0, math.inf),
            "structure_limit": (2.0, math.inf),
            "outlier_limit": (2.0, math.inf),
            "specific_prior_days": (0.0, 1e6),
        }
        problems = [
            Problem(
                file="estimator settings",
                column=name,
                found=str(value),
                allowed=f"a number from {allowed[name][0]:g} to {allowed[name][1]:g}",
            )
            for name, value in asdict(self).items()
            if not allowed[name][0] <= value <= allowed[name][1]
        ]
        if problems:
            raise InputError(problems)


DEFAULTS = EstimatorSettings()
