# SPDX-License-Identifier: Apache-2.0
"""Writes everything that a rebalance reads, as the files a user would have."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from di_optimizer.errors import InputError, Problem
from di_optimizer.sample.accounts import sample_accounts
from di_optimizer.sample.fund import fund_on
from di_optimizer.sample.layouts.state_street import state_street
from di_optimizer.sample.market import MarketSpec, build_market
from di_optimizer.sample.prices import price_history, quotes
from di_optimizer.sample.securities import securities_table
from di_optimizer.tables import write_tables

MOST_ACCOUNTS = 999
TABLE_NAMES = (
    "lots",
    "accounts",
    "prices",
    "taxpayers",
    "cash",
    "flows",
    "restrictions",
    "activity",
    "securities",
)
POLICY = """\
# Preferences of the sample accounts; what is not here has its default.

[tracking]
gamma = 10.0      # years: 1 % of tracking error costs 10 bp of NAV a year

[cash]
minimum = 0.0     # fractions of NAV after trading
maximum = 0.01

[trading]
spread_bp = 2.0   # where the prices table has no spread
decimals = 4      # of a share
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePaths:
    """Where the files of a sample are; ``on`` is the day of its prices."""

    on: date
    folder: Path
    lots: Path
    accounts: Path
    taxpayers: Path
    cash: Path
    flows: Path
    restrictions: Path
    activity: Path
    securities: Path
    prices: Path
    price_history: Path
    holdings: Path
    policy: Path

    def files(self) -> tuple[Path, ...]:
        """Return the path of every file."""
        paths = (getattr(self, f.name) for f in fields(self) if f.name != "folder")
        return tuple(path for path in paths if isinstance(path, Path))

    def tables(self) -> dict[str, Path]:
        """Return the tables of a rebalance by name, as ``rebalance_many`` takes them.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     sorted(write_sample(folder, securities=25, accounts=1).tables())[:3]
        ['accounts', 'activity', 'cash']
        """
        return {name: getattr(self, name) for name in TABLE_NAMES}


def write_sample(
    folder: str | os.PathLike[str],
    *,
    seed: int = 7,
    securities: int = 300,
    accounts: int = 12,
) -> SamplePaths:
    """Write a fictional market and book of accounts into a folder.

    Parameters
    ----------
    folder : path-like
        Made if it is not there; files of the same names are replaced.
    seed : int
        Same seed, same files, byte for byte.
    securities : int
        25 to 2,000.
    accounts : int
        1 to 999; the first twelve differ in kind, later ones are variations.

    Raises
    ------
    InputError
        For values outside these ranges.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     paths = write_sample(folder, securities=25, accounts=1)
    ...     print(paths.on, *sorted(path.name for path in paths.files()))
    2024-06-28 accounts.csv activity.csv cash.csv flows.csv holdings.xlsx lots.csv \
policy.toml price_history.parquet prices.csv restrictions.csv securities.csv \
taxpayers.csv
    """
    market = build_market(_spec(seed, securities, accounts))
    on, target = market.days[-1], Path(folder)
    tables = sample_accounts(market, accounts)
    tables |= {"securities": securities_table(market), "prices": quotes(market, on)}
    write_tables(target, tables)
    paths = SamplePaths(
        on=on,
        folder=target,
        price_history=target / "price_history.parquet",
        holdings=target / "holdings.xlsx",
        policy=target / "policy.toml",
        **{name: target / f"{name}.csv" for name in tables},
    )
    price_history(market).to_parquet(paths.price_history, index=False)
    paths.holdings.write_bytes(state_street(fund_on(market, on)))
    paths.policy.write_text(POLICY, encoding="utf-8", newline="\n")
    return paths


def _spec(seed: int, securities: int, accounts: int) -> MarketSpec:
    if not 1 <= accounts <= MOST_ACCOUNTS:
        problem = Problem(
            file="sample accounts",
            column="accounts",
            found=str(accounts),
            allowed=f"1 to {MOST_ACCOUNTS}",
        )
        raise InputError([problem])
    return MarketSpec(seed=seed, securities=securities)
