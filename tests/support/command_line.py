# SPDX-License-Identifier: Apache-2.0
"""Calls the command line in this process, as the shell would."""

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from di_optimizer.cli.exits import guarded
from di_optimizer.cli.main import app


@dataclass(frozen=True)
class Result:
    """What a command printed and the status it ended with."""

    status: int
    out: str
    err: str


def call(*words: object) -> Result:
    """Run ``di-optimizer`` with these words."""
    given = [str(word) for word in words]
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            guarded(lambda: app(given, prog_name="di-optimizer"))
        except SystemExit as end:
            status = int(end.code or 0)
    return Result(status, out.getvalue(), err.getvalue())
