# SPDX-License-Identifier: Apache-2.0
"""The programs of this benchmark: their kinds, where they are, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.engines.cases import FOLDER as OTHERS
from benchmarks.engines.cases import Case, read

FOLDER = OTHERS.parent / "whole"  # ignored by git
CASH, LOTS, NAMES, LEAST, TRADES = "cash", "lots", "names", "least", "trades"
WHOLE = (CASH, LOTS)
KINDS = (CASH, LOTS, NAMES, LEAST, TRADES)
# Kinds whose programs take turns: what is in a hurry comes first.
ROUNDS = (WHOLE, (NAMES,), (LEAST, TRADES))


def read_all(folder: Path, kinds: Sequence[str] = KINDS) -> list[Case]:
    """Return the cases of several kinds in the order in which they are solved.

    Raises
    ------
    FileNotFoundError
        When the folder has none of a kind.
    """
    try:
        return in_turns([case for kind in kinds for case in read(folder, kind)])
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{str(error).split(':')[0]}: "
            f"python -m benchmarks.whole.programs --data DIR --programs {folder}"
        ) from error


def in_turns(cases: Sequence[Case]) -> list[Case]:
    """Return cases round by round; within one, accounts and dates take turns.

    Every account comes once before any comes twice, neighbours on other dates, so
    that a run which is stopped early has seen all of them.

    Examples
    --------
    >>> from types import SimpleNamespace as N
    >>> some = [N(kind="cash", account=a, date=d) for d in (1, 2) for a in "AB"]
    >>> [(c.account, c.date) for c in in_turns(some)]
    [('A', 1), ('B', 2), ('A', 2), ('B', 1)]
    """
    return [case for kinds in ROUNDS for case in _turns(cases, kinds)]


def _turns(cases: Sequence[Case], kinds: Sequence[str]) -> list[Case]:
    own = [case for case in cases if case.kind in kinds]
    days = sorted({case.date for case in own})
    keys = sorted({_who(case, kinds) for case in own})

    def place(case: Case) -> tuple[int, int]:
        who = keys.index(_who(case, kinds))
        return (days.index(case.date) - who) % len(days), who

    return sorted(own, key=place)


def _who(case: Case, kinds: Sequence[str]) -> tuple[str, int]:
    return case.account, kinds.index(case.kind)
