# SPDX-License-Identifier: Apache-2.0
"""A settled ledger as a person sees it at a glance, and as a program reads it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from di_optimizer.cli.console import grid, money, plain, print_written, stdout
from di_optimizer.exact import CENT
from di_optimizer.wash import WashSales

MOST_ROWS = 30
FILES = ("lots.csv", "gains.csv", "wash_sales.csv", "form_8949.csv", "state.json")
SUMS = ("proceeds", "cost_basis", "gain", "disallowed", "lost", "reported")


def ledger_data(result: WashSales, folder: Path) -> dict[str, Any]:
    """Return the sums by account as JSON data, and where the files are."""
    return {
        "accounts": plain(by_account(result.gains).to_dict("records")),
        "open_lots": len(result.lots),
        "sold_pieces": len(result.gains),
        "wash_sales": len(result.matches),
        "files": [str(folder / name) for name in FILES],
    }


def by_account(gains: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of each account and term; money to the cent."""
    sums = gains.groupby(["account", "term"], as_index=False, sort=True)[list(SUMS)]
    total: pd.DataFrame = sums.sum()
    return total.assign(**{name: total[name].map(_to_cents) for name in SUMS})


def _to_cents(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(CENT)


def print_ledger(
    result: WashSales, folder: Path, console: Console | None = None
) -> None:
    """Print sums by account, the largest wash sales, and the files."""
    console = console or stdout()
    console.print(_accounts(by_account(result.gains)))
    if len(result.matches):
        console.print(_matches(result.matches))
    else:
        console.print("No wash sale.")
    console.print()
    print_written(console, [folder / name for name in FILES])


def _accounts(sums: pd.DataFrame) -> Table:
    columns = ("account", "term", *(name.replace("_", " ") for name in SUMS))
    table = grid("Realised, and what the return says of it", columns, text=2)
    for row in sums.head(MOST_ROWS).to_dict("records"):
        amounts = [money(row[name], 2) for name in SUMS]
        table.add_row(escape(row["account"]), str(row["term"]), *amounts)
    if len(sums) > MOST_ROWS:
        table.add_row(f"… {len(sums) - MOST_ROWS:,} more")
    table.add_section()
    table.add_row("all", "", *(money(sums[name].sum(), 2) for name in SUMS))
    return table


def _matches(matches: pd.DataFrame) -> Table:
    """Return the largest replacements: what was disallowed, and where it went."""
    columns = (
        "sold in",
        "lot",
        "on",
        "replaced in",
        "lot",
        "bought",
        "shares",
        "disallowed",
    )
    count = f"{len(matches):,} replacement{'s' * (len(matches) != 1)}"
    table = grid(f"{count}, the largest first", columns, text=6)
    ranked = matches.sort_values("disallowed", ascending=False, kind="stable")
    for row in ranked.head(MOST_ROWS).to_dict("records"):
        table.add_row(
            escape(row["account"]),
            escape(row["sold_lot"]),
            f"{row['sold']:%Y-%m-%d}",
            escape(row["replacement_account"]),
            escape(row["replacement_lot"]),
            f"{row['bought']:%Y-%m-%d}",
            f"{row['shares']:g}",
            money(row["disallowed"], 2),
        )
    return table
