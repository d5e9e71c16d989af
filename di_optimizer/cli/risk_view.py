# SPDX-License-Identifier: Apache-2.0
"""What an estimate used and left out, as a person sees it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from di_optimizer.cli.console import print_written, stdout
from di_optimizer.risk import EstimateReport

MOST_NAMES = 20


def print_estimate(
    report: EstimateReport, out: Path, console: Console | None = None
) -> None:
    """Print the size of the model, its window, and every name it does without."""
    console = console or stdout()
    console.print(
        f"{report.symbols} securities, {report.factors} factors, {report.days} daily "
        f"returns from {report.first} to {report.last}"
    )
    console.print(
        f"{len(report.short)} securities with a short history, {report.gaps} returns "
        f"missing, {report.outliers} returns pulled in as errors"
    )
    for item in report.left_out[:MOST_NAMES]:
        console.print(f"left out: {escape(item.symbol)} ({escape(item.reason)})")
    if len(report.left_out) > MOST_NAMES:
        console.print(f"left out: {len(report.left_out) - MOST_NAMES} more")
    print_written(console, [out])
