# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer holdings show``: what a holdings file says once it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from di_optimizer.cli.options import AsJson


def show(
    file: Annotated[Path, typer.Argument(help="An issuer's file or a plain CSV.")],
    top: Annotated[int, typer.Option(min=1, help="Largest securities to list.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show what a holdings file holds: issuer, date, weights, what is no security."""
    from di_optimizer.cli.console import print_json
    from di_optimizer.cli.holdings_view import holdings_data, print_holdings
    from di_optimizer.index import read_holdings

    read = read_holdings(file)
    if as_json:
        print_json(holdings_data(read))
    else:
        print_holdings(read, top)
