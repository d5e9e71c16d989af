# SPDX-License-Identifier: Apache-2.0
"""Random accounts as jobs: small, but with every feature that a job may have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from di_optimizer.account import (
    Account,
    AccountType,
    CashBalance,
    Flow,
    Restriction,
    Taxpayer,
)
from di_optimizer.market import Market, Quote, Security
from di_optimizer.policy import Bounds, Cash, Policy, Search, Tracking
from di_optimizer.program.build import Job
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tax.lots import Lot

ON = date(2024, 6, 28)
SECTORS = ("Energy", "Health", "Software")


@dataclass(frozen=True)
class Kind:
    """What sort of account to make."""

    securities: int = 8
    lots_each: int = 3
    nav: float = 250_000.0
    fractional: bool = True
    flow: float = 0.0  # fraction of NAV
    restrictions: bool = True
    gamma: float = 10.0
    type: AccountType = AccountType.TAXABLE


def random_job(seed: int, kind: Kind = Kind()) -> Job:
    """An account in some of the benchmark's names, and one that is not in it."""
    rng = np.random.default_rng(seed)
    symbols = [f"S{i:02d}" for i in range(kind.securities)]
    prices = {s: round(float(rng.lognormal(3.8, 0.9)), 2) for s in symbols}
    weights = rng.dirichlet(np.full(kind.securities, 2.0))
    weights[-1] = 0.0  # held, not in the benchmark
    weights /= weights.sum()
    cash = Decimal(str(round(kind.nav * rng.choice([0.002, 0.03]), 2)))
    return Job(
        account=Account(
            account=f"A{seed}",
            taxpayer=Taxpayer(taxpayer="T", short_rate=0.408, long_rate=0.238),
            type=kind.type,
            benchmark="index",
            lots=_lots(rng, symbols, prices, kind),
            cash=(CashBalance(amount=cash),),
            flows=_flows(kind),
            fractional=kind.fractional,
            restrictions=_restrictions(rng, symbols) if kind.restrictions else (),
        ),
        market=market_of(rng, symbols, prices),
        benchmark=dict(zip(symbols[:-1], weights[:-1].tolist(), strict=True)),
        risk=risk_of(rng, symbols),
        policy=Policy(
            tracking=Tracking(gamma=kind.gamma),
            cash=Cash(minimum=0.0, maximum=0.02),
            bounds=Bounds(multiple=float(rng.choice([0.5, 1.0, 4.0]))),
            search=Search(flips=6),
        ),
    )


def _lots(
    rng: np.random.Generator, symbols: list[str], prices: dict[str, float], kind: Kind
) -> tuple[Lot, ...]:
    count = kind.securities * kind.lots_each
    values = rng.dirichlet(np.full(count, 1.0)) * kind.nav
    digits = 4 if kind.fractional else 0
    lots = []
    for number, value in enumerate(values):
        symbol = symbols[int(rng.integers(0, len(symbols)))]
        shares = Decimal(str(round(value / prices[symbol], digits)))
        if shares <= 0:
            continue
        bought = ON - timedelta(days=int(rng.integers(1, 1200)))
        unit = prices[symbol] * float(np.exp(rng.normal(0.0, 0.35)))
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


def _flows(kind: Kind) -> tuple[Flow, ...]:
    if kind.flow == 0.0:
        return ()
    amount = Decimal(str(round(kind.nav * kind.flow, 2)))
    later = Flow(on=ON + timedelta(days=1), amount=Decimal(-1_000_000))
    return (Flow(on=ON, amount=amount), later)


def _restrictions(
    rng: np.random.Generator, symbols: list[str]
) -> tuple[Restriction, ...]:
    picked = rng.permutation(symbols)
    return (
        Restriction(kind="no_buy", symbol=str(picked[0])),
        Restriction(kind="no_sell", symbol=str(picked[1])),
        Restriction(kind="no_hold", symbol=str(picked[2])),
        Restriction(kind="no_buy", sector=SECTORS[0]),
        Restriction(kind="max", symbol=str(picked[3]), value=0.2),
        Restriction(kind="no_trade", symbol=str(picked[4]), end=ON),
        Restriction(
            kind="no_trade", symbol=str(picked[-1]), end=ON - timedelta(days=1)
        ),
    )


def market_of(
    rng: np.random.Generator, symbols: list[str], prices: dict[str, float]
) -> Market:
    """Quotes, some with spreads of their own, and three sectors."""
    return Market(
        on=ON,
        quotes={
            s: Quote(
                symbol=s,
                price=Decimal(str(prices[s])),
                spread_bp=Decimal("3.5") if rng.random() < 0.5 else None,
            )
            for s in symbols
        },
        securities={
            s: Security(symbol=s, sector=SECTORS[i % 3]) for i, s in enumerate(symbols)
        },
    )


def risk_of(rng: np.random.Generator, symbols: list[str]) -> FactorRiskModel:
    """A market factor and a style."""
    n, k = len(symbols), 2
    root = rng.normal(0, 0.1, (k, k))
    return FactorRiskModel(
        symbols=tuple(symbols),
        factors=("market", "style"),
        exposures=np.column_stack([rng.uniform(0.7, 1.3, n), rng.normal(0, 1, n)]),
        factor_covariance=root @ root.T + 0.005 * np.eye(k),
        specific_variance=rng.uniform(0.01, 0.1, n),
        as_of=ON,
    )
