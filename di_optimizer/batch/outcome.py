# SPDX-License-Identifier: Apache-2.0
"""What became of one task: its value or its error, in a form that can travel.

Owns the one place where any exception is caught. Knows neither processes nor
accounts.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar, cast

from di_optimizer.errors import WorkerError

R = TypeVar("R")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """The value of a task, or the error that took its place.

    Attributes
    ----------
    value : R, optional
        What the function returned; None beside an error.
    error : BaseException, optional
        The function's own exception, or a ``WorkerError`` when the process died or
        when the exception or the result cannot be sent between processes.
    trace : str
        Traceback of ``error`` as text.

    Examples
    --------
    >>> Outcome(value=3).unwrap()
    3
    """

    value: R | None = None
    error: BaseException | None = None
    trace: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.error is None

    def unwrap(self) -> R:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("R", self.value)


def attempt(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Outcome[R]:
    """Call a function and keep whatever comes of it, result or exception.

    Examples
    --------
    >>> attempt(int, "7").value
    7
    >>> attempt(int, "seven").error
    ValueError("invalid literal for int() with base 10: 'seven'")
    """
    try:
        return Outcome(value=function(*args, **kwargs))
    # The boundary between tasks: one account's failure is never another's.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return Outcome(error=error, trace="".join(traceback.format_exception(error)))


def failed(reason: str, trace: str = "") -> Outcome[Any]:
    """Return the outcome of a task that has nothing of its own to show."""
    return Outcome(error=WorkerError(reason), trace=trace)


def pack(outcome: Outcome[Any]) -> bytes:
    """Return the outcome as bytes, replacing what cannot be sent by its text."""
    packed = attempt(pickle.dumps, outcome)
    if outcome.error is None:
        return packed.value or _substitute("the result cannot be sent", packed)
    if packed.value and attempt(pickle.loads, packed.value).ok:
        return packed.value
    return _substitute("the function failed", outcome)


def unpack(data: bytes) -> Outcome[Any]:
    """Return the outcome that :func:`pack` made into bytes."""
    loaded = attempt(pickle.loads, data)
    if loaded.error is None:
        return cast("Outcome[Any]", loaded.value)
    return failed(f"the result cannot be read back: {last_line(loaded)}", loaded.trace)


def last_line(outcome: Outcome[Any]) -> str:
    """Return the type and text of an outcome's error.

    Examples
    --------
    >>> last_line(attempt(int, "x"))
    "ValueError: invalid literal for int() with base 10: 'x'"
    """
    error = outcome.error
    return "".join(traceback.format_exception_only(error)).strip() if error else ""


def _substitute(reason: str, outcome: Outcome[Any]) -> bytes:
    return pickle.dumps(failed(f"{reason}: {last_line(outcome)}", outcome.trace))
