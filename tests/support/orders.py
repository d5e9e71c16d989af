# SPDX-License-Identifier: Apache-2.0
"""Little ledgers of working orders: names at round prices and orders at the broker."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from di_optimizer.account import Account, WorkingOrder
from di_optimizer.policy import Tracking, Working
from di_optimizer.program.job import Job
from di_optimizer.working import Desk, resolved
from support.counted import ledger

CLOSE = Tracking(gamma=100_000.0)


def order(
    order_id: str, side: str, symbol: str = "", status: str = "sent", **terms: Any
) -> WorkingOrder:
    """An order; shares, amount and limit_price as numbers."""
    exact = {name: Decimal(str(value)) for name, value in terms.items()}
    return WorkingOrder(
        order_id=order_id, side=side, symbol=symbol, status=status, **exact
    )


def working(job: Job, *orders: WorkingOrder, start: str = "present") -> Job:
    """The job with working orders; it follows its benchmark closely."""
    policy = replace(
        job.policy,
        working=Working(start=start),
        tracking=CLOSE,  # type: ignore[arg-type]
    )
    return replace(
        job, account=replace(job.account, working_orders=orders), policy=policy
    )


def weighted(job: Job, **weights: float) -> Job:
    """The job with another benchmark."""
    return replace(job, benchmark=weights)


def ready(job: Job) -> Account:
    """The account beside its working orders."""
    desk = Desk(
        account=job.account,
        market=job.market,
        policy=job.policy,
        known=frozenset(job.risk.symbols),
    )
    return resolved([desk])[0]


def simple(money: float, held: dict[str, float] | None = None, **more: Any) -> Job:
    """Three names at 10, no spreads, whole shares."""
    prices = {"AAA": 10, "BBB": 10, "CCC": 10}
    return ledger(prices, money, held, **more)
