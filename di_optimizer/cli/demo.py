# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer demo``: the whole way on a synthetic book of accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from di_optimizer.cli import options
from di_optimizer.cli.exits import Exit


def demo(
    out: Annotated[
        Path, typer.Option(metavar="DIR", file_okay=False, help="Folder to write to.")
    ] = Path("demo-output"),
    workers: options.Workers = 2,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Write a synthetic book of accounts, estimate its risk model, rebalance it."""
    from di_optimizer.cli.sample_run import run_sample
    from di_optimizer.cli.steps import Manner

    manner = Manner(workers=workers, quiet=quiet, as_json=as_json)
    if not run_sample(out, manner).ok:
        raise typer.Exit(Exit.INCOMPLETE)
