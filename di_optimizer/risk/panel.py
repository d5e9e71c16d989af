# SPDX-License-Identifier: Apache-2.0
"""From the long price history to daily returns: days × symbols, absent stays absent.

Sees rows dated ``on`` or earlier only. Knows nothing of factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from di_optimizer.errors import InputError, Problem
from di_optimizer.tables.catalog import TABLES
from di_optimizer.tables.check import examine
from di_optimizer.tables.convert import convert
from di_optimizer.tables.source import ROW

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

TABLE = TABLES["price_history"]
NEIGHBOURS = 21  # dates around one that tell how many names it usually has
STALE_HISTORY = timedelta(days=14)  # longer than any closure of an exchange since 1915


@dataclass(frozen=True, eq=False)
class Panel:
    """Daily returns in one window; NaN where a price of the two is absent.

    Attributes
    ----------
    symbols : tuple of str
        Sorted, (n,).
    days : (T,)
        Market days, the last not after ``on``.
    returns : (T, n)
        Total returns as fractions from one market day to the next.
    last_price : (n,)
        Days before the window's last on which each name had its last price; −1: none.
    not_market_days : (…,)
        Dates of the window that were passed over.
    before : tuple of str
        Symbols of the history with rows before the window only.
    """

    symbols: tuple[str, ...]
    days: Days
    returns: Floats
    last_price: NDArray[np.int64]
    not_market_days: Days
    before: tuple[str, ...]


def read_panel(history: pd.DataFrame, *, on: date, window: int) -> Panel:
    """Return the last ``window`` daily returns of every name, up to ``on``.

    Raises
    ------
    InputError
        For every cell of the window that is not allowed, a day given twice for a
        symbol, dates that cannot be read, and a history that ends long before ``on``.
    """
    dated, dates = _until(history, on)
    market, others = _market_days(dates, window, on)
    recent = dates >= market[0]
    used = recent & np.isin(dates, market)
    frame, problems = examine(dated[used], TABLE, TABLE.name)
    problems += _raw_column_problems(dated)
    if problems:
        raise InputError(problems)
    symbols = sorted(frame["symbol"].unique())
    prices, payouts = _wide(frame, market, symbols)
    with np.errstate(invalid="ignore"):
        returns = payouts[1:] / prices[:-1] - 1.0
    names = {str(name).strip() for name in dated.loc[~recent, "symbol"].unique()}
    return Panel(
        symbols=tuple(symbols),
        days=market[1:],
        returns=returns,
        last_price=_age(prices),
        not_market_days=others,
        before=tuple(sorted(names.difference(symbols))),
    )


def _until(history: pd.DataFrame, on: date) -> tuple[pd.DataFrame, Days]:
    """Return rows dated ``on`` or earlier, with their place as index, and dates."""
    missing = [name for name in ("date", "symbol") if name not in history.columns]
    if missing or not len(history):
        raise InputError(examine(history, TABLE)[1])
    if history.index.name != ROW:
        rows = pd.RangeIndex(1, len(history) + 1, name=ROW)
        history = history.set_axis(rows, axis="index")
    column = TABLE.column("date")
    converted = convert(history["date"], column)
    if converted.bad.any():
        raise InputError(examine(history[converted.bad], TABLE, TABLE.name)[1])
    dates = converted.values.to_numpy().astype("datetime64[D]")
    known = dates <= np.datetime64(on)
    return history[known], dates[known]


def _market_days(dates: Days, window: int, on: date) -> tuple[Days, Days]:
    """Return the window + 1 last market days, and the dates between that are none."""
    days, counts = np.unique(dates, return_counts=True)
    if not len(days) or on - days[-1].item() > STALE_HISTORY:
        ends = f"a history that ends on {days[-1]}" if len(days) else "no earlier price"
        allowed = f"prices within {STALE_HISTORY.days} days before {on}"
        raise InputError([Problem(file=TABLE.name, found=ends, allowed=allowed)])
    around = pd.Series(counts).rolling(NEIGHBOURS, center=True, min_periods=1)
    usual = around.median().to_numpy()
    is_market = 2 * counts >= usual
    market = days[is_market][-window - 1 :]
    others = days[~is_market]
    return market, others[others >= market[0]]


def _raw_column_problems(frame: pd.DataFrame) -> list[Problem]:
    """Return columns that returns need where there is no adjusted close."""
    if _has_adjusted(frame):
        return []
    return [
        Problem(
            file=TABLE.name,
            row=1,
            column=name,
            found=f"neither 'adjusted_close' nor '{name}'",
            allowed="adjusted_close, or close with dividend and split",
        )
        for name in ("dividend", "split")
        if name not in frame.columns
    ]


def _has_adjusted(frame: pd.DataFrame) -> bool:
    name = "adjusted_close"
    return name in frame.columns and bool(frame[name].notna().any())


def _wide(
    frame: pd.DataFrame, days: Days, symbols: Sequence[str]
) -> tuple[Floats, Floats]:
    """Return prices and prices with payouts, (days, symbols), NaN where absent.

    The return of a day is its price with payouts over the price of the day before.
    Without adjusted prices that is split × (close + dividend): a dividend is paid on
    the shares after the split. A blank dividend is none, a blank split is 1.
    """
    if frame["adjusted_close"].notna().any():
        price = paid = frame["adjusted_close"].to_numpy(np.float64)
    else:
        price = frame["close"].to_numpy(np.float64)
        dividend = frame["dividend"].fillna(0.0).to_numpy(np.float64)
        paid = frame["split"].fillna(1.0).to_numpy(np.float64) * (price + dividend)
    row = np.searchsorted(days, frame["date"].to_numpy().astype("datetime64[D]"))
    column = pd.Index(symbols).get_indexer(pd.Index(frame["symbol"]))
    wide = np.full((2, len(days), len(symbols)), np.nan)
    wide[0, row, column] = price
    wide[1, row, column] = paid
    return wide[0], wide[1]


def _age(prices: Floats) -> NDArray[np.int64]:
    """Return market days since the last price of each name; −1 without one."""
    there = np.isfinite(prices)
    age = np.argmax(there[::-1], axis=0)
    return np.where(there.any(axis=0), age, -1)
