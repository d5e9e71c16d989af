# SPDX-License-Identifier: Apache-2.0
"""What the use of cash closes and forces, as restrictions of the day.

A rebalance of cash alone, or a proportional withdrawal, forces no sale: what may not
be held is no longer bought, what is to be sold waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from di_optimizer.account import Restriction
from di_optimizer.program.arrays import universe_of
from di_optimizer.program.cash_task import CashTask, cash_task, proportional
from di_optimizer.program.job import Job, value_of

INVEST, COVER = 'cash.use = "invest"', 'cash.use = "cover"'
CONSERVATIVE = 'cash.use = "conservative"'
EXCHANGE, CHANGE = 'cash.use = "exchange"', 'cash.use = "model_change"'
ONLY_CASH = 'cash.scope = "cash"'
PROPORTIONAL = 'cash.withdrawal = "proportional"'


def forces_nothing(job: Job) -> bool:
    """Return whether no rule forces a sale today."""
    return job.policy.cash.scope == "cash" or proportional(job)


def with_use(job: Job) -> Job:
    """Return the job with restrictions that say what cash is used for."""
    cash = job.policy.cash
    if cash.use == "full" and not forces_nothing(job):
        return job
    task = cash_task(job, value_of(job.account, job.market))
    rules = [replace(r, scope="account") for r in _own(job)]
    symbols = universe_of(job).symbols
    for kind, chosen, source in _closings(job, task, symbols):
        rules += [Restriction(kind=kind, symbol=s, source=source) for s in chosen]
    account = replace(job.account, restrictions=tuple(rules))
    policy = job.policy
    if forces_nothing(job):
        policy = replace(policy, trading=replace(policy.trading, min_holding=0.0))
    return replace(job, account=account, policy=policy)


def _own(job: Job) -> list[Restriction]:
    """Return the account's rules in force, without what they force where nothing is."""
    rules = job.account.rules(job.on)
    if not forces_nothing(job):
        return list(rules)
    kept = (rule for rule in rules if rule.kind != "sell_lot")
    return [replace(r, kind="no_buy") if r.kind == "no_hold" else r for r in kept]


def _closings(
    job: Job, task: CashTask, symbols: Iterable[str]
) -> Iterable[tuple[str, Iterable[str], str]]:
    """Yield kinds of restriction, the symbols that they are on, and their source."""
    cash = job.policy.cash
    if cash.use == "invest":
        yield "no_sell", symbols, INVEST
    if cash.use == "cover":
        yield "no_buy", symbols, COVER
    if cash.use == "conservative" and task.spare <= 0:
        yield "no_buy", symbols, CONSERVATIVE
    if cash.use == "exchange":
        yield "no_sell", [s for s in symbols if s not in cash.exchange_out], EXCHANGE
        yield "no_buy", [s for s in symbols if s not in cash.exchange_in], EXCHANGE
    if cash.use == "model_change":
        strange = [s for s in symbols if not job.benchmark.get(s, 0.0) > 0.0]
        yield "no_hold", strange, CHANGE
    if cash.scope == "cash":
        kinds = {"inside": "no_trade", "short": "no_buy", "surplus": "no_sell"}
        yield kinds[task.aim.state], symbols, ONLY_CASH
    if proportional(job):
        kind = "no_buy" if task.spare < 0 else "no_trade"
        yield kind, symbols, PROPORTIONAL
