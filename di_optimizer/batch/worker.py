# SPDX-License-Identifier: Apache-2.0
"""What runs inside a worker process: load the job once, then chunks of tasks.

Tasks and outcomes cross as bytes, each pickled by itself, so that one which cannot
be pickled never harms its neighbours.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

from di_optimizer.batch.outcome import Outcome, attempt, pack

Job = tuple[Callable[[Any, Any], Any], Any]
_payload: list[bytes] = []


def start(payload: bytes) -> None:
    """Receive the job as bytes; it is loaded by the first chunk."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers Ctrl-C for all
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _payload.append(payload)


def ready() -> None:
    """Load the job: the answer proves that a worker can work."""
    _job()


def run_chunk(tasks: Sequence[bytes]) -> list[bytes]:
    """Return one packed outcome for each packed task.

    Raises
    ------
    Exception
        When the job itself cannot be loaded: that concerns all tasks.
    """
    return run_here(_job(), tasks)


def run_here(job: Job, tasks: Sequence[bytes]) -> list[bytes]:
    """Run packed tasks in this process with BLAS on one thread.

    That holds for the libraries that the function's own module loads, not for one
    that a first task loads in its midst.
    """
    with _libraries(len(sys.modules)).limit(limits=1):
        return [pack(_run(job, task)) for task in tasks]


def _run(job: Job, task: bytes) -> Outcome[Any]:
    loaded = attempt(pickle.loads, task)
    if loaded.error is not None:
        return loaded
    function, shared = job
    return attempt(function, shared, loaded.value)


@cache
def _job() -> Job:
    function, shared = pickle.loads(_payload[0])
    return function, shared


@lru_cache(maxsize=1)
def _libraries(_modules: int) -> ThreadpoolController:
    """Return a controller of the BLAS libraries that are loaded by now.

    Scanning takes a millisecond: it is repeated only when modules were imported.
    """
    return ThreadpoolController()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # a killed parent cannot say goodbye; an orphan would wait forever
