# SPDX-License-Identifier: Apache-2.0
"""Random accounts under random rules of every kind: a verified plan, or a reason."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from support.jobs import ON, SECTORS, Kind, random_job
from support.ruled import cash

from di_optimizer.account import Restriction, Untraded
from di_optimizer.errors import EngineError, InfeasibleError, InputError
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Cash, Trading
from di_optimizer.program.build import Job

SCOPES = ("*", "model:index", "account", "account")
KINDS = (
    "no_buy",
    "no_sell",
    "no_trade",
    "no_hold",
    "allow",
    "min",
    "max",
    "threshold_min",
    "threshold_max",
)


def random_rule(rng: np.random.Generator, symbols: list[str]) -> Restriction:
    kind = str(rng.choice(KINDS))
    wide = rng.random() < 0.2 and kind not in ("min", "max", "no_hold")
    low = kind in ("min", "threshold_min")
    value = float(rng.uniform(0.0, 0.1) if low else rng.uniform(0.1, 0.4))
    days = int(rng.integers(0, 6))
    return Restriction(
        kind=kind,
        symbol=None if wide else str(rng.choice(symbols)),
        sector=str(rng.choice(SECTORS)) if wide else None,
        value=value if kind.rpartition("_")[2] in ("min", "max") else None,
        by=ON + timedelta(days=days) if kind == "no_hold" and days else None,
        scope=str(rng.choice(SCOPES)),
        source=f"row {rng.integers(1, 99)}",
    )


def ruled(seed: int) -> Job:
    """A random account with rules, a locked sleeve and holdings elsewhere, or some."""
    rng = np.random.default_rng(seed)
    made = random_job(
        seed, Kind(securities=6, fractional=seed % 2 == 0, restrictions=False)
    )
    symbols = sorted(made.market.quotes)
    rules = [random_rule(rng, symbols) for _ in range(int(rng.integers(0, 6)))]
    account = made.account
    if rng.random() < 0.5:
        rules.append(Restriction(kind="lock", sleeve="safe", scope="account"))
        lots = tuple(
            replace(lot, sleeve="safe" if rng.random() < 0.3 else "main")
            for lot in account.lots
        )
        account = replace(account, lots=lots, cash=(*account.cash, cash(5_000, "safe")))
    held = tuple(
        Untraded(
            symbol=str(rng.choice(symbols)),
            shares=Decimal(int(rng.integers(1, 200))),
            reason="outside holding",
            valued=True,
            closed=False,
        )
        for _ in range(int(rng.integers(0, 3)))
    )
    account = replace(account, restrictions=tuple(rules), untraded=held)
    sides = str(rng.choice(["both", "both", "both", "buy_only", "sell_only"]))
    trading = Trading(
        sides=sides,  # type: ignore[arg-type]
        min_trade=float(rng.choice([0, 0, 800])),
        min_holding=float(rng.choice([0, 0, 0.01])),
    )
    cash_range = Cash(minimum=0.0, maximum=1.0 if sides != "both" else 0.3)
    policy = replace(made.policy, trading=trading, cash=cash_range)
    return replace(made, account=account, policy=policy)


@pytest.mark.parametrize(
    "first",
    [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(10, 60, 10))],
)
def test_a_verified_plan_or_a_reason(first: int):
    plans = 0
    for seed in range(first, first + 10):
        try:
            plan = rebalance_account(ruled(seed))
        except (InfeasibleError, InputError, EngineError):
            continue
        plans += 1
        assert plan.certificate.gap_bp >= -1e-6
    assert plans >= 7


@pytest.mark.parametrize("seed", range(2))
def test_the_engines_intervals_intersect(seed: int):
    found = []
    for engine in ("certified", "reference"):
        job = ruled(seed)
        policy = replace(job.policy, engine=engine)
        plan = rebalance_account(replace(job, policy=policy))
        found.append((plan.certificate.bound_bp, plan.certificate.objective_bp))
    (low, high), (least, most) = found
    assert max(low, least) <= min(high, most) + 1e-4
