# SPDX-License-Identifier: Apache-2.0
"""Accounts with limits on totals, and what totals come to after a plan, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from di_optimizer.account import Restriction
from di_optimizer.plan import Plan
from di_optimizer.policy import Cash
from di_optimizer.program.job import Job
from support.jobs import Kind, random_job

COUNTRIES = ("US", "CA", "CH", "")


def base_job(seed: int = 3, **kind: Any) -> Job:
    """A random account without restrictions, its securities with attributes."""
    job = random_job(seed, Kind(**({"restrictions": False} | kind)))
    rng = np.random.default_rng(seed)
    found = {}
    for i, (symbol, one) in enumerate(job.market.securities.items()):
        attributes: dict[str, str | float] = {"esg": float(rng.integers(1, 90))}
        if i % 4:
            attributes |= {"theme": "water" if i % 2 else "sun", "cap": 1e9 * (1 + i)}
        found[symbol] = replace(
            one,
            issuer=f"I{i // 2}",
            country=COUNTRIES[i % 4] or None,
            wash_group="pair" if i < 2 else None,
            attributes=attributes,
        )
    market = replace(job.market, securities=found)
    policy = replace(job.policy, cash=Cash(minimum=0.0, maximum=0.5))
    policy = replace(policy, bounds=replace(policy.bounds, multiple=None))
    return replace(job, market=market, policy=policy)


def with_policy(job: Job, **sections: Any) -> Job:
    """Return the job with other sections of its policy."""
    return replace(job, policy=replace(job.policy, **sections))


def with_rules(job: Job, *rules: Restriction) -> Job:
    """Return the job with restrictions of the account's own."""
    return replace(job, account=replace(job.account, restrictions=rules))


def with_volume(job: Job, adv: float | dict[str, float]) -> Job:
    """Return the job with a daily volume of every security."""
    volumes = adv if isinstance(adv, dict) else dict.fromkeys(job.market.quotes, adv)
    quotes = {
        s: replace(quote, adv=volumes.get(s)) for s, quote in job.market.quotes.items()
    }
    return replace(job, market=replace(job.market, quotes=quotes))


def shares_after(job: Job, plan: Plan) -> dict[str, float]:
    """Return shares by symbol after the plan's trades."""
    found = {s: float(n) for s, n in job.account.positions().items()}
    for fixed in job.account.untraded:
        found[fixed.symbol] = found.get(fixed.symbol, 0.0) + float(fixed.shares)
    for trade in plan.trades:
        sign = 1.0 if trade.side == "buy" else -1.0
        found[trade.symbol] = found.get(trade.symbol, 0.0) + sign * float(trade.shares)
    return found


def weights_after(job: Job, plan: Plan) -> dict[str, float]:
    """Return fractions of NAV by symbol after the plan's trades."""
    shares, nav = shares_after(job, plan), float(plan.figures.nav)
    return {s: n * float(job.market.price(s)) / nav for s, n in shares.items()}


def sector_of(job: Job, weights: dict[str, float], sector: str) -> float:
    """Return the weight of a sector."""
    securities = job.market.securities
    return sum(w for s, w in weights.items() if securities[s].sector == sector)


def exposure_of(job: Job, weights: dict[str, float], factor: str) -> float:
    """Return the exposure to a factor."""
    risk = job.risk
    column = risk.exposures[:, risk.factors.index(factor)]
    return sum(column[risk.position[s]] * w for s, w in weights.items())


def dense_betas(job: Job) -> dict[str, float]:
    """Return betas by the full covariance matrix."""
    risk = job.risk
    sigma = risk.exposures @ risk.factor_covariance @ risk.exposures.T
    sigma = risk.calibration**2 * (sigma + np.diag(risk.specific_variance))
    b = np.array([job.benchmark.get(s, 0.0) for s in risk.symbols])
    return dict(zip(risk.symbols, (sigma @ b) / (b @ sigma @ b), strict=True))
