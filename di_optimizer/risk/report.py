# SPDX-License-Identifier: Apache-2.0
"""What an estimate used and what it left out, with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A symbol of the history that the model does not hold."""

    symbol: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateReport:
    """What :func:`di_optimizer.risk.estimate_with_report` did with the history.

    Attributes
    ----------
    first, last : date
        First and last day with a return.
    days : int
        Market days with returns.
    symbols : int
        Names in the model.
    left_out : tuple of LeftOut
        Names of the history that are not in the model, by symbol.
    short : tuple of str
        Names in the model whose loadings come from a regression on fewer days.
    not_market_days : tuple of date
        Dates on which fewer than half of the usual number of names have a row; their
        prices were not used.
    gaps : int
        Daily returns missing inside the life of the names in the model. Returns
        across a gap are not used.
    pulled_in : int
        Returns beyond the structure limit.
    outliers : int
        Returns beyond the outlier limit: look at them, they may be errors.
    factors : int
        Factors in the model: fewer than asked for when the rest is noise.
    """

    first: date
    last: date
    days: int
    symbols: int
    left_out: tuple[LeftOut, ...]
    short: tuple[str, ...]
    not_market_days: tuple[date, ...]
    gaps: int
    pulled_in: int
    outliers: int
    factors: int

    def left_out_table(self) -> pd.DataFrame:
        """Return the names left out, one row each: symbol, reason."""
        rows = [(item.symbol, item.reason) for item in self.left_out]
        return pd.DataFrame(rows, columns=["symbol", "reason"])
