# SPDX-License-Identifier: Apache-2.0
"""Random accounts with limited amounts: prices from a cent up, odd lots, counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np

from di_optimizer.account import (
    Account,
    AccountType,
    CashBalance,
    Restriction,
    Taxpayer,
)
from di_optimizer.market import Market, Quote, Security
from di_optimizer.policy import Cash, Counts, Policy, Search, Tracking, Trading
from di_optimizer.program.job import Job
from di_optimizer.tax.lots import Lot
from support.jobs import ON, risk_of

PRICES = ("0.01", "0.37", "5.03", "48.1234", "99.99", "1250.5", "28000", "600000")
TYPES = ("stock", "etf", "fund")


def sized_job(seed: int, *, securities: int = 7, nav: float | None = None) -> Job:
    """An account with prices, steps, minimums, tickets and counts of every kind."""
    rng = np.random.default_rng(seed)
    symbols = [f"S{i:02d}" for i in range(securities)]
    prices = {s: Decimal(str(rng.choice(PRICES))) for s in symbols}
    worth = nav or float(rng.choice([3_000.0, 40_000.0, 2_000_000.0, 5e8]))
    weights = rng.dirichlet(np.full(securities, 2.0))
    return Job(
        account=_account(rng, prices, worth),
        market=Market(
            on=ON,
            quotes={s: Quote(symbol=s, price=p) for s, p in prices.items()},
            securities={s: _security(rng, s) for s in symbols},
        ),
        benchmark=dict(zip(symbols, weights.tolist(), strict=True)),
        risk=risk_of(rng, symbols),
        policy=_policy(rng, securities, worth),
    )


def _account(
    rng: np.random.Generator, prices: dict[str, Decimal], worth: float
) -> Account:
    cash = Decimal(str(round(worth * float(rng.choice([0.0, 0.02, 1.0])), 2)))
    rules = [
        Restriction(kind=str(rng.choice(["no_buy", "no_sell", "no_hold"])), symbol=s)
        for s in prices
        if rng.random() < 0.1
    ]
    return Account(
        account="sized",
        taxpayer=Taxpayer(taxpayer="T", short_rate=0.4, long_rate=0.2),
        type=AccountType.TAXABLE,
        lots=_lots(rng, prices, worth) if rng.random() < 0.8 else (),
        cash=(CashBalance(amount=max(cash, Decimal(100))),),
        fractional=bool(rng.random() < 0.5),
        restrictions=tuple(rules),
    )


def _lots(
    rng: np.random.Generator, prices: dict[str, Decimal], worth: float
) -> tuple[Lot, ...]:
    lots = []
    for number in range(2 * len(prices)):
        symbol = str(rng.choice(list(prices)))
        digits = int(rng.choice([0, 0, 4, 9]))
        value = worth * float(rng.dirichlet(np.ones(2 * len(prices)))[0])
        shares = round(Decimal(str(value / float(prices[symbol]))), digits)
        if shares <= 0:
            continue
        unit = float(prices[symbol]) * float(np.exp(rng.normal(0.0, 0.3)))
        bought = ON - timedelta(days=int(rng.integers(40, 900)))
        lots.append(
            Lot(
                lot_id=f"L{number}",
                symbol=symbol,
                shares=shares,
                cost_basis=Decimal(str(round(float(shares) * unit, 2))),
                acquired=bought,
                holding_start=bought,
            )
        )
    return tuple(lots)


def _security(rng: np.random.Generator, symbol: str) -> Security:
    block = str(rng.choice(["", "", "", "0.25", "10", "100"]))
    decimals = int(rng.choice([-1, -1, 0, 2, 9]))
    return Security(
        symbol=symbol,
        type=str(rng.choice(TYPES)),
        block=Decimal(block) if block else None,
        decimals=None if decimals < 0 else decimals,
    )


def _policy(rng: np.random.Generator, securities: int, worth: float) -> Policy:
    def some(value: float, share: float = 0.4) -> float:
        return value if rng.random() < share else 0.0

    counts = Counts(
        max_names=int(rng.integers(2, securities + 1)) if rng.random() < 0.3 else None,
        max_trades=int(rng.integers(1, securities)) if rng.random() < 0.3 else None,
    )
    if counts.max_names is None and rng.random() < 0.3:
        counts = replace(counts, min_names=int(rng.integers(1, 4)))
    return Policy(
        tracking=Tracking(gamma=float(rng.choice([2.0, 10.0, 50.0]))),
        trading=Trading(
            decimals=int(rng.integers(0, 10)),
            type_decimals={"etf": 1} if rng.random() < 0.3 else None,
            min_trade=some(0.01 * worth),
            min_holding=some(0.02),
            ticket=some(round(1e-4 * worth, 3)),
        ),
        cash=Cash(minimum=some(0.005), maximum=float(rng.choice([0.02, 0.3, 1.0]))),
        counts=counts,
        search=Search(flips=4, nodes=40),
    )
