# SPDX-License-Identifier: Apache-2.0
"""Little accounts written out by hand: lots by age, past trades, planned ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from di_optimizer.account import (
    Account,
    AccountType,
    Activity,
    CashBalance,
    Taxpayer,
)
from di_optimizer.market import Market, Quote, Security
from di_optimizer.policy import Bounds, Cash, Policy
from di_optimizer.program.build import Job
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term
from di_optimizer.trades import Trade

ON = date(2024, 6, 28)
PERSON = Taxpayer(taxpayer="T", short_rate=0.4, long_rate=0.2)
SYMBOLS = ("AAA", "AAB", "BBB", "CCC")  # AAA and AAB are twins, each at 100
TWINS = "twins"


def ago(days: int) -> date:
    """Return the date some days before the trade date."""
    return ON - timedelta(days=days)


def lot(name: str, symbol: str, days: int, unit: float = 120, **more: Any) -> Lot:
    """Ten shares bought some days ago; at a price of 100 the default is a loss."""
    values: dict[str, Any] = {
        "lot_id": name,
        "symbol": symbol,
        "shares": Decimal(10),
        "acquired": ago(days),
        "holding_start": ago(days),
    }
    values |= more
    values.setdefault("cost_basis", values["shares"] * Decimal(str(unit)))
    return Lot(**values)


def past(side: str, symbol: str, days: int, **more: Any) -> Activity:
    """Ten shares traded some days ago at 100."""
    values: dict[str, Any] = {"shares": Decimal(10), "amount": Decimal(1000)}
    return Activity(side=side, symbol=symbol, on=ago(days), **(values | more))


def trade(account: str, side: Any, symbol: str, **more: Any) -> Trade:
    """Ten shares traded today at 100."""
    values: dict[str, Any] = {
        "shares": Decimal(10),
        "price": Decimal(100),
        "amount": Decimal(1000),
    }
    if side == "sell":
        values |= {"lot_id": "?", "realised_gain": Decimal(-1), "term": Term.SHORT}
    return Trade(account=account, side=side, symbol=symbol, **(values | more))


def account(name: str = "A", *lots: Lot, **more: Any) -> Account:
    """Return a taxable account with 1,000 in cash."""
    values: dict[str, Any] = {
        "taxpayer": PERSON,
        "lots": lots,
        "cash": (CashBalance(amount=Decimal(1000)),),
    }
    return Account(account=name, **(values | more))


def ira(name: str, *lots: Lot, **more: Any) -> Account:
    """Return a retirement account of the same taxpayer."""
    return account(name, *lots, type=AccountType.TAX_DEFERRED, **more)


def market(prices: Mapping[str, float] | None = None) -> Market:
    """Return prices of 100 each unless given; AAA and AAB are one group."""
    given = dict.fromkeys(SYMBOLS, 100.0) | dict(prices or {})
    quotes = {s: Quote(symbol=s, price=Decimal(str(p))) for s, p in given.items()}
    groups = {"AAA": TWINS, "AAB": TWINS}
    securities = {s: Security(symbol=s, wash_group=groups.get(s)) for s in SYMBOLS}
    return Market(on=ON, quotes=quotes, securities=securities)


def job(owner: Account, **more: Any) -> Job:
    """Return a job over the four securities, wide limits and free cash."""
    values: dict[str, Any] = {
        "account": owner,
        "market": market(),
        "benchmark": dict.fromkeys(SYMBOLS, 0.25),
        "risk": risk(),
        "policy": policy(),
    }
    return Job(**(values | more))


def policy(**sections: Any) -> Policy:
    """Return a policy without bounds and with any cash."""
    free = {"cash": Cash(minimum=0.0, maximum=1.0), "bounds": Bounds()}
    return Policy(**(free | sections))


def risk() -> FactorRiskModel:
    """Return one factor and some specific risk."""
    n = len(SYMBOLS)
    return FactorRiskModel(
        symbols=SYMBOLS,
        factors=("market",),
        exposures=np.ones((n, 1)),
        factor_covariance=np.array([[0.04]]),
        specific_variance=np.full(n, 0.02),
        as_of=ON,
    )
