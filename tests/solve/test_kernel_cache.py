# SPDX-License-Identifier: Apache-2.0
"""Compiled kernels on disk go when a source changes, and only then."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from di_optimizer.solve.certified.cache import STAMP, drop_stale

INNER = """
from numba import njit

@njit(cache=True)
def inner(x):
    return {number} * x
"""
OUTER = """
from numba import njit
from kernels.inner import inner

@njit(cache=True)
def outer(x):
    return inner(x)
"""
PACKAGE = """
import runpy
from pathlib import Path

drop_stale = runpy.run_path({source!r})["drop_stale"]
dropped = drop_stale(Path(__file__).parent)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sources with compiled kernels beside them, stamped."""
    (tmp_path / "one.py").write_text("@kernel\na = 1\n")
    (tmp_path / "two.py").write_text("@kernel\nb = 2\n")
    drop_stale(tmp_path)
    for name in ("one.f-1.py311.nbi", "one.f-1.py311.1.nbc", "one.cpython-311.pyc"):
        (tmp_path / "__pycache__" / name).write_bytes(b"code")
    return tmp_path


def kernels(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "__pycache__").glob("*.nb?"))


def test_unchanged_sources_keep_their_kernels(folder: Path) -> None:
    assert not drop_stale(folder)
    assert kernels(folder) == ["one.f-1.py311.1.nbc", "one.f-1.py311.nbi"]


def test_files_without_kernels_do_not_count(folder: Path) -> None:
    (folder / "plain.py").write_text("d = 4\n")
    assert not drop_stale(folder)


def test_a_shared_file_counts(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    shared = tmp_path_factory.mktemp("other") / "constants.py"
    shared.write_text("E = 5\n")
    assert drop_stale(folder, shared)
    assert not drop_stale(folder, shared)
    shared.write_text("E = 6\n")
    assert drop_stale(folder, shared)


@pytest.mark.parametrize("change", ["edit", "add", "remove", "touch"])
def test_a_changed_source_drops_every_kernel(folder: Path, change: str) -> None:
    if change == "edit":
        (folder / "two.py").write_text("@kernel\nb = 3\n")
    elif change == "add":
        (folder / "three.py").write_text("@kernel\nc = 3\n")
    elif change == "remove":
        (folder / "two.py").unlink()
    else:
        os.utime(folder / "two.py", (1.0, 1.0))
    assert drop_stale(folder) is (change != "touch")
    assert bool(kernels(folder)) is (change == "touch")
    assert (folder / "__pycache__" / "one.cpython-311.pyc").exists()
    assert not drop_stale(folder)


def test_text_that_moves_from_one_file_to_the_next_counts(folder: Path) -> None:
    (folder / "one.py").write_text("a = 1\nb = 2\n")
    (folder / "two.py").write_text("")
    assert drop_stale(folder)


def test_a_folder_without_stamp_is_stale(folder: Path) -> None:
    (folder / "__pycache__" / STAMP).unlink()
    assert drop_stale(folder)
    assert kernels(folder) == []


def test_a_folder_that_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("@kernel\na = 1\n")
    (tmp_path / "__pycache__").write_text("a file where the folder should be")
    assert not drop_stale(tmp_path)


def answer(folder: Path) -> str:
    """Call the outer kernel in a process of its own."""
    code = "from kernels.outer import outer; import kernels; "
    code += "print(outer(10), kernels.dropped, len(outer.stats.cache_hits))"
    path = os.pathsep.join([str(folder), *sys.path])
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


@pytest.mark.slow
def test_a_kernel_inlined_from_a_changed_file_is_compiled_again(tmp_path: Path) -> None:
    """Numba alone would go on with the old one: the caller's file is the same."""
    package = tmp_path / "kernels"
    package.mkdir()
    source = inspect.getsourcefile(drop_stale)
    (package / "__init__.py").write_text(PACKAGE.format(source=source))
    (package / "outer.py").write_text(OUTER)
    (package / "inner.py").write_text(INNER.format(number=2))
    assert answer(tmp_path) == "20 True 0"
    assert answer(tmp_path) == "20 False 1"
    (package / "inner.py").write_text(INNER.format(number=3))
    assert answer(tmp_path) == "30 True 0"
