# SPDX-License-Identifier: Apache-2.0
"""Engines by name, imported when first used: cvxpy takes seconds to import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from di_optimizer.program.program import Program
from di_optimizer.solve.solution import Settings, Solution


class Engine(Protocol):
    """What every engine offers."""

    def __call__(
        self, program: Program, settings: Settings, warm: Solution | None = None
    ) -> Solution:
        """Solve a program; ``warm`` is the answer to one like it, and only a start."""


def _reference() -> Engine:
    from di_optimizer.solve.reference.engine import solve

    return solve


def _certified() -> Engine:
    from di_optimizer.solve.certified.engine import solve

    return solve


ENGINES: dict[str, Callable[[], Engine]] = {
    "certified": _certified,
    "reference": _reference,
}


def engine(name: str) -> Engine:
    """Return the engine called ``name``.

    Raises
    ------
    KeyError
        Policy validation admits known engines only, so this is a programming error.
    """
    return ENGINES[name]()
