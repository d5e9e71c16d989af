# SPDX-License-Identifier: Apache-2.0
"""The options that commands share, each described once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

On = Annotated[
    datetime,
    typer.Option(
        "--date",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="The day for which everything is worked out.",
    ),
]
Workers = Annotated[
    int,
    typer.Option(min=1, help="Processes. The result is the same for any number."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on stdout.")
]
OutFolder = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        file_okay=False,
        help="Folder for trades.csv, orders.csv and summary.csv.",
    ),
]

ReportFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        file_okay=False,
        help="Folder for the report's files; without it they are printed only.",
    ),
]


def _table(text: str) -> object:
    return typer.Option(metavar="FILE", help=f"{text} CSV or Parquet.")


Lots = Annotated[Path, _table("Tax lots held.")]
Accounts = Annotated[Path, _table("Accounts.")]
Prices = Annotated[Path, _table("Prices on the date.")]
Taxpayers = Annotated[Path | None, _table("People behind the accounts, their rates.")]
Cash = Annotated[Path | None, _table("Cash balances.")]
Flows = Annotated[Path | None, _table("Deposits (+) and withdrawals (−).")]
Outside = Annotated[Path | None, _table("Holdings elsewhere that only count.")]
Rates = Annotated[Path | None, _table("Rates of other currencies.")]
Restrictions = Annotated[Path | None, _table("What may not be bought, sold or held.")]
Activity = Annotated[Path | None, _table("Past purchases and sales.")]
Securities = Annotated[Path | None, _table("Security master, with aliases.")]
WorkingOrders = Annotated[Path | None, _table("Orders at the broker already.")]
Holdings = Annotated[
    list[str],
    typer.Option(
        metavar="[NAME=]FILE",
        help="Holdings of a benchmark: an issuer's file or symbol,weight CSV. "
        "Repeatable; NAME is what the accounts table calls it.",
    ),
]
Risk = Annotated[
    Path,
    typer.Option(
        metavar="PATH", help="Factor risk model: .npz file or folder of tables."
    ),
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Preferences, TOML.")
]
OneBenchmark = Annotated[
    str,
    typer.Option(
        "--holdings",
        metavar="[NAME=]FILE",
        help="Holdings of the benchmark: an issuer's file or symbol,weight CSV.",
    ),
]
Method = Annotated[
    str, typer.Option(help="search, greedy, l1, top, or exact (SCIP, an extra).")
]
MinWeight = Annotated[
    float, typer.Option(help="Least weight of a name that is held, a fraction.")
]
MaxWeight = Annotated[float, typer.Option(help="Most weight of a name, a fraction.")]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="SYMBOL", help="What may not be held; repeatable."),
]
Gap = Annotated[
    float,
    typer.Option(help="The search ends when the bound is as close, as a fraction."),
]
Nodes = Annotated[int | None, typer.Option(help="Most nodes of a search.")]
Seconds = Annotated[
    float | None,
    typer.Option(help="Time limit of a search; the result then depends on it."),
]
