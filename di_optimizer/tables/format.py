# SPDX-License-Identifier: Apache-2.0
"""Values as text for files: plain digits, stable, never an exponent."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

from di_optimizer.exact import exact
from di_optimizer.tables.text import plain


def cell_texts(cells: pd.Series, decimals: int | None) -> list[str]:
    """Return each cell as text, '' where missing.

    Parameters
    ----------
    decimals : int, optional
        Digits after the point of every number, halves away from zero; None writes
        as many as the number has.

    Raises
    ------
    ValueError
        For a number that is not finite.

    Examples
    --------
    >>> cell_texts(pd.Series([1e-07, 1234567.5, None]), None)
    ['0.0000001', '1234567.5', '']
    >>> cell_texts(pd.Series([Decimal("2.005"), Decimal("-0.001")]), 2)
    ['2.01', '0.00']
    """
    return [_cell_text(cell, decimals) for cell in plain(cells)]


def _cell_text(cell: object, decimals: int | None) -> str:
    match cell:
        case None:
            return ""
        case str():
            return str(cell)
        case bool() | np.bool_():
            return str(bool(cell)).lower()
        case int() | np.integer():
            return number_text(Decimal(int(cell)), decimals)
        case float() | np.floating():
            return number_text(exact(float(cell)), decimals)
        case Decimal():
            return number_text(cell, decimals)
        case pd.Timestamp():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
    raise ValueError(f"cannot write {cell!r} to a table")


def number_text(value: Decimal, decimals: int | None) -> str:
    """Return a number in plain digits, zero without a sign.

    Examples
    --------
    >>> number_text(Decimal("1E+3"), None), number_text(Decimal("2.500"), None)
    ('1000', '2.5')
    """
    if not value.is_finite():
        raise ValueError(f"cannot write {value} to a table: not a finite number")
    if decimals is not None:
        value = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{value:f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.removeprefix("-") if not value else text
