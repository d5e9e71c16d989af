# SPDX-License-Identifier: Apache-2.0
"""Closes, splits and dividends of many securities over time, as arrays.

Built once from a long history and shared read-only. Knows nothing of accounts.
Nothing is filled in: a day without a close has no close.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import exact

COLUMNS = ("symbol", "date", "close", "dividend", "split")
LIMITS = {  # lowest value, whether it is allowed itself, and what messages say
    "close": (0.0, False, "a number above 0"),
    "dividend": (0.0, True, "a number of at least 0"),
    "split": (0.0, False, "a number above 0 (1 where there is no split)"),
}
Floats = NDArray[np.float64]


def snap_ratio(
    ratio: float, *, largest: int = 200, tolerance: float = 2e-6
) -> Fraction | None:
    """Return the fraction with the least denominator that a noisy ratio stands for.

    Parameters
    ----------
    ratio : float
        Shares after a split for one share before it, as a vendor prints it.
    largest : int
        Largest denominator that is tried.
    tolerance : float
        Largest difference, as a fraction of ``ratio``.

    Returns
    -------
    Fraction or None
        None when no such fraction is within the tolerance.

    Examples
    --------
    >>> snap_ratio(7.000007), snap_ratio(1.499999), snap_ratio(0.142857)
    (Fraction(7, 1), Fraction(3, 2), Fraction(1, 7))
    >>> snap_ratio(0.3035821) is None
    True
    """
    for q in range(1, largest + 1):
        p = round(ratio * q)
        if p and abs(p / q - ratio) <= tolerance * ratio:
            return Fraction(p, q)
    return None


@dataclass(frozen=True, slots=True)
class Split:
    """``ratio`` shares for one, before the close of ``on``."""

    on: date
    symbol: str
    ratio: Fraction


@dataclass(frozen=True, slots=True)
class Dividend:
    """``amount`` per share held before ``on``, the ex-date, in shares after splits."""

    on: date
    symbol: str
    amount: Decimal


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceBook:
    """Prices as traded, with the splits and dividends between them.

    Attributes
    ----------
    symbols : tuple of str
        n securities, sorted.
    dates : (T,) datetime64[D]
        Days with at least one close, sorted.
    close : (T, n)
        Close as traded; NaN where there is none.
    splits, dividends : tuple
        Sorted by date, then symbol.
    unsnapped : tuple of Split
        The splits whose ratio is no simple fraction and was taken as printed.

    Examples
    --------
    >>> book = PriceBook.from_history(pd.DataFrame({
    ...     "symbol": "AAA", "date": pd.to_datetime(["2020-01-02", "2020-01-03"]),
    ...     "close": [90.0, 30.5], "dividend": 0.0, "split": [1.0, 3.000003]}))
    >>> book.close_on("AAA", date(2020, 1, 5))
    Decimal('30.5')
    >>> book.splits[0].ratio
    Fraction(3, 1)
    """

    symbols: tuple[str, ...]
    dates: NDArray[np.datetime64]
    close: Floats
    splits: tuple[Split, ...]
    dividends: tuple[Dividend, ...]
    unsnapped: tuple[Split, ...] = ()

    @classmethod
    def from_history(cls, history: pd.DataFrame) -> PriceBook:
        """Build the book from a long table.

        Parameters
        ----------
        history : DataFrame
            symbol, date, close (as traded), dividend (per share, on its ex-date),
            split (shares after for one before, on its ex-date; 1 without).

        Raises
        ------
        InputError
            For missing columns, repeated (symbol, date) and values out of range.
        """
        _check(history)
        symbols, column = np.unique(
            history["symbol"].astype(str).to_numpy(dtype=object), return_inverse=True
        )
        stamps = history["date"].to_numpy().astype("datetime64[D]")
        dates, row = np.unique(stamps, return_inverse=True)
        close = np.full((len(dates), len(symbols)), np.nan)
        close[row, column] = history["close"].to_numpy(dtype=np.float64)
        splits, unsnapped = _splits(history)
        return cls(
            symbols=tuple(symbols.tolist()),
            dates=dates,
            close=close,
            splits=splits,
            dividends=_dividends(history),
            unsnapped=unsnapped,
        )

    @cached_property
    def position(self) -> dict[str, int]:
        """Column number by symbol."""
        return {symbol: i for i, symbol in enumerate(self.symbols)}

    @cached_property
    def last(self) -> Floats:
        """The latest close on or before each day, (T, n); NaN before the first."""
        return pd.DataFrame(self.close).ffill().to_numpy()

    def row(self, on: date) -> int:
        """Return the number of the last day on or before ``on``; −1 without one."""
        return int(np.searchsorted(self.dates, np.datetime64(on), side="right")) - 1

    def trading_day(self, on: date, ahead: int = 0) -> date | None:
        """Return the first trading day on or after ``on``, ``ahead`` more, or None.

        A negative ``ahead`` counts back.
        """
        row = int(np.searchsorted(self.dates, np.datetime64(on))) + ahead
        return self.dates[row].item() if 0 <= row < len(self.dates) else None

    def close_on(self, symbol: str, on: date) -> Decimal | None:
        """Return the latest close of ``symbol`` on or before a date, as traded then."""
        row = self.row(on)
        value = np.nan if row < 0 else self.last[row, self.position[symbol]]
        return None if np.isnan(value) else exact(float(value))

    def closes(self, on: date) -> pd.Series:
        """Return the closes of the last day on or before ``on``, those that exist."""
        row = self.row(on)
        values = self.close[row] if row >= 0 else np.full(len(self.symbols), np.nan)
        return pd.Series(values, index=list(self.symbols), name="close").dropna()


def _check(history: pd.DataFrame) -> None:
    """Raise on everything that would make the book ambiguous or absurd."""
    missing = [c for c in COLUMNS if c not in history.columns]
    if missing or history.empty:
        found = f"no column '{missing[0]}'" if missing else "an empty table"
        raise InputError(
            [Problem(file="history", found=found, allowed=", ".join(COLUMNS))]
        )
    problems = [*_repeated(history)]
    for name, (low, closed, allowed) in LIMITS.items():
        values = history[name].to_numpy(dtype=np.float64)
        good = np.isfinite(values) & ((values > low) | ((values == low) & closed))
        bad = np.flatnonzero(~good)
        problems += [
            Problem(
                file="history",
                row=int(i),
                column=name,
                found=f"{values[i]:g} ({history['symbol'].iloc[i]})",
                allowed=allowed,
            )
            for i in bad
        ]
    if problems:
        raise InputError(problems)


def _repeated(history: pd.DataFrame) -> Iterator[Problem]:
    """Yield a problem for each row whose symbol and date came before."""
    for i in np.flatnonzero(history.duplicated(["symbol", "date"]).to_numpy()):
        row = history.iloc[i]
        yield Problem(
            file="history",
            row=int(i),
            found=f"{row['symbol']} on {row['date']:%Y-%m-%d} twice",
            allowed="one row for each symbol and date",
        )


def _events(
    history: pd.DataFrame, name: str, none: float
) -> Iterator[tuple[date, str, float]]:
    """Yield (date, symbol, value) where ``name`` is not ``none``, sorted."""
    rows = history[history[name] != none]
    found = zip(
        pd.to_datetime(rows["date"]).dt.date,
        rows["symbol"].astype(str),
        rows[name].astype(float),
        strict=True,
    )
    yield from sorted(found)


def _splits(history: pd.DataFrame) -> tuple[tuple[Split, ...], tuple[Split, ...]]:
    """Return all splits, and those among them that are no simple fraction."""
    splits, unsnapped = [], []
    for on, symbol, ratio in _events(history, "split", 1.0):
        simple = snap_ratio(ratio)
        splits.append(Split(on, symbol, simple or Fraction(exact(ratio))))
        if simple is None:
            unsnapped.append(splits[-1])
    return tuple(splits), tuple(unsnapped)


def _dividends(history: pd.DataFrame) -> tuple[Dividend, ...]:
    found = _events(history, "dividend", 0.0)
    return tuple(Dividend(on, symbol, exact(value)) for on, symbol, value in found)
