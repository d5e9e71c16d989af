# SPDX-License-Identifier: Apache-2.0
"""Exit statuses, and the one place that turns errors into them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import IntEnum

from di_optimizer.errors import DiOptimizerError, InputError


class Exit(IntEnum):
    """What the shell learns from a command."""

    DONE = 0
    UNEXPECTED = 1
    REFUSED = 2
    INCOMPLETE = 3


EPILOG = (
    "Exit status: 0 done, every account with its plan; 1 something unexpected; "
    "2 input or usage refused, nothing written; "
    "3 files written, and the summary says which accounts have no plan."
)


def guarded(program: Callable[[], object]) -> None:
    """Run a program; say in words what it refuses, and exit with its status.

    Anything that is no error of ours or of the disk keeps its traceback, and
    Python's exit status 1.
    """
    try:
        program()
    except InputError as error:
        _leave(str(error), Exit.REFUSED)
    except (DiOptimizerError, OSError) as error:
        _leave(f"{type(error).__name__}: {error}", Exit.UNEXPECTED)


def _leave(message: str, status: Exit) -> None:
    print(message, file=sys.stderr)  # noqa: T201
    sys.exit(status)
