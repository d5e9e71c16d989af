# SPDX-License-Identifier: Apache-2.0
"""One holdings file, read: the table of securities and the named residual.

Owns the way from bytes to the canonical table. What does not count towards the
weights is kept row by row in ``residual_rows``; nothing disappears.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.index import checks, facts
from di_optimizer.index.buckets import EQUITY
from di_optimizer.index.formats.layout import COLUMNS, NUMBERS
from di_optimizer.index.parse import Line, Parser
from di_optimizer.index.recognise import recognise
from di_optimizer.index.sheets import read_sheets
from di_optimizer.index.symbols import alias_table


@dataclass(frozen=True, kw_only=True, eq=False)
class HoldingsFile:
    """What an issuer's file says.

    Parameters
    ----------
    holdings : DataFrame
        One row a security by symbol, with the columns of the holdings table.
        Weights are the listed ones as fractions and do not sum to 1.
    residual : mapping of str to float
        Listed weight of what is no security, by bucket; may be negative.
    residual_rows : DataFrame
        The lines of the residual: ``row`` in the file, ``bucket``, and the
        columns of the holdings table; a placeholder has no weight.
    issuer, fund, source, sha256 : str
        Whose layout, the fund's name in the file (may be blank), the file's name
        and the digest of its bytes.
    as_of : date or None
        Date of the holdings; None only for an undated plain file.
    """

    holdings: pd.DataFrame
    residual: Mapping[str, float]
    residual_rows: pd.DataFrame
    issuer: str
    fund: str
    as_of: date | None
    source: str
    sha256: str


def read_holdings(
    path: str | os.PathLike[str],
    *,
    as_of: date | None = None,
    aliases: Mapping[str, str] | None = None,
) -> HoldingsFile:
    r"""Read a holdings file of iShares, State Street, Invesco, Vanguard or a plain CSV.

    The layout is recognised from the content. What an issuer does not publish is
    blank: a price is never computed from market value and shares. An eight-character
    CUSIP gets its check digit.

    Parameters
    ----------
    path : path-like
        The file, under any name.
    as_of : date, optional
        Date of an undated plain file; of a dated file it must be the same.
    aliases : mapping of spelling to symbol, optional
        The user's symbols, see :func:`di_optimizer.index.symbols.canonical`.

    Raises
    ------
    InputError
        With every problem of the file at once; rows are the file's own, counted
        from 1 (in a JSON, the number of the item in its list).

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "index.csv")
    ...     _ = path.write_text("symbol,weight\nBRK/B,0.6\nAAPL,0.4\n")
    ...     read = read_holdings(path, as_of=date(2024, 1, 31))
    >>> read.holdings[["symbol", "weight"]].values.tolist()
    [['AAPL', 0.4], ['BRK.B', 0.6]]
    """
    file = str(path)
    table = alias_table(aliases)
    data = _bytes(Path(path))
    found = recognise(read_sheets(data, file), file)
    parser = Parser(found=found, file=file, aliases=table)
    lines = parser.lines()
    dated, date_problems = facts.as_of(found, lines, checked_date(as_of), file)
    fund, fund_problems = facts.fund(found, lines, file)
    problems = [*parser.problems, *date_problems, *fund_problems]
    problems += checks.problems(lines, found.layout, file)
    if problems:
        raise InputError(problems)
    securities = [line for line in lines if line.bucket == EQUITY]
    rest = [line for line in lines if line.bucket != EQUITY]
    return HoldingsFile(
        holdings=_holdings(securities, dated),
        residual=_residual(rest),
        residual_rows=_residual_rows(rest, dated),
        issuer=found.layout.issuer,
        fund=fund,
        as_of=dated,
        source=Path(path).name,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def checked_date(value: date | None) -> date | None:
    """Return ``value``, or raise when it is text or has a time of day."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise InputError(
        [Problem(file="as_of", found=repr(value), allowed="a datetime.date or None")]
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        found = f"an unreadable file ({error.strerror})"
        problem = Problem(file=str(path), found=found, allowed="a holdings file")
        raise InputError([problem]) from error


def table(values: Mapping[str, Sequence[Any]], rows: int) -> pd.DataFrame:
    """Return the holdings table with its types; columns not given are blank."""
    columns = {c: values.get(c, [None] * rows) for c in COLUMNS}
    series = {c: pd.Series(v, dtype=_dtype(c)) for c, v in columns.items()}
    return pd.DataFrame(series)


def _dtype(column: str) -> str:
    if column in NUMBERS:
        return "float64"
    return "object" if column == "as_of" else "str"


def _frame(lines: Sequence[Line], dated: date | None) -> pd.DataFrame:
    values: dict[str, Sequence[Any]] = {
        c: [
            line.numbers.get(c) if c in NUMBERS else line.texts.get(c) for line in lines
        ]
        for c in COLUMNS
    }
    return table(values | {"as_of": [dated] * len(lines)}, len(lines))


def _holdings(lines: Sequence[Line], dated: date | None) -> pd.DataFrame:
    return _frame(sorted(lines, key=lambda line: line.texts["symbol"]), dated)


def _residual(lines: Sequence[Line]) -> dict[str, float]:
    buckets = sorted({line.bucket for line in lines})
    return {
        b: math.fsum(line.weight for line in lines if line.bucket == b) for b in buckets
    }


def _residual_rows(lines: Sequence[Line], dated: date | None) -> pd.DataFrame:
    frame = _frame(lines, dated)
    frame.insert(0, "row", pd.Series([line.row for line in lines], dtype="int64"))
    frame.insert(1, "bucket", pd.Series([line.bucket for line in lines], dtype="str"))
    return frame
