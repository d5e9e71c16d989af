# SPDX-License-Identifier: Apache-2.0
"""A run as a person sees it at a glance, and as a program reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from di_optimizer.batch.run import Failure, Run
from di_optimizer.cli.console import (
    grid,
    money,
    plain,
    print_written,
    saved,
    stderr,
    stdout,
)
from di_optimizer.plan import Plan
from di_optimizer.trades import Trade
from di_optimizer.wash_notes import WASH_NOTE

MOST_ROWS = 40  # accounts, and notes of the run, listed one by one
MOST_NAMES = 10  # accounts named in one line
FILES = ("trades.csv", "orders.csv", "summary.csv")
LEGEND = (
    "Money is in account currency, NAV after the flow that is due. Tracking error: "
    "before → after trading, annual.\nNegative tax is saved: of the year's bill where "
    "its figures are given, else at the account's own rates.\nGap: no plan within the "
    "same limits can be better by more, in bp of NAV."
)
COLUMNS = (
    "account",
    "status",
    "NAV",
    "lots",
    "tracking error bp",
    "tax",
    "cost",
    "trades",
    "gap bp",
)


def run_data(run: Run, folder: Path) -> dict[str, Any]:
    """Return the run as JSON data: accounts, totals, notes, files."""
    return {
        "date": run.on.isoformat(),
        "ok": run.ok,
        "accounts": plain(run.summary.to_dict("records")),
        "totals": plain(totals(run)),
        "notes": list(run.notes),
        "files": [str(folder / name) for name in FILES],
    }


def totals(run: Run) -> dict[str, Any]:
    """Return sums over all plans, and the largest gap."""
    plans = run.plans.values()
    figures = [plan.figures for plan in plans]
    return {
        "accounts": len(run.summary),
        "without_plan": len(run.failures),
        "nav": sum((f.nav for f in figures), Decimal(0)),
        "tax": sum((f.tax for f in figures), Decimal(0)),
        "cost": sum((f.cost for f in figures), Decimal(0)),
        "trades": sum(len(plan.trades) for plan in plans),
        "largest_gap_bp": max((p.certificate.gap_bp for p in plans), default=None),
    }


def print_run(
    run: Run, folder: Path, lots: Mapping[str, int], console: Console | None = None
) -> None:
    """Print accounts, totals, what has no plan and why, and where the files are.

    Parameters
    ----------
    run : Run
    folder : Path
        Where it was written.
    lots : mapping of account to number
        Lots held before trading.
    """
    console = console or stdout()
    console.print(accounts_table(run, lots))
    if len(run.summary) > MOST_ROWS:
        place = escape(str(folder / "summary.csv"))
        console.print(f"(accounts one by one: {place})", soft_wrap=True)
    print_failures(run, console)
    for note in run.notes[:MOST_ROWS]:
        console.print(escape(note), soft_wrap=True)
    if len(run.notes) > MOST_ROWS:
        console.print(f"… and {len(run.notes) - MOST_ROWS} more notes: see --json")
    if noted := [name for name, plan in run.plans.items() if len(plan.notes) > 1]:
        console.print(escape(_noted_text(noted)), soft_wrap=True)
    console.print(f"\n{LEGEND}")
    if any(WASH_NOTE in plan.notes for plan in run.plans.values()):
        console.print(escape(WASH_NOTE), style="yellow", soft_wrap=True)
    console.print()
    print_written(console, [folder / name for name in FILES])


def print_failures(run: Run, console: Console | None = None) -> None:
    """Print each account without a plan and why; on stderr if no console is given."""
    console = console or stderr()
    for failure in run.failures.values():
        console.print(_failure_text(failure), soft_wrap=True)


def _noted_text(names: Sequence[str]) -> str:
    """Return where to read what the plans of these accounts say for themselves."""
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"Notes of {shown}{more}: column message of summary.csv."


def accounts_table(run: Run, lots: Mapping[str, int]) -> Table:
    """Return one row an account, as long as they are few, and the totals."""
    table = grid(f"Rebalance of {run.on:%Y-%m-%d}", COLUMNS, text=2)
    names = run.summary["account"].tolist()
    for name in names if len(names) <= MOST_ROWS else []:
        plan = run.plans.get(name)
        table.add_row(
            escape(name),
            *(
                _cells(plan, lots)
                if plan
                else [f"[red]{run.failures[name].status}[/]", "–", str(lots[name])]
            ),
        )
    table.add_section()
    table.add_row(*_total_cells(run, lots), style="bold")
    return table


def _cells(plan: Plan, lots: Mapping[str, int]) -> list[str]:
    figures = plan.figures
    return [
        plan.status,
        money(figures.nav),
        f"{lots[plan.account]:,}",
        f"{figures.te_before * 1e4:.0f} → {figures.te_after * 1e4:.0f}",
        saved(figures.tax),
        money(figures.cost),
        f"{len(plan.trades):,}",
        f"{plan.certificate.gap_bp:.2f}",
    ]


def _total_cells(run: Run, lots: Mapping[str, int]) -> list[str]:
    total = totals(run)
    gap = total["largest_gap_bp"]
    return [
        f"{total['accounts']} accounts",
        f"{len(run.plans)} planned",
        money(total["nav"]),
        f"{sum(lots.values()):,}",
        "",
        saved(total["tax"]),
        money(total["cost"]),
        f"{total['trades']:,}",
        "–" if gap is None else f"≤ {gap:.2f}",
    ]


def _failure_text(failure: Failure) -> str:
    name = escape(failure.account)
    return f"[red]{name} has no plan ({failure.status}):[/] {escape(failure.message)}"


def trades_table(plan: Plan, count: int = 6) -> Table:
    """Return the largest lot-level trades of a plan with their reasons."""
    columns = ("side", "symbol", "lot", "reason", "shares", "amount", "gain", "tax")
    title = f"Largest trades of {escape(plan.account)}, tax at flat rates"
    table = grid(title, columns, text=4)
    for trade in sorted(plan.trades, key=_by_size)[:count]:
        table.add_row(
            trade.side,
            escape(trade.symbol),
            escape(trade.lot_id or ""),
            escape(trade.reason),
            f"{trade.shares.normalize():,f}",
            money(trade.amount),
            "" if trade.side == "buy" else money(trade.realised_gain),
            "" if trade.side == "buy" else saved(trade.tax),
        )
    return table


def _by_size(trade: Trade) -> tuple[Decimal, str, str]:
    return -trade.amount, trade.symbol, trade.lot_id or ""


def lots_held(accounts: Sequence[str], lots: pd.DataFrame) -> dict[str, int]:
    """Return the number of lots of each account, from the lots table.

    Examples
    --------
    >>> lots_held(["A", "B"], pd.DataFrame({"account": ["A", "A"]}))
    {'A': 2, 'B': 0}
    """
    held = lots["account"].value_counts()
    return {name: int(held.get(name, 0)) for name in accounts}
