# SPDX-License-Identifier: Apache-2.0
"""One column of cells to values of its kind, and where that is not possible.

Vectorised; refuses instead of guessing: no thousands separators, no currency signs,
no dates but YYYY-MM-DD, no infinities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from di_optimizer.tables.spec import Column, Kind
from di_optimizer.tables.text import as_text, blanks

Mask = NDArray[np.bool_]

NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
SYMBOL = r"^[^\x00-\x1f\x7f]{1,40}$"
FIRST, LAST = np.datetime64("1900-01-01", "s"), np.datetime64("2199-12-31", "s")


@dataclass(frozen=True)
class Converted:
    """Values of a column, and masks of what is blank and what is not allowed."""

    values: pd.Series
    blank: Mask
    bad: Mask


def convert(cells: pd.Series, column: Column) -> Converted:
    """Return ``cells`` as values of the column's kind; bad ones are blank there.

    A blank cell is bad where the column requires a value.

    Examples
    --------
    >>> shares = Column(name="shares", kind=Kind.NUMBER, description="", above=0)
    >>> convert(pd.Series(["2", "1,000", "-3"]), shares).bad.tolist()
    [False, True, True]
    """
    result = CONVERTERS[column.kind](cells, column)
    if column.may_be_blank:
        return result
    return Converted(result.values, result.blank, result.bad | result.blank)


def _number(cells: pd.Series, column: Column) -> Converted:
    values, blank, bad = _floats(cells, column)
    bad |= _outside(values, column)
    return Converted(_series(np.where(bad, np.nan, values), cells), blank, bad)


def _whole(cells: pd.Series, column: Column) -> Converted:
    values, blank, bad = _floats(cells, column)
    bad |= _outside(values, column) | (~blank & (values != np.floor(values)))
    kept = pd.Series(np.where(bad, np.nan, values), index=cells.index)
    return Converted(kept.astype("Int64"), blank, bad)


def _floats(cells: pd.Series, column: Column) -> tuple[NDArray[np.float64], Mask, Mask]:
    """Return (values, blank, bad); NaN where there is no finite number."""
    if _is_real(cells):
        values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, np.isnan(values), np.isinf(values)
    text = as_text(cells, column.kind)
    number = pc.if_else(
        pc.match_substring_regex(text, NUMBER), text, pa.scalar(None, text.type)
    )
    values = pc.cast(number, pa.float64()).to_numpy(zero_copy_only=False)
    blank = blanks(text)
    return values, blank, ~blank & ~np.isfinite(values)


def _is_real(cells: pd.Series) -> bool:
    types = pd.api.types
    return types.is_float_dtype(cells) or types.is_integer_dtype(cells)


def _outside(values: NDArray[np.float64], column: Column) -> Mask:
    bad = np.zeros(len(values), dtype=bool)
    if column.above is not None:
        bad |= values <= column.above
    if column.at_least is not None:
        bad |= values < column.at_least
    if column.at_most is not None:
        bad |= values > column.at_most
    return bad


def _text(cells: pd.Series, column: Column) -> Converted:
    pattern = SYMBOL if column.kind is Kind.SYMBOL else PRINTABLE
    text = as_text(cells, column.kind)
    matches = pc.match_substring_regex(text, pattern)
    kept = pc.if_else(matches, text, pa.scalar(None, text.type))
    blank = blanks(text)
    values = pd.Series(kept.to_pandas().array, index=cells.index, dtype="str")
    return Converted(values, blank, ~blank & blanks(kept))


def _choice(cells: pd.Series, column: Column) -> Converted:
    known = {name: name for name in column.choices}
    values, blank, bad = _by_distinct(as_text(cells, column.kind), known.get)
    return Converted(pd.Series(values, index=cells.index, dtype="str"), blank, bad)


def _flag(cells: pd.Series, column: Column) -> Converted:
    known = {"true": True, "false": False}
    text = as_text(cells, column.kind)
    values, blank, bad = _by_distinct(text, lambda cell: known.get(cell.lower()))
    return Converted(pd.Series(values, index=cells.index, dtype="boolean"), blank, bad)


def _date(cells: pd.Series, column: Column) -> Converted:
    if pd.api.types.is_datetime64_dtype(cells):
        moments = cells.to_numpy()
        days = moments.astype("datetime64[s]")
        blank, bad = np.isnat(days), moments.astype("datetime64[D]") != moments
    else:
        text = as_text(cells, column.kind)
        days, blank, bad = _by_distinct(text, _day, dtype="datetime64[s]")
    bad = ~blank & (bad | (days < FIRST) | (days > LAST))
    return Converted(
        _series(np.where(bad, np.datetime64("NaT"), days), cells), blank, bad
    )


def _day(text: str) -> date | None:
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None  # fromisoformat alone would take week dates and 20230131
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _by_distinct(
    text: pa.Array, parse: Callable[[str], Any], dtype: str = "object"
) -> tuple[NDArray[Any], Mask, Mask]:
    """Parse each distinct cell once; (values with None or NaT, blank, bad)."""
    coded = pc.dictionary_encode(text)
    parsed = [parse(cell) for cell in coded.dictionary.to_pylist()] + [None]
    codes = coded.indices.fill_null(len(parsed) - 1).to_numpy(zero_copy_only=False)
    values = np.array(parsed, dtype=dtype)
    refused = np.array([value is None for value in parsed], dtype=bool)
    blank = blanks(text)
    return values[codes], blank, ~blank & refused[codes]


def _series(values: NDArray[Any], cells: pd.Series) -> pd.Series:
    return pd.Series(values, index=cells.index)


CONVERTERS: dict[Kind, Callable[[pd.Series, Column], Converted]] = {
    Kind.TEXT: _text,
    Kind.SYMBOL: _text,
    Kind.NUMBER: _number,
    Kind.WHOLE: _whole,
    Kind.DATE: _date,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
}
