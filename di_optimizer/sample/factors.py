# SPDX-License-Identifier: Apache-2.0
"""Daily log returns of the companies: market, sectors, styles and specific noise.

The market follows a script of drawdowns, so that every sample has losses to harvest,
and its volatility switches between a calm and a stressed regime.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from di_optimizer.sample.issuers import STYLES, Floats, Issuers
from di_optimizer.sample.sectors import SECTORS
from di_optimizer.sample.streams import Purpose, stream

YEAR = 252
CALM, STRESS = 0.80, 1.75  # multiples of a volatility in the two regimes
INTO_STRESS, OUT_OF_STRESS = 0.006, 0.035  # daily probabilities
MARKET_VOLATILITY = 0.145
MARKET_DRIFT = 0.25  # log return a year outside the scripted phases
SECTOR_VOLATILITY = 0.085
STYLE_VOLATILITY = 0.035
SURPRISE = 0.045  # standard deviation of the move on a company's results day


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A scripted stretch of the market.

    Attributes
    ----------
    start, length : float
        Fractions of the whole history.
    change : float
        Log return of the market over it.
    stressed : bool
        Whether volatility is in the stressed regime throughout.
    """

    start: float
    length: float
    change: float
    stressed: bool


SCRIPT = (
    Phase(start=0.130, length=0.022, change=-0.36, stressed=True),
    Phase(start=0.152, length=0.090, change=0.31, stressed=False),
    Phase(start=0.500, length=0.160, change=-0.29, stressed=True),
    Phase(start=0.900, length=0.025, change=-0.07, stressed=False),
)


def log_returns(seed: int, issuers: Issuers, days: int) -> Floats:
    """Return total log returns, (days, m); the first day's are 0."""
    rng = stream(seed, Purpose.MARKET)
    level = np.where(regimes(rng, days), STRESS, CALM)
    market = market_path(rng, level)
    common = np.outer(market, issuers.beta)
    common += _sector_paths(seed, level)[:, issuers.sector]
    for k, factor in enumerate(_style_paths(seed, level).T):
        common += np.outer(factor, issuers.styles[:, k])
    total = common + _specific(seed, issuers, level)
    total[0] = 0.0
    return total


def regimes(rng: np.random.Generator, days: int) -> NDArray[np.bool_]:
    """Return whether each day is stressed: a two-state Markov chain and the script."""
    draws = rng.random(days)
    stressed = np.zeros(days, dtype=np.bool_)
    for t in range(1, days):
        leave = OUT_OF_STRESS if stressed[t - 1] else INTO_STRESS
        stressed[t] = stressed[t - 1] ^ (draws[t] < leave)
    for phase in SCRIPT:
        if phase.stressed:
            stressed[_span(phase, days)] = True
    return stressed


def market_path(rng: np.random.Generator, level: Floats) -> Floats:
    """Return the market's log returns, (days,).

    The noise of each phase is centred, so a phase ends where the script says.
    """
    days = len(level)
    daily = MARKET_VOLATILITY / np.sqrt(YEAR) * level * heavy(rng, (days,), 5.0)
    phases = np.zeros(days, dtype=np.int64)
    drift = np.full(days, MARKET_DRIFT / YEAR)
    for i, phase in enumerate(SCRIPT, start=1):
        span = _span(phase, days)
        phases[span] = i
        drift[span] = phase.change / max(1, span.stop - span.start)
    sums = np.bincount(phases, weights=daily)
    counts = np.maximum(np.bincount(phases), 1)
    path: Floats = drift + daily - (sums / counts)[phases]
    return path


def heavy(rng: np.random.Generator, shape: tuple[int, ...], freedom: float) -> Floats:
    """Return Student t draws of variance 1, cut at seven standard deviations."""
    scale = np.sqrt((freedom - 2.0) / freedom)
    draws: Floats = np.clip(rng.standard_t(freedom, size=shape) * scale, -7.0, 7.0)
    return draws


def _span(phase: Phase, days: int) -> slice:
    start = round(phase.start * days)
    return slice(start, round((phase.start + phase.length) * days))


def _sector_paths(seed: int, level: Floats) -> Floats:
    rng = stream(seed, Purpose.SECTORS)
    noise = heavy(rng, (len(level), len(SECTORS)), 6.0)
    paths: Floats = SECTOR_VOLATILITY / np.sqrt(YEAR) * level[:, None] * noise
    return paths


def _style_paths(seed: int, level: Floats) -> Floats:
    rng = stream(seed, Purpose.STYLES)
    noise = heavy(rng, (len(level), STYLES), 6.0)
    paths: Floats = STYLE_VOLATILITY / np.sqrt(YEAR) * level[:, None] * noise
    return paths


def _specific(seed: int, issuers: Issuers, level: Floats) -> Floats:
    """Return specific log returns, (days, m), with a surprise every quarter."""
    rng = stream(seed, Purpose.SPECIFIC)
    days, m = len(level), len(issuers)
    daily = issuers.volatility / np.sqrt(YEAR)
    noise = daily * np.sqrt(level)[:, None] * heavy(rng, (days, m), 4.0)
    first = rng.integers(0, YEAR // 4, size=m)
    results = (np.arange(days)[:, None] - first) % (YEAR // 4) == 0
    noise += results * SURPRISE * rng.standard_normal((days, m))
    variance = daily**2 + SURPRISE**2 / (YEAR // 4)
    specific: Floats = noise - variance / 2.0
    return specific
