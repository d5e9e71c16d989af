# SPDX-License-Identifier: Apache-2.0
"""How far a run has come, on stderr for a person who waits.

Owns what is shown and when. Knows nothing of what is counted; its clock reaches no
result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

STEP = 10  # percent between lines where there is no terminal


def silent(_done: int, _total: int) -> None:
    """Show nothing."""


@contextmanager
def show_progress(
    what: str, *, quiet: bool = False, console: Console | None = None
) -> Iterator[Progress]:
    """Show progress on stderr: a bar on a terminal, else a line per 10 percent.

    Parameters
    ----------
    what : str
        What is counted, such as ``accounts``.
    quiet : bool
        Show nothing.
    console : rich.console.Console, optional
        Where to show it instead of stderr.

    Yields
    ------
    Progress
        To be called with the number done and the number in all.

    Examples
    --------
    >>> import sys
    >>> console = Console(file=sys.stdout)
    >>> with show_progress("accounts", console=console) as progress:
    ...     for done in range(1, 5):
    ...         progress(done, 4)
    1 of 4 accounts (25 %)
    2 of 4 accounts (50 %)
    3 of 4 accounts (75 %)
    4 of 4 accounts (100 %)
    """
    console = console or Console(stderr=True)
    if quiet:
        yield silent
    elif console.is_terminal:
        with _bar(console) as bar:
            yield _on_bar(bar, what)
    else:
        yield _in_lines(console, what)


def _bar(console: Console) -> Bar:
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _on_bar(bar: Bar, what: str) -> Progress:
    task = bar.add_task(what, total=None)

    def show(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    return show


def _in_lines(console: Console, what: str) -> Progress:
    shown = 0

    def show(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 if total == 0 else 100 * done // total
        if percent // STEP > shown // STEP:
            shown = percent
            console.print(f"{done} of {total} {what} ({percent} %)", highlight=False)

    return show
