# SPDX-License-Identifier: Apache-2.0
"""A compact index from files, and as a person and a program read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from di_optimizer.cli.console import (
    grid,
    money,
    plain,
    print_json,
    print_written,
    stdout,
)
from di_optimizer.cli.curve_inputs import Followed, read_followed
from di_optimizer.cli.steps import Manner
from di_optimizer.cli.targets import require_writable
from di_optimizer.compact import CompactIndex, compact
from di_optimizer.compact.options import Options
from di_optimizer.errors import InputError, Problem

FILES = ("holdings.csv",)
SHOWN = 10  # largest names that are printed
COLUMNS = ("symbol", "weight %", "benchmark %")


def show_compact(
    files: Followed,
    asked: tuple[int, str, str | None],
    limits: Options,
    manner: Manner,
    out: Path | None,
) -> None:
    """Find a compact index from files, write it, show it.

    Raises
    ------
    InputError
        With all problems; then nothing is written.
    """
    names, method, fund = asked
    if out is not None:
        require_writable(out)
    if fund is not None and not fund.partition("=")[2]:
        allowed = "SYMBOL=FILE"
        raise InputError([Problem(file="--completion", found=fund, allowed=allowed)])
    inputs = read_followed(files, fund=fund)
    held = inputs.fund
    with inputs.located():
        index = compact(
            inputs.benchmark,
            inputs.risk,
            names=names,
            method=method,
            completion=None if held is None else {held.name: held},
            **limits,
        )
    if out is not None:
        index.write(out)
    if manner.as_json:
        print_json(compact_data(index, out))
    elif not manner.quiet:
        members = {str(s): float(w) for s, w in inputs.benchmark.weights.items()}
        print_compact(index, members, out)


def compact_data(index: CompactIndex, folder: Path | None) -> dict[str, Any]:
    """Return the index as JSON data."""
    fund = index.completion
    return {
        "name": index.name,
        "weights": plain(index.weights.to_dict()),
        "te_bp": index.te_bp,
        "bound_bp": index.bound_bp,
        "gap_bp": index.gap_bp,
        "status": index.status,
        "method": index.method,
        "engine": index.engine,
        "nodes": index.nodes,
        "completion": None if fund is None else {fund.symbol: fund.share},
        "notes": list(index.notes),
        "files": [str(folder / name) for name in FILES] if folder else [],
    }


def print_compact(
    index: CompactIndex,
    members: dict[str, float],
    folder: Path | None,
    console: Console | None = None,
) -> None:
    """Print the largest names, tracking error and its bound, and where files are."""
    console = console or stdout()
    table = grid(f"{index.name}: the largest of {len(index.weights)} names", COLUMNS)
    for symbol, weight in index.weights.nlargest(SHOWN).items():
        own = members.get(str(symbol))
        share = None if own is None else 100.0 * own
        table.add_row(str(symbol), money(100.0 * weight, 3), money(share, 3))
    console.print(table)
    console.print(
        f"Tracking error {index.te_bp:,.2f} bp a year; within these limits nothing is "
        f"below {index.bound_bp:,.2f} bp, proven.",
        soft_wrap=True,
    )
    for note in index.notes:
        console.print(note, soft_wrap=True)
    if folder is not None:
        console.print()
        print_written(console, [folder / name for name in FILES])
