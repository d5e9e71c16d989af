# SPDX-License-Identifier: Apache-2.0
"""Little ledgers of working orders: names at round prices and orders at the broker."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from di_optimizer.account import Account, WorkingOrder
from di_optimizer.exact import floor_to
from di_optimizer.policy import Tracking, Working
from di_optimizer.program.job import Job
from di_optimizer.working import LATER, OPEN, Desk, resolved
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


def random_orders(seed: int, job: Job) -> Job:
    """The job with up to six orders of every side and status, none oversold."""
    rng = np.random.default_rng(seed)
    left = job.account.positions()
    found = []
    for number in range(int(rng.integers(1, 7))):
        side = str(
            rng.choice(["buy", "sell", "deposit", "withdraw"], p=[0.4, 0.4, 0.1, 0.1])
        )
        status = str(rng.choice([OPEN, *LATER]))
        symbol = str(rng.choice(sorted(left))) if side in ("buy", "sell") else ""
        price = job.market.price(symbol) if symbol else Decimal(1)
        limit = {"limit_price": round(price * Decimal("1.013"), 2)}
        terms: dict[str, Any] = limit if symbol and rng.random() < 0.4 else {}
        if side == "sell":
            whole = left[symbol] if rng.random() < 0.2 else left[symbol] / 3
            shares = floor_to(whole, Decimal("0.0001"))
            if shares <= 0:
                continue
            left[symbol] -= shares if status != OPEN else Decimal(0)
            terms = {"shares": shares, **terms}
        elif side == "buy" and rng.random() < 0.5:
            terms = {"shares": round(Decimal(str(rng.uniform(1, 50))), 3), **terms}
        else:
            terms = {"amount": round(Decimal(str(rng.uniform(900, 9_000))), 2), **terms}
        found.append(order(f"W{number}", side, symbol, status, **terms))
    start = str(rng.choice(["present", "expected"]))
    policy = replace(job.policy, working=Working(start=start))  # type: ignore[arg-type]
    return replace(
        job, account=replace(job.account, working_orders=tuple(found)), policy=policy
    )
