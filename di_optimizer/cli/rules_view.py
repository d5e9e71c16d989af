# SPDX-License-Identifier: Apache-2.0
"""What is in force for accounts, as a person and a program read it."""

from __future__ import annotations

import pandas as pd
from rich.markup import escape
from rich.table import Table

from di_optimizer.cli.console import grid, plain, print_json, stdout
from di_optimizer.effective import Effective


def print_rules(found: Effective, *, as_json: bool) -> None:
    """Print both tables, or JSON."""
    if as_json:
        print_json(
            {
                "date": found.on.isoformat(),
                "rules": plain(found.rules.to_dict("records")),
                "settings": plain(found.settings.to_dict("records")),
            }
        )
        return
    console = stdout()
    console.print(_table(f"Restrictions in force on {found.on}", found.rules))
    console.print()
    console.print(_table("Settings that differ from their default", found.settings))


def _table(title: str, frame: pd.DataFrame) -> Table:
    table = grid(title, [str(name) for name in frame.columns], text=len(frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*(escape("" if pd.isna(cell) else str(cell)) for cell in row))
    if frame.empty:
        table.add_row("none")
    return table
