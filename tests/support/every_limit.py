# SPDX-License-Identifier: Apache-2.0
"""Random accounts with any combination of restrictions, limits, prices and flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

from di_optimizer.account import Restriction, Untraded
from di_optimizer.policy import (
    Bounds,
    Budget,
    Cash,
    Concentration,
    Conflict,
    Counts,
    Drift,
    Future,
    Limit,
    Policy,
    RiskLimit,
    Score,
    Search,
    Taxes,
    Tracking,
    Trading,
    Turnover,
    Worth,
)
from di_optimizer.program.job import Job
from support.jobs import ON, SECTORS, Kind, random_job

Change = Callable[[Job, np.random.Generator], Job]


def _policy(job: Job, **parts: object) -> Job:
    return replace(job, policy=replace(job.policy, **parts))  # type: ignore[arg-type]


def _near(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 4)


def _some(job: Job, rng: np.random.Generator) -> str:
    return str(rng.choice(sorted(job.risk.symbols)))


def sector_limit(job: Job, rng: np.random.Generator) -> Job:
    """A sector, hard or soft, in any unit."""
    unit = str(rng.choice(["absolute", "active", "multiple"]))
    most = {"absolute": (0.2, 0.6), "active": (0.0, 0.2), "multiple": (0.7, 1.5)}
    price = float(rng.choice([0.0, 0.01, 1.0])) if rng.random() < 0.5 else None
    limit = Limit(
        on="sector",
        name=str(rng.choice([*SECTORS, "*"])),
        unit=unit,  # type: ignore[arg-type]
        maximum=_near(rng, *most[unit]),
        price=price,
    )
    return _policy(job, limits=(*job.policy.limits, limit))


def factor_limit(job: Job, rng: np.random.Generator) -> Job:
    """A factor or beta within a range around the benchmark's."""
    if rng.random() < 0.5:
        limit = Limit(on="beta", minimum=_near(rng, 0.8, 0.95), maximum=1.1)
    else:
        width = _near(rng, 0.01, 0.3)
        price = 0.01 if rng.random() < 0.5 else None
        limit = Limit(
            on="factor",
            name=str(rng.choice(["style", "*"])),
            unit="active",
            minimum=-width,
            maximum=width,
            price=price,
        )
    return _policy(job, limits=(*job.policy.limits, limit))


def attribute_limit(job: Job, rng: np.random.Generator) -> Job:
    """A number of the securities table on average, and a score of it."""
    limit = Limit(on="quality", maximum=_near(rng, 0.0, 1.0), price=0.005)
    score = Score(
        column="quality",
        price=float(rng.choice([-0.01, 0.002])),
        on=str(rng.choice(["weight", "purchases"])),  # type: ignore[arg-type]
    )
    return _policy(job, limits=(*job.policy.limits, limit), scores=(score,))


def risk_limit(job: Job, rng: np.random.Generator) -> Job:
    """Tracking error of a part."""
    some: dict[str, object] = (
        {"factors": ("style",)}
        if rng.random() < 0.5
        else {"on": "sector", "name": str(rng.choice(SECTORS))}
    )
    price = 0.5 if rng.random() < 0.3 else None
    limit = RiskLimit(max_te_bp=_near(rng, 20, 200), price=price, **some)  # type: ignore[arg-type]
    return _policy(job, risk_limits=(limit,))


def concentration(job: Job, rng: np.random.Generator) -> Job:
    """Largest weights, or active share."""
    if rng.random() < 0.6:
        own = Concentration(top=3, top_maximum=_near(rng, 0.45, 0.9))
    else:
        own = Concentration(active_share=_near(rng, 0.1, 0.5))
    return _policy(job, concentration=own)


def turnover(job: Job, rng: np.random.Generator) -> Job:
    """How much is traded."""
    return _policy(job, turnover=Turnover(maximum=_near(rng, 0.02, 0.6)))


def prices_of_drift(job: Job, rng: np.random.Generator) -> Job:
    """Other aversions, and prices of active weights."""
    drift = Drift(
        absolute=_near(rng, 0, 2),
        relative=_near(rng, 0, 0.1),
        factor=float(rng.choice([0.5, 1.0])),
        specific=float(rng.choice([1.0, 2.0])),
    )
    future = Future(horizon=float(rng.choice([1.0, 10.0])), liquidation=0.7)
    return _policy(job, drift=drift, future=future)


def capped(job: Job, rng: np.random.Generator) -> Job:
    """Tracking error within a cap."""
    own = Tracking(gamma=job.policy.tracking.gamma, max_te_bp=_near(rng, 100, 600))
    return _policy(job, tracking=own)


def bounded(job: Job, rng: np.random.Generator) -> Job:
    """Weights around the benchmark's."""
    return _policy(job, bounds=Bounds(active=_near(rng, 0.02, 0.2), maximum=0.4))


