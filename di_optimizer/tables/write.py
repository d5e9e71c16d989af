# SPDX-License-Identifier: Apache-2.0
"""Writing tables as CSV: all files or none, the same bytes for the same values.

Each file is written beside its place, brought to disk, then renamed. A failure
before the last rename puts back what was there.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from di_optimizer.tables.catalog import TABLES
from di_optimizer.tables.format import cell_texts
from di_optimizer.tables.spec import Table
from di_optimizer.universe import nearest

Texts = tuple[list[str], list[list[str]]]
NO_FILES: Mapping[str, str] = MappingProxyType({})


def write_tables(
    folder: str | os.PathLike[str],
    frames: Mapping[str, pd.DataFrame],
    *,
    tables: Mapping[str, Table] = TABLES,
    files: Mapping[str, str] = NO_FILES,
) -> None:
    """Write each frame to ``folder/name.csv``; every file or none.

    Columns are put in the order of the spec, then extra attributes of an open
    table. Optional columns that a frame lacks are left out. Money of output tables
    has two decimals; no number has an exponent. ``files`` are further texts by file
    name.

    Raises
    ------
    ValueError
        For a table or column that no spec knows, or a required column that is
        missing: a programming error, not the user's.
    OSError
        When the disk refuses; the earlier files are as they were.

    Examples
    --------
    >>> trades = pd.DataFrame({"account": ["A1"], "symbol": ["AAA"], "side": ["buy"],
    ...                        "shares": [1e-05], "price": [20], "amount": [0.0002]})
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_tables(folder, {"trades": trades})
    ...     print((Path(folder) / "trades.csv").read_text(), end="")
    account,symbol,side,shares,price,amount
    A1,AAA,buy,0.00001,20,0.00
    """
    texts = {name: _texts(name, frame, tables) for name, frame in frames.items()}
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with ExitStack() as cleanup:
        staged = {
            target / f"{name}.csv": _stage(target, name, _csv(text), cleanup)
            for name, text in texts.items()
        } | {
            target / name: _stage(target, name, [text], cleanup)
            for name, text in files.items()
        }
        with ExitStack() as undo:
            for place, temporary in staged.items():
                _swap(temporary, place, undo, cleanup)
            undo.pop_all()
    _sync_folder(target)


def _texts(name: str, frame: pd.DataFrame, tables: Mapping[str, Table]) -> Texts:
    """Return header and columns of text, checked against the spec."""
    if name not in tables:
        raise ValueError(f"no table is called '{name}'. {nearest(name, tables)}")
    table = tables[name]
    given = [str(column) for column in frame.columns]
    unknown = [column for column in given if column not in table.names]
    missing = [c.name for c in table.columns if c.required and c.name not in given]
    if missing or (unknown and not table.open):
        raise ValueError(
            f"table '{name}': missing columns {missing}, unknown columns {unknown}"
        )
    columns = [column for column in table.columns if column.name in given]
    header = [column.name for column in columns] + unknown
    texts = [cell_texts(frame[column.name], column.decimals) for column in columns]
    return header, texts + [cell_texts(frame[column], None) for column in unknown]


def _csv(texts: Texts) -> Iterator[str]:
    """Yield the lines of a CSV file."""
    header, columns = texts
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\n")
    for row in (header, *zip(*columns, strict=True)):
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _stage(folder: Path, name: str, lines: Iterable[str], cleanup: ExitStack) -> Path:
    """Write a temporary file, whole and on disk, that cleanup removes."""
    path = folder / f".{name}.{os.getpid()}.tmp"
    cleanup.callback(path.unlink, missing_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    return path


def _swap(temporary: Path, place: Path, undo: ExitStack, cleanup: ExitStack) -> None:
    """Rename over ``place``, keeping what was there until all renames are done."""
    if place.exists():
        kept = temporary.with_suffix(".old")
        os.link(place, kept)
        cleanup.callback(kept.unlink, missing_ok=True)
        undo.callback(kept.replace, place)
    else:
        undo.callback(place.unlink, missing_ok=True)
    temporary.replace(place)


def _sync_folder(folder: Path) -> None:
    """Bring the renames themselves to disk, where a folder can be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
