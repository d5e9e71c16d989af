# SPDX-License-Identifier: Apache-2.0
"""A synthetic stock market: closes, dividends, splits and share counts by seed.

Same seed, same numbers. Index weights are shares outstanding times the last close.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.sample.days import trading_days
from di_optimizer.sample.events import Events, draw_events, draw_holes
from di_optimizer.sample.factors import heavy, log_returns
from di_optimizer.sample.issuers import Floats, Ints, Issuers, draw_issuers
from di_optimizer.sample.listings import Listings, draw_listings
from di_optimizer.sample.streams import Purpose, stream

START, END = date(2019, 7, 1), date(2024, 6, 28)
FEWEST = 25  # securities; fewer leave sectors empty
SEASONING = 63  # trading days from listing to index membership
TURNOVER = 0.004  # share of the shares outstanding that trades on a median day
SHARES_STEP = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSpec:
    """What to generate.

    Attributes
    ----------
    seed : int
        Any integer of at least 0.
    securities : int
        Symbols, share classes counted each.
    start, end : date
        First and last day of the price history; at least a year apart.

    Raises
    ------
    InputError
        For values outside these ranges.
    """

    seed: int = 7
    securities: int = 300
    start: date = START
    end: date = END

    def __post_init__(self) -> None:
        problems = []
        if self.seed < 0:
            problems.append(_problem("seed", self.seed, "at least 0"))
        if not FEWEST <= self.securities <= 2000:
            allowed = f"{FEWEST} to 2000"
            problems.append(_problem("securities", self.securities, allowed))
        if (self.end - self.start).days < 365:
            allowed = f"at least a year after {self.start}"
            problems.append(_problem("end", self.end, allowed))
        if problems:
            raise InputError(problems)


def _problem(column: str, found: object, allowed: str) -> Problem:
    return Problem(
        file="sample market", column=column, found=str(found), allowed=allowed
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleMarket:
    """n securities over T trading days.

    Attributes
    ----------
    days : tuple of date, length T
    issuers : Issuers
    listings : Listings
        The n securities, sorted by symbol.
    close, dividend, split, volume, shares : (T, n)
        As traded on the day; ``close`` is NaN before listing and on the rare days
        without a price; ``dividend`` per share on its ex-date; ``shares``
        outstanding.
    listed : (n,)
        Row of the first trading day.
    """

    spec: MarketSpec
    days: tuple[date, ...]
    issuers: Issuers
    listings: Listings
    close: Floats
    dividend: Floats
    split: Floats
    volume: Floats
    shares: Floats
    listed: Ints

    @property
    def symbols(self) -> tuple[str, ...]:
        """The n symbols, sorted."""
        return self.listings.symbols

    @cached_property
    def last(self) -> Floats:
        """The latest close on or before each day, (T, n); NaN before listing."""
        return pd.DataFrame(self.close).ffill().to_numpy()

    @cached_property
    def value(self) -> Floats:
        """Market value of index members, (T, n), USD; 0 outside the index."""
        member = np.arange(len(self.days))[:, None] >= self._member_from
        value: Floats = np.where(member, self.shares * self.last, 0.0)
        return value

    @property
    def _member_from(self) -> Ints:
        return np.where(self.listed > 0, self.listed + SEASONING, 0)

    def row(self, on: date) -> int:
        """Return the row of the last trading day on or before ``on``.

        Raises
        ------
        InputError
            For a date before the first day.
        """
        row = bisect_right(self.days, on) - 1
        if row < 0:
            raise InputError([_problem("date", on, f"{self.days[0]} or later")])
        return row

    def weights(self, on: date) -> pd.Series:
        """Return index weights on a date: above 0, by symbol, sum 1.

        Examples
        --------
        >>> market = build_market(MarketSpec(securities=30))
        >>> round(market.weights(date(2024, 6, 28)).sum().item(), 12)
        1.0
        """
        value = self.value[self.row(on)]
        held = value > 0
        symbols = [s for s, h in zip(self.symbols, held, strict=True) if h]
        return pd.Series(value[held] / value.sum(), index=symbols, name="weight")


def build_market(spec: MarketSpec | None = None) -> SampleMarket:
    """Generate the market of a seed.

    Examples
    --------
    >>> market = build_market(MarketSpec(securities=30))
    >>> len(market.symbols), market.days[-1]
    (30, datetime.date(2024, 6, 28))
    """
    spec = spec or MarketSpec()
    days = trading_days(spec.start, spec.end)
    listings = draw_listings(spec.seed, spec.securities)
    issuers = draw_issuers(spec.seed, listings.issuers, listings.with_classes)
    named = listings.named(issuers.tickers)
    total = log_returns(spec.seed, issuers, len(days))
    growth = np.exp(np.cumsum(total, axis=0))
    events = draw_events(spec.seed, issuers, days, growth)
    close, dividend = _traded(spec.seed, total, events, issuers, named)
    return _assemble(spec, days, issuers, named, (close, dividend, events))


def _traded(
    seed: int, total: Floats, events: Events, issuers: Issuers, listings: Listings
) -> tuple[Floats, Floats]:
    """Return closes and dividends as traded, rounded to the cent, (T, n)."""
    of = listings.issuer
    rate = events.ex_date[:, of] * issuers.dividend_yield[of] / 4.0
    steps = total[:, of] + _class_gaps(seed, listings, len(total))
    steps[1:] = np.log(np.exp(steps[1:]) - rate[1:])
    path = events.price[of] * listings.discount * np.exp(np.cumsum(steps, axis=0))
    factor = np.cumprod(events.split[:, of], axis=0)
    close = np.maximum(np.round(path / factor, 2), 0.05)
    before = np.vstack([path[:1], path[:-1]]) / factor
    return close, np.round(rate * before, 2)


def _class_gaps(seed: int, listings: Listings, days: int) -> Floats:
    """Return how log returns of second share classes differ from the first's.

    The gap between the two prices comes back to its mean.
    """
    rng = stream(seed, Purpose.CLASSES)
    gap = np.zeros((days, len(listings.symbols)))
    second = np.flatnonzero(listings.discount != 1.0)
    noise = 0.002 * heavy(rng, (days, len(second)), 5.0)
    for t in range(1, days):
        gap[t, second] = 0.95 * gap[t - 1, second] + noise[t]
    return np.diff(gap, axis=0, prepend=0.0)


def _assemble(
    spec: MarketSpec,
    days: tuple[date, ...],
    issuers: Issuers,
    listings: Listings,
    drawn: tuple[Floats, Floats, Events],
) -> SampleMarket:
    """Blank what was not traded, and add share counts and volumes."""
    close, dividend, events = drawn
    split = events.split[:, listings.issuer]
    listed = events.first[listings.issuer]
    on_list = np.arange(len(days))[:, None] >= listed
    holes = draw_holes(spec.seed, on_list, (dividend > 0) | (split != 1.0))
    shares = _shares(issuers, listings, close, split)
    traded = on_list & ~holes
    return SampleMarket(
        spec=spec,
        days=days,
        issuers=issuers,
        listings=listings,
        close=np.where(traded, close, np.nan),
        dividend=np.where(on_list, dividend, 0.0),
        split=np.where(on_list, split, 1.0),
        volume=np.where(traded, _volume(spec.seed, shares, close), 0.0),
        shares=shares,
        listed=listed,
    )


def _shares(
    issuers: Issuers, listings: Listings, close: Floats, split: Floats
) -> Floats:
    """Return shares outstanding, (T, n), whole numbers; splits multiply them."""
    value = issuers.value[listings.issuer] * listings.part
    steps = np.maximum(np.round(value / close[0] / SHARES_STEP), 10.0)
    shares: Floats = np.round(steps * SHARES_STEP * np.cumprod(split, axis=0))
    return shares


def _volume(seed: int, shares: Floats, close: Floats) -> Floats:
    """Return shares traded, (T, n), more on days with large moves."""
    rng = stream(seed, Purpose.VOLUME)
    ratio = close[1:] / close[:-1]
    move = np.vstack([np.zeros((1, close.shape[1])), np.abs(np.log(ratio))])
    busy = 0.35 * rng.standard_normal(close.shape) + 12.0 * np.minimum(move, 0.12)
    liquid = np.exp(0.4 * rng.standard_normal(close.shape[1]))
    volume: Floats = np.round(shares * TURNOVER * liquid * np.exp(busy))
    return volume


def returns(market: SampleMarket) -> Floats:
    """Return total returns between consecutive days, (T − 1, n); NaN before listing.

    Dividends count on their ex-date: (close + dividend) · split / last close − 1.
    """
    now = (market.last[1:] + market.dividend[1:]) * market.split[1:]
    ratio: Floats = now / market.last[:-1] - 1.0
    return ratio
