# SPDX-License-Identifier: Apache-2.0
"""Calls of chosen functions with the time that each takes by itself.

An engine repeats its calls exactly, so that the least of several runs can be taken
call by call: on a machine that others use, no run is undisturbed from end to end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np

Function = Callable[..., Any]


@dataclass(frozen=True)
class Spot:
    """A function to trace: where it is looked up, under which name, for which row.

    ``instead`` replaces it, as the Python source of a compiled function does.
    """

    owner: Any
    attribute: str
    row: str
    instead: Function | None = None


@dataclass
class Trace:
    """Rows of the calls in the order that they end, and their own seconds."""

    rows: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    within: list[float] = field(default_factory=list)
    arguments: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def wrapped(self, row: str, function: Function) -> Function:
        """Return a function that is traced; what it calls counts for itself."""

        def traced(*values: Any, **named: Any) -> Any:
            self.within.append(0.0)
            started = time.perf_counter()
            try:
                return function(*values, **named)
            finally:
                took = time.perf_counter() - started
                inner = self.within.pop()
                if self.within:
                    self.within[-1] += took
                self.rows.append(row)
                self.seconds.append(took - inner)
                self.arguments[row] = values

        return traced


@dataclass(frozen=True)
class Total:
    """What all calls of a row come to, least seconds of each; last arguments."""

    calls: int
    seconds: float
    arguments: tuple[Any, ...]


def traced(run: Callable[[], object], spots: Sequence[Spot]) -> Trace:
    """Run once with the spots traced."""
    trace = Trace()
    with ExitStack() as stack:
        for spot in spots:
            function = spot.instead or getattr(spot.owner, spot.attribute)
            new = trace.wrapped(spot.row, function)
            stack.enter_context(mock.patch.object(spot.owner, spot.attribute, new))
        run()
    return trace


def totals(
    run: Callable[[], object], spots: Sequence[Spot], turns: int
) -> dict[str, Total]:
    """Return the rows' totals over several runs of the same calls.

    Raises
    ------
    ValueError
        When runs differ in what they call.
    """
    found = [traced(run, spots) for _ in range(turns)]
    rows = found[0].rows
    if any(trace.rows != rows for trace in found):
        raise ValueError("runs of the same program call different functions")
    least = np.min([trace.seconds for trace in found], axis=0, initial=np.inf)
    own = np.array(rows)
    return {
        row: Total(
            calls=rows.count(row),
            seconds=float(least[own == row].sum()),
            arguments=found[-1].arguments[row],
        )
        for row in dict.fromkeys(rows)
    }
