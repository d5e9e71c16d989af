# SPDX-License-Identifier: Apache-2.0
"""The ledger's state as a text file: JSON, exact numbers as text, with a check sum.

A file that is not exactly what was written is refused: it would change gains that
are reported already.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, get_type_hints

from di_optimizer.errors import InputError, Problem
from di_optimizer.tax.holding import Holding
from di_optimizer.tax.ledger.state import GainState, LedgerState, LossState, LotState

FORMAT = "di_optimizer wash-sale ledger"
VERSION = 1
BODY = ("through", "rows", "relief", "given", "lots", "losses")


def state_text(state: LedgerState) -> str:
    """Return the state as text, the same for the same state.

    Examples
    --------
    >>> state = LedgerState(through=date(2024, 3, 5), rows=3)
    >>> print(state_text(state).replace(_digest(_body(state)), "…"), end="")
    {"format": "di_optimizer wash-sale ledger",
     "version": 1,
     "sha256": "…",
     "through": "2024-03-05",
     "rows": 3,
     "relief": "fifo",
     "given": [],
     "lots": [],
     "losses": []}
    """
    body = _body(state)
    head = {"format": FORMAT, "version": VERSION, "sha256": _digest(body)}
    lines = [f'"{name}": {_text(value)}' for name, value in (head | body).items()]
    return "{" + ",\n ".join(lines) + "}\n"


def read_state(source: str | os.PathLike[str]) -> LedgerState:
    """Return the state in a file that :func:`state_text` made.

    Raises
    ------
    InputError
        The file cannot be read, is of another format or version, or was changed.
    """
    file = os.fspath(source)
    try:
        text = Path(source).read_text(encoding="utf-8")
    except OSError as error:
        raise _refused(file, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise _refused(file, "bytes that are no text") from error
    return state_of(text, file)


def state_of(text: str, file: str = "state") -> LedgerState:
    """Return the state that a text says; ``file`` is what messages call it."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(file, "text that is no JSON, or not all of it") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _refused(file, "another kind of file")
    if data.get("version") != VERSION:
        raise _refused(file, f"version {data.get('version')!r}")
    body = {name: data.get(name) for name in BODY}
    if data.get("sha256") != _digest(body) or len(data) != len(body) + 3:
        raise _refused(file, "a file that was changed after it was written")
    return _state(body)


def _refused(file: str, found: str) -> InputError:
    allowed = f"a state.json of version {VERSION}, as a run has written it"
    return InputError([Problem(file=file, found=found, allowed=allowed)])


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _text(value: Any) -> str:
    """Return JSON, a list of records with one record a line."""
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n  " + ",\n  ".join(json.dumps(record) for record in value) + "]"


def _body(state: LedgerState) -> dict[str, Any]:
    return {
        "through": _cell(state.through),
        "rows": state.rows,
        "relief": state.relief,
        "given": list(state.given),
        "lots": [_lot(lot) for lot in state.lots],
        "losses": [_loss(loss) for loss in state.losses],
    }


def _lot(lot: LotState) -> dict[str, Any]:
    return {"holding": _record(lot.holding)} | _record(lot, leave="holding")


def _loss(loss: LossState) -> dict[str, Any]:
    return {"row": _record(loss.row)} | _record(loss, leave="row")


def _record(value: Any, leave: str = "") -> dict[str, Any]:
    names = [item.name for item in fields(value) if item.name != leave]
    return {name: _cell(getattr(value, name)) for name in names}


def _cell(value: Any) -> Any:
    if isinstance(value, (date, Fraction)):
        return str(value)
    return value


def _state(body: Mapping[str, Any]) -> LedgerState:
    through = body["through"]
    return LedgerState(
        through=None if through is None else date.fromisoformat(through),
        rows=body["rows"],
        relief=body["relief"],
        given=tuple(body["given"]),
        lots=tuple(_value(LotState, record) for record in body["lots"]),
        losses=tuple(_value(LossState, record) for record in body["losses"]),
    )


def _value(kind: type[Any], record: Mapping[str, Any]) -> Any:
    types = TYPES[kind]
    return kind(**{name: _read(types[name], cell) for name, cell in record.items()})


def _read(kind: Any, cell: Any) -> Any:
    if isinstance(cell, dict):
        return _value(kind, cell)
    if kind is Fraction:
        return Fraction(cell)
    if kind in (date, date | None) and cell is not None:
        return date.fromisoformat(cell)
    return cell


TYPES = {
    kind: get_type_hints(kind) for kind in (LotState, Holding, LossState, GainState)
}
