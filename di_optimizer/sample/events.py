# SPDX-License-Identifier: Apache-2.0
"""What happens to shares: listings, dividends, splits, days without a price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from di_optimizer.sample.issuers import Floats, Ints, Issuers
from di_optimizer.sample.streams import Purpose, stream

RATIOS = (2.0, 3.0, 4.0)
REVERSE = 0.1
REVERSE_PRICE = 1.8  # USD at the trough, before the reverse split
LISTED_LATER = 0.03  # fraction of companies whose history starts later
MEDIAN_PRICE, PRICE_SPREAD = 72.0, 0.75  # first prices: median USD, log deviation


@dataclass(frozen=True, eq=False, kw_only=True)
class Events:
    """Events of m companies over T days.

    Attributes
    ----------
    first : (m,)
        Row of the first trading day.
    ex_date : (T, m) bool
        Whether a quarterly dividend is taken off the price.
    split : (T, m)
        Shares after for one before; 1 without a split.
    price : (m,)
        First price in shares of that day, USD.
    """

    first: Ints
    ex_date: NDArray[np.bool_]
    split: Floats
    price: Floats


def draw_events(
    seed: int, issuers: Issuers, days: tuple[date, ...], growth: Floats
) -> Events:
    """Draw events.

    Parameters
    ----------
    seed : int
        Of the sample.
    issuers : Issuers
    days : tuple of date, length T
    growth : (T, m)
        Value of one unit invested on the first day: expensive shares are split, and
        the deepest fall ends in a reverse split.
    """
    rng = stream(seed, Purpose.EVENTS)
    first = _listings(rng, len(issuers), len(days))
    ex_date = _ex_dates(rng, issuers, days)
    ex_date &= np.arange(len(days))[:, None] > first
    price = MEDIAN_PRICE * np.exp(PRICE_SPREAD * rng.standard_normal(len(issuers)))
    price = np.clip(price, 9.0, 600.0)
    split = np.ones(growth.shape)
    lowest = _reverse(split, price, growth, ex_date, first)
    listed = np.arange(len(days))[:, None] > first
    _forward(rng, split, price * growth * listed, ex_date, exclude=lowest)
    return Events(first=first, ex_date=ex_date, split=split, price=price)


def draw_holes(
    seed: int, listed: NDArray[np.bool_], busy: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return (T, n) where a close is missing: rare, never on a day of an event."""
    rng = stream(seed, Purpose.HOLES)
    days, count = listed.shape
    holes = np.zeros(listed.shape, dtype=np.bool_)
    tries = max(3, count // 8)
    rows = rng.integers(1, max(2, days - 30), size=tries)
    holes[rows, rng.integers(count, size=tries)] = True
    return holes & listed & ~busy & np.roll(listed, 1, axis=0)


def _listings(rng: np.random.Generator, m: int, days: int) -> Ints:
    """Return first rows: 0, or for a few companies one in the middle of history."""
    first = np.zeros(m, dtype=np.int64)
    later = rng.permutation(m)[: max(1, round(LISTED_LATER * m))]
    first[later] = rng.integers(
        days // 5, max(days // 5 + 1, days * 4 // 5), len(later)
    )
    return first


def _ex_dates(
    rng: np.random.Generator, issuers: Issuers, days: tuple[date, ...]
) -> NDArray[np.bool_]:
    """Return quarterly ex-dates: the first trading day from a day of the month on."""
    m = len(issuers)
    phase, since = rng.integers(3, size=m), rng.integers(3, 25, size=m)
    pays = issuers.dividend_yield > 0
    month = np.array([12 * d.year + d.month for d in days])
    reached = np.array([d.day for d in days])[:, None] >= since
    before = np.vstack([np.ones((1, m), dtype=np.bool_), reached[:-1]])
    same = np.concatenate([[False], month[1:] == month[:-1]])[:, None]
    due: NDArray[np.bool_] = reached & ~(before & same)
    due &= (month[:, None] % 3 == phase) & pays
    due[0] = False
    return due


def _reverse(
    split: Floats,
    price: Floats,
    growth: Floats,
    ex_date: NDArray[np.bool_],
    first: Ints,
) -> int:
    """Enter a reverse split after the deepest fall; returns the company."""
    days = len(growth)
    falls = np.where(first == 0, growth[days // 10 : -days // 10].min(axis=0), np.inf)
    lowest = int(np.argmin(falls))
    trough = days // 10 + int(np.argmin(growth[days // 10 : -days // 10, lowest]))
    price[lowest] = REVERSE_PRICE / growth[trough, lowest]
    split[_free_day(ex_date[:, lowest], trough + days // 60), lowest] = REVERSE
    return lowest


def _forward(
    rng: np.random.Generator,
    split: Floats,
    path: Floats,
    ex_date: NDArray[np.bool_],
    *,
    exclude: int,
) -> None:
    """Enter splits of the shares that became most expensive, near their peaks."""
    days, m = path.shape
    window = path[days // 20 : -days // 20]
    peaks = window.max(axis=0)
    peaks[exclude] = 0.0
    for i in np.argsort(-peaks, kind="stable")[: max(2, m // 25)]:
        day = days // 20 + int(np.argmax(window[:, i] >= 0.85 * peaks[i]))
        ratio = RATIOS[int(rng.integers(len(RATIOS)))]
        split[_free_day(ex_date[:, i], day), i] = ratio


def _free_day(ex_date: NDArray[np.bool_], day: int) -> int:
    """Return the first day from ``day`` on that is no ex-date."""
    return day + int(np.argmin(ex_date[day:]))
