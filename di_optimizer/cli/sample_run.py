# SPDX-License-Identifier: Apache-2.0
"""The demo: sample files, a risk model from their prices, then what a user does."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from di_optimizer.batch.run import Run
from di_optimizer.cli.console import stdout
from di_optimizer.cli.run_view import trades_table
from di_optimizer.cli.steps import Files, Manner, run_files
from di_optimizer.plan import Plan
from di_optimizer.risk import estimate_with_report, save_risk
from di_optimizer.risk.report import EstimateReport
from di_optimizer.sample.write import SamplePaths, write_sample
from di_optimizer.tables import TABLES, read_table


def run_sample(out: Path, manner: Manner) -> Run:
    """Write the sample under ``out``, rebalance it into ``out`` and show it."""
    paths = write_sample(out / "input")
    risk = paths.folder / "risk.npz"
    report = _estimate(paths, risk)
    talks = not (manner.quiet or manner.as_json)
    if talks:
        stdout().print(_introduction(paths, report))
    run = run_files(_files(paths, risk), paths.on, out, manner)
    if talks and run.plans:
        stdout().print(f"  • {escape(str(paths.folder))} (what was read)\n")
        stdout().print(trades_table(most_saved(run)))
    return run


def most_saved(run: Run) -> Plan:
    """Return the plan with the largest tax saving."""
    return min(run.plans.values(), key=lambda plan: (plan.figures.tax, plan.account))


def _estimate(paths: SamplePaths, risk: Path) -> EstimateReport:
    history = read_table(paths.price_history, TABLES["price_history"])
    model, report = estimate_with_report(history, on=paths.on)
    save_risk(model, risk)
    return report


def _files(paths: SamplePaths, risk: Path) -> Files:
    return Files(
        lots=paths.lots,
        accounts=paths.accounts,
        holdings=(str(paths.holdings),),
        prices=paths.prices,
        risk=risk,
        taxpayers=paths.taxpayers,
        cash=paths.cash,
        flows=paths.flows,
        restrictions=paths.restrictions,
        activity=paths.activity,
        securities=paths.securities,
        policy=paths.policy,
    )


def _introduction(paths: SamplePaths, report: EstimateReport) -> str:
    return (
        f"A fictional market on {paths.on}: {report.symbols} securities, a fund that "
        f"holds them, a risk model of {report.factors} factors from {report.days} "
        "days of returns, and a book of accounts with years of tax lots.\n"
    )
