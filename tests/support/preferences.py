# SPDX-License-Identifier: Apache-2.0
"""Books whose best plan is known by hand: no spreads, no risk, weights as given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from di_optimizer.account import Account, AccountType, CashBalance, Taxpayer
from di_optimizer.market import Market, Quote, Security
from di_optimizer.plan import Plan
from di_optimizer.policy import Cash, Policy, Trading
from di_optimizer.program.job import Job
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tax.lots import Lot

ON = date(2024, 6, 28)
NAV = 1_000_000
FREE = Trading(spread_bp=0.0)
ALL_IN = Cash(minimum=0.0, maximum=0.0001)


def book(
    held: Mapping[str, float],
    benchmark: Mapping[str, float],
    *,
    basis: Mapping[str, float] | None = None,
    columns: Mapping[str, Mapping[str, str | float]] | None = None,
    rates: tuple[float, float] | None = None,
    **policy: object,
) -> Job:
    """An account of a million; the rest of ``held`` is cash, every price is 100.

    ``basis`` is cost per unit of value, 1 where not given; ``columns`` are attributes
    by symbol. With ``rates`` (short, long) the account is taxed. Lots are long-term.
    """
    symbols = sorted({*held, *benchmark})
    shares = {s: Decimal(str(round(w * NAV / 100, 4))) for s, w in held.items() if w}
    bought = date(2022, 1, 3)
    lots = tuple(
        Lot(
            lot_id=f"L{s}",
            symbol=s,
            shares=n,
            cost_basis=n * 100 * Decimal(str((basis or {}).get(s, 1.0))),
            acquired=bought,
            holding_start=bought,
        )
        for s, n in shares.items()
    )
    cash = NAV - sum((n * 100 for n in shares.values()), Decimal(0))
    short, long = rates or (0.0, 0.0)
    kind = AccountType.TAXABLE if rates else AccountType.EXEMPT
    return Job(
        account=Account(
            account="A",
            taxpayer=Taxpayer(taxpayer="T", short_rate=short, long_rate=long),
            type=kind,
            benchmark="index",
            lots=lots,
            cash=(CashBalance(amount=cash),),
            fractional=True,
        ),
        market=Market(
            on=ON,
            quotes={s: Quote(symbol=s, price=Decimal(100)) for s in symbols},
            securities={
                s: Security(symbol=s, attributes=(columns or {}).get(s, {}))
                for s in symbols
            },
        ),
        benchmark=dict(benchmark),
        risk=FactorRiskModel.none(symbols),
        policy=Policy(**{"trading": FREE, "cash": ALL_IN, **policy}),
    )


def traded(plan: Plan) -> dict[str, float]:
    """Return purchases less sales of each symbol, fractions of NAV."""
    found: dict[str, float] = {}
    for trade in plan.trades:
        sign = 1 if trade.side == "buy" else -1
        found[trade.symbol] = found.get(trade.symbol, 0.0) + sign * float(trade.amount)
    return {symbol: amount / NAV for symbol, amount in sorted(found.items())}
