# SPDX-License-Identifier: Apache-2.0
"""The command line: which commands there are.

Each command lives in its own file and imports what it needs when it runs, so that
``--help`` is quick.
"""

from __future__ import annotations

from typing import Annotated

import typer

from di_optimizer import __version__
from di_optimizer.cli.compact import compact
from di_optimizer.cli.curves import curves
from di_optimizer.cli.demo import demo
from di_optimizer.cli.exits import EPILOG, guarded
from di_optimizer.cli.frontier import frontier
from di_optimizer.cli.harvest import harvest
from di_optimizer.cli.holdings import show
from di_optimizer.cli.rebalance import rebalance
from di_optimizer.cli.risk import estimate
from di_optimizer.cli.rules import rules
from di_optimizer.cli.tax import wash_sales


def _group(text: str | None = None) -> typer.Typer:
    return typer.Typer(
        help=text,
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )


app = _group()
holdings_app = _group("Issuers' holdings files.")
risk_app = _group("Factor risk models.")
tax_app = _group("Gains, losses and wash sales.")

app.command(epilog=EPILOG)(rebalance)
app.command(epilog=EPILOG)(rules)
app.command(epilog=EPILOG)(harvest)
app.command(epilog=EPILOG)(frontier)
app.command(epilog=EPILOG)(compact)
app.command(epilog=EPILOG)(curves)
app.command(epilog=EPILOG)(demo)
holdings_app.command(epilog=EPILOG)(show)
risk_app.command(epilog=EPILOG)(estimate)
tax_app.command("wash-sales", epilog=EPILOG)(wash_sales)
app.add_typer(holdings_app, name="holdings")
app.add_typer(risk_app, name="risk")
app.add_typer(tax_app, name="tax")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def di_optimizer(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Version."),
    ] = False,
) -> None:
    """Tax lots in, trade lists with a proven optimality gap out."""


def main() -> None:
    """Run the command line; the entry point of the ``di-optimizer`` script."""
    guarded(app)
