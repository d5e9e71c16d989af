# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer risk estimate``: a price history to a factor risk model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from di_optimizer.cli.options import On, Quiet


def estimate(
    prices: Annotated[
        Path,
        typer.Option(
            metavar="HISTORY",
            help="Price history (date, symbol, close, …). CSV or Parquet.",
        ),
    ],
    on: On,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the model goes: a .npz file.")
    ],
    factors: Annotated[int, typer.Option(min=1, help="Most factors.")] = 30,
    window: Annotated[int, typer.Option(min=1, help="Most daily returns.")] = 504,
    quiet: Quiet = False,
) -> None:
    """Estimate a factor risk model from a price history.

    Returns dated after the date are not looked at.
    """
    from di_optimizer.cli.inputs import located
    from di_optimizer.cli.risk_view import print_estimate
    from di_optimizer.risk import estimate_with_report, save_risk
    from di_optimizer.tables import TABLES, read_table

    history = read_table(prices, TABLES["price_history"])
    with located({"price_history": prices}):
        model, report = estimate_with_report(
            history, on=on.date(), factors=factors, window=window
        )
    save_risk(model, out)
    if not quiet:
        print_estimate(report, out)
