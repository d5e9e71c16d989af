# SPDX-License-Identifier: Apache-2.0
"""The public call: tables or paths in, a curve of one account out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date as Date  # noqa: N812  (``date`` is an argument name here)
from typing import Unpack

from di_optimizer.batch.api import Tables, one_of, prepared
from di_optimizer.batch.progress import Progress, silent
from di_optimizer.errors import InputError, Problem
from di_optimizer.frontier.curve import Frontier
from di_optimizer.frontier.sweep import Stop, sweep
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.policy import Policy, Tracking
from di_optimizer.policy_file import PolicyBook
from di_optimizer.risk.model import FactorRiskModel

DECADES = 4  # of prices that a sweep spans, the policy's own in the middle


def frontier(
    *,
    benchmark: Benchmark,
    risk: FactorRiskModel,
    date: Date,
    policy: Policy | PolicyBook | None = None,
    account: str | None = None,
    points: int = 20,
    te_bp: Sequence[float] | None = None,
    progress: Progress = silent,
    **tables: Unpack[Tables],
) -> Frontier:
    """Return tax and costs of one account against its tracking error.

    By default the price of tracking variance is swept: ``points`` values of γ over
    four decades around the policy's. With ``te_bp`` tracking error is capped instead
    and not priced: the least tax and costs at each of these. Other limits of the
    policy hold at all points. Nothing is rounded to tradable sizes and nothing is
    traded; `rebalance` at a point's γ or cap gives the trades.

    Parameters
    ----------
    account : str, optional
        Which one, where the tables hold several; what the taxpayer's others hold
        and did is known, but they do not trade.
    points : int
        At least 2.
    te_bp : sequence of float, optional
        Caps above 0, annualised bp of NAV, solved from the largest to the smallest.
    progress : callable
        Called with the number of points done and in all.
    **tables
        As in :func:`di_optimizer.rebalance_many`.

    Raises
    ------
    InputError
        With all problems of the tables; for fewer than 2 points or caps not above 0.
    InfeasibleError, EngineError
        When the account has no plan at the policy's own price of variance.
    """
    problems = _wrong(points, te_bp)
    if problems:
        raise InputError(problems)
    inputs, shared = prepared(benchmark, risk, date, policy, tables)
    chosen = one_of(inputs.accounts, account)
    payer = chosen.taxpayer.taxpayer
    others = [
        a for a in inputs.accounts if a.taxpayer.taxpayer == payer and a is not chosen
    ]
    job = shared.job(chosen, others)
    stops = stops_of(job.policy.tracking, points, te_bp)
    return sweep(job, stops, lambda done: progress(done, len(stops)))


def stops_of(
    tracking: Tracking, points: int, te_bp: Sequence[float] | None
) -> tuple[Stop, ...]:
    """Return the points to solve, from far from the benchmark to close.

    Examples
    --------
    >>> [round(stop.gamma, 3) for stop in stops_of(Tracking(gamma=10), 4, None)]
    [0.1, 1.0, 10.0, 100.0]
    >>> [stop.max_te_bp for stop in stops_of(Tracking(), 20, [50, 100])]
    [100, 50]
    """
    if te_bp is not None:
        return tuple(Stop(gamma=0.0, max_te_bp=te) for te in sorted(te_bp)[::-1])
    middle = tracking.gamma or Tracking().gamma
    powers = [DECADES * (i - points // 2) / points for i in range(points)]
    return tuple(Stop(gamma=middle * 10.0**power) for power in powers)


def _wrong(points: int, te_bp: Sequence[float] | None) -> list[Problem]:
    found = []
    if points < 2:
        wanted = "a whole number of at least 2"
        found.append(Problem(file="points", found=str(points), allowed=wanted))
    if te_bp is not None and not te_bp:
        found.append(Problem(file="te_bp", found="nothing", allowed="one cap or more"))
    for cap in te_bp or ():
        if not (cap > 0.0 and math.isfinite(cap)):
            allowed = "a number above 0"
            found.append(Problem(file="te_bp", found=str(cap), allowed=allowed))
    return found
