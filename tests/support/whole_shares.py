# SPDX-License-Identifier: Apache-2.0
"""Accounts of a few shares, and the best whole-share plan by trying every one."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import numpy as np

from di_optimizer.account import Account, CashBalance, Taxpayer
from di_optimizer.policy import Cash, Policy, Tracking
from di_optimizer.program.build import Built, Job
from di_optimizer.tax.lots import Lot
from support.jobs import ON, market_of, risk_of


def few_shares(seed: int) -> Job:
    """Three or four names, up to six shares of each in up to two lots."""
    rng = np.random.default_rng(seed)
    symbols = [f"S{i:02d}" for i in range(int(rng.integers(3, 5)))]
    prices = {s: round(float(rng.lognormal(3.8, 0.7)), 2) for s in symbols}
    weights = rng.dirichlet(np.full(len(symbols), 2.0))
    lots = [
        _lot(rng, f"{symbol}-{k}", symbol, prices[symbol])
        for symbol in symbols
        for k in range(int(rng.integers(1, 3)))
    ]
    return Job(
        account=Account(
            account="few",
            taxpayer=Taxpayer(taxpayer="T", short_rate=0.408, long_rate=0.238),
            lots=tuple(lots),
            cash=(CashBalance(amount=Decimal(int(rng.choice([5, 60, 150])))),),
            fractional=False,
        ),
        market=market_of(rng, symbols, prices),
        benchmark=dict(zip(symbols, weights.tolist(), strict=True)),
        risk=risk_of(rng, symbols),
        policy=Policy(
            tracking=Tracking(gamma=float(rng.choice([2, 10, 50]))),
            cash=Cash(minimum=0.0, maximum=float(rng.choice([0.05, 0.2, 1.0]))),
        ),
    )


def _lot(rng: np.random.Generator, lot_id: str, symbol: str, price: float) -> Lot:
    shares = int(rng.integers(1, 4))
    bought = ON - timedelta(days=int(rng.integers(1, 900)))
    basis = shares * price * float(np.exp(rng.normal(0.0, 0.35)))
    return Lot(
        lot_id=lot_id,
        symbol=symbol,
        shares=Decimal(shares),
        cost_basis=Decimal(str(round(basis, 2))),
        acquired=bought,
        holding_start=bought,
    )


def plans_to_try(built: Built) -> int:
    """Return how many combinations of trades :func:`best_whole_shares` looks at."""
    return int(np.prod([len(numbers) for numbers in _ranges(built)]))


def best_whole_shares(built: Built) -> float:
    """Least objective of all whole-share plans with cash in its range, or inf."""
    program, size = built.program, built.prices / float(built.base)
    row, best = program.rows[0], np.inf
    for net in itertools.product(*_ranges(built)):
        moved = np.array(net) * size
        buys, sells = np.maximum(moved, 0.0), _by_lot(built, np.maximum(-moved, 0.0))
        cash = program.row_value(row, buys, sells)
        if row.lower - 1e-12 <= cash <= row.upper + 1e-12:
            best = min(best, program.objective(buys, sells))
    return best


def _ranges(built: Built) -> list[range]:
    program, size = built.program, built.prices / float(built.base)
    held = np.rint(program.held / size).astype(int)
    most = np.floor((program.held.sum() + program.rows[0].offset) / size).astype(int)
    return [range(-h, m + 1) for h, m in zip(held, most, strict=True)]


def _by_lot(built: Built, sold: np.ndarray) -> np.ndarray:
    """Sell the lots of the least tax first."""
    lots, left = built.program.lots, sold.copy()
    sells = np.zeros(len(lots))
    for i in np.argsort(lots.tax, kind="stable"):
        sells[i] = min(left[lots.security[i]], lots.weight[i])
        left[lots.security[i]] -= sells[i]
    return sells
