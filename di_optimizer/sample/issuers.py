# SPDX-License-Identifier: Apache-2.0
"""Fictional companies and their traits: sector, betas, volatility, yield, size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from di_optimizer.sample.names import FORMS, roots, tickers
from di_optimizer.sample.sectors import SECTORS
from di_optimizer.sample.streams import Purpose, stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STYLES = 3  # size, value, momentum-like
COUNTRIES = ("US", "US", "US", "US", "US", "US", "US", "US", "US", "US", "IE", "GB")
LARGEST = 2.4e12  # market value of the largest company, USD
DECAY = 1.02  # market value falls with rank to this power


@dataclass(frozen=True, eq=False, kw_only=True)
class Issuers:
    """m companies, by name.

    Attributes
    ----------
    names, tickers, countries : tuple of str, length m
    sector : (m,)
        Position in ``SECTORS``.
    beta : (m,)
        Exposure to the market.
    styles : (m, STYLES)
        Exposures to the style factors, about standard normal.
    volatility : (m,)
        Specific, annualised.
    dividend_yield : (m,)
        A year's dividends as a fraction of price; 0 for companies without.
    value : (m,)
        Market value on the first day, USD.
    """

    names: tuple[str, ...]
    tickers: tuple[str, ...]
    countries: tuple[str, ...]
    sector: Ints
    beta: Floats
    styles: Floats
    volatility: Floats
    dividend_yield: Floats
    value: Floats

    def __len__(self) -> int:
        return len(self.names)


def draw_issuers(seed: int, count: int, share_classes: Ints) -> Issuers:
    """Draw companies.

    Parameters
    ----------
    seed : int
        Of the sample.
    count : int
        Companies, m.
    share_classes : (c,)
        Positions of those with share classes: their symbols have three letters, as
        two more characters follow.
    """
    rng = stream(seed, Purpose.TRAITS)
    sector = _sectors(rng, count)
    beta = np.array([SECTORS[s].beta for s in sector])
    value = _values(rng, count)
    names, symbols = _names(seed, sector, share_classes)
    return Issuers(
        names=names,
        tickers=symbols,
        countries=tuple(
            np.array(COUNTRIES)[rng.integers(len(COUNTRIES), size=count)].tolist()
        ),
        sector=sector,
        beta=np.clip(beta + 0.18 * rng.standard_normal(count), 0.3, 1.9),
        styles=_styles(rng, value),
        volatility=_volatility(rng, value),
        dividend_yield=_yields(rng, sector),
        value=value,
    )


def _names(
    seed: int, sector: Ints, share_classes: Ints
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return company names and symbols, e.g. Drixmere Foods, Inc. and DRQX."""
    rng = stream(seed, Purpose.NAMES)
    words = sorted(roots(rng, len(sector)))
    names = []
    for word, s in zip(words, sector, strict=True):
        business = SECTORS[s].businesses[rng.integers(len(SECTORS[s].businesses))]
        names.append(f"{word} {business} {FORMS[rng.integers(len(FORMS))]}")
    lengths = rng.choice([3, 4, 4, 4], size=len(words))
    lengths[share_classes] = 3
    return tuple(names), tuple(tickers(words, lengths.tolist()))


def _sectors(rng: np.random.Generator, count: int) -> Ints:
    """Return a sector for each company, in proportion to the sectors' shares."""
    cumulative = np.cumsum([s.share for s in SECTORS])
    places = (np.arange(count) + 0.5) / count * cumulative[-1]
    return rng.permutation(np.searchsorted(cumulative, places)).astype(np.int64)


def _values(rng: np.random.Generator, count: int) -> Floats:
    """Return market values that fall with a power of the rank, with noise."""
    ranks = rng.permutation(count) + 4.0
    noise = np.exp(0.15 * rng.standard_normal(count))
    return np.asarray(LARGEST * (ranks / 4.0) ** -DECAY * noise, dtype=np.float64)


def _styles(rng: np.random.Generator, value: Floats) -> Floats:
    logs = np.log(value)
    size = (logs - logs.mean()) / logs.std()
    others = rng.standard_normal((len(value), STYLES - 1))
    styles = np.column_stack([size, others])
    return np.asarray(np.clip(styles, -3.0, 3.0), dtype=np.float64)


def _volatility(rng: np.random.Generator, value: Floats) -> Floats:
    """Return annual specific volatilities around 23 %, higher for small companies."""
    rank = np.argsort(np.argsort(value)) / max(1, len(value) - 1)
    median = 0.29 - 0.10 * rank
    noise = np.exp(0.28 * rng.standard_normal(len(value)))
    return np.asarray(np.clip(median * noise, 0.12, 0.70), dtype=np.float64)


def _yields(rng: np.random.Generator, sector: Ints) -> Floats:
    payers = np.array([SECTORS[s].payers for s in sector])
    median = np.array([SECTORS[s].dividend_yield for s in sector])
    pays = rng.random(len(sector)) < payers
    drawn = median * np.exp(0.35 * rng.standard_normal(len(sector)))
    return np.where(pays, np.clip(drawn, 0.003, 0.08), 0.0)
