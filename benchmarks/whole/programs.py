# SPDX-License-Identifier: Apache-2.0
"""Programs of whole shares, of few names, and of minimum trades and few trades.

    python -m benchmarks.whole.programs --data DIR [--programs DIR]

Four dates × five account sizes in whole shares, from cash and from lots; × 50, 100
and 200 names of the index; and the real accounts of two dates with a minimum trade,
and with at most 60 trades.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.engines.cases import Case, save
from benchmarks.engines.programs import FACTORS, POLICY, Day, day_of, inputs_of
from benchmarks.real import DATES
from benchmarks.real_accounts import Spec, Tables, build, specs
from benchmarks.real_data import RealData, load
from benchmarks.whole.accounts import Small, smalls, tables
from benchmarks.whole.cases import CASH, FOLDER, LEAST, LOTS, NAMES, TRADES
from di_optimizer.policy import Counts, Policy, Trading
from di_optimizer.program.build import build as built
from di_optimizer.program.program import Program

REAL = ("2011-10-03", "2016-02-11")  # dates of the real accounts
COUNTS = (50, 100, 200)
# From cash all of it has to be bought, at the same cost whatever is bought: counted,
# it would only make the tolerance wider.
FREE = replace(POLICY, trading=Trading(spread_bp=0.0))
REAL_POLICIES = {
    LEAST: replace(POLICY, trading=Trading(min_trade=500.0)),
    TRADES: replace(POLICY, counts=Counts(max_trades=60)),
}


def program_of(day: Day, given: Tables, policy: Policy, name: str) -> Program:
    """Build the program of one account."""
    inputs, shared = inputs_of(day, given, policy)
    own = next(a for a in inputs.accounts if a.account == name)
    return built(shared.job(own)).program


def policy_of(small: Small) -> Policy:
    """Return the policy of an account in whole shares."""
    return POLICY if small.lots else FREE


def with_names(program: Program) -> Program:
    """Return the program of tracking an index fully and for free, in any amounts.

    What counts names stays.
    """
    cash, *others = program.rows
    cash = replace(cash, buy=-np.ones(program.n), offset=1.0, lower=0.0, upper=0.0)
    free = np.zeros(program.n)
    return replace(program, rows=(cash, *others), buy_cost=free, sizes=None)


def case(on: date, account: str, kind: str, program: Program) -> Case:
    """Return a program with its label."""
    return Case(
        label=f"{on} {account}",
        kind=kind,
        date=on,
        after=False,
        gamma=program.gamma,
        account=account,
        program=program,
    )


def whole_cases(
    data: RealData, on: date, accounts: Sequence[Small], factors: int
) -> Iterator[Case]:
    """Yield a date's accounts in whole shares, and the few names of its index."""
    given = tables(data, on, accounts)
    day = day_of(data, given, factors, after=False)
    for small in accounts:
        program = program_of(day, given, policy_of(small), small.name)
        yield case(on, small.name, LOTS if small.lots else CASH, program)
    cash = next(small for small in accounts if not small.lots)
    for most in COUNTS:
        policy = replace(FREE, counts=Counts(max_names=most))
        program = with_names(program_of(day, given, policy, cash.name))
        yield case(on, f"K{most:03d}", NAMES, program)


def real_cases(
    data: RealData, on: date, accounts: Sequence[Spec], factors: int
) -> Iterator[Case]:
    """Yield the real accounts of a date with a minimum trade, and with few trades."""
    given, _ = build(data, on, accounts)
    day = day_of(data, given, factors, after=False)
    for spec in accounts:
        for kind, policy in REAL_POLICIES.items():
            program = program_of(day, given, policy, spec.account)
            yield case(on, spec.account, kind, program)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all programs and return how many there are."""
    options = _options(arguments)
    count, data = 0, load(options.data)
    with threadpool_limits(1):
        for on in sorted({*options.dates, *options.real}):
            found: list[Case] = []
            if on in options.dates:
                found += whole_cases(data, on, smalls(), options.factors)
            if on in options.real:
                accounts = specs(options.accounts)
                found += real_cases(data, on, accounts, options.factors)
            save(found, options.programs)
            count += len(found)
            print(f"{on}: {len(found)} programs", flush=True)
    print(f"{count} programs in {options.programs}")
    return count


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--programs", type=Path, default=FOLDER, metavar="DIR")
    for name, dates in (("--dates", DATES), ("--real", REAL)):
        parser.add_argument(
            name, nargs="*", type=date.fromisoformat, metavar="DATE",
            default=[date.fromisoformat(d) for d in dates],
        )  # fmt: skip
    parser.add_argument("--accounts", type=int, default=8, metavar="N")
    parser.add_argument("--factors", type=int, default=FACTORS, metavar="K")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