def sized(job: Job, rng: np.random.Generator) -> Job:
    """Minimum trades and holdings, tickets, or one side alone."""
    own = Trading(
        min_trade=float(rng.choice([0.0, 500.0, 2_000.0])),
        ticket=float(rng.choice([0.0, 1.0])),
        sides=str(rng.choice(["both", "both", "buy_only", "sell_only"])),  # type: ignore[arg-type]
    )
    return _policy(job, trading=own)


def counted(job: Job, rng: np.random.Generator) -> Job:
    """At most so many trades."""
    return _policy(job, counts=Counts(max_trades=int(rng.integers(2, 8))))


def cash_rules(job: Job, rng: np.random.Generator) -> Job:
    """Targets, buffers, what pays for purchases."""
    use = ["full", "conservative", "invest", "cover", "model_change"]
    own = Cash(
        minimum=0.0,
        maximum=_near(rng, 0.01, 0.05),
        target=0.005,
        drag=float(rng.choice([0.0, 0.01])),
        scope=str(rng.choice(["all", "all", "cash"])),  # type: ignore[arg-type]
        use=str(rng.choice(use)),  # type: ignore[arg-type]
        sale_share=float(rng.choice([1.0, 0.9])),
        price_move=float(rng.choice([0.0, 0.01])),
        floor=float(rng.choice([0.0, 100.0])),
        keep_back_amount=float(rng.choice([0.0, 50.0])),
    )
    return _policy(job, cash=own)


def budgets(job: Job, rng: np.random.Generator) -> Job:
    """A limit on gains."""
    own = Taxes(budgets=(Budget(measure="net", maximum=_near(rng, 0, 20_000)),))
    return _policy(job, taxes=own)


def worth(job: Job, rng: np.random.Generator) -> Job:
    """Trade only for an improvement."""
    own = Worth(trade_bp=_near(rng, 0, 20), buy_bp=1.0, sell_bp=_near(rng, 0, 5))
    return _policy(job, worth=own)


def rules(job: Job, rng: np.random.Generator) -> Job:
    """Locks, thresholds, horizons, totals."""
    lot = job.account.lots[0]
    every = (
        Restriction(kind="no_hold", symbol=_some(job, rng), by=ON + timedelta(days=5)),
        Restriction(kind="threshold_max", symbol=_some(job, rng), value=0.2),
        Restriction(kind="max_total", sector=SECTORS[0], value=_near(rng, 0.3, 0.8)),
        Restriction(kind="keep_lot", lot_id=lot.lot_id),
        Restriction(kind="no_sell", symbol=_some(job, rng)),
        Restriction(kind="no_buy", sector=str(rng.choice(SECTORS))),
    )
    own = tuple(rule for rule in every if rng.random() < 0.5)
    return replace(job, account=replace(job.account, restrictions=own))


def outside(job: Job, rng: np.random.Generator) -> Job:
    """Shares that are held elsewhere."""
    symbol = _some(job, rng)
    held = Untraded(
        symbol=symbol,
        shares=Decimal(int(rng.integers(1, 200))),
        reason="outside holding",
        valued=True,
        closed=False,
    )
    return replace(job, account=replace(job.account, untraded=(held,)))


def nearest(job: Job, _: np.random.Generator) -> Job:
    """Rather the nearest plan than none."""
    return _policy(job, conflict=Conflict(plan="nearest"))


CHANGES: tuple[Change, ...] = (
    sector_limit,
    factor_limit,
    attribute_limit,
    risk_limit,
    concentration,
    turnover,
    prices_of_drift,
    capped,
    bounded,
    sized,
    counted,
    cash_rules,
    budgets,
    worth,
    rules,
    outside,
    nearest,
)


def job_of(seed: int, chosen: list[int]) -> Job:
    """An account with some of the changes, by number."""
    rng = np.random.default_rng([seed, 77])
    flow = float(rng.choice([0.0, 0.0, 0.1, -0.1]))
    kind = Kind(restrictions=False, flow=flow, fractional=bool(rng.random() < 0.7))
    job = random_job(seed, kind)
    quality = {s: round(float(rng.normal()), 3) for s in job.market.securities}
    securities = {
        symbol: replace(one, attributes={"quality": quality[symbol]})
        for symbol, one in job.market.securities.items()
    }
    job = replace(
        job,
        market=replace(job.market, securities=securities),
        policy=Policy(
            tracking=job.policy.tracking,
            cash=Cash(maximum=0.02),
            search=Search(flips=4, nodes=60),
        ),
    )
    for number in chosen:
        job = CHANGES[number](job, rng)
    return job


def jobs(most: int = 6) -> st.SearchStrategy[Job]:
    """Any account with up to so many changes."""
    numbers = st.lists(
        st.integers(0, len(CHANGES) - 1), max_size=most, unique=True
    ).map(sorted)
    return st.builds(job_of, st.integers(0, 10_000), numbers)
