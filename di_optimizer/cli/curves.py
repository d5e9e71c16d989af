# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer curves``: tracking error by number of names and by account size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from di_optimizer.cli import options

Names = Annotated[
    list[int] | None,
    typer.Option(metavar="K", help="Most names at a point of the curve; repeatable."),
]
Sizes = Annotated[
    list[float] | None,
    typer.Option(
        "--size", metavar="MONEY", help="Account size at a point; repeatable."
    ),
]
Prices = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Prices on the date. CSV or Parquet. Without it there is no curve by "
        "account size.",
    ),
]


def curves(
    holdings: options.OneBenchmark,
    risk: options.Risk,
    on: options.On,
    prices: Prices = None,
    names: Names = None,
    size: Sizes = None,
    decimals: Annotated[
        int, typer.Option(help="Decimals of a share, where fractions trade.")
    ] = 4,
    max_cash: Annotated[
        float, typer.Option(help="Most cash that stays, fraction of the account.")
    ] = 0.01,
    method: options.Method = "search",
    min_weight: options.MinWeight = 0.0,
    max_weight: options.MaxWeight = 1.0,
    exclude: options.Exclude = None,
    gap: options.Gap = 0.002,
    nodes: options.Nodes = None,
    seconds: options.Seconds = None,
    securities: options.Securities = None,
    out: options.ReportFolder = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Show tracking error by number of names, and by account size and kind of shares.

    With --out it writes te_vs_names and te_vs_account_size, each as CSV and SVG.
    """
    from di_optimizer.cli.curve_inputs import Followed
    from di_optimizer.cli.curves_view import Points, show_curves
    from di_optimizer.cli.steps import Manner

    followed = Followed(holdings=holdings, risk=risk, securities=securities, on=on)
    points = Points(
        prices=prices,
        names=tuple(names or ()),
        sizes=tuple(size or ()),
        method=method,
        limits={
            "min_weight": min_weight,
            "max_weight": max_weight,
            "exclusions": tuple(exclude or ()),
            "gap": gap,
            "nodes": nodes,
            "seconds": seconds,
        },
        trading={
            "decimals": decimals,
            "max_cash": max_cash,
            "gap": gap,
            "nodes": nodes,
            "seconds": seconds,
        },
    )
    show_curves(followed, points, Manner(quiet=quiet, as_json=as_json), out)
