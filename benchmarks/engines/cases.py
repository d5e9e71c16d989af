# SPDX-License-Identifier: Apache-2.0
"""Programs with their labels, as files; and a hash of what a program says."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from di_optimizer.program.program import Program

FOLDER = Path(__file__).parents[1] / ".cache" / "programs"  # ignored by git
KINDS = ("main", "netted", "odd")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A program and where it comes from.

    ``after`` says whether the account was rebalanced five trading days earlier;
    ``kind`` is one of :data:`KINDS`.
    """

    label: str
    kind: str
    date: date
    after: bool
    gamma: float
    account: str
    program: Program

    @property
    def file(self) -> str:
        """Return the name of the case's file."""
        start = "" if self.kind == "main" else f"{self.kind}-"
        return f"{start}{self.label.replace(' ', '-')}.pkl"


def label_of(on: date, account: str, ending: str, *, after: bool) -> str:
    """Return what a case is called.

    Examples
    --------
    >>> label_of(date(2011, 10, 10), "R001", "g2", after=True)
    '2011-10-10+5 R001 g2'
    """
    return f"{on}{'+5' if after else ''} {account} {ending}"


def save(cases: Sequence[Case], folder: Path) -> None:
    """Write each case to a file of its own: a pickled dict, program included."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        values = {f.name: getattr(case, f.name) for f in fields(case)}
        (folder / case.file).write_bytes(pickle.dumps(values))


def read(folder: Path, kind: str = "main") -> list[Case]:
    """Return the cases of a kind, sorted by label.

    Raises
    ------
    FileNotFoundError
        When the folder has none of that kind.
    """
    cases = [case for case in _each(folder) if case.kind == kind]
    if not cases:
        raise FileNotFoundError(
            f"no {kind} programs in {folder}: "
            f"python -m benchmarks.engines.programs --data DIR --programs {folder}"
        )
    return sorted(cases, key=lambda case: case.label)


def _each(folder: Path) -> Iterator[Case]:
    """Yield the cases of a folder that this program wrote: pickles run code."""
    for path in sorted(folder.glob("*.pkl")):
        yield Case(**pickle.loads(path.read_bytes()))


def spread(cases: Sequence[Case], count: int) -> list[Case]:
    """Return ``count`` cases that go evenly through dates, accounts and γ.

    Cases are ordered so that neighbours differ in all three; a prefix of the order
    is kept, so that a larger count only adds.

    Examples
    --------
    >>> from types import SimpleNamespace as N
    >>> some = [N(label=f"{d} {a} {g}", date=d, after=False, account=a, gamma=g)
    ...     for d in (1, 2) for a in "AB" for g in (2, 10)]
    >>> [c.label for c in spread(some, 4)]
    ['1 A 2', '2 B 10', '1 B 10', '2 A 2']
    """
    days = sorted({(c.date, c.after) for c in cases})
    accounts = sorted({c.account for c in cases})
    gammas = sorted({c.gamma for c in cases})

    def place(case: Case) -> tuple[int, int, int, str]:
        day = days.index((case.date, case.after))
        account = (accounts.index(case.account) - day) % len(accounts)
        gamma = (gammas.index(case.gamma) - day - account) % len(gammas)
        return gamma, account, day, case.label

    return sorted(cases, key=place)[:count]


def digest(program: Program) -> str:
    """Return a hash of everything a program says, whatever order code lists it in.

    A field at its default does not count: a program keeps its hash where later
    versions add fields that it does not use.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> old, new = make_dataclass("P", ["b", "a"]), make_dataclass(
    ...     "P", ["a", "b", ("c", float, 0.0)])
    >>> digest(old(1, 2)) == digest(new(2, 1)) != digest(new(2, 1, 3.0))
    True
    """
    found = hashlib.sha256()
    for part in _parts(program):
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    """Yield a value as bytes, types and sizes included."""
    if is_dataclass(value):
        yield b"{"
        for field in sorted(fields(value), key=lambda f: f.name):
            own = getattr(value, field.name)
            if not _is_default(own, field.default):
                yield field.name.encode()
                yield from _parts(own)
        yield b"}"
    elif isinstance(value, np.ndarray):
        plain = np.ascontiguousarray(value)
        yield f"{plain.dtype.str}{plain.shape}".encode()
        yield plain.tobytes()
    elif isinstance(value, tuple):
        yield b"("
        for item in value:
            yield from _parts(item)
        yield b")"
    else:
        yield f"{type(value).__name__} {value!r}".encode()


def _is_default(value: Any, default: Any) -> bool:
    if default is MISSING or is_dataclass(value) or isinstance(value, np.ndarray):
        return False
    return bool(value == default)


def described(case: Case) -> dict[str, Any]:
    """Return what results say about a case: its label, its hash and its size."""
    program = case.program
    return {
        "label": case.label,
        "kind": case.kind,
        "hash": digest(program),
        "gamma": case.gamma,
        "names": program.n,
        "held": int(np.count_nonzero(program.held)),
        "lots": len(program.lots),
        "factors": program.exposures.shape[1],
        "rows": len(program.rows),
        "groups": len(program.groups),
        "modes": sum(len(group.modes) for group in program.groups),
    }
