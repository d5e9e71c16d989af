# SPDX-License-Identifier: Apache-2.0
"""The first solve on a machine says that it compiles; later ones are silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from di_optimizer.solve.certified import first
from di_optimizer.solve.certified.engine import prepare, solve
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.solution import Settings, Status


def test_the_smallest_program_is_solved_and_proven() -> None:
    solution = solve(first.smallest(), Settings())
    assert solution.status is Status.SOLVED
    assert solution.objective is not None
    proven = bound_of(first.smallest(), solution.leaves)
    assert solution.objective - 1e-5 <= proven <= solution.objective


def test_nothing_is_said_once_compiled(capsys: pytest.CaptureFixture[str]) -> None:
    prepare()
    assert first.is_compiled()
    solve(first.smallest(), Settings())
    assert capsys.readouterr().err == ""


def test_it_is_said_before_compiling(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first, "is_compiled", lambda: False)
    first.announce()
    assert "compiling the certified engine" in capsys.readouterr().err


def test_compiled_kernels_are_looked_for_where_numba_keeps_them(tmp_path: Path) -> None:
    assert not first._on_disk(tmp_path)
    (tmp_path / "relax.relax-300.py311.nbi").touch()
    assert first._on_disk(tmp_path)
