# SPDX-License-Identifier: Apache-2.0
"""Many independent tasks over processes, none lost and none in another's way.

Owns chunks, order and the search for a task that kills its worker. Knows nothing
of accounts: the function, its tasks and what they share come from the caller.
"""

from __future__ import annotations

import pickle
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Generic, TypeVar, cast

from di_optimizer.batch.crew import Crew, Reply, settled
from di_optimizer.batch.outcome import Outcome, attempt, failed, last_line, unpack
from di_optimizer.batch.worker import Job, run_here
from di_optimizer.errors import WorkerError

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

Chunk = list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """How many processes, and how tasks are dealt out to them.

    Attributes
    ----------
    workers : int
        Processes, never more than chunks; 1 runs in this process and starts none.
    chunk : int
        Most tasks that travel together. Fewer when tasks are few.
    attempts : int
        How many workers a task may take down, each while it had it for itself,
        before it is given up.
    """

    workers: int = 1
    chunk: int = 8
    attempts: int = 2

    def __post_init__(self) -> None:
        for name in ("workers", "chunk", "attempts"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")


def _ignore(_index: int, _outcome: Outcome[Any]) -> None:
    """Listen to nothing."""


def run_tasks(
    function: Callable[[S, T], R],
    tasks: Sequence[T],
    *,
    shared: S,
    settings: PoolSettings = PoolSettings(),
    on_done: Callable[[int, Outcome[R]], None] = _ignore,
) -> list[Outcome[R]]:
    """Call ``function(shared, task)`` for every task; return outcomes in task order.

    ``function``, ``shared``, tasks and results are pickled, with one worker too, so
    that results are the same whatever the number of workers. ``shared`` travels once
    to each worker and is read-only by agreement.

    A task that raises has its exception as its outcome. When a worker dies, the
    tasks that were in flight run again, one at a time: the one that kills its worker
    again is named in a ``WorkerError``, all others arrive. Tasks must therefore be
    repeatable. With one worker a crash is the caller's own.

    Parameters
    ----------
    function : callable
        Importable by name in another process.
    tasks : sequence
        Independent of each other.
    shared : object
        What every task needs: sent once per worker, not per task.
    settings : PoolSettings
        Workers and chunks.
    on_done : callable
        Called in this process with index and outcome as results arrive, in no
        promised order.

    Raises
    ------
    WorkerError
        When no worker can start or load the job; tasks are not to blame.

    Examples
    --------
    >>> [o.value for o in run_tasks(pow, [1, 2, 3], shared=2)]
    [2, 4, 8]
    """
    board: _Board[R] = _Board(len(tasks), on_done)
    packed = dict(_packed(tasks, board))
    if settings.workers == 1:
        _run_in_process((function, shared), packed, board)
    else:
        payload = pickle.dumps((function, shared))
        _Foreman(payload, packed, board, settings).run()
    return board.outcomes()


class _Board(Generic[R]):
    """Outcomes as they arrive, told to the listener once each."""

    def __init__(self, count: int, on_done: Callable[[int, Outcome[R]], None]) -> None:
        self._outcomes: list[Outcome[R] | None] = [None] * count
        self._on_done = on_done

    def put(self, index: int, outcome: Outcome[R]) -> None:
        self._outcomes[index] = outcome
        self._on_done(index, outcome)

    def put_packed(self, chunk: Chunk, answers: Iterable[bytes]) -> None:
        for index, answer in zip(chunk, answers, strict=True):
            self.put(index, unpack(answer))

    def outcomes(self) -> list[Outcome[R]]:
        lost = [i for i, outcome in enumerate(self._outcomes) if outcome is None]
        assert not lost, f"tasks without an outcome: {lost}"
        return cast("list[Outcome[R]]", self._outcomes)


def _packed(tasks: Sequence[Any], board: _Board[Any]) -> Iterator[tuple[int, bytes]]:
    """Yield tasks as bytes; one that cannot be pickled has its outcome already."""
    for index, task in enumerate(tasks):
        packed = attempt(pickle.dumps, task)
        if packed.value is not None:
            yield index, packed.value
        else:
            reason = f"the task cannot be sent: {last_line(packed)}"
            board.put(index, failed(reason, packed.trace))


def _run_in_process(job: Job, packed: Mapping[int, bytes], board: _Board[Any]) -> None:
    for index, task in packed.items():
        board.put_packed([index], run_here(job, [task]))


@dataclass(frozen=True, slots=True)
class _Foreman:
    """Hands chunks to crews, a new crew whenever one dies."""

    payload: bytes
    packed: Mapping[int, bytes]
    board: _Board[Any]
    settings: PoolSettings

    def run(self) -> None:
        waiting = deque(chunks(list(self.packed), self.settings))
        while waiting:
            workers = min(self.settings.workers, len(waiting))
            lost, _ = self._until_death(waiting, workers)
            self._run_alone(index for chunk in lost for index in chunk)

    def _run_alone(self, suspects: Iterable[int]) -> None:
        """Run tasks one at a time, so that the one that kills its worker is known."""
        waiting = deque([index] for index in suspects)
        deaths: Counter[int] = Counter()
        while waiting:
            lost, cause = self._until_death(waiting, 1)
            for [index] in lost:
                deaths[index] += 1
                if deaths[index] < self.settings.attempts:
                    waiting.appendleft([index])
                else:
                    self.board.put(index, failed(_verdict(deaths[index], cause)))

    def _until_death(
        self, waiting: deque[Chunk], workers: int
    ) -> tuple[list[Chunk], str]:
        """Work until nothing waits or the crew dies; return what was in flight."""
        for _ in range(self.settings.attempts):
            with Crew(self.payload, workers) as crew:
                lost = self._deal(crew, waiting, workers)
            if crew.started:
                return lost, crew.cause_of_death()
            waiting.extendleft(reversed(lost))
        raise WorkerError(
            f"no worker could start ({crew.cause_of_death()}). In a script, call this "
            "from under: if __name__ == '__main__':"
        )

    def _deal(self, crew: Crew, waiting: deque[Chunk], workers: int) -> list[Chunk]:
        flying: dict[Reply, Chunk] = {}
        lost: list[Chunk] = []
        while flying or (waiting and not lost):
            while waiting and not lost and len(flying) < workers:
                chunk = waiting.popleft()
                flying[crew.submit([self.packed[i] for i in chunk])] = chunk
            for reply in crew.wait(flying):
                chunk = flying.pop(reply)
                answers = settled(reply)
                if answers is None:
                    lost.append(chunk)
                else:
                    self.board.put_packed(chunk, answers)
        return lost


def chunks(indices: Sequence[int], settings: PoolSettings) -> list[Chunk]:
    """Return consecutive chunks, at least four per worker when tasks allow.

    Examples
    --------
    >>> chunks(range(10), PoolSettings(workers=2, chunk=8))
    [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    """
    size = max(1, min(settings.chunk, ceil(len(indices) / (4 * settings.workers))))
    return [list(indices[i : i + size]) for i in range(0, len(indices), size)]


def _verdict(times: int, cause: str) -> str:
    again = "" if times == 1 else f", {times} times in a row"
    return f"this task ends the process that it runs in{again}: {cause}"
