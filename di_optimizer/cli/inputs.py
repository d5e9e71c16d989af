# SPDX-License-Identifier: Apache-2.0
"""What commands read before they call: benchmarks by name, the model, policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from di_optimizer.errors import InputError, Problem
from di_optimizer.index import Benchmark
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.sheets import Sheet
from di_optimizer.intake.symbols import read_symbols
from di_optimizer.policy_file import PolicyBook, read_policies
from di_optimizer.tables import TABLES, read_table

T = TypeVar("T")


class Reader:
    """Reads one thing after another and keeps every problem for the end."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, function: Callable[[], T]) -> T | None:
        """Return what was read; None with its problems kept."""
        try:
            return function()
        except InputError as error:
            self.problems += error.problems
            return None

    def error(self) -> InputError:
        """Return all problems together; a file that was read twice says them once."""
        return InputError(dict.fromkeys(self.problems))


@dataclass(frozen=True)
class Tracked:
    """A benchmark and the file that it comes from."""

    benchmark: Benchmark
    path: Path


@contextmanager
def located(files: Mapping[str, Path]) -> Iterator[None]:
    """Put file names into problems that name what was read from them.

    Examples
    --------
    >>> with located({"risk model": Path("risk.npz")}):
    ...     raise InputError([Problem(file="risk model", found="0", allowed="1")])
    Traceback (most recent call last):
    di_optimizer.errors.InputError: 1 problem in the input:
      risk.npz: found 0; allowed: 1
    """
    try:
        yield
    except InputError as error:
        raise InputError(
            replace(problem, file=str(files.get(problem.file, problem.file)))
            for problem in error.problems
        ) from error


def benchmarks(
    given: Sequence[str], securities: Path | None, on: date
) -> dict[str, Tracked]:
    """Return benchmarks by name from ``NAME=FILE`` or ``FILE``, with their files.

    A file without a name is called as the fund in it, or as the file.

    Raises
    ------
    InputError
        With the problems of all files, and for a name given twice.
    """
    reader = Reader()
    aliases = reader.read(partial(spellings, securities, on)) or {}
    found: dict[str, Tracked] = {}
    for text in given:
        name, path = named(text)
        benchmark = reader.read(
            partial(Benchmark.from_holdings, path, name=name, aliases=aliases)
        )
        if benchmark is not None and benchmark.name in found:
            reader.problems.append(_twice(path, benchmark.name))
        elif benchmark is not None:
            found[benchmark.name] = Tracked(benchmark, path)
    if reader.problems:
        raise reader.error()
    return found


def named(text: str) -> tuple[str | None, Path]:
    """Return name and path of ``NAME=FILE``; a file may have = in its own name.

    Examples
    --------
    >>> named("SPX=ivv.csv")
    ('SPX', PosixPath('ivv.csv'))
    >>> named("ivv.csv")
    (None, PosixPath('ivv.csv'))
    """
    name, sign, path = text.partition("=")
    if sign and name and not Path(text).exists():
        return name, Path(path)
    return None, Path(text)


def spellings(securities: Path | None, on: date) -> Mapping[str, str]:
    """Return the symbols that the securities table gives to other spellings."""
    if securities is None:
        return {}
    frame = read_table(securities, TABLES["securities"])
    findings = Findings()
    sheet = Sheet("securities", str(securities), frame, given=True)
    symbols = read_symbols(sheet, on, findings)
    findings.raise_if_any()
    return symbols.table


def policies(path: Path | None) -> PolicyBook:
    """Return the policies of a file, or the defaults without one."""
    return PolicyBook() if path is None else read_policies(path)


def _twice(path: Path, name: str) -> Problem:
    return Problem(
        file=str(path),
        found=f"a second benchmark called '{name}'",
        allowed="one benchmark of each name",
        todo="Give it a name of its own: --holdings NAME=FILE.",
    )
