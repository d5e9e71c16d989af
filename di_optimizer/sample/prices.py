# SPDX-License-Identifier: Apache-2.0
"""The price tables of the sample market: the long history, and one day's quotes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from di_optimizer.sample.issuers import Floats
from di_optimizer.sample.market import SampleMarket, returns

ADV_DAYS = 21
TIGHTEST_BP, WIDEST_BP = 1.0, 20.0


def price_history(market: SampleMarket) -> pd.DataFrame:
    """Return date, symbol, close, adjusted_close, volume, dividend, split.

    One row for each day and security that traded, by date, then symbol.

    Examples
    --------
    >>> from di_optimizer.sample.market import MarketSpec, build_market
    >>> history = price_history(build_market(MarketSpec(securities=25)))
    >>> history[["date", "symbol"]].duplicated().any().item()
    False
    """
    row, column = np.nonzero(~np.isnan(market.close))
    days = np.array(market.days, dtype="datetime64[s]")
    return pd.DataFrame(
        {
            "date": days[row],
            "symbol": np.array(market.symbols, dtype=object)[column],
            "close": market.close[row, column],
            "adjusted_close": adjusted_close(market)[row, column],
            "volume": market.volume[row, column],
            "dividend": market.dividend[row, column],
            "split": market.split[row, column],
        }
    )


def adjusted_close(market: SampleMarket) -> Floats:
    """Return closes whose ratios are total returns, (T, n), 6 decimals.

    The last one is the close itself; earlier ones are scaled down by the dividends
    and splits that came later. NaN where there is no close.
    """
    growth = np.vstack([np.ones((1, len(market.symbols))), 1.0 + returns(market)])
    backward = np.cumprod(np.nan_to_num(growth[::-1], nan=1.0), axis=0)[::-1]
    later = np.vstack([backward[1:], np.ones((1, len(market.symbols)))])
    adjusted: Floats = np.round(market.last[-1] / later, 6)
    return np.where(np.isnan(market.close), np.nan, adjusted)


def quotes(market: SampleMarket, on: date) -> pd.DataFrame:
    """Return symbol, price, currency, as_of, adv, spread_bp of a date.

    ``adv`` is the mean volume of the last 21 days in shares of that date; spreads
    fall with the root of a security's market value.

    Examples
    --------
    >>> from di_optimizer.sample.market import END, MarketSpec, build_market
    >>> table = quotes(build_market(MarketSpec(securities=25)), END)
    >>> table["spread_bp"].between(1, 20).all().item()
    True
    """
    row = market.row(on)
    listed = market.listed <= row
    value = (market.shares * market.last)[row]
    spread = np.clip(12.0 / np.sqrt(value / 5e9), TIGHTEST_BP, WIDEST_BP)
    table = pd.DataFrame(
        {
            "symbol": list(market.symbols),
            "price": market.last[row],
            "currency": "USD",
            "as_of": market.days[row].isoformat(),
            "adv": _average_volume(market, row),
            "spread_bp": np.round(spread, 1),
        }
    )
    return table[listed].reset_index(drop=True)


def _average_volume(market: SampleMarket, row: int) -> Floats:
    """Return mean volumes in shares of day ``row``, (n,)."""
    window = slice(max(0, row - ADV_DAYS + 1), row + 1)
    since = market.shares[row] / market.shares[window]  # the splits in between
    mean: Floats = np.round((market.volume[window] * since).mean(axis=0))
    return mean
