# SPDX-License-Identifier: Apache-2.0
"""Accounts on a date: years of deposits replayed into the index over real prices.

Half of the accounts had their last deposit within the past 30 days. Deterministic:
an account's deposits depend on its number and the date alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from benchmarks.real_data import RealData
from di_optimizer.sample.replay import Replay, replay_deposits

RECENT = 30  # days
YEARS = (9.0, 8.0, 8.5, 7.0, 9.0, 6.0, 7.5, 5.0)
FIRST = (250_000, 60_000, 1_000_000, 100_000, 40_000, 500_000, 150_000, 2_000_000)
MONTHLY = (5_000, 2_000, 12_000, 3_000, 1_500, 10_000, 4_000, 25_000)
# (short, long): federal 37 % and 20 % + 3.8 % alone; with 5 % and 9.3 % state tax;
# federal 32 % and 15 % with the 3.8 %.
RATES = ((0.408, 0.238), (0.458, 0.288), (0.501, 0.331), (0.358, 0.188))


@dataclass(frozen=True, kw_only=True)
class Spec:
    """How one account was funded.

    Attributes
    ----------
    years : float
        From the first deposit to the date.
    first, monthly : int
        First deposit and the usual later one, dollars.
    recent : bool
        Whether the last deposit is within the past 30 days.
    """

    account: str
    number: int
    years: float
    first: int
    monthly: int
    recent: bool
    short_rate: float
    long_rate: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Tables:
    """The input tables of a run, as the package reads them."""

    on: date
    lots: pd.DataFrame
    accounts: pd.DataFrame
    taxpayers: pd.DataFrame
    cash: pd.DataFrame
    prices: pd.DataFrame
    activity: pd.DataFrame
    securities: pd.DataFrame


def specs(count: int) -> list[Spec]:
    """Return the first ``count`` accounts; lengths and sizes come round after eight.

    Examples
    --------
    >>> [s.recent for s in specs(4)], specs(9)[8].years
    ([True, False, True, False], 9.0)
    """
    return [
        Spec(
            account=f"R{i + 1:03d}",
            number=i,
            years=YEARS[i % len(YEARS)],
            first=FIRST[i % len(FIRST)],
            monthly=MONTHLY[i % len(MONTHLY)],
            recent=i % 2 == 0,
            short_rate=RATES[(i // 2) % len(RATES)][0],
            long_rate=RATES[(i // 2) % len(RATES)][1],
        )
        for i in range(count)
    ]


def deposits(spec: Spec, on: date, earliest: date) -> pd.DataFrame:
    """Return the account's deposits: date, amount.

    One a month, 30 % up or down, about one month in sixteen without; never before
    ``earliest``.
    """
    rng = np.random.default_rng([on.toordinal(), spec.number])
    away = int(rng.integers(1, RECENT)) if spec.recent else int(rng.integers(45, 150))
    last = on - timedelta(days=away)
    start = max(earliest, on - timedelta(days=round(spec.years * 365.25)))
    days = _monthly(start, last)
    kept = [d for d in days if d in (days[0], last) or rng.random() > 1 / 16]
    amounts = np.round(spec.monthly * rng.uniform(0.7, 1.3, size=len(kept)), 2)
    amounts[0] = spec.first
    return pd.DataFrame({"date": kept, "amount": amounts})


def _monthly(start: date, last: date) -> list[date]:
    """Return days a month apart, counted back from ``last``, the first after start."""
    stamps = [last]
    while stamps[-1] - timedelta(days=30) >= start:
        back = pd.Timestamp(last) - pd.DateOffset(months=len(stamps))
        stamps.append(back.date())
    return sorted(stamps)


def build(
    data: RealData, on: date, accounts: Sequence[Spec]
) -> tuple[Tables, list[str]]:
    """Replay the accounts' deposits and return the tables and what was left out."""
    earliest = data.book.dates[0].item()
    replays = {
        spec.account: replay_deposits(
            deposits(spec, on, earliest), weights=data.weights, book=data.book, on=on
        )
        for spec in accounts
    }
    names = [s.account for s in accounts]
    tables = Tables(
        on=on,
        lots=_stack({a: r.lots for a, r in replays.items()}),
        accounts=pd.DataFrame({"account": names, "taxpayer": names}),
        taxpayers=_taxpayers(accounts),
        cash=pd.DataFrame(
            {"account": names, "amount": [float(replays[a].cash) for a in names]}
        ),
        prices=prices_on(data, on),
        activity=_stack({a: r.activity for a, r in replays.items()}),
        securities=data.securities,
    )
    return tables, [*_left_out(replays)]


def _stack(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [f.assign(account=a) for a, f in frames.items()]
    table = pd.concat(parts, ignore_index=True)
    return table[["account", *(c for c in table.columns if c != "account")]]


def _taxpayers(accounts: Sequence[Spec]) -> pd.DataFrame:
    rows = [(s.account, s.short_rate, s.long_rate) for s in accounts]
    return pd.DataFrame(rows, columns=["taxpayer", "short_rate", "long_rate"])


def prices_on(data: RealData, on: date) -> pd.DataFrame:
    """Return the prices table of a trading day."""
    closes = data.book.closes(on)
    return pd.DataFrame(
        {"symbol": closes.index, "price": closes.to_numpy(), "as_of": pd.Timestamp(on)}
    )


def _left_out(replays: dict[str, Replay]) -> list[str]:
    return [
        f"{account}: {row.symbol} on {row.date:%Y-%m-%d}: {row.reason}"
        for account, replay in replays.items()
        for row in replay.left_out.itertuples()
    ]


def counts(tables: Tables) -> pd.DataFrame:
    """Return by account: names, lots, nav, and the share of NAV in lots at a loss."""
    price = tables.prices.set_index("symbol")["price"]
    lots = tables.lots.assign(
        value=tables.lots["shares"] * tables.lots["symbol"].map(price)
    )
    lots = lots.assign(under=lots["value"].where(lots["value"] < lots["cost_basis"], 0))
    grouped = lots.groupby("account")
    cash = tables.cash.groupby("account")["amount"].sum()
    nav = grouped["value"].sum().add(cash, fill_value=0.0)
    return pd.DataFrame(
        {
            "names": grouped["symbol"].nunique(),
            "lots": grouped.size(),
            "nav": nav,
            "at_loss": grouped["under"].sum() / nav,
        }
    )
