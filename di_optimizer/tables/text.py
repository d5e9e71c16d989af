# SPDX-License-Identifier: Apache-2.0
"""Cells of any frame as text, null where blank.

Blanks around a value are no part of it, in files and frames alike; inside a value
they are kept. Numbers that come as text keep every digit.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from di_optimizer.tables.spec import Kind

NO_TEXT = {Kind.TEXT, Kind.SYMBOL, Kind.CHOICE}
MIDNIGHT = datetime.min.time()


def as_text(cells: pd.Series, kind: Kind) -> pa.Array:
    """Return cells as an Arrow array of trimmed strings.

    Examples
    --------
    >>> as_text(pd.Series([" BRK.B ", "", None]), Kind.SYMBOL).to_pylist()
    ['BRK.B', None, None]
    """
    if not isinstance(cells.dtype, pd.StringDtype):
        cells = pd.Series([cell_text(cell, kind) for cell in plain(cells)], dtype="str")
    array = pa.array(cells, type=pa.large_string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    trimmed = pc.utf8_trim_whitespace(array)
    return pc.if_else(
        pc.equal(trimmed, ""), pa.scalar(None, pa.large_string()), trimmed
    )


def plain(cells: pd.Series) -> list[Any]:
    """Return cells as Python objects, None where missing."""
    return [None if missing(cell) else cell for cell in cells.astype(object)]


def missing(cell: object) -> bool:
    """Return whether pandas, numpy or Python calls the cell missing."""
    if isinstance(cell, (float, np.floating)):
        return bool(np.isnan(cell))
    return cell is None or cell is pd.NA or cell is pd.NaT


def cell_text(cell: object, kind: Kind) -> str | None:
    """Return one cell as it would stand in a CSV file."""
    match cell:
        case None:
            return None
        case str():
            return cell
        case bool() | np.bool_() if kind is Kind.FLAG:
            return str(cell).lower()
        case bool() | np.bool_():
            return f"\0{cell!r}"  # a NUL is refused in every kind of column
        case datetime() if cell.tzinfo is None and cell.time() == MIDNIGHT:
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case int() | np.integer():
            return str(int(cell))
        case Decimal():
            return str(cell)
        case float() | np.floating() if kind not in NO_TEXT:
            return repr(float(cell))
        case _:
            return f"\0{cell!r}"


def shown(cells: pd.Series, at: int) -> str:
    """Return a cell for a message: short, printable, 'blank' where it is."""
    cell = cells.iloc[at]
    if missing(cell) or not str(cell).strip():
        return "blank"
    text = str(cell).strip()
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= 60 else text[:57] + "…"


def blanks(text: pa.Array) -> NDArray[np.bool_]:
    """Return where text is null."""
    return np.asarray(pc.is_null(text).to_numpy(zero_copy_only=False))
