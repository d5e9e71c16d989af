# SPDX-License-Identifier: Apache-2.0
"""The folder that results go to: can it be written, and what if it cannot."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from di_optimizer.batch.run import Run
from di_optimizer.errors import InputError, Problem


def require_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written or made; makes nothing.

    Raises
    ------
    OSError
        Naming the folder.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if _is(place))
    if not there.is_dir():
        raise _error(errno.ENOTDIR, folder)
    if not os.access(there, os.W_OK | os.X_OK):
        raise _error(errno.EACCES, folder)


def require_other(folder: Path, state: Path) -> None:
    """Refuse the folder of an earlier run: its gains would be overwritten.

    Raises
    ------
    InputError
        When the state that a run goes on from is in the folder it would write.
    """
    if state.resolve().parent == folder.resolve():
        problem = Problem(
            file="--out",
            found=f"the folder of {state}",
            allowed="another folder",
            todo="gains.csv has the rows of one run: keep those of the run before.",
        )
        raise InputError([problem])


def write_run(run: Run, folder: Path) -> None:
    """Write the tables of a run; an error names the folder.

    Raises
    ------
    OSError
        When the disk refuses; what was there before is as it was.
    """
    try:
        run.write(folder)
    except OSError as error:
        raise _error(error.errno or errno.EIO, folder) from error


def _is(place: Path) -> bool:
    """Return whether something is there; below a file nothing is."""
    return os.path.lexists(place)


def _error(number: int, folder: Path) -> OSError:
    return OSError(number, os.strerror(number), str(folder))
