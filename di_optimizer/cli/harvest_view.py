# SPDX-License-Identifier: Apache-2.0
"""A harvest report as a person sees it at a glance, and as a program reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from di_optimizer.cli.console import grid, money, plain, print_written, stdout
from di_optimizer.exact import ZERO
from di_optimizer.harvest.candidates import Candidate
from di_optimizer.harvest.report import HarvestReport

MOST_ROWS = 30
FILES = ("harvest.csv", "deferrals.csv", "available.csv", "calendar.csv")
COLUMNS = (
    "account",
    "symbol",
    "lot",
    "term",
    "window",
    "loss",
    "loss %",
    "tax value",
    "free from",
)
LEGEND = (
    "Tax value: at the flat rate of the term. Window: free and buy_blocked lose "
    "nothing; partly_replaced and\nreplaced would, until the date in the last column."
)


def report_data(report: HarvestReport, folder: Path | None) -> dict[str, Any]:
    """Return the report as JSON data."""
    parts = {name: frame.to_dict("records") for name, frame in report.frames().items()}
    return {
        "date": report.on.isoformat(),
        **{name: plain(rows) for name, rows in parts.items()},
        "notes": list(report.notes),
        "files": [str(folder / name) for name in FILES] if folder else [],
    }


def print_report(
    report: HarvestReport, folder: Path | None, console: Console | None = None
) -> None:
    """Print the candidates with the largest tax value, sums, open windows, files."""
    console = console or stdout()
    ranked = sorted(
        report.candidates, key=lambda c: (-c.tax_value, c.account, c.lot_id)
    )
    console.print(_candidates(report, ranked[:MOST_ROWS]))
    if len(ranked) > MOST_ROWS:
        console.print(f"… and {len(ranked) - MOST_ROWS:,} more with less tax value")
    console.print(LEGEND)
    console.print(_sums(report))
    console.print(_windows(report), soft_wrap=True)
    for note in report.notes:
        console.print(escape(note), soft_wrap=True)
    if folder is not None:
        console.print()
        print_written(console, [folder / name for name in FILES])


def _candidates(report: HarvestReport, shown: list[Candidate]) -> Table:
    table = grid(f"Losses to harvest on {report.on:%Y-%m-%d}", COLUMNS, text=5)
    for lot in shown:
        table.add_row(
            escape(lot.account),
            escape(lot.symbol),
            escape(lot.lot_id),
            str(lot.term),
            str(lot.state),
            money(lot.loss),
            f"{lot.loss_fraction:.1%}",
            money(lot.tax_value),
            "" if lot.free_from == report.on else f"{lot.free_from:%Y-%m-%d}",
        )
    table.add_section()
    loss = sum((c.loss for c in report.candidates), ZERO)
    value = sum((c.tax_value for c in report.candidates), ZERO)
    count, blank = f"{len(report.candidates):,} lots", [""] * 4
    table.add_row(count, *blank, money(loss), "", money(value), "", style="bold")
    return table


def _sums(report: HarvestReport) -> Table:
    columns = (
        "account",
        "short loss",
        "long loss",
        "short gain",
        "long gain",
        "harvestable now",
    )
    table = grid("Unrealised, and the tax that free losses would save", columns)
    for row in report.available[:MOST_ROWS]:
        table.add_row(
            escape(row.account),
            money(row.short_loss),
            money(row.long_loss),
            money(row.short_gain),
            money(row.long_gain),
            money(row.harvestable),
        )
    return table


def _windows(report: HarvestReport) -> str:
    """Return how many windows are open and when the next one closes."""
    if not report.calendar:
        return "No wash-sale window is open."
    first = min(entry.free_from for entry in report.calendar)
    last = max(entry.free_from for entry in report.calendar)
    kinds = [str(entry.closed) for entry in report.calendar]
    return (
        f"Open wash-sale windows: {kinds.count('buying')} after loss sales (no "
        f"buying), {kinds.count('losses')} after purchases (losses would be "
        f"disallowed); the first ends before {first:%Y-%m-%d}, the last before "
        f"{last:%Y-%m-%d}."
    )
