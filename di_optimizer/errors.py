# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, sorted by who must act.

::

    DiOptimizerError
    ├── InputError          the caller: a file, a row, a setting (all problems at once)
    │   └── PolicyError     the caller: the policy file
    ├── InfeasibleError     the account's owner: limits that contradict each other
    ├── EngineError         nobody's fault: an engine ended without an accepted plan
    ├── VerificationError   us: a plan's figures do not follow from account and trades
    └── WorkerError         the machine: a worker process died on this account
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 50  # problems printed in full; all of them are on ``InputError.problems``


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the input: where, what was found, what is allowed.

    Examples
    --------
    >>> print(Problem(file="lots.csv", row=7, column="shares", found="-3",
    ...               allowed="a number above 0"))
    lots.csv, row 7, column 'shares': found -3; allowed: a number above 0
    """

    file: str
    found: str
    allowed: str
    row: int | None = None
    column: str | None = None
    todo: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column '{self.column}'"
        todo = f". {self.todo}" if self.todo else ""
        return f"{place}: found {self.found}; allowed: {self.allowed}{todo}"


class DiOptimizerError(Exception):
    """Root of every error that this package raises on purpose."""


class InputError(DiOptimizerError):
    """The input cannot be used; nothing was written.

    Parameters
    ----------
    problems : iterable of Problem
        Everything that was found, not only the first.

    Examples
    --------
    >>> error = InputError([Problem(file="a.csv", found="an empty file",
    ...                             allowed="a header and at least one row")])
    >>> print(error)
    1 problem in the input:
      a.csv: found an empty file; allowed: a header and at least one row
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self._text())

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Pickle by problems, so that a worker's error arrives whole."""
        return type(self), (self.problems,)

    def _text(self) -> str:
        count = len(self.problems)
        lines = [f"{count} problem{'s' * (count != 1)} in the input:"]
        lines += [f"  {problem}" for problem in self.problems[:SHOWN]]
        if count > SHOWN:
            lines.append(f"  … and {count - SHOWN} more")
        return "\n".join(lines)


class PolicyError(InputError):
    """A policy setting is unknown, out of range or contradicts another."""


class InfeasibleError(DiOptimizerError):
    """No trade list satisfies every limit; the message names those in conflict."""


class EngineError(DiOptimizerError):
    """An engine stopped without a plan that meets its accepted statuses."""


class VerificationError(DiOptimizerError):
    """A plan's figures or limits do not follow from the raw account and trades."""


class WorkerError(DiOptimizerError):
    """The worker process that held this account died."""
