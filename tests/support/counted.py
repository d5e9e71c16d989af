# SPDX-License-Identifier: Apache-2.0
"""Little ledgers of sizes: a few names at round prices, no spreads, one lot each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from di_optimizer.account import Account, CashBalance, Taxpayer
from di_optimizer.market import Market, Quote, Security
from di_optimizer.plan import Plan
from di_optimizer.policy import Cash, Policy, Trading
from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.job import Built, Job
from di_optimizer.program.steps import step
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tax.lots import Lot
from support.jobs import ON

FREE = Trading(spread_bp=0.0)
ANY_CASH = Cash(minimum=0.0, maximum=1.0)


def ledger(
    prices: Mapping[str, float],
    money: float,
    held: Mapping[str, float] | None = None,
    account: Mapping[str, Any] | None = None,
    securities: Mapping[str, Security] | None = None,
    **sections: Any,
) -> Job:
    """Return a job of whole shares; ``held`` has shares, bought at today's price."""
    lots = tuple(_lot(s, n, prices[s]) for s, n in (held or {}).items())
    values: dict[str, Any] = {
        "account": "L",
        "taxpayer": Taxpayer(taxpayer="T", short_rate=0.4, long_rate=0.2),
        "lots": lots,
        "cash": (CashBalance(amount=Decimal(str(money))),),
        "fractional": False,
    }
    usual: dict[str, Any] = {"trading": FREE, "cash": ANY_CASH}
    quotes = {s: Quote(symbol=s, price=Decimal(str(p))) for s, p in prices.items()}
    return Job(
        account=Account(**(values | dict(account or {}))),
        market=Market(on=ON, quotes=quotes, securities=dict(securities or {})),
        benchmark=dict.fromkeys(prices, 1.0 / len(prices)),
        risk=_risk(tuple(sorted(prices))),
        policy=Policy(**(usual | sections)),
    )


def _lot(symbol: str, shares: float, price: float) -> Lot:
    bought = ON - timedelta(days=500)
    return Lot(
        lot_id=f"{symbol}-1",
        symbol=symbol,
        shares=Decimal(str(shares)),
        cost_basis=Decimal(str(shares)) * Decimal(str(price)),
        acquired=bought,
        holding_start=bought,
    )


def _risk(symbols: tuple[str, ...]) -> FactorRiskModel:
    n = len(symbols)
    return FactorRiskModel(
        symbols=symbols,
        factors=("market",),
        exposures=np.ones((n, 1)),
        factor_covariance=np.array([[0.04]]),
        specific_variance=np.linspace(0.02, 0.05, n),
        as_of=ON,
    )


def traded(plan: Plan) -> dict[str, Decimal]:
    """Return shares bought less sold, by symbol."""
    found: dict[str, Decimal] = {}
    for order in plan.orders:
        sign = 1 if order.side == "buy" else -1
        found[order.symbol] = sign * order.shares
    return found


def best_of_all(job: Job, built: Built) -> float:
    """Least objective over every plan in whole steps and exits, or inf."""
    program, best = built.program, np.inf
    choices = [_choices(job, built, i) for i in range(program.n)]
    for net in itertools.product(*choices):
        moved = np.array(net)
        sells = _by_lot(built, np.maximum(-moved, 0.0))
        buys = np.maximum(moved, 0.0)
        fits = all(_within(program, row, buys, sells) for row in program.rows)
        if fits and bool(np.all(of_allowed_size(program, buys, sells))):
            best = min(best, program.objective(buys, sells))
    return best


def _within(program: Any, row: Any, buys: np.ndarray, sells: np.ndarray) -> bool:
    value = program.row_value(row, buys, sells)
    return bool(row.lower - 1e-12 <= value <= row.upper + 1e-12)


def _choices(job: Job, built: Built, i: int) -> list[float]:
    """Return what one security may trade: steps either way, and all of it."""
    symbol, program = built.universe.symbols[i], built.program
    size = float(step(job.account, job.market, job.policy, symbol)) * built.prices[i]
    size /= float(built.base)
    held = program.held[i]
    room = program.rows[0].offset + program.held.sum()
    up = np.arange(0, np.floor(min(room, program.upper[i] - held) / size + 1e-9) + 1)
    down = np.arange(1, np.floor(held / size + 1e-9) + 1)
    whole = [-held] if held > 0 and not np.isclose(held % size, 0.0) else []
    return [*(up * size), *(-down * size), *whole]


def _by_lot(built: Built, sold: np.ndarray) -> np.ndarray:
    """Sell the lots of the least price first."""
    lots, left = built.program.lots, sold.copy()
    sells = np.zeros(len(lots))
    for i in np.argsort(lots.unit, kind="stable"):
        part = min(left[lots.security[i]], lots.weight[i])
        close = abs(lots.weight[i] - part) < 1e-12
        sells[i] = lots.weight[i] if close else part
        left[lots.security[i]] -= part
    return sells


def with_policy(job: Job, **sections: Any) -> Job:
    """Return the job with other sections of its policy."""
    return replace(job, policy=replace(job.policy, **sections))
