# SPDX-License-Identifier: Apache-2.0
"""What a plan has to say about cash: what kept it from trading, what is left over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from di_optimizer.exact import cents
from di_optimizer.orders.cash_check import over_maximum
from di_optimizer.program.cash_task import CashTask, cash_task, proportional
from di_optimizer.program.cash_use import forces_nothing
from di_optimizer.program.job import Built, Job
from di_optimizer.trades import Trade

FORCING = {"no_hold", "sell_lot"}


def cash_notes(job: Job, built: Built, trades: Sequence[Trade]) -> list[str]:
    """Return the notes about cash."""
    task = cash_task(job, built.nav)
    return [
        *_scope(job, task),
        *_fenced(job, task),
        *_waiting(job),
        *_proportional(job, task),
        *_over(job, built, trades),
    ]


def _scope(job: Job, task: CashTask) -> list[str]:
    """Say what a rebalance of cash alone found."""
    if job.policy.cash.scope != "cash":
        return []
    money = f"Cash of {cents(task.start):,}"
    if task.aim.state == "inside":
        low, high = cents(task.aim.least), cents(task.aim.most)
        return [f"{money} is within {low:,} and {high:,}: nothing is traded."]
    side = "sold" if task.aim.state == "short" else "bought"
    low = cents(task.aim.low)
    return [f"{money} is outside of its range: only enough is {side} to reach {low:,}."]


def _fenced(job: Job, task: CashTask) -> list[str]:
    """Say what cash counts and is not spent."""
    if task.fenced == 0 or job.account.locked(job.on):
        return []
    return [f"Cash of {cents(task.fenced):,} is in sleeves that are not spent."]


def _waiting(job: Job) -> list[str]:
    """Name the sales that rules demand and that are not made today."""
    rules = [r for r in job.account.rules(job.on) if r.kind in FORCING]
    if not rules or not forces_nothing(job):
        return []
    count = len(rules)
    return [f"{count} rule(s) of no_hold or sell_lot wait for a full rebalance."]


def _proportional(job: Job, task: CashTask) -> list[str]:
    if not proportional(job):
        return []
    if task.spare >= 0:
        return ["Cash covers the withdrawal: nothing is sold."]
    return [f"{cents(-task.spare):,} is raised by the same part of every position."]


def _over(job: Job, built: Built, trades: Sequence[Trade]) -> list[str]:
    over = over_maximum(job, built, trades)
    if over <= 0:
        return []
    buyable = bool(np.any(built.program.upper > built.program.held))
    why = "no tradable size fits into it" if buyable else "nothing may be bought"
    return [f"Cash is {over:,} above its maximum: {why}."]
