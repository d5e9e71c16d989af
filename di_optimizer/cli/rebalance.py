# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer rebalance``: tables in, trades, orders and a summary out."""

from __future__ import annotations

import typer

from di_optimizer.cli import options
from di_optimizer.cli.exits import Exit


def rebalance(
    lots: options.Lots,
    accounts: options.Accounts,
    holdings: options.Holdings,
    prices: options.Prices,
    risk: options.Risk,
    on: options.On,
    out: options.OutFolder,
    taxpayers: options.Taxpayers = None,
    cash: options.Cash = None,
    flows: options.Flows = None,
    outside: options.Outside = None,
    rates: options.Rates = None,
    restrictions: options.Restrictions = None,
    activity: options.Activity = None,
    securities: options.Securities = None,
    working_orders: options.WorkingOrders = None,
    policy: options.PolicyFile = None,
    workers: options.Workers = 1,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Rebalance every account and write trades.csv, orders.csv and summary.csv."""
    from di_optimizer.cli.steps import Files, Manner, run_files

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
        working_orders=working_orders,
        policy=policy,
    )
    manner = Manner(workers=workers, quiet=quiet, as_json=as_json)
    if not run_files(files, on.date(), out, manner).ok:
        raise typer.Exit(Exit.INCOMPLETE)
