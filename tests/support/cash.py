# SPDX-License-Identifier: Apache-2.0
"""Accounts whose cash is the question, and what cash comes to, counted anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from di_optimizer.account import CashBalance, Flow, Restriction
from di_optimizer.plan import Plan
from di_optimizer.policy import Cash, Tracking
from di_optimizer.program.job import Job
from di_optimizer.trades import Trade
from di_optimizer.verify import Case
from support.counted import ledger
from support.jobs import ON
from support.sizes import sized_job

CLOSE = Tracking(gamma=1_000.0)
USES = ("full", "conservative", "invest", "cover", "exchange", "model_change")


def fine(
    prices: Mapping[str, float],
    money: float,
    held: Mapping[str, float] | None = None,
    account: Mapping[str, Any] | None = None,
    **sections: Any,
) -> Job:
    """Return a ledger that trades fractions and wants to be close."""
    own = {"fractional": True} | dict(account or {})
    return ledger(prices, money, held, own, **({"tracking": CLOSE} | sections))


def out(amount: float) -> tuple[Flow, ...]:
    """Return a withdrawal that is due."""
    return (Flow(on=ON, amount=-Decimal(str(amount))),)


def kept(symbol: str, least: float) -> Restriction:
    return Restriction(kind="min", symbol=symbol, value=least)


def case_of(job: Job) -> Case:
    """Return the job as the check sees it."""
    return Case(
        account=job.account,
        market=job.market,
        benchmark=job.benchmark,
        risk=job.risk,
        policy=job.policy,
        on=job.on,
        related=job.related,
        planned=job.planned,
    )


def sides(plan: Plan) -> set[str]:
    return {order.side for order in plan.orders}


def amount(plan: Plan, side: str) -> Decimal:
    """Return the money of one side."""
    return sum((t.amount for t in plan.trades if t.side == side), Decimal(0))


def cash_if(job: Job, trades: tuple[Trade, ...], move: Fraction) -> Fraction:
    """Return cash after trades at prices that moved against them, naively."""
    cash = sum((Fraction(c.amount) for c in job.account.cash), Fraction(0))
    cash += sum((Fraction(f.amount) for f in job.account.flows if f.on <= ON), 0)
    cost = Fraction(0)
    for trade in trades:
        sign = 1 if trade.side == "sell" else -1
        factor = 1 - sign * move
        cash += sign * factor * Fraction(trade.amount)
        spread = job.market.half_spread(trade.symbol, job.policy.trading.spread_bp)
        cost += (
            factor * Fraction(trade.shares) * Fraction(trade.price) * Fraction(spread)
        )
    ticket = Fraction(str(job.policy.trading.ticket))
    cost += ticket * len({trade.symbol for trade in trades})
    return cash - Fraction(ceil(cost * 100), 100)


def random_cash_job(seed: int) -> Job:
    """A random account of sizes with random wishes about cash, flows and sleeves."""
    rng = np.random.default_rng(seed)
    job = sized_job(seed % 997)
    held = sorted({lot.symbol for lot in job.account.lots})
    names = sorted(job.benchmark)
    worth = float(
        sum(lot.shares * job.market.price(lot.symbol) for lot in job.account.lots)
    )
    worth += float(job.account.cash_amount())

    def some(value: float, chance: float = 0.3) -> float:
        return value if rng.random() < chance else 0.0

    use = str(rng.choice(USES)) if rng.random() < 0.6 else "full"
    target = some(0.01)
    cash = Cash(
        minimum=some(0.005),
        maximum=float(rng.choice([0.01, 0.02, 0.2])),
        floor=round(some(0.01 * worth), 2),
        target=target or None,
        drag=some(0.05),
        scope="cash" if rng.random() < 0.35 else "all",
        use=use,
        exchange_out=tuple(held[:2]) if use == "exchange" else (),
        exchange_in=tuple(names[-2:]) if use == "exchange" else (),
        sale_share=float(rng.choice([1.0, 1.0, 0.9, 0.5])),
        price_move=some(float(rng.choice([0.003, 0.02]))),
        raise_extra=some(0.2),
        raise_extra_amount=some(25.0),
        keep_back=some(0.2),
        keep_back_amount=some(25.0),
        sleeves=("main",) if rng.random() < 0.2 else None,
        withdrawal="proportional" if rng.random() < 0.3 else "optimal",
    )
    own = job.account.cash
    if rng.random() < 0.3:
        own = (*own, CashBalance(amount=Decimal("77.77"), sleeve="kept"))
    part = float(rng.choice([0.0, 0.0, 0.1, -0.05, -0.3, -0.95]))
    flows = (Flow(on=ON, amount=Decimal(str(round(part * worth, 2)))),) if part else ()
    account = replace(job.account, cash=own, flows=flows)
    return replace(job, account=account, policy=replace(job.policy, cash=cash))
