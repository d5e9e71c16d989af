# SPDX-License-Identifier: Apache-2.0
"""Rebalance accounts built from real prices, and again five trading days later.

    python benchmarks/real.py --data DIR [--dates 2011-10-03 ...] [--accounts 8]

Prints one table a run and writes all of them as JSON. Times are wall seconds of one
account as the package reports them; they depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

import pandas as pd

import di_optimizer as di
from benchmarks.environment import machine, versions
from benchmarks.forward import apply_trades, move_on
from benchmarks.real_accounts import Spec, Tables, build, counts, specs
from benchmarks.real_data import RealData, load
from di_optimizer import risk
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.policy import Missing, Policy, Tracking

DATES = ("2008-11-20", "2011-10-03", "2016-02-11", "2016-12-30")
AHEAD = 5  # trading days between the two rebalances
COLUMNS = (
    "names",
    "lots",
    "te_before_bp",
    "te_after_bp",
    "tax",
    "turnover",
    "gap_bp",
    "seconds",
    "status",
)
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What stays the same over the runs. ``factors`` is the risk model's k."""

    data: RealData
    accounts: Sequence[Spec]
    policy: Policy
    factors: int
    workers: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run: the accounts before it, its trades, and the table to show."""

    tables: Tables
    trades: pd.DataFrame
    costs: dict[str, float]
    table: pd.DataFrame
    label: str
    seconds: float
    notes: tuple[str, ...]


def rebalance(setup: Setup, tables: Tables, label: str) -> Outcome:
    """Estimate risk, weigh the index and rebalance every account on one date."""
    on = tables.on
    model = risk.estimate(setup.data.history_until(on), on=on, factors=setup.factors)
    full = Benchmark.from_weights(
        setup.data.weights(on), name="US large caps", as_of=on
    )
    known = set(model.symbols)
    benchmark = full.without([s for s in full.weights.index if s not in known])
    started = time.perf_counter()
    run = di.rebalance_many(
        lots=tables.lots,
        accounts=tables.accounts,
        prices=tables.prices,
        benchmark=benchmark,
        risk=model,
        taxpayers=tables.taxpayers,
        cash=tables.cash,
        activity=tables.activity,
        securities=tables.securities,
        policy=setup.policy,
        date=on,
        workers=setup.workers,
    )
    return Outcome(
        tables=tables,
        trades=run.trades,
        costs=dict(
            zip(run.summary["account"], run.summary["cost"].fillna(0.0), strict=True)
        ),
        table=summary(tables, run.summary, run.trades),
        label=label,
        seconds=time.perf_counter() - started,
        notes=(
            setup.data.coverage(on),
            *_dropped(benchmark),
            *_messages(run.summary),
        ),
    )


def _dropped(benchmark: Benchmark) -> Iterator[str]:
    if benchmark.dropped:
        weight = sum(benchmark.dropped.values())
        names = " ".join(sorted(benchmark.dropped))
        yield f"not in the risk model, {weight:.2%} of the index: {names}"


def _messages(result: pd.DataFrame) -> Iterator[str]:
    """Yield each sentence of the accounts' messages once, with who has it."""
    who: dict[tuple[str, str], list[str]] = {}
    said = result[result["message"].fillna("") != ""].astype(str)
    for row in said.to_dict("records"):
        for sentence in re.split(r"(?<=\.) (?=[A-Z])", row["message"]):
            who.setdefault((row["status"], sentence), []).append(row["account"])
    for (status, sentence), accounts in sorted(who.items()):
        yield f"{' '.join(accounts)}: {status}: {sentence}"


def summary(tables: Tables, result: pd.DataFrame, trades: pd.DataFrame) -> pd.DataFrame:
    """Return the table to show, by account.

    ``turnover`` is half of what was bought and sold over NAV before trading.
    """
    shown = counts(tables).join(result.set_index("account").drop(columns="nav"))
    amounts = trades["amount"].astype(float).groupby(trades["account"]).sum()
    traded = amounts.reindex(shown.index).fillna(0.0)
    table = shown.assign(turnover=traded / 2 / shown["nav"])[list(COLUMNS)]
    return table.astype(dict.fromkeys(COLUMNS[2:-1], float))


