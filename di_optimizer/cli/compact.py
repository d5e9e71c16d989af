# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer compact``: an index of few names that follows a benchmark."""

from __future__ import annotations

from typing import Annotated

import typer

from di_optimizer.cli import options

Names = Annotated[
    int, typer.Option(metavar="K", help="Most names; a completion fund counts as one.")
]
Completion = Annotated[
    str | None,
    typer.Option(
        metavar="SYMBOL=FILE",
        help="A fund that may be held besides: its symbol and its holdings.",
    ),
]


def compact(
    holdings: options.OneBenchmark,
    risk: options.Risk,
    on: options.On,
    names: Names,
    method: options.Method = "search",
    min_weight: options.MinWeight = 0.0,
    max_weight: options.MaxWeight = 1.0,
    exclude: options.Exclude = None,
    completion: Completion = None,
    gap: options.Gap = 0.002,
    nodes: options.Nodes = None,
    seconds: options.Seconds = None,
    securities: options.Securities = None,
    out: options.ReportFolder = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Find an index of at most K names with little tracking error, and its bound.

    With --out it writes holdings.csv, a holdings file like any other: accounts can
    track it.
    """
    from di_optimizer.cli.compact_view import show_compact
    from di_optimizer.cli.curve_inputs import Followed
    from di_optimizer.cli.steps import Manner
    from di_optimizer.compact.options import Options

    followed = Followed(holdings=holdings, risk=risk, securities=securities, on=on)
    limits: Options = {
        "min_weight": min_weight,
        "max_weight": max_weight,
        "exclusions": tuple(exclude or ()),
        "gap": gap,
        "nodes": nodes,
        "seconds": seconds,
    }
    manner = Manner(quiet=quiet, as_json=as_json)
    show_compact(followed, (names, method, completion), limits, manner, out)
