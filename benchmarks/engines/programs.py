# SPDX-License-Identifier: Apache-2.0
"""Programs of real accounts, written to a folder for the other benchmarks.

    python -m benchmarks.engines.programs --data DIR [--programs DIR] [--accounts 8]

Four dates and five trading days after a rebalance on each × γ 2, 10, 50 × account
histories; and a few with a netted bill, with budgets and with a fixed relief order.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.engines.cases import FOLDER, Case, label_of, save
from benchmarks.forward import apply_trades, move_on
from benchmarks.netting import CARRY_VALUE, with_years
from benchmarks.real import AHEAD, DATES, Setup, rebalance
from benchmarks.real_accounts import Spec, Tables, build, specs
from benchmarks.real_data import RealData, load
from di_optimizer import risk
from di_optimizer.batch.shared import Shared, share
from di_optimizer.errors import EngineError
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake.load import Inputs
from di_optimizer.intake.load import load as read_inputs
from di_optimizer.intake.sources import Sources
from di_optimizer.policy import Budget, Missing, Policy, Taxes, Tracking, Wash
from di_optimizer.policy_file import PolicyBook
from di_optimizer.program.build import build as built
from di_optimizer.risk.model import FactorRiskModel

GAMMAS = (2.0, 10.0, 50.0)
POLICY = Policy(tracking=Tracking(gamma=GAMMAS[1]), missing=Missing(exposure="hold"))
FACTORS = 30
ODD_ACCOUNTS = ("R001", "R002")
# What the odd programs have that the others do not.
ODD: tuple[tuple[str, Taxes, Wash], ...] = (
    ("fifo", Taxes(relief="fifo"), Wash()),
    ("budget", Taxes(budgets=(Budget(measure="net", minimum=-5_000.0),)), Wash()),
    ("loss", Taxes(budgets=(Budget(measure="loss", maximum=3_000.0),)), Wash()),
    (
        "terms",
        Taxes(
            budgets=(
                Budget(measure="gain", term="short", maximum=0.0),
                Budget(measure="net", term="long", minimum=-2_000.0),
            )
        ),
        Wash(),
    ),
    ("trade-off", Taxes(), Wash(policy="trade_off")),
    ("ignore", Taxes(), Wash(policy="ignore")),
)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One date's accounts before a rebalance, and what they are measured by."""

    tables: Tables
    model: FactorRiskModel
    benchmark: Benchmark
    after: bool


def day_of(data: RealData, tables: Tables, factors: int, *, after: bool) -> Day:
    """Estimate risk and weigh the index, as the benchmark of real accounts does."""
    on = tables.on
    model = risk.estimate(data.history_until(on), on=on, factors=factors)
    full = Benchmark.from_weights(data.weights(on), name="US large caps", as_of=on)
    known = set(model.symbols)
    benchmark = full.without([s for s in full.weights.index if s not in known])
    return Day(tables=tables, model=model, benchmark=benchmark, after=after)


def pair(
    data: RealData, on: date, accounts: Sequence[Spec], factors: int
) -> Iterator[Day]:
    """Yield a date, and five trading days after a rebalance on it.

    Where prices end before that, the second day is the date itself, after a
    rebalance of accounts that were built for five days before.
    """
    tables, _ = build(data, on, accounts)
    yield day_of(data, tables, factors, after=False)
    then = data.book.trading_day(on, ahead=AHEAD)
    if then is None:
        earlier, then = data.book.trading_day(on, ahead=-AHEAD), on
        assert earlier is not None, "the prices begin long before"
        tables, _ = build(data, earlier, accounts)
    setup = Setup(
        data=data, accounts=accounts, policy=POLICY, factors=factors, workers=1
    )
    first = rebalance(setup, tables, f"{tables.on}")
    if not first.table["status"].isin(["solved", "limit"]).all():
        raise EngineError(f"{tables.on}: not every account has a plan to go on from")
    booked = apply_trades(tables, first.trades, first.costs, tables.on)
    yield day_of(data, move_on(booked, data, then), factors, after=True)


