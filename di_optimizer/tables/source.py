# SPDX-License-Identifier: Apache-2.0
"""Where a table comes from: a CSV or Parquet file, or a frame in memory.

Yields raw cells with row numbers; knows nothing of what the columns mean.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from pandas.api.types import is_integer_dtype

from di_optimizer.errors import Problem
from di_optimizer.tables.csv_file import Cells, read_cells

Source = str | os.PathLike[str] | pd.DataFrame

ROW = "row"  # name of the index that holds row numbers


def label(source: Source, name: str) -> str:
    """Return what messages call a source: its path, or the table's name.

    Examples
    --------
    >>> label("books/lots.csv", "lots"), label(pd.DataFrame(), "lots")
    ('books/lots.csv', 'lots')
    """
    return name if isinstance(source, pd.DataFrame) else os.fspath(source)


def fetch(source: Source, file: str) -> Cells:
    """Return the raw cells of a source, whatever it is."""
    if isinstance(source, pd.DataFrame):
        return _from_frame(source)
    path = Path(source)
    if path.is_dir():
        return _refused(file, "a folder", "a file named .csv or .parquet")
    try:
        match path.suffix.lower():
            case ".csv":
                return read_cells(path.read_bytes(), file)
            case ".parquet":
                return _from_frame(pa.parquet.read_table(path).to_pandas())
    except pa.ArrowException as error:
        return _refused(file, str(error).partition("\n")[0], "a Parquet file")
    except OSError as error:
        return _refused(file, error.strerror or str(error), "a file that can be read")
    found = f"a name that ends in '{path.suffix}'"
    return _refused(file, found, "a file named .csv or .parquet")


def _refused(file: str, found: str, allowed: str) -> Cells:
    problem = Problem(file=file, found=found, allowed=allowed)
    return Cells((), pd.DataFrame(), (problem,))


def _from_frame(frame: pd.DataFrame) -> Cells:
    """Return a frame's cells, rows numbered from 1 unless this package read it."""
    header = tuple(str(name) for name in frame.columns)
    numbered = frame.index.name == ROW and is_integer_dtype(frame.index)
    rows = frame.index if numbered else pd.RangeIndex(1, len(frame) + 1)
    raw = frame.set_axis(pd.RangeIndex(len(header)), axis="columns")
    return Cells(header, raw.set_axis(rows.rename(ROW), axis="index"))
