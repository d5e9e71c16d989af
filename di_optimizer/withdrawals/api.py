# SPDX-License-Identifier: Apache-2.0
"""The public calls: tables or paths in, what a withdrawal costs out."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812  (``date`` is an argument name here)
from decimal import Decimal
from typing import Unpack

from di_optimizer.batch.api import Tables, one_of, prepared
from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import exact
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.policy import Policy
from di_optimizer.policy_file import PolicyBook
from di_optimizer.program.job import Job
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.withdrawals.compare import Withdrawals, compared
from di_optimizer.withdrawals.most import MaxWithdrawal, most_of, withdrawing


def max_withdrawal(
    *,
    benchmark: Benchmark,
    risk: FactorRiskModel,
    date: Date,
    policy: Policy | PolicyBook | None = None,
    account: str | None = None,
    **tables: Unpack[Tables],
) -> MaxWithdrawal:
    """Return the most cash that can be taken out of one account, and how.

    Everything that restrictions and limits let be sold is sold, costs are paid and
    the least cash of the policy stays. Tax is not taken out of it: it is reported.
    Nothing is written and nothing is traded.

    Parameters
    ----------
    account : str, optional
        Which one, where the tables hold several; what the taxpayer's others hold
        and did is known, but they do not trade.
    **tables
        As in :func:`di_optimizer.rebalance_many`.

    Raises
    ------
    InputError
        With all problems of the tables.
    InfeasibleError, EngineError
        When limits leave no plan even without a withdrawal.
    """
    return most_of(_job(benchmark, risk, date, policy, account, tables))


def compare_withdrawals(
    *,
    benchmark: Benchmark,
    risk: FactorRiskModel,
    date: Date,
    policy: Policy | PolicyBook | None = None,
    account: str | None = None,
    amount: float | Decimal | None = None,
    **tables: Unpack[Tables],
) -> Withdrawals:
    """Return the plans of a withdrawal raised optimally and proportionally.

    Parameters
    ----------
    account : str, optional
        Which one, where the tables hold several.
    amount : number, optional
        Account currency, above 0: taken out besides the flows that are due. Without
        one these have to be a withdrawal.
    **tables
        As in :func:`di_optimizer.rebalance_many`.

    Raises
    ------
    InputError
        With all problems of the tables; when no withdrawal is due.
    InfeasibleError, EngineError
        When it cannot be raised.
    """
    if amount is not None and not amount > 0:
        allowed = "a number above 0"
        raise InputError([Problem(file="amount", found=str(amount), allowed=allowed)])
    job = _job(benchmark, risk, date, policy, account, tables)
    return compared(job if amount is None else withdrawing(job, exact(amount)))


def _job(
    benchmark: Benchmark,
    risk: FactorRiskModel,
    date: Date,
    policy: Policy | PolicyBook | None,
    account: str | None,
    tables: Tables,
) -> Job:
    inputs, shared = prepared(benchmark, risk, date, policy, tables)
    chosen = one_of(inputs.accounts, account)
    payer = chosen.taxpayer.taxpayer
    others = [
        a for a in inputs.accounts if a.taxpayer.taxpayer == payer and a is not chosen
    ]
    return shared.job(chosen, others)