def inputs_of(day: Day, tables: Tables, policy: Policy) -> tuple[Inputs, Shared]:
    """Read the tables as a rebalance of many accounts would."""
    book = PolicyBook(default=policy)
    benchmarks = {day.benchmark.name: day.benchmark}
    sources = Sources(
        lots=tables.lots,
        accounts=tables.accounts,
        prices=tables.prices,
        taxpayers=tables.taxpayers,
        cash=tables.cash,
        activity=tables.activity,
        securities=tables.securities,
        benchmarks=benchmarks,
        risk_symbols=day.model.symbols,
        risk_as_of=day.model.as_of,
        policies=book,
    )
    inputs = read_inputs(sources, on=tables.on)
    return inputs, share(inputs, benchmarks, day.model, book)


def cases_of(day: Day, tables: Tables, policy: Policy, name: str) -> Iterator[Case]:
    """Yield the program of every account; ``name`` is kind and ending of the label."""
    inputs, shared = inputs_of(day, tables, policy)
    kind, _, ending = name.partition(" ")
    gamma = policy.tracking.gamma
    for account in inputs.accounts:
        ended = f"g{gamma:g}{ending}"
        yield Case(
            label=label_of(tables.on, account.account, ended, after=day.after),
            kind=kind,
            date=tables.on,
            after=day.after,
            gamma=gamma,
            account=account.account,
            program=built(shared.job(account)).program,
        )


def at_gammas(case: Case) -> Iterator[Case]:
    """Yield a case at every γ: nothing else of the program depends on it."""
    for gamma in GAMMAS:
        label = f"{case.label.rsplit(' ', 1)[0]} g{gamma:g}"
        program = replace(case.program, gamma=gamma)
        yield replace(case, label=label, gamma=gamma, program=program)


def netted(day: Day) -> Iterator[Case]:
    """Yield a date's programs with the bill of the year, each in another year."""
    taxes = Taxes(bill="netting", carry_value=CARRY_VALUE)
    policy = replace(POLICY, taxes=taxes)
    yield from cases_of(day, with_years(day.tables), policy, "netted")


def odd(day: Day) -> Iterator[Case]:
    """Yield programs of two accounts with budgets, relief orders and wash sales."""
    for ending, taxes, wash in ODD:
        policy = replace(POLICY, taxes=taxes, wash=wash)
        for case in cases_of(day, day.tables, policy, f"odd  {ending}"):
            if case.account in ODD_ACCOUNTS:
                yield case


def all_cases(
    data: RealData, on: date, accounts: Sequence[Spec], factors: int
) -> Iterator[Case]:
    """Yield every case of a date and of five trading days after it."""
    for day in pair(data, on, accounts, factors):
        for case in cases_of(day, day.tables, POLICY, "main"):
            yield from at_gammas(case)
        if not day.after:
            yield from netted(day)
            yield from odd(day)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all programs and return how many there are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--programs", type=Path, default=FOLDER, metavar="DIR")
    parser.add_argument(
        "--dates", nargs="+", type=date.fromisoformat, metavar="DATE",
        default=[date.fromisoformat(d) for d in DATES],
    )  # fmt: skip
    parser.add_argument("--accounts", type=int, default=8, metavar="N")
    parser.add_argument("--factors", type=int, default=FACTORS, metavar="K")
    options = parser.parse_args(arguments)
    count, data = 0, load(options.data)
    with threadpool_limits(1):
        for on in options.dates:
            found = [*all_cases(data, on, specs(options.accounts), options.factors)]
            save(found, options.programs)
            count += len(found)
            print(f"{on}: {len(found)} programs", flush=True)
    print(f"{count} programs in {options.programs}")
    return count


if __name__ == "__main__":
    main()
