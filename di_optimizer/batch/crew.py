# SPDX-License-Identifier: Apache-2.0
"""A pool of spawned worker processes that leaves none behind.

Owns the processes' life and death. Which task was lost with them is for
:mod:`di_optimizer.batch.pool`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.queues import SimpleQueue
from signal import Signals
from types import TracebackType
from typing import Any, Self, TypeVar

from di_optimizer.batch import worker
from di_optimizer.errors import WorkerError

POLL = 1.0  # seconds between looks at the health of silent workers

Reply = Future[list[bytes]]
R = TypeVar("R")


class Crew:
    """Worker processes that share one job.

    spawn: the same on every platform, and safe beside threads.
    """

    def __init__(self, payload: bytes, workers: int) -> None:
        self._context = _Recording()
        self._pool = ProcessPoolExecutor(
            workers, self._context, initializer=worker.start, initargs=(payload,)
        )
        self._hello = [self._submit(worker.ready) for _ in range(workers)]
        self._awaited: Collection[Future[Any]] = self._hello

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:  # an interrupted run must not wait for running tasks
            self._bury()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def started(self) -> bool:
        """Whether at least one worker ever answered."""
        return any(f.done() and f.exception() is None for f in self._hello)

    def submit(self, tasks: Sequence[bytes]) -> Reply:
        """Hand out one chunk; the reply of a dead crew is settled already."""
        return self._submit(worker.run_chunk, tasks)

    def _submit(self, function: Callable[..., R], *arguments: object) -> Future[R]:
        """Submit a call; a worker may have died before the last one has started."""
        try:
            return self._pool.submit(function, *arguments)
        except BrokenProcessPool as error:
            reply: Future[R] = Future()
            reply.set_exception(error)
            return reply

    def cause_of_death(self) -> str:
        """Return how the crew ended, once it was left.

        The pool ends the others by SIGTERM when one dies: that comes last.
        """
        endings = filter(None, map(_ending, self._context.processes))
        return min(endings, key=lambda text: "SIGTERM" in text, default="unknown")

    def wait(self, replies: Collection[Reply]) -> set[Reply]:
        """Return the replies that are settled, at least one."""
        self._awaited = replies
        while True:
            done = wait(replies, timeout=POLL, return_when=FIRST_COMPLETED).done
            if done:
                return done
            if self._context.any_dead():
                self._bury()

    def _bury(self) -> None:
        """End all workers, and the pool's wait for an answer that was cut off midway.

        A worker killed while it writes leaves half an answer in the pipe, which the
        pool's thread goes on reading for as long as anyone could write the rest.
        """
        self._context.kill()
        if wait(self._awaited, timeout=POLL).not_done:
            self._context.close_queues()


def settled(reply: Reply) -> list[bytes] | None:
    """Return the packed outcomes of a chunk; None when its worker died.

    Raises
    ------
    WorkerError
        When the workers cannot load the job: no task can run at all.
    """
    error = reply.exception()
    if error is None:
        return reply.result()
    if isinstance(error, BrokenProcessPool):
        return None
    raise WorkerError(
        "the workers cannot load the function or the shared data: "
        f"{type(error).__name__}: {error}"
    ) from error


def _ending(process: SpawnProcess) -> str:
    """Return the exit of a process in words; blank while or when all is well."""
    code = process.exitcode
    if not code:
        return ""
    return f"exit status {code}" if code > 0 else f"signal {Signals(-code).name}"


class _Recording(SpawnContext):
    """Remembers the processes and queues that an executor makes with it."""

    def __init__(self) -> None:
        super().__init__()
        self.processes: list[SpawnProcess] = []
        self.queues: list[SimpleQueue[Any]] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: N802
        process = SpawnProcess(*args, **kwargs)
        self.processes.append(process)
        return process

    def SimpleQueue(self) -> SimpleQueue[Any]:  # noqa: N802
        queue = super().SimpleQueue()
        self.queues.append(queue)
        return queue

    def any_dead(self) -> bool:
        """Return whether a process ended; asks no exit code, which could be stolen."""
        return bool(connection.wait([p.sentinel for p in self.processes], timeout=0))

    def kill(self) -> None:
        for process in self.processes:
            process.kill()

    def close_queues(self) -> None:
        for queue in self.queues:
            queue.close()
