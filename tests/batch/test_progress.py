# SPDX-License-Identifier: Apache-2.0
"""A bar for a person, lines for a log, nothing on request."""

from io import StringIO

import pytest
from rich.console import Console

from di_optimizer.batch.progress import show_progress


def shown(total: int, *, quiet: bool = False, terminal: bool = False) -> str:
    out = StringIO()
    console = Console(file=out, force_terminal=terminal, width=80)
    with show_progress("accounts", quiet=quiet, console=console) as progress:
        for done in range(1, total + 1):
            progress(done, total)
    return out.getvalue()


def test_a_log_gets_a_line_for_each_ten_percent():
    lines = shown(1000).splitlines()
    assert len(lines) == 10
    assert lines[0] == "100 of 1000 accounts (10 %)"
    assert lines[-1] == "1000 of 1000 accounts (100 %)"


@pytest.mark.parametrize("total", [1, 3, 7, 9, 10, 11, 99])
def test_the_last_line_of_a_log_says_that_all_is_done(total):
    lines = shown(total).splitlines()
    assert len(lines) == min(total, 10)
    assert lines[-1] == f"{total} of {total} accounts (100 %)"


def test_a_terminal_gets_a_bar():
    text = shown(4, terminal=True)
    assert "4/4" in text
    assert "accounts" in text
    assert "(100 %)" not in text


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_shows_nothing(terminal):
    assert shown(50, quiet=True, terminal=terminal) == ""


def test_progress_goes_to_stderr(capsys):
    with show_progress("accounts") as progress:
        progress(1, 1)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "1 of 1 accounts (100 %)\n"


def test_an_error_passes_through_the_bar():
    console = Console(file=StringIO(), force_terminal=True)
    with (
        pytest.raises(KeyError, match="lost"),
        show_progress("accounts", console=console),
    ):
        raise KeyError("lost")
