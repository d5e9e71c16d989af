# SPDX-License-Identifier: Apache-2.0
"""Functions that fail in every way a task can; importable in a spawned worker."""

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """A number, and what is to happen on the way to its square."""

    number: int
    fault: str = ""


def square(shared: Path, task: Task) -> int:
    """Return the square of the task's number, unless its fault is in the way."""
    if task.fault:
        FAULTS[task.fault](shared)
    return task.number**2


def report_pid(folder: Path, task: int) -> int:
    """Leave the process id in ``folder`` and stay for a long time."""
    (folder / f"{os.getpid()}.pid").touch()
    time.sleep(60)
    return task


def own_pid(_shared: object, _task: int) -> int:
    """Return the id of the process."""
    time.sleep(0.005)
    return os.getpid()


def unlock(_shared: object, task: object) -> object:
    """Return the task, or for two words something that cannot travel."""
    if task == "lock":
        return threading.Lock()
    return CannotLoad() if task == "unreadable" else task


class Loads:
    """Counts in ``folder`` how often it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getstate__(self) -> Path:
        return self.folder

    def __setstate__(self, folder: Path) -> None:
        self.folder = folder
        (folder / f"{os.getpid()}-{time.monotonic_ns()}.load").touch()


class CannotLoad:
    """Pickles, and raises when it is read back."""

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return _raise_on_load, ("unreadable",)


class KillsReader:
    """Pickles, and kills the process that reads it back."""

    def __reduce__(self) -> tuple[object, tuple[int, ...]]:
        return os._exit, (3,)


class StubbornError(Exception):
    """Pickles, and cannot be made again from its arguments."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def _raise_on_load(text: str) -> None:
    raise OSError(text)


def _raise_with_lock(_: Path) -> None:
    raise RuntimeError("holds a lock", threading.Lock())


def _raise_stubborn(_: Path) -> None:
    raise StubbornError("this", "that")


def _raise_plain(_: Path) -> None:
    raise KeyError("AAPL")


def _once(shared: Path) -> None:
    """Die the first time only; ``shared`` is the folder that remembers."""
    mark = shared / "died"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _cut_off(_: Path) -> None:
    """Die in the middle of the answer, as a process killed while it writes does."""

    def half(self: Connection, data: bytes) -> None:
        os.write(self.fileno(), data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    Connection._send = half


FAULTS = {
    "sigkill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "segfault": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "os._exit": lambda _: os._exit(7),
    "sys.exit": lambda _: sys.exit(2),
    "once": _once,
    "cut off": _cut_off,
    "raise": _raise_plain,
    "raise, cannot be pickled": _raise_with_lock,
    "raise, cannot be read": _raise_stubborn,
}
