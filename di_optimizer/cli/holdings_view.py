# SPDX-License-Identifier: Apache-2.0
"""A holdings file as a person sees it, and as a program reads it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from di_optimizer.cli.console import grid, money, plain, stdout
from di_optimizer.index import HoldingsFile


def holdings_data(read: HoldingsFile) -> dict[str, Any]:
    """Return the file as JSON data: facts, securities, residual."""
    return {
        "source": read.source,
        "issuer": read.issuer,
        "fund": read.fund,
        "as_of": str(read.as_of) if read.as_of else None,
        "sha256": read.sha256,
        "holdings": plain(read.holdings.to_dict("records")),
        "residual": plain(read.residual),
    }


def print_holdings(
    read: HoldingsFile, top: int, console: Console | None = None
) -> None:
    """Print the facts of the file, its largest securities and its residual."""
    console = console or stdout()
    fund = escape(read.fund or read.source)
    dated = f"as of {read.as_of}" if read.as_of else "undated"
    listed = float(read.holdings["weight"].sum())
    console.print(f"[bold]{fund}[/] ({read.issuer}, {dated})")
    console.print(f"{len(read.holdings)} securities, {listed:.2%} of the fund")
    for bucket, weight in read.residual.items():
        console.print(f"{escape(bucket)}: {weight:.2%}, no security")
    table = grid("", ("symbol", "name", "sector", "weight", "price"), text=3)
    largest = read.holdings.nlargest(top, "weight")
    for row in largest.to_dict("records"):
        table.add_row(
            *(escape(str(plain(row[c]) or "")) for c in ("symbol", "name", "sector")),
            f"{row['weight']:.3%}",
            money(plain(row["price"]), 2),
        )
    console.print(table)
