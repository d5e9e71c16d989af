# SPDX-License-Identifier: Apache-2.0
"""Small accounts in whole shares: from cash alone, and from lots of two or three years.

Deterministic: an account's deposits depend on its size and the date alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from benchmarks.real_accounts import RATES, RECENT, Tables, prices_on
from benchmarks.real_data import RealData
from benchmarks.whole.lots import Deposit, replayed
from di_optimizer.exact import cents
from di_optimizer.sample.ledger import Ledger

LOOKBACK = 400  # days of purchases in the activity table
# Most cash after trading by account size: with more money a tighter range is filled.
CASH = {10_000: 0.01, 25_000: 0.005, 50_000: 0.005, 100_000: 0.002, 1_000_000: 0.002}


@dataclass(frozen=True, kw_only=True)
class Small:
    """An account of a size: ``number`` is its place among the sizes."""

    number: int
    size: int
    lots: bool

    @property
    def name(self) -> str:
        """Return the size as labels have it, and what the account starts from."""
        return f"{label(self.size)}-{'lots' if self.lots else 'cash'}"

    @property
    def cash(self) -> float:
        """Return the most cash after trading, fraction of NAV."""
        return CASH[self.size]


def label(size: int) -> str:
    """Return a size in thousands or millions.

    Examples
    --------
    >>> label(25_000), label(1_000_000)
    ('25k', '1m')
    """
    return f"{size // 1_000_000}m" if size >= 1_000_000 else f"{size // 1_000}k"


def smalls(sizes: Sequence[int] = tuple(CASH)) -> list[Small]:
    """Return an account of each size from cash, and one from lots."""
    return [
        Small(number=i, size=size, lots=lots)
        for i, size in enumerate(sizes)
        for lots in (False, True)
    ]


def deposits(small: Small, data: RealData, on: date) -> tuple[list[Deposit], float]:
    """Return two or three deposits of parts of the account, and the part still cash.

    Every other size has its last one inside the past 30 days, where losses sold now
    would be wash sales.
    """
    rng = np.random.default_rng([on.toordinal(), small.size])
    ago = [int(rng.integers(800, 1500)), int(rng.integers(200, 550))]
    parts = [float(rng.uniform(0.45, 0.65)), float(rng.uniform(0.2, 0.35))]
    if (on.day + small.number) % 2:
        ago.append(int(rng.integers(5, RECENT)))
        parts.append(float(rng.uniform(0.05, 0.12)))
    days = [data.book.trading_day(on - timedelta(days=days)) for days in ago]
    found = [Deposit(d, p) for d, p in zip(days, parts, strict=True) if d is not None]
    return found, float(rng.uniform(0.02, 0.07))


def bought(small: Small, data: RealData, on: date) -> tuple[Ledger, Decimal]:
    """Return the account's lots and its cash; lots and cash are worth its size."""
    parts, new = deposits(small, data, on)
    whole = sum(part.amount for part in parts)
    amounts = [Deposit(d.on, d.amount / whole * small.size) for d in parts]
    _, value = replayed(data, amounts, on)
    scale = (1.0 - new) * small.size / float(value)
    ledger, value = replayed(
        data, [Deposit(d.on, d.amount * scale) for d in amounts], on
    )
    cash = cents(Decimal(small.size) - value)
    if cash < 0:
        raise ValueError(f"{small.name} on {on}: lots are worth {value}")
    return ledger, cash


def tables(data: RealData, on: date, accounts: Sequence[Small]) -> Tables:
    """Return the input tables of a date's accounts."""
    lots, activity, money = [], [], []
    for small in accounts:
        if not small.lots:
            money.append(float(small.size))
            continue
        ledger, cash = bought(small, data, on)
        lots += _lots(ledger, small.name)
        activity += _activity(ledger, small.name, on)
        money.append(float(cash))
    names = [small.name for small in accounts]
    return Tables(
        on=on,
        lots=_frame(lots, LOTS, "acquired"),
        accounts=pd.DataFrame(
            {"account": names, "taxpayer": names, "fractional": False}
        ),
        taxpayers=_taxpayers(accounts),
        cash=pd.DataFrame(
            {"account": names, "amount": money, "max": [s.cash for s in accounts]}
        ),
        prices=prices_on(data, on),
        activity=_frame(activity, ACTIVITY, "date"),
        securities=data.securities,
    )


LOTS = ("account", "lot_id", "symbol", "shares", "cost_basis", "acquired")
ACTIVITY = ("account", "symbol", "date", "side", "shares", "amount", "lot_id")


def _lots(ledger: Ledger, name: str) -> list[tuple[object, ...]]:
    return [
        (name, t.lot_id, symbol, float(t.shares), float(t.cost_basis), t.acquired)
        for symbol in sorted(ledger.lots)
        for t in ledger.lots[symbol]
    ]


def _activity(ledger: Ledger, name: str, on: date) -> list[tuple[object, ...]]:
    first = on - timedelta(days=LOOKBACK)
    return [
        (
            name, t.symbol, t.acquired, "buy",
            float(t.shares), float(t.cost_basis), t.lot_id,
        )
        for t in ledger.bought
        if t.acquired >= first
    ]  # fmt: skip


def _taxpayers(accounts: Sequence[Small]) -> pd.DataFrame:
    rows = [(s.name, *RATES[s.number % len(RATES)]) for s in accounts]
    return pd.DataFrame(rows, columns=["taxpayer", "short_rate", "long_rate"])


def _frame(
    rows: Sequence[tuple[object, ...]], columns: Sequence[str], day: str
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.assign(**{day: pd.to_datetime(frame[day])})
