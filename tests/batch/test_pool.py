# SPDX-License-Identifier: Apache-2.0
"""No task is lost, whatever happens to the processes that run them."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import faults, linear_algebra
from support.faults import Task

from di_optimizer.batch import crew
from di_optimizer.batch.outcome import Outcome
from di_optimizer.batch.pool import PoolSettings, chunks, run_tasks
from di_optimizer.errors import WorkerError

TWO = PoolSettings(workers=2)


def tasks(count: int, **fault: str) -> list[Task]:
    """Tasks 0, 1, …; ``t7="sigkill"`` gives task 7 a fault."""
    return [Task(i, fault.get(f"t{i}", "")) for i in range(count)]


def values(outcomes: list[Outcome[int]]) -> list[int | None]:
    return [outcome.value for outcome in outcomes]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_are_in_task_order_whatever_the_number_of_workers(workers, tmp_path):
    settings = PoolSettings(workers=workers, chunk=3)
    outcomes = run_tasks(faults.square, tasks(50), shared=tmp_path, settings=settings)
    assert values(outcomes) == [i * i for i in range(50)]


def test_no_more_processes_start_than_there_are_tasks(monkeypatch):
    made: list[int] = []

    def recorded(payload: bytes, workers: int) -> crew.Crew:
        made.append(workers)
        return crew.Crew(payload, workers)

    monkeypatch.setattr("di_optimizer.batch.pool.Crew", recorded)
    settings = PoolSettings(workers=1000)
    outcomes = run_tasks(pow, [1, 2], shared=2, settings=settings)
    assert (values(outcomes), made) == ([2, 4], [2])


def test_of_200_tasks_only_the_three_that_kill_their_workers_fail(tmp_path):
    book = tasks(200, t3="sigkill", t77="os._exit", t199="segfault")
    seen: list[int] = []
    outcomes = run_tasks(
        faults.square,
        book,
        shared=tmp_path,
        settings=TWO,
        on_done=lambda index, _: seen.append(index),
    )
    poisoned = {3: "signal SIGKILL", 77: "exit status 7", 199: "signal SIGSEGV"}
    for index, outcome in enumerate(outcomes):
        if index in poisoned:
            assert isinstance(outcome.error, WorkerError)
            assert str(outcome.error) == (
                "this task ends the process that it runs in, 2 times in a row: "
                + poisoned[index]
            )
        else:
            assert outcome.unwrap() == index * index
    assert sorted(seen) == list(range(200))


@pytest.mark.slow
def test_a_worker_that_dies_once_costs_nothing(tmp_path):
    outcomes = run_tasks(
        faults.square, tasks(30, t11="once"), shared=tmp_path, settings=TWO
    )
    assert (tmp_path / "died").exists()
    assert values(outcomes) == [i * i for i in range(30)]


@pytest.mark.slow
def test_a_worker_killed_from_outside_costs_nothing():
    killed: list[int] = []

    def kill_first_worker(_index: int, outcome: Outcome[int]) -> None:
        if not killed:
            killed.append(outcome.unwrap())
            os.kill(killed[0], signal.SIGKILL)

    pids = run_tasks(
        faults.own_pid,
        range(100),
        shared=None,
        settings=TWO,
        on_done=kill_first_worker,
    )
    assert len(killed) == 1
    assert all(outcome.ok for outcome in pids)
    assert len({outcome.value for outcome in pids}) >= 3


def test_a_worker_killed_in_the_middle_of_its_answer_does_not_hang(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(crew, "POLL", 0.2)
    outcomes = run_tasks(
        faults.square,
        tasks(12, t5="cut off"),
        shared=tmp_path,
        settings=PoolSettings(workers=2, attempts=1),
    )
    assert [i for i, outcome in enumerate(outcomes) if not outcome.ok] == [5]
    assert isinstance(outcomes[5].error, WorkerError)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_is_the_outcome_of_its_own_task_only(workers, tmp_path):
    outcomes = run_tasks(
        faults.square,
        tasks(9, t4="raise"),
        shared=tmp_path,
        settings=PoolSettings(workers=workers),
    )
    error = outcomes[4].error
    assert isinstance(error, KeyError)
    assert error.args == ("AAPL",)
    assert "_raise_plain" in outcomes[4].trace
    assert [o.value for o in outcomes if o.ok] == [0, 1, 4, 9, 25, 36, 49, 64]
    with pytest.raises(KeyError, match="AAPL"):
        outcomes[4].unwrap()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("raise, cannot be pickled", "the function failed: RuntimeError: "),
        (
            "raise, cannot be read",
            "the function failed: support.faults.StubbornError: this and that",
        ),
    ],
)
def test_an_exception_that_cannot_travel_arrives_as_text(
    workers, fault, message, tmp_path
):
    outcomes = run_tasks(
        faults.square,
        tasks(6, t2=fault),
        shared=tmp_path,
        settings=PoolSettings(workers=workers),
    )
    assert isinstance(outcomes[2].error, WorkerError)
    assert str(outcomes[2].error).startswith(message)
    assert "support/faults.py" in outcomes[2].trace
    assert [i for i, o in enumerate(outcomes) if not o.ok] == [2]


def test_sys_exit_in_a_task_ends_neither_worker_nor_run(tmp_path):
    outcomes = run_tasks(
        faults.square, tasks(6, t1="sys.exit"), shared=tmp_path, settings=TWO
    )
    assert isinstance(outcomes[1].error, SystemExit)
    assert [i for i, o in enumerate(outcomes) if not o.ok] == [1]


@pytest.mark.parametrize("workers", [1, 2])
def test_tasks_and_results_that_cannot_travel_fail_alone(workers):
    outcomes = run_tasks(
        faults.unlock,
        ["a", threading.Lock(), faults.CannotLoad(), "lock", "unreadable", "b"],
        shared=None,
        settings=PoolSettings(workers=workers),
    )
    assert [o.value for o in outcomes] == ["a", None, None, None, None, "b"]
    texts = [str(o.error) for o in outcomes[1:5]]
    assert texts[0].startswith("the task cannot be sent: TypeError: cannot pickle")
    assert texts[1] == "unreadable"  # the task's own exception while it is read
    assert texts[2].startswith("the result cannot be sent: TypeError: cannot pickle")
    assert texts[3] == "the result cannot be read back: OSError: unreadable"


@pytest.mark.parametrize("workers", [1, 2])
def test_shared_data_is_read_once_per_worker(workers, tmp_path):
    run_tasks(
        faults.unlock,
        list(range(40)),
        shared=faults.Loads(tmp_path),
        settings=PoolSettings(workers=workers, chunk=2),
    )
    pids = [path.stem.partition("-")[0] for path in tmp_path.glob("*.load")]
    assert len(pids) == len(set(pids))  # never twice in one process
    assert pids or workers == 1
    assert str(os.getpid()) not in pids


def test_shared_data_that_cannot_be_read_stops_the_run():
    with pytest.raises(
        WorkerError,
        match=r"cannot load the function or the shared data: OSError: unreadable",
    ):
        run_tasks(faults.unlock, [1, 2], shared=faults.CannotLoad(), settings=TWO)


@pytest.mark.slow
def test_workers_that_never_start_stop_the_run_instead_of_blaming_tasks():
    with pytest.raises(
        WorkerError, match=r"no worker could start \(exit status 3\)\. In a script"
    ):
        run_tasks(faults.unlock, [1, 2], shared=faults.KillsReader(), settings=TWO)


@pytest.mark.parametrize("workers", [1, 2])
def test_blas_has_one_thread(workers):
    outcomes = run_tasks(
        linear_algebra.blas_threads,
        [0, 1],
        shared=None,
        settings=PoolSettings(workers=workers),
    )
    threads = [n for outcome in outcomes for n in outcome.unwrap()]
    assert threads
    assert set(threads) == {1}


@pytest.mark.parametrize("workers", [1, 2])
def test_no_tasks_are_no_trouble(workers):
    settings = PoolSettings(workers=workers)
    assert run_tasks(faults.unlock, [], shared=None, settings=settings) == []


def test_an_error_of_the_listener_reaches_the_caller_and_ends_the_workers(tmp_path):
    def refuse(_index: int, outcome: Outcome[int]) -> None:
        (tmp_path / f"{outcome.unwrap()}.pid").touch()
        raise BrokenPipeError("the disk is full")

    with pytest.raises(BrokenPipeError, match="the disk is full"):
        run_tasks(faults.own_pid, range(500), shared=None, settings=TWO, on_done=refuse)
    assert all_gone(pids_in(tmp_path))


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_no_process_outlives_an_interrupted_run(end, tmp_path):
    script = f"""
        from pathlib import Path
        from support import faults, linear_algebra
        from di_optimizer.batch.pool import PoolSettings, run_tasks
        if __name__ == "__main__":
            run_tasks(faults.report_pid, range(8), shared=Path({str(tmp_path)!r}),
                      settings=PoolSettings(workers=2))
    """
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "script.py"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert until(lambda: len(pids_in(tmp_path)) == 2), parent.communicate()[1]
    if end is signal.SIGINT:
        os.killpg(parent.pid, end)  # a terminal sends it to the whole group
    else:
        parent.kill()
    errors = parent.communicate(timeout=10)[1]
    assert all_gone(pids_in(tmp_path))
    if end is signal.SIGINT:
        assert errors.rstrip().endswith("KeyboardInterrupt")
        assert errors.count("Traceback") == 1


@pytest.mark.parametrize("name", ["workers", "chunk", "attempts"])
def test_settings_below_one_are_refused(name):
    assert getattr(PoolSettings(**{name: 1}), name) == 1
    with pytest.raises(ValueError, match=f"{name} must be at least 1"):
        PoolSettings(**{name: 0})


@given(st.integers(0, 500), st.integers(1, 40), st.integers(1, 16))
def test_chunks_deal_out_every_task_once(count, chunk, workers):
    dealt = chunks(range(count), PoolSettings(workers=workers, chunk=chunk))
    assert [i for part in dealt for i in part] == list(range(count))
    assert all(1 <= len(part) <= chunk for part in dealt)
    if count >= 4 * workers:
        assert len(dealt) >= 2 * workers


def test_an_outcome_survives_the_way_between_processes():
    outcome = Outcome(error=WorkerError("died"), trace="Traceback")
    again = pickle.loads(pickle.dumps(outcome))
    assert (str(again.error), again.trace, again.ok) == ("died", "Traceback", False)


def pids_in(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.pid")]


def all_gone(pids: list[int]) -> bool:
    assert pids
    return until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def until(condition, seconds: float = 20.0) -> bool:
    """Whether the condition came true in time."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return True
        time.sleep(0.02)
    return False
