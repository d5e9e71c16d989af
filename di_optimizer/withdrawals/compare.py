# SPDX-License-Identifier: Apache-2.0
"""One withdrawal raised in two ways: by the whole program, and proportionally."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import ZERO, cents
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import BP, Plan
from di_optimizer.program.job import Job


@dataclass(frozen=True, kw_only=True)
class Withdrawals:
    """The plans of one withdrawal, ``amount`` in account currency.

    ``proportional`` sells the same part of every position, ``optimal`` what the
    objective wants.
    """

    account: str
    amount: Decimal
    optimal: Plan
    proportional: Plan

    @property
    def tax_saved(self) -> Decimal:
        """Tax of the proportional plan less that of the optimal one."""
        return self.proportional.figures.tax - self.optimal.figures.tax

    def to_frame(self) -> pd.DataFrame:
        """Return a row each: tax, cost, tracking error, objective, orders."""
        plans = {"optimal": self.optimal, "proportional": self.proportional}
        return pd.DataFrame([_row(name, plan) for name, plan in plans.items()])

    def __str__(self) -> str:
        more = "saves" if self.tax_saved >= 0 else "costs"
        one, other = self.optimal.figures, self.proportional.figures
        return (
            f"Account {self.account}: {self.amount:,} out; tax {one.tax:,} optimal, "
            f"{other.tax:,} proportional: the optimal one {more} "
            f"{abs(self.tax_saved):,} of tax; tracking error "
            f"{one.te_after * BP:.1f} against {other.te_after * BP:.1f} bp"
        )


def _row(name: str, plan: Plan) -> dict[str, object]:
    figures = plan.figures
    return {
        "withdrawal": name,
        "sold": cents(sum((t.amount for t in plan.trades if t.side == "sell"), ZERO)),
        "tax": figures.tax,
        "cost": figures.cost,
        "te_after_bp": figures.te_after * BP,
        "objective_bp": plan.certificate.objective_bp,
        "orders": len(plan.orders),
    }


def compared(job: Job) -> Withdrawals:
    """Return the plans of the withdrawal that is due.

    Raises
    ------
    InputError
        When no withdrawal is due.
    InfeasibleError, EngineError
        When it cannot be raised.
    """
    due = job.account.flow_due(job.on)
    if due >= 0:
        problem = Problem(
            file=f"account '{job.account.account}'",
            found=f"flows of {due:,} due on {job.on}",
            allowed="a withdrawal",
            todo="Give an amount, or a negative flow on or before the date.",
        )
        raise InputError([problem])
    return Withdrawals(
        account=job.account.account,
        amount=-due,
        optimal=rebalance_account(_by(job, "optimal")),
        proportional=rebalance_account(_by(job, "proportional")),
    )


def _by(job: Job, way: str) -> Job:
    cash = replace(job.policy.cash, withdrawal=way)  # type: ignore[arg-type]
    return replace(job, policy=replace(job.policy, cash=cash))
