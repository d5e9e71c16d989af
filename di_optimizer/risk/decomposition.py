# SPDX-License-Identifier: Apache-2.0
"""What a tracking error is made of. Values only; the model computes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class TrackingError:
    """Annualised standard deviations with total² = factor² + specific².

    Examples
    --------
    >>> TrackingError.of(factor_variance=0.0009, specific_variance=0.0016)
    TrackingError(total=0.05, factor=0.03, specific=0.04)
    """

    total: float
    factor: float
    specific: float

    @classmethod
    def of(cls, *, factor_variance: float, specific_variance: float) -> TrackingError:
        """Return the tracking error of two annualised variances."""
        return cls(
            total=math.sqrt(factor_variance + specific_variance),
            factor=math.sqrt(factor_variance),
            specific=math.sqrt(specific_variance),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Decomposition:
    """An active variance split by factor and by symbol; annualised variances.

    ``by_factor`` and ``specific`` add up to ``variance``, and so does ``by_symbol``.
    A contribution may be negative: that factor or holding hedges the others.

    Attributes
    ----------
    variance : float
        Square of the tracking error.
    by_factor : Series, (k,)
        (C e)ⱼ eⱼ for active exposures e, by factor.
    specific : float
        Sum of ``specific_by_symbol``.
    by_symbol : Series, (n,)
        aᵢ (Σ a)ᵢ for active weights a, by symbol; specific part included.
    specific_by_symbol : Series, (n,)
        dᵢ aᵢ², by symbol.
    """

    variance: float
    by_factor: pd.Series
    specific: float
    by_symbol: pd.Series
    specific_by_symbol: pd.Series

    @property
    def tracking_error(self) -> float:
        """Annualised standard deviation."""
        return math.sqrt(self.variance)

    def by_group(self, labels: Mapping[str, str]) -> pd.Series:
        """Return contributions to the variance by label (sector, account sleeve).

        A symbol without a label counts under ''. The values add up to ``variance``.
        """
        groups = [labels.get(str(symbol), "") for symbol in self.by_symbol.index]
        return self.by_symbol.groupby(groups).sum()
