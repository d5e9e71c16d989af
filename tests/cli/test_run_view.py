# SPDX-License-Identifier: Apache-2.0
"""What is printed of a run: long lists end, and nothing in a name is markup."""

import io
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from di_optimizer.batch.run import Failure, Run
from di_optimizer.cli.run_view import print_run


def printed(run: Run) -> str:
    target = io.StringIO()
    console = Console(file=target, width=120, highlight=False, emoji=False)
    print_run(run, Path("out"), dict.fromkeys(run.failures, 0), console)
    return target.getvalue()


def run_of(accounts: int, notes: int) -> Run:
    names = [f"[b]{i:03d}[/b]" for i in range(accounts)]
    failures = {n: Failure(account=n, status="refused", message=":x:") for n in names}
    texts = tuple(f"note {i} of [red]" for i in range(notes))
    return Run(on=date(2024, 6, 28), plans={}, failures=failures, notes=texts)


def test_names_and_messages_are_printed_as_they_are():
    text = printed(run_of(1, 1))
    assert "[b]000[/b] has no plan (refused): :x:\n" in text
    assert "note 0 of [red]\n" in text


@pytest.mark.parametrize(("count", "is_long"), [(40, False), (41, True)])
def test_more_than_40_notes_or_accounts_are_not_listed(count, is_long):
    text = printed(run_of(count, count))
    assert ("note 40 of" in text) is False
    assert ("… and 1 more notes: see --json" in text) is is_long
    assert ("(accounts one by one: out/summary.csv)" in text) is is_long
    assert f"{count} accounts  0 planned" in text
