# SPDX-License-Identifier: Apache-2.0
"""What the cross-checks find: problems that refuse the input, notes that do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from di_optimizer.errors import InputError, Problem
from di_optimizer.universe import nearest

HINTED = 20  # names with a nearest spelling: the search is slow on long lists


@dataclass(frozen=True)
class Findings:
    """Collects problems and notes while the tables are joined."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self,
        file: str,
        row: int | None,
        column: str | None,
        *,
        found: str,
        allowed: str,
        todo: str = "",
    ) -> None:
        """Record a problem."""
        self.problems.append(
            Problem(
                file=file,
                row=row,
                column=column,
                found=found,
                allowed=allowed,
                todo=todo,
            )
        )

    def raise_if_any(self) -> None:
        """Raise InputError with every problem so far, by file and row."""
        if self.problems:
            ordered = sorted(self.problems, key=lambda p: (p.file, p.row or 0))
            raise InputError(ordered)


def hints(unknown: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Return the nearest known spelling of each unknown name, '' where none.

    Only the first names in alphabetical order are searched for.

    Examples
    --------
    >>> hints(["APPL"], ["AAPL", "MSFT"])
    {'APPL': "Did you mean 'AAPL'?"}
    """
    names = sorted(set(unknown))
    candidates = sorted(known)
    return {
        name: nearest(name, candidates) if at < HINTED else ""
        for at, name in enumerate(names)
    }