def run_date(setup: Setup, on: date) -> Iterator[Outcome]:
    """Yield the runs of one date: new accounts, and the same after a rebalance.

    Where the prices end before the second date, the pair is moved back so that it
    ends on ``on``, with accounts built for the earlier date.
    """
    tables, left_out = build(setup.data, on, setup.accounts)
    first = rebalance(setup, tables, f"{on}")
    yield _with_notes(first, left_out)
    then = setup.data.book.trading_day(on, ahead=AHEAD)
    if then is None:
        earlier = setup.data.book.trading_day(on, ahead=-AHEAD)
        assert earlier is not None, "the prices begin long before"
        tables, left_out = build(setup.data, earlier, setup.accounts)
        first, then = rebalance(setup, tables, f"{earlier}, to go on to {on}"), on
        yield _with_notes(first, left_out)
    booked = apply_trades(first.tables, first.trades, first.costs, first.tables.on)
    label = f"{then}, {AHEAD} trading days after the rebalance of {first.tables.on}"
    second = rebalance(setup, move_on(booked, setup.data, then), label)
    yield _with_notes(second, [*_unplanned(first)])


def _unplanned(first: Outcome) -> Iterator[str]:
    status = first.table["status"]
    names = " ".join(status.index[~status.isin(["solved", "limit"])])
    if names:
        yield f"without a plan on {first.tables.on}, so the first one here: {names}"


def _with_notes(outcome: Outcome, notes: Sequence[str]) -> Outcome:
    return replace(outcome, notes=(*outcome.notes, *notes))


def show(outcome: Outcome) -> None:
    """Print one run."""
    formats: dict[str, Callable[[Any], str]] = {
        "te_before_bp": "{:.1f}".format,
        "te_after_bp": "{:.1f}".format,
        "tax": "{:,.2f}".format,
        "turnover": "{:.2%}".format,
        "gap_bp": "{:.3f}".format,
        "seconds": "{:.2f}".format,
    }
    print(f"\n{outcome.label}  ({outcome.seconds:.1f} s in all)")
    print(outcome.table.to_string(formatters=formats))
    for note in outcome.notes:
        print(f"  {note}")


def record(outcome: Outcome) -> dict[str, Any]:
    """Return one run as JSON has it."""
    rows = outcome.table.reset_index().to_json(orient="records", double_precision=6)
    return {
        "label": outcome.label,
        "date": outcome.tables.on.isoformat(),
        "seconds": round(outcome.seconds, 3),
        "notes": list(outcome.notes),
        "accounts": json.loads(rows),
    }


def parse(arguments: Sequence[str] | None, about: str) -> argparse.Namespace:
    """Return the options that benchmarks on real accounts share."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--dates",
        nargs="+",
        type=date.fromisoformat,
        metavar="DATE",
        default=[date.fromisoformat(d) for d in DATES],
    )
    parser.add_argument("--accounts", type=int, default=8, metavar="N")
    parser.add_argument("--gamma", type=float, default=10.0, metavar="G")
    parser.add_argument("--factors", type=int, default=30, metavar="K")
    parser.add_argument("--workers", type=int, default=1, metavar="N")
    parser.add_argument("--out", type=Path, default=None, metavar="FILE")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> Path:
    """Run the benchmark and return the file with the results."""
    options = parse(arguments, __doc__ or "")
    out = options.out or RESULTS / f"real-gamma{options.gamma:g}.json"
    setup = Setup(
        data=load(options.data),
        accounts=specs(options.accounts),
        policy=Policy(
            tracking=Tracking(gamma=options.gamma), missing=Missing(exposure="hold")
        ),
        factors=options.factors,
        workers=options.workers,
    )
    for note in setup.data.notes:
        print(note)
    runs = []
    for on in options.dates:
        for outcome in run_date(setup, on):
            show(outcome)
            runs.append(record(outcome))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(_document(options, setup, runs), indent=1) + "\n")
    print(f"\nwrote {out}")
    return out


def _document(
    options: argparse.Namespace, setup: Setup, runs: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "benchmark": "real",
        "gamma": options.gamma,
        "factors": options.factors,
        "workers": options.workers,
        "machine": machine(),
        "versions": versions(),
        "notes": list(setup.data.notes),
        "runs": runs,
    }


if __name__ == "__main__":
    main()
