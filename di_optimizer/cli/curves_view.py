# SPDX-License-Identifier: Apache-2.0
"""Curves of tracking error from files, and as a person and a program read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    stdout,
)
from di_optimizer.cli.curve_inputs import Followed, Inputs, read_followed
from di_optimizer.cli.steps import Manner
from di_optimizer.cli.targets import require_writable
from di_optimizer.compact import Curve, te_vs_account_size, te_vs_names
from di_optimizer.compact.curve import BY_SIZE, CurvePoint
from di_optimizer.compact.options import Options
from di_optimizer.compact.size_options import SIZES, SizeOptions

COLUMNS = (
    "status",
    "tracking error bp",
    "bound bp",
    "gap bp",
    "names",
    "cash %",
    "seconds",
)


@dataclass(frozen=True, kw_only=True)
class Points:
    """Which points, and how they are solved."""

    prices: Path | None
    names: tuple[int, ...]
    sizes: tuple[float, ...]
    method: str
    limits: Options
    trading: SizeOptions


def show_curves(
    files: Followed, points: Points, manner: Manner, out: Path | None
) -> None:
    """Solve both curves from files, write them, show them.

    Raises
    ------
    InputError
        With all problems; then nothing is written.
    """
    if out is not None:
        require_writable(out)
    inputs = read_followed(files, prices=points.prices)
    with inputs.located():
        curves = _solve(inputs, points, manner)
    if out is not None:
        for curve in curves:
            curve.write(out)
    if manner.as_json:
        print_json(curves_data(curves, out))
    elif not manner.quiet:
        print_curves(curves, out)


def _solve(inputs: Inputs, points: Points, manner: Manner) -> list[Curve]:
    """Return the curve by names and, where prices are given, that by size."""
    with show_progress("numbers of names", quiet=manner.quiet) as progress:
        curves = [
            te_vs_names(
                inputs.benchmark,
                inputs.risk,
                names=points.names or None,
                method=points.method,
                progress=progress,
                **points.limits,
            )
        ]
    if points.prices is None:
        return curves
    with show_progress("account sizes", quiet=manner.quiet) as progress:
        by_size = te_vs_account_size(
            inputs.benchmark,
            inputs.risk,
            inputs.prices,
            sizes=points.sizes or SIZES,
            progress=progress,
            **points.trading,
        )
    return [*curves, by_size]


def _files(curves: Sequence[Curve], folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    return [folder / f"{c.name}.{kind}" for c in curves for kind in ("csv", "svg")]


def curves_data(curves: Sequence[Curve], folder: Path | None) -> dict[str, Any]:
    """Return the curves as JSON data."""
    data: dict[str, Any] = {
        curve.name: plain(curve.to_frame().to_dict("records")) for curve in curves
    }
    data["notes"] = [note for curve in curves for note in curve.notes]
    data["files"] = [str(path) for path in _files(curves, folder)]
    return data


def print_curves(
    curves: Sequence[Curve], folder: Path | None, console: Console | None = None
) -> None:
    """Print a table a curve, and where files are."""
    console = console or stdout()
    for curve in curves:
        by_size = curve.name == BY_SIZE
        first = ("account", "shares") if by_size else ("most names", "shares")
        what = "account size" if by_size else "number of names"
        title = f"{curve.benchmark}: tracking error by {what}"
        table = grid(title, (*first, *COLUMNS), text=3)
        for point in curve.points:
            table.add_row(*_row(point))
        console.print(table)
        for note in curve.notes:
            console.print(note, soft_wrap=True)
        console.print()
    console.print("No portfolio within a point's limits is below its bound, proven.")
    if folder is not None:
        print_written(console, _files(curves, folder))


def _row(point: CurvePoint) -> tuple[str, ...]:
    cash = None if point.cash is None else 100.0 * point.cash
    return (
        money(point.across),
        point.shares,
        point.status,
        money(point.te_bp, 2),
        money(point.bound_bp, 2),
        money(point.gap_bp, 2),
        money(point.names),
        money(cash, 2),
        money(point.seconds, 1),
    )
