# SPDX-License-Identifier: Apache-2.0
"""A frontier from files, and as a person and a program read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from di_optimizer.batch.progress import show_progress
from di_optimizer.cli.console import (
    grid,
    money,
    plain,
    print_json,
    print_written,
    saved,
    stdout,
)
from di_optimizer.cli.inputs import located
from di_optimizer.cli.steps import Files, Manner, read_files
from di_optimizer.cli.targets import require_writable
from di_optimizer.errors import InputError, Problem
from di_optimizer.frontier import Frontier, frontier
from di_optimizer.frontier.curve import FrontierPoint
from di_optimizer.index import Benchmark

FILES = ("frontier.csv", "frontier.svg")
COLUMNS = (
    "status",
    "gamma",
    "cap bp",
    "tracking error bp",
    "tax",
    "cost",
    "turnover %",
    "gap bp",
)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Which account, and which points."""

    account: str | None
    points: int
    te_bp: tuple[float, ...] | None


def show_frontier(
    files: Files, on: date, wanted: Sweep, manner: Manner, out: Path | None
) -> None:
    """Solve a frontier from files, write it, show it.

    Raises
    ------
    InputError
        With all problems; then nothing is written.
    """
    if out is not None:
        require_writable(out)
    curve = _solve(files, on, wanted, manner)
    if out is not None:
        curve.write(out)
    if manner.as_json:
        print_json(frontier_data(curve, out))
    elif not manner.quiet:
        print_frontier(curve, out)


def _solve(files: Files, on: date, wanted: Sweep, manner: Manner) -> Frontier:
    inputs = read_files(files, on)
    with (
        located(inputs.places | {"risk model": files.risk}),
        show_progress("points", quiet=manner.quiet) as progress,
    ):
        return frontier(
            **files.tables(),  # type: ignore[arg-type]
            benchmark=_only(inputs.benchmarks),
            risk=inputs.risk,
            date=on,
            policy=inputs.policies,
            account=wanted.account,
            points=wanted.points,
            te_bp=wanted.te_bp,
            progress=progress,
        )


def _only(benchmarks: dict[str, Benchmark]) -> Benchmark:
    """Return the one benchmark that an account is drawn against."""
    if len(benchmarks) == 1:
        return next(iter(benchmarks.values()))
    found = f"{len(benchmarks)} benchmarks"
    allowed = "one: that of the account"
    raise InputError([Problem(file="--holdings", found=found, allowed=allowed)])


def frontier_data(curve: Frontier, folder: Path | None) -> dict[str, Any]:
    """Return the curve as JSON data."""
    return {
        "account": curve.account,
        "date": curve.on.isoformat(),
        "points": plain(curve.to_frame().to_dict("records")),
        "notes": list(curve.notes),
        "files": [str(folder / name) for name in FILES] if folder else [],
    }


def print_frontier(
    curve: Frontier, folder: Path | None, console: Console | None = None
) -> None:
    """Print the points, from far from the benchmark to close, and where files are."""
    console = console or stdout()
    table = grid(f"Account {curve.account} on {curve.on:%Y-%m-%d}", COLUMNS)
    for point in curve.points:
        table.add_row(*_row(point))
    console.print(table)
    console.print(
        f"NAV {money(curve.nav)}; tracking error before trading "
        f"{curve.te_before_bp:,.1f} bp a year. Negative tax is saved."
    )
    for note in curve.notes:
        console.print(note, soft_wrap=True)
    if folder is not None:
        console.print()
        print_written(console, [folder / name for name in FILES])


def _row(point: FrontierPoint) -> tuple[str, ...]:
    turnover = None if point.turnover is None else 100.0 * point.turnover
    return (
        point.status,
        f"{point.gamma:,.4g}",
        money(point.max_te_bp, 1),
        money(point.te_bp, 1),
        saved(point.tax),
        money(point.cost),
        money(turnover, 1),
        money(point.gap_bp, 2),
    )
