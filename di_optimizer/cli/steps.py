# SPDX-License-Identifier: Apache-2.0
"""The way from files to files, the same for ``rebalance`` and ``demo``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from pathlib import Path

from di_optimizer.batch.api import rebalance_many
from di_optimizer.batch.progress import show_progress
from di_optimizer.batch.run import Run
from di_optimizer.cli.console import print_json
from di_optimizer.cli.inputs import Reader, benchmarks, located, policies
from di_optimizer.cli.run_view import lots_held, print_failures, print_run, run_data
from di_optimizer.cli.targets import require_writable, write_run
from di_optimizer.index import Benchmark
from di_optimizer.policy_file import PolicyBook
from di_optimizer.risk import FactorRiskModel, load_risk
from di_optimizer.tables import TABLES, read_table

NOT_TABLES = ("holdings", "risk", "policy")


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where everything is that a rebalance reads."""

    lots: Path
    accounts: Path
    holdings: tuple[str, ...]
    prices: Path
    risk: Path
    taxpayers: Path | None = None
    cash: Path | None = None
    flows: Path | None = None
    outside: Path | None = None
    rates: Path | None = None
    restrictions: Path | None = None
    activity: Path | None = None
    securities: Path | None = None
    working_orders: Path | None = None
    policy: Path | None = None

    def tables(self) -> dict[str, Path | None]:
        """Return the path of each table."""
        names = (field.name for field in fields(self))
        return {name: getattr(self, name) for name in names if name not in NOT_TABLES}


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a run is carried out and shown."""

    workers: int = 1
    quiet: bool = False
    as_json: bool = False


def run_files(files: Files, on: date, out: Path, manner: Manner) -> Run:
    """Rebalance from files, write into ``out``, show the result.

    Raises
    ------
    InputError
        With all problems; then nothing is written.
    OSError
        When ``out`` cannot be written, before anything is solved where that can be
        told.
    """
    require_writable(out)
    run = solve_files(files, on, manner)
    write_run(run, out)
    if manner.as_json:
        print_json(run_data(run, out))
    elif manner.quiet:
        print_failures(run)
    else:
        held = read_table(files.lots, TABLES["lots"])
        print_run(run, out, lots_held(run.summary["account"].tolist(), held))
    return run


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What is read before a call; ``places`` are the files by what messages call it."""

    benchmarks: dict[str, Benchmark]
    places: dict[str, Path]
    risk: FactorRiskModel
    policies: PolicyBook


def read_files(files: Files, on: date) -> Inputs:
    """Return benchmarks, model and policies.

    Raises
    ------
    InputError
        With all problems, those of the tables included.
    """
    reader = Reader()
    tracked = reader.read(lambda: benchmarks(files.holdings, files.securities, on))
    risk = reader.read(lambda: load_risk(files.risk))
    book = reader.read(lambda: policies(files.policy))
    if tracked is None or risk is None or book is None:
        _read_tables(files, reader)  # what is wrong with them belongs in one message
        raise reader.error()
    return Inputs(
        benchmarks={name: item.benchmark for name, item in tracked.items()},
        places={f"benchmark {name}": item.path for name, item in tracked.items()},
        risk=risk,
        policies=book,
    )


def solve_files(files: Files, on: date, manner: Manner) -> Run:
    """Rebalance every account of the files; progress goes to stderr."""
    inputs = read_files(files, on)
    with (
        located(inputs.places | {"risk model": files.risk}),
        show_progress("accounts", quiet=manner.quiet) as progress,
    ):
        return rebalance_many(
            **files.tables(),  # type: ignore[arg-type]
            benchmark=inputs.benchmarks,
            risk=inputs.risk,
            date=on,
            policy=inputs.policies,
            workers=manner.workers,
            progress=progress,
        )


def _read_tables(files: Files, reader: Reader) -> None:
    for name, path in files.tables().items():
        if path is not None:
            reader.read(partial(read_table, path, TABLES[name]))
