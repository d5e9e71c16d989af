# SPDX-License-Identifier: Apache-2.0
"""Engines by name, imported when first used: cvxpy takes seconds to import."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Protocol

from di_optimizer.errors import InputError, Problem
from di_optimizer.program.program import Program
from di_optimizer.solve.cuts import with_cuts
from di_optimizer.solve.fewer import with_fewer_trades
from di_optimizer.solve.solution import Settings, Solution, Status


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


def _exact() -> Engine:
    try:
        from di_optimizer.solve.exact.engine import solve
    except ModuleNotFoundError as error:
        if error.name != "pyscipopt":
            raise
        raise InputError([_WITHOUT_SCIP]) from error
    return solve


_WITHOUT_SCIP = Problem(
    file="engine",
    found="'exact', and the package pyscipopt is not installed",
    allowed="an engine whose packages are installed",
    todo='Run: pip install "di-optimizer[exact]"',
)


def _auto() -> Engine:
    certified = _certified()

    def solve(
        program: Program, settings: Settings, warm: Solution | None = None
    ) -> Solution:
        """Ask the certified engine; the reference engine where that finds no plan.

        Terms of the account's own only the reference engine knows. The solution names
        the engine that it is from.
        """
        if program.own is not None:
            return _reference()(program, settings, warm)
        found = certified(program, settings, warm)
        if found.status is not Status.NO_PLAN:
            return found
        other = _reference()(program, settings, warm)
        return found if other.buys is None else other

    return solve


def prepare(name: str) -> None:
    """Let an engine do what it does once a machine, before processes share it."""
    if name in ("auto", "certified"):
        from di_optimizer.solve.certified.engine import prepare as compile_kernels

        compile_kernels()


KNOWS_OWN_TERMS = ("auto", "reference")
ENGINES: dict[str, Callable[[], Engine]] = {
    "auto": _auto,
    "certified": _certified,
    "exact": _exact,
    "reference": _reference,
}


def _asked(name: str) -> Engine:
    """Return an engine that refuses terms of the account's own if it cannot do them."""
    own = ENGINES[name]()
    if name in KNOWS_OWN_TERMS:
        return own

    @wraps(own)
    def solve(
        program: Program, settings: Settings, warm: Solution | None = None
    ) -> Solution:
        """Solve a program without terms of the account's own."""
        if program.own is not None:
            found = f'"{name}", which cannot have terms of your own'
            allowed = '"auto" or "reference" where terms are set'
            problem = Problem(
                file="policy", column="engine", found=found, allowed=allowed
            )
            raise InputError([problem])
        return own(program, settings, warm)

    return solve


def engine(name: str) -> Engine:
    """Return the engine called ``name``.

    Where its settings ask for fewer trades, it looks for them after it has solved:
    see :mod:`di_optimizer.solve.fewer`.

    Raises
    ------
    InputError
        When the engine is an extra that is not installed.
    KeyError
        Policy validation admits known engines only, so this is a programming error.
    """
    own = with_cuts(_asked(name))

    @wraps(own)
    def solve(
        program: Program, settings: Settings, warm: Solution | None = None
    ) -> Solution:
        """Solve a program, and then for fewer trades if these are wanted."""
        return with_fewer_trades(own, program, settings, own(program, settings, warm))

    return solve
