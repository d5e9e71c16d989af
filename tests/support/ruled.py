# SPDX-License-Identifier: Apache-2.0
"""An account worth 100,000 in four securities at 100 each, for rules of all kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from di_optimizer.account import Account, CashBalance, Restriction, Taxpayer
from di_optimizer.errors import VerificationError
from di_optimizer.market import Market, Quote, Security
from di_optimizer.plan import Plan
from di_optimizer.policy import Cash, Policy, Tracking, Wash
from di_optimizer.program.build import Job
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term
from di_optimizer.trades import Trade
from di_optimizer.verify import Case, Claims, figures, verify

ON = date(2024, 6, 28)
OLD = date(2020, 1, 31)
SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
SECTORS = {"AAA": "Energy", "BBB": "Energy", "CCC": "Health", "DDD": "Health"}
EVEN = dict.fromkeys(SYMBOLS, 0.25)


def lot(symbol: str, shares: float, sleeve: str = "main", name: str = "") -> Lot:
    """Return a long-term lot without a gain."""
    count = Decimal(str(shares))
    return Lot(
        lot_id=name or f"{symbol}-{sleeve}",
        symbol=symbol,
        shares=count,
        cost_basis=count * 100,
        acquired=OLD,
        holding_start=OLD,
        sleeve=sleeve,
    )


def cash(amount: float, sleeve: str = "main") -> CashBalance:
    """Return cash of a sleeve."""
    return CashBalance(amount=Decimal(str(amount)), sleeve=sleeve)


def rule(kind: str, symbol: str | None = None, **more: Any) -> Restriction:
    """Return an account's own rule."""
    return Restriction(kind=kind, symbol=symbol, **{"scope": "account", **more})


def policy(**sections: Any) -> Policy:
    """Return a policy that tracks closely, with any cash and no spread."""
    free = {
        "tracking": Tracking(gamma=100.0),
        "cash": Cash(minimum=0.0, maximum=0.001),
        "wash": Wash(policy="ignore"),
    }
    return Policy(**(free | sections))


def job(
    shares: Mapping[str, float],
    *rules: Restriction,
    benchmark: Mapping[str, float] = EVEN,
    settings: Policy | None = None,
    **more: Any,
) -> Job:
    """Return the job of an account that holds some shares at 100 each."""
    values: dict[str, Any] = {
        "lots": tuple(lot(symbol, count) for symbol, count in shares.items() if count),
        "cash": (cash(round(100_000 - 100 * sum(shares.values()), 2)),),
    }
    owner = Account(
        account="A",
        taxpayer=Taxpayer(taxpayer="T", short_rate=0.4, long_rate=0.2),
        restrictions=tuple(rules),
        **(values | more),
    )
    return Job(
        account=owner,
        market=market(),
        benchmark=benchmark,
        risk=risk(),
        policy=settings or policy(),
    )


def market() -> Market:
    """Return prices of 100 and two sectors."""
    quotes = {s: Quote(symbol=s, price=Decimal(100)) for s in SYMBOLS}
    securities = {s: Security(symbol=s, sector=SECTORS[s]) for s in SYMBOLS}
    return Market(on=ON, quotes=quotes, securities=securities)


def risk() -> FactorRiskModel:
    """Return one factor and some specific risk."""
    n = len(SYMBOLS)
    return FactorRiskModel(
        symbols=SYMBOLS,
        factors=("market",),
        exposures=np.ones((n, 1)),
        factor_covariance=np.array([[0.04]]),
        specific_variance=np.full(n, 0.05),
        as_of=ON,
    )


def traded(plan: Plan) -> dict[str, float]:
    """Return the money traded of each symbol, sales negative."""
    found: dict[str, float] = {}
    for trade in plan.trades:
        sign = 1 if trade.side == "buy" else -1
        money = sign * float(trade.shares * trade.price)
        found[trade.symbol] = found.get(trade.symbol, 0.0) + money
    return found


def buy(symbol: str, shares: float) -> Trade:
    """Return a purchase at 100."""
    count = Decimal(str(shares))
    amount = (count * 100).quantize(Decimal("0.01"))
    return Trade(
        account="A",
        side="buy",
        symbol=symbol,
        shares=count,
        price=Decimal(100),
        amount=amount,
    )


def sell(given: Job, lot_id: str, shares: float) -> Trade:
    """Return a sale of part of a lot at 100."""
    count = Decimal(str(shares))
    source = next(t for t in given.account.lots if t.lot_id == lot_id)
    return replace(
        buy(source.symbol, shares),
        side="sell",
        lot_id=lot_id,
        realised_gain=Decimal("0.00"),
        term=Term.LONG,
        shares=count,
    )


def case_of(given: Job) -> Case:
    """Return what the check gets."""
    return Case(
        account=given.account,
        market=given.market,
        benchmark=given.benchmark,
        risk=given.risk,
        policy=given.policy,
        on=given.on,
    )


def refusals(given: Job, trades: Sequence[Trade], about: str) -> list[str]:
    """Return the lines in which the check says ``about`` of some trades."""
    case = case_of(given)
    claimed = figures(case, trades)
    try:
        verify(case, trades, claimed, Claims(objective=claimed.objective, bound=None))
    except VerificationError as error:
        return [line for line in str(error).splitlines() if about in line]
    return []
