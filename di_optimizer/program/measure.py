# SPDX-License-Identifier: Apache-2.0
"""What measures risk: factor exposures and specific variances of active weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.groups import Floats


@dataclass(frozen=True)
class Measure:
    """F (n, k) and d (n,) of tracking error itself, where the objective has others."""

    exposures: Floats
    specific: Floats

    def variance(self, active: Floats) -> float:
        """Return the variance of active weights (n,), annualised."""
        factor = self.exposures.T @ active
        return float(factor @ factor + self.specific @ active**2)

    def longer(self, extra: int) -> Measure:
        """Return the measure with columns that have no risk behind its own."""
        none = np.zeros((extra, self.exposures.shape[1]))
        exposures = np.vstack([self.exposures, none])
        return Measure(exposures, np.concatenate([self.specific, np.zeros(extra)]))

    def shorter(self, n: int) -> Measure:
        """Return the measure of the first n columns."""
        return Measure(self.exposures[:n], self.specific[:n])
