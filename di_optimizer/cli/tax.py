# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer tax wash-sales``: transactions in, lots and allowed losses out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from di_optimizer.cli import options

Transactions = Annotated[
    Path,
    typer.Argument(
        metavar="TRANSACTIONS",
        help="Purchases and sales: account, symbol, date, side, shares, amount; "
        "optionally lot_id and purchase_order. CSV or Parquet.",
    ),
]
LedgerFolder = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        file_okay=False,
        help="Folder for lots.csv, gains.csv, wash_sales.csv, form_8949.csv and "
        "state.json.",
    ),
]
LedgerAccounts = Annotated[
    Path | None,
    typer.Option(
        "--accounts",
        metavar="FILE",
        help="Accounts with taxpayer and type; without it each account is a taxable "
        "taxpayer of its own.",
    ),
]
Opening = Annotated[
    Path | None,
    typer.Option("--lots", metavar="FILE", help="Lots held before. CSV or Parquet."),
]
Actions = Annotated[
    Path | None,
    typer.Option(
        "--actions", metavar="FILE", help="Corporate actions. CSV or Parquet."
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="state.json of an earlier run, in another folder than --out: "
        "transactions are those since then.",
    ),
]
Relief = Annotated[
    str | None,
    typer.Option(
        help="Lots that a sale without lot_id takes: fifo, lifo or hifo. Without it "
        "that of --state, or fifo.",
    ),
]


def wash_sales(
    transactions: Transactions,
    out: LedgerFolder,
    accounts: LedgerAccounts = None,
    securities: options.Securities = None,
    lots: Opening = None,
    actions: Actions = None,
    relief: Relief = None,
    state: State = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Work out gains, disallowed losses and adjusted lots from transactions."""
    from di_optimizer.cli.console import print_json
    from di_optimizer.cli.targets import require_other, require_writable
    from di_optimizer.cli.tax_view import ledger_data, print_ledger
    from di_optimizer.wash import wash_sales as settle

    require_writable(out)
    if state is not None:
        require_other(out, state)
    result = settle(
        transactions,
        accounts=accounts,
        securities=securities,
        lots=lots,
        actions=actions,
        relief=relief,
        state=state,
    )
    result.write(out)
    if as_json:
        print_json(ledger_data(result, out))
    elif not quiet:
        print_ledger(result, out)
