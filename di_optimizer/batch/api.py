# SPDX-License-Identifier: Apache-2.0
"""The public calls: tables or paths in, plans out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date as Date  # noqa: N812  (``date`` is an argument name here)
from typing import TypedDict, Unpack

from di_optimizer.account import Account
from di_optimizer.batch.names import check_limit_names
from di_optimizer.batch.progress import Progress, silent
from di_optimizer.batch.run import Run, run_accounts
from di_optimizer.batch.shared import Shared, share
from di_optimizer.errors import InputError, Problem
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake.load import Inputs, load
from di_optimizer.intake.sources import Sources
from di_optimizer.plan import Plan
from di_optimizer.policy import Policy
from di_optimizer.policy_file import PolicyBook, check_policies
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tables.source import Source
from di_optimizer.universe import nearest
from di_optimizer.working import Desk, resolved


class _Required(TypedDict):
    lots: Source
    accounts: Source
    prices: Source


class Tables(_Required, total=False):
    """The input tables: each a path (CSV, Parquet) or a DataFrame."""

    taxpayers: Source | None
    cash: Source | None
    flows: Source | None
    outside: Source | None
    rates: Source | None
    restrictions: Source | None
    activity: Source | None
    securities: Source | None
    working_orders: Source | None


def rebalance_many(
    *,
    benchmark: Benchmark | Mapping[str, Benchmark],
    risk: FactorRiskModel,
    date: Date,
    policy: Policy | PolicyBook | None = None,
    workers: int = 1,
    progress: Progress = silent,
    **tables: Unpack[Tables],
) -> Run:
    """Rebalance every account of the tables.

    Accounts of one taxpayer are planned with one another in view: what one sells at
    a loss no other buys (policy ``wash``), and the figures of a tax year are used
    once. An account's failure is never another's.

    Parameters
    ----------
    benchmark : Benchmark or mapping of name to Benchmark
        What the accounts track; several are told apart by the accounts table.
    risk : FactorRiskModel
    date : date
        Trade date: it decides terms, due flows and active restrictions.
    policy : Policy or PolicyBook, optional
        Defaults to ``Policy()``.
    workers : int
        Processes; the result does not depend on it.
    progress : callable
        Called with the number of accounts done and in all.
    **tables
        ``lots``, ``accounts`` and ``prices``; optionally ``taxpayers``, ``cash``,
        ``flows``, ``outside``, ``rates``, ``restrictions``, ``activity``,
        ``securities``, ``working_orders``. Each a path or a DataFrame.

    Returns
    -------
    Run
        With ``.summary``, ``.trades``, ``.orders``, ``.plans`` and ``.failures``.

    Raises
    ------
    InputError
        With all problems of all tables; nothing was solved.
    """
    inputs, shared = prepared(benchmark, risk, date, policy, tables)
    return run_accounts(inputs, shared, workers=workers, progress=progress)


def prepared(
    benchmark: Benchmark | Mapping[str, Benchmark],
    risk: FactorRiskModel,
    date: Date,
    policy: Policy | PolicyBook | None,
    tables: Tables,
) -> tuple[Inputs, Shared]:
    """Return checked inputs and what every account needs.

    Raises
    ------
    InputError
        With all problems of all tables.
    """
    policies = policy if isinstance(policy, PolicyBook) else _book(policy)
    check_policies(policies, "policy")
    benchmarks = (
        {benchmark.name: benchmark}
        if isinstance(benchmark, Benchmark)
        else dict(benchmark)
    )
    sources = Sources(
        benchmarks=benchmarks,
        risk_symbols=risk.symbols,
        risk_as_of=risk.as_of,
        policies=policies,
        **tables,
    )
    inputs = load(sources, on=date)
    check_limit_names(policies, inputs.accounts, inputs.market, risk)
    inputs = with_orders(inputs, policies, risk)
    return inputs, share(inputs, benchmarks, risk, policies)


def with_orders(inputs: Inputs, policies: PolicyBook, risk: FactorRiskModel) -> Inputs:
    """Return the inputs with every account beside its working orders.

    Raises
    ------
    InputError
        With every order that cannot be taken into account.
    """
    desks = [
        Desk(
            account=account,
            market=inputs.market,
            policy=policies.of(account),
            known=frozenset(risk.symbols),
        )
        for account in inputs.accounts
    ]
    return replace(inputs, accounts=resolved(desks))


def one_of(accounts: Sequence[Account], name: str | None) -> Account:
    """Return the account called ``name``; without one, the only one there is.

    Raises
    ------
    InputError
        When there is no such account, or no name to tell several apart.
    """
    chosen = [a for a in accounts if name in (None, a.account)]
    if len(chosen) == 1:
        return chosen[0]
    names = [a.account for a in accounts]
    if name is None:
        raise InputError([_one_account(names, "Say which: account.")])
    raise InputError(
        [
            Problem(
                file="account",
                found=name,
                allowed="an account of the tables",
                todo=nearest(name, names),
            )
        ]
    )


def rebalance(
    *,
    benchmark: Benchmark,
    risk: FactorRiskModel,
    date: Date,
    policy: Policy | None = None,
    **tables: Unpack[Tables],
) -> Plan:
    """Rebalance the one account of the tables and return its plan.

    Takes the same tables as :func:`rebalance_many`.

    Raises
    ------
    InputError
        With all problems of the tables, or when they hold more than one account.
    InfeasibleError, EngineError, VerificationError
        When there is no plan; see :mod:`di_optimizer.errors`.
    """
    run = rebalance_many(
        benchmark=benchmark, risk=risk, date=date, policy=policy, **tables
    )
    names = [*run.plans, *run.failures]
    if len(names) != 1:
        raise InputError([_one_account(names)])
    run.raise_for_status()
    return run.plans[names[0]]


def _book(policy: Policy | None) -> PolicyBook:
    return PolicyBook(default=policy or Policy())


def _one_account(
    names: list[str], todo: str = "Use rebalance_many for several."
) -> Problem:
    return Problem(
        file="accounts",
        found=f"{len(names)} accounts",
        allowed="one",
        todo=todo,
    )
