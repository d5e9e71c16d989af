# SPDX-License-Identifier: Apache-2.0
"""Many accounts in one call: tables in, a run of verified plans out.

One account's failure is a row of the summary, never another's; accounts of one
taxpayer travel together. The order of the results is the order of account names,
whatever the number of workers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from di_optimizer.account import by_taxpayer
from di_optimizer.batch.outcome import Outcome
from di_optimizer.batch.pool import PoolSettings, run_tasks
from di_optimizer.batch.progress import Progress, silent
from di_optimizer.batch.shared import Shared
from di_optimizer.batch.taxpayers import solve_taxpayer, unpacked
from di_optimizer.errors import (
    DiOptimizerError,
    EngineError,
    InfeasibleError,
    InputError,
    VerificationError,
    WorkerError,
)
from di_optimizer.intake.load import Inputs
from di_optimizer.orders.frames import orders_frame, trades_frame
from di_optimizer.plan import Plan
from di_optimizer.solve.registry import prepare
from di_optimizer.tables.write import write_tables

SUMMARY_COLUMNS = (
    "account",
    "status",
    "nav",
    "te_before_bp",
    "te_after_bp",
    "tax",
    "cost",
    "objective_bp",
    "bound_bp",
    "gap_bp",
    "rounding_bp",
    "rounding_te_bp",
    "seconds",
    "engine",
    "message",
)

STATUS: tuple[tuple[type[BaseException], str], ...] = (
    (InfeasibleError, "infeasible"),
    (InputError, "refused"),
    (EngineError, "no_plan"),
    (VerificationError, "not_verified"),
    (WorkerError, "worker_died"),
)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An account without a plan: its status in the summary, and why."""

    account: str
    status: str
    message: str
    trace: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """Plans of many accounts, and the failures of the rest, by account name."""

    on: date
    plans: Mapping[str, Plan]
    failures: Mapping[str, Failure] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every account has a plan."""
        return not self.failures

    def raise_for_status(self) -> Run:
        """Return this run, or raise when an account has no plan.

        Raises
        ------
        EngineError
            Naming every account without a plan, and why.
        """
        if self.failures:
            lines = [f"{f.account}: {f.status}: {f.message}" for f in self._failed()]
            raise EngineError("accounts without a plan:\n  " + "\n  ".join(lines))
        return self

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row an account, plan or not, with the columns of the summary file."""
        rows = [plan.summary() for plan in self.plans.values()]
        rows += [
            {"account": f.account, "status": f.status, "message": _line(f.message)}
            for f in self._failed()
        ]
        frame = pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))
        return frame.sort_values("account", ignore_index=True)

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Lot-level trades of all accounts; shares and money as exact decimals."""
        return trades_frame([t for plan in self.plans.values() for t in plan.trades])

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Orders of all accounts."""
        return orders_frame([o for plan in self.plans.values() for o in plan.orders])

    @cached_property
    def cancels(self) -> pd.DataFrame:
        """Working orders that the plans replace: to be cancelled first."""
        rows = [
            (plan.account, order.order_id, order.symbol, order.side)
            for plan in self.plans.values()
            for order in plan.cancels
        ]
        return pd.DataFrame(rows, columns=["account", "order_id", "symbol", "side"])

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write trades.csv, orders.csv and summary.csv; all of them or none."""
        frames = {
            "trades": self.trades,
            "orders": self.orders,
            "summary": self.summary,
        }
        write_tables(folder, frames)
        return Path(folder)

    def _failed(self) -> list[Failure]:
        return [self.failures[name] for name in sorted(self.failures)]

    def __repr__(self) -> str:
        return (
            f"Run({self.on}, {len(self.plans)} plans, {len(self.failures)} failures, "
            f"{sum(len(p.trades) for p in self.plans.values())} trades)"
        )


def run_accounts(
    inputs: Inputs,
    shared: Shared,
    *,
    workers: int = 1,
    progress: Progress = silent,
) -> Run:
    """Rebalance every account of checked inputs and return the run.

    Parameters
    ----------
    workers : int
        Processes; the result does not depend on it.
    progress : callable
        Called with the number done and the number in all.
    """
    people, done = [*by_taxpayer(inputs.accounts).values()], 0

    def tick(index: int, _outcome: Outcome[tuple[bytes, ...]]) -> None:
        nonlocal done
        for _ in people[index]:
            done += 1
            progress(done, len(inputs.accounts))

    if workers > 1:
        for policy in shared.policies.every():
            prepare(policy.engine)
    answers = run_tasks(
        solve_taxpayer,
        people,
        shared=shared,
        settings=PoolSettings(workers=workers),
        on_done=tick,
    )
    outcomes = {
        account.account: outcome
        for accounts, answer in zip(people, answers, strict=True)
        for account, outcome in zip(
            accounts, unpacked(answer, len(accounts)), strict=True
        )
    }
    plans, failures = {}, {}
    for name in sorted(outcomes):
        if (plan := outcomes[name].value) is not None:
            plans[name] = plan
        else:
            failures[name] = _failure(name, outcomes[name])
    return Run(on=shared.market.on, plans=plans, failures=failures, notes=inputs.notes)


def _line(message: str) -> str:
    """Return a message as one line, for a cell of the summary."""
    return " ".join(message.split())


def _failure(account: str, outcome: Outcome[Plan]) -> Failure:
    error = outcome.error
    status = next((name for kind, name in STATUS if isinstance(error, kind)), "error")
    expected = isinstance(error, DiOptimizerError)
    message = str(error) if expected else f"{type(error).__name__}: {error}"
    message = message.removeprefix(f"account '{account}': ")  # the row says which
    trace = "" if expected else outcome.trace
    return Failure(account=account, status=status, message=message, trace=trace)
