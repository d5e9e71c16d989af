# SPDX-License-Identifier: Apache-2.0
"""Who has an account in the sample: twelve profiles, and more of their kind.

Money in USD before a random factor; times as fractions of the price history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from di_optimizer.account import AccountType
from di_optimizer.sample.streams import Purpose, stream

TAXABLE, DEFERRED = AccountType.TAXABLE, AccountType.TAX_DEFERRED
STEP = 100.0  # deposits are multiples of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A taxpayer: rates are fractions, carried losses USD."""

    filing_status: str
    short_rate: float
    long_rate: float
    carry_short: float = 0.0
    carry_long: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An account and how it was funded.

    Attributes
    ----------
    owner : int
        Position of the taxpayer among the owners.
    opened : float
        When the first deposit came, fraction of the history.
    first, monthly, yearly : float
        Amounts of the first, each monthly and each January deposit.
    day : int
        Day of the month of monthly deposits.
    flow : float
        Due on the last day: + in, − out.
    harvested : bool
        Whether losses were sold a few days before the last day.
    legacy : float
        Fraction of the account in one old position with a large gain.
    restricted : bool
        Whether there are restrictions.
    """

    owner: int
    opened: float
    first: float
    monthly: float = 0.0
    yearly: float = 0.0
    day: int = 15
    flow: float = 0.0
    type: AccountType = TAXABLE
    fractional: bool = True
    harvested: bool = False
    legacy: float = 0.0
    restricted: bool = False


OWNERS = (
    Owner(filing_status="married_joint", short_rate=0.408, long_rate=0.238),
    Owner(filing_status="single", short_rate=0.503, long_rate=0.331),
    Owner(filing_status="married_joint", short_rate=0.32, long_rate=0.188),
    Owner(filing_status="married_joint", short_rate=0.37, long_rate=0.20),
    Owner(filing_status="single", short_rate=0.22, long_rate=0.15),
    Owner(filing_status="head_of_household", short_rate=0.358, long_rate=0.188),
    Owner(filing_status="surviving_spouse", short_rate=0.408, long_rate=0.238),
    Owner(filing_status="single", short_rate=0.24, long_rate=0.15),
    Owner(filing_status="single", short_rate=0.0, long_rate=0.0),
    Owner(filing_status="married_joint", short_rate=0.438, long_rate=0.268),
    Owner(
        filing_status="single",
        short_rate=0.35,
        long_rate=0.15,
        carry_short=4_200.0,
        carry_long=11_500.0,
    ),
)
PROFILES = (
    Profile(owner=0, opened=0.05, first=250_000, monthly=2_500),
    Profile(owner=1, opened=0.02, first=900_000, yearly=50_000, flow=-60_000),
    Profile(owner=2, opened=0.10, first=60_000, monthly=1_500, day=5),
    Profile(owner=2, opened=0.10, first=110_000, monthly=1_900, day=20, type=DEFERRED),
    Profile(owner=3, opened=0.42, first=4_300_000, yearly=120_000),
    Profile(owner=4, opened=0.30, first=380_000, monthly=4_000, fractional=False),
    Profile(owner=5, opened=0.48, first=600_000, yearly=25_000, flow=40_000),
    Profile(owner=6, opened=0.25, first=450_000, yearly=20_000, legacy=0.35),
    Profile(owner=7, opened=0.15, first=180_000, yearly=15_000, restricted=True),
    Profile(
        owner=8, opened=0.08, first=2_000_000, yearly=80_000, type=AccountType.EXEMPT
    ),
    Profile(owner=9, opened=0.45, first=700_000, monthly=6_000, day=10, harvested=True),
    Profile(owner=10, opened=0.60, first=25_000, monthly=1_000, day=3),
)


def draw_profiles(seed: int, count: int) -> tuple[Profile, ...]:
    """Return ``count`` profiles: the twelve, then variations on them.

    Examples
    --------
    >>> profiles = draw_profiles(7, 24)
    >>> profiles[0].owner, profiles[12].owner
    (0, 11)
    """
    rng = stream(seed, Purpose.ACCOUNTS)
    scale = np.exp(0.06 * rng.standard_normal(count))
    later = np.exp(0.6 * rng.standard_normal(count))
    moved = rng.uniform(-0.04, 0.12, size=count)
    drawn = []
    for i in range(count):
        rounds, k = divmod(i, len(PROFILES))
        if rounds == 0:
            drawn.append(_vary(PROFILES[k], 0, float(scale[i])))
        else:
            opened = float(np.clip(PROFILES[k].opened + moved[i], 0.01, 0.75))
            moved_one = replace(PROFILES[k], opened=opened)
            drawn.append(_vary(moved_one, rounds, float(scale[i] * later[i])))
    return tuple(drawn)


def _vary(profile: Profile, rounds: int, factor: float) -> Profile:
    """Return the profile with other amounts and, in later rounds, other owners."""

    def scaled(amount: float) -> float:
        return round(amount * factor / STEP) * STEP

    return replace(
        profile,
        owner=profile.owner + rounds * len(OWNERS),
        first=scaled(profile.first),
        monthly=scaled(profile.monthly),
        yearly=scaled(profile.yearly),
        flow=scaled(profile.flow),
    )


def owner(number: int) -> Owner:
    """Return an owner by position; after the last, the first follows again."""
    return OWNERS[number % len(OWNERS)]


def deposits(profile: Profile, days: Sequence[date]) -> pd.DataFrame:
    """Return date and amount of each deposit on or before the last day.

    Parameters
    ----------
    profile : Profile
    days : sequence of date
        Trading days of the history.

    Examples
    --------
    >>> profile = Profile(owner=0, opened=0.0, first=1000.0, monthly=100.0, day=5)
    >>> deposits(profile, [date(2024, 1, 2), date(2024, 3, 4)])["amount"].tolist()
    [1000.0, 100.0, 100.0]
    """
    start, end = days[int(profile.opened * len(days))], days[-1]
    rows = [(start, profile.first)]
    for month in range(12 * start.year + start.month - 1, 12 * end.year + end.month):
        year, number = divmod(month, 12)
        rows.append((date(year, number + 1, profile.day), profile.monthly))
        if number == 0:
            rows.append((date(year, 1, 20), profile.yearly))
    kept = [(d, a) for d, a in rows if start <= d <= end and a > 0]
    return pd.DataFrame(kept, columns=["date", "amount"])
