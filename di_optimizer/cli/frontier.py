# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer frontier``: what less tracking error costs one account."""

from __future__ import annotations

from typing import Annotated

import typer

from di_optimizer.cli import options

Account = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which account, where the table has several."),
]
Points = Annotated[
    int, typer.Option(min=2, help="How many prices of tracking variance.")
]
Caps = Annotated[
    list[float] | None,
    typer.Option(
        "--te-bp",
        metavar="BP",
        help="Cap on tracking error instead of a price; repeatable, one point each.",
    ),
]


def frontier(
    lots: options.Lots,
    accounts: options.Accounts,
    holdings: options.Holdings,
    prices: options.Prices,
    risk: options.Risk,
    on: options.On,
    account: Account = None,
    points: Points = 20,
    te_bp: Caps = None,
    taxpayers: options.Taxpayers = None,
    cash: options.Cash = None,
    flows: options.Flows = None,
    outside: options.Outside = None,
    rates: options.Rates = None,
    restrictions: options.Restrictions = None,
    activity: options.Activity = None,
    securities: options.Securities = None,
    policy: options.PolicyFile = None,
    out: options.ReportFolder = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Show tax and costs of one account against its tracking error.

    Nothing is rounded to tradable sizes and nothing traded. With --out it writes
    frontier.csv and frontier.svg.
    """
    from di_optimizer.cli.frontier_view import Sweep, show_frontier
    from di_optimizer.cli.steps import Files, Manner

    files = Files(
        lots=lots,
        accounts=accounts,
        holdings=tuple(holdings),
        prices=prices,
        risk=risk,
        taxpayers=taxpayers,
        cash=cash,
        flows=flows,
        outside=outside,
        rates=rates,
        restrictions=restrictions,
        activity=activity,
        securities=securities,
        policy=policy,
    )
    wanted = Sweep(account=account, points=points, te_bp=tuple(te_bp or ()) or None)
    manner = Manner(quiet=quiet, as_json=as_json)
    show_frontier(files, on.date(), wanted, manner, out)
