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
from decimal import Decimal
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
from di_optimizer.exact import exact
from di_optimizer.policy import Policy, Trading
from di_optimizer.program.build import build as built
from di_optimizer.program.job import Built
from di_optimizer.program.program import Program, Row
from di_optimizer.program.sizes import Sizes

REAL = ("2011-10-03", "2016-02-11")  # dates of the real accounts
COUNTS = (50, 100, 200)
MINIMUM = Decimal(500)  # dollars
TRADED = 60
# From cash all of it has to be bought, at the same cost whatever is bought: counted,
# it would only make the tolerance wider.
FREE = replace(POLICY, trading=Trading(spread_bp=0.0))


def program_of(day: Day, given: Tables, policy: Policy, name: str) -> Built:
    """Build the program of one account."""
    inputs, shared = inputs_of(day, given, policy)
    own = next(a for a in inputs.accounts if a.account == name)
    return built(shared.job(own))


def in_whole_shares(found: Built) -> Program:
    """Return an account's program with a share of each security as its step."""
    none, prices = Sizes.any(found.program.n), found.prices.tolist()
    step = np.array([float(exact(price) / found.base) for price in prices])
    return replace(found.program, sizes=replace(none, step=step))


def with_least(found: Built, minimum: Decimal) -> Program:
    """Return an account's program with a least trade, money; full exits are exempt."""
    least = np.full(found.program.n, float(minimum / found.base))
    sizes = replace(Sizes.any(found.program.n), least_buy=least, least_sell=least)
    return replace(found.program, sizes=sizes)


def with_trades(program: Program, most: int) -> Program:
    """Return a program with at most so many trades."""
    row = _counting(program, "trades", most)
    return replace(program, rows=(*program.rows, row), sizes=None)


def with_names(program: Program, most: int) -> Program:
    """Return the program of tracking an index with few names, fully and for free."""
    cash = replace(
        program.rows[0], buy=-np.ones(program.n), offset=1.0, lower=0.0, upper=0.0
    )
    row = _counting(program, "names", most)
    return replace(program, rows=(cash, row), buy_cost=np.zeros(program.n), sizes=None)


def _counting(program: Program, what: str, most: int) -> Row:
    """Return a row that counts names or trades: ``what`` is its field."""
    ones, name = np.ones(program.n), f"trading.max_{what}"
    return Row(
        name=what,
        buy=np.zeros(program.n),
        sell=np.zeros(len(program.lots)),
        offset=0.0,
        lower=-np.inf,
        upper=float(most),
        lower_name="",
        upper_name=name,
        names=ones if what == "names" else None,
        trades=ones if what == "trades" else None,
    )


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


def whole_cases(data: RealData, on: date, accounts: Sequence[Small]) -> Iterator[Case]:
    """Yield a date's accounts in whole shares, and the few names of its index."""
    given = tables(data, on, accounts)
    day = day_of(data, given, FACTORS, after=False)
    for small in accounts:
        found = program_of(day, given, POLICY if small.lots else FREE, small.name)
        kind = LOTS if small.lots else CASH
        yield case(on, small.name, kind, in_whole_shares(found))
    cash = next(small for small in accounts if not small.lots)
    index = program_of(day, given, FREE, cash.name).program
    for most in COUNTS:
        yield case(on, f"K{most:03d}", NAMES, with_names(index, most))


def real_cases(data: RealData, on: date, accounts: Sequence[Spec]) -> Iterator[Case]:
    """Yield the real accounts of a date with a minimum trade, and with few trades."""
    given, _ = build(data, on, accounts)
    day = day_of(data, given, FACTORS, after=False)
    for spec in accounts:
        found = program_of(day, given, POLICY, spec.account)
        yield case(on, spec.account, LEAST, with_least(found, MINIMUM))
        yield case(on, spec.account, TRADES, with_trades(found.program, TRADED))


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
    options = parser.parse_args(arguments)
    count, data = 0, load(options.data)
    with threadpool_limits(1):
        for on in options.dates:
            found = [*whole_cases(data, on, smalls())]
            if on.isoformat() in REAL:
                found += real_cases(data, on, specs(options.accounts))
            save(found, options.programs)
            count += len(found)
            print(f"{on}: {len(found)} programs", flush=True)
    print(f"{count} programs in {options.programs}")
    return count


if __name__ == "__main__":
    main()
