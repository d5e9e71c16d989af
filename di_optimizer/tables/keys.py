# SPDX-License-Identifier: Apache-2.0
"""Rules across the columns of one row, and across the rows of one table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from di_optimizer.errors import Problem
from di_optimizer.tables.spec import Table


def check_keys(frame: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Return a problem for each row whose key an earlier row has already.

    Rows without a value in a required key column are left to the cell checks.
    """
    if not table.key:
        return []
    required = [name for name in table.key if table.column(name).required]
    keys = frame.loc[frame[required].notna().all(axis=1), list(table.key)]
    again = keys.duplicated(keep="first")
    if not again.any():
        return []
    repeated = keys[keys.duplicated(keep=False)]
    first = dict(zip(_tuples(repeated)[::-1], repeated.index[::-1], strict=True))
    return [
        Problem(
            file=file,
            row=int(row),
            column=" + ".join(table.key),
            found=f"{_key_text(key)} again, first in row {first[key]}",
            allowed="each once",
        )
        for row, key in zip(keys.index[again], _tuples(keys[again]), strict=True)
    ]


def _tuples(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(frame.astype("str").fillna("").itertuples(index=False, name=None))


def _key_text(key: tuple[str, ...]) -> str:
    return " + ".join(f"'{part}'" for part in key if part)


def check_one_of(frame: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Return a problem for each row that fills none or several of a group."""
    problems = []
    for group in table.one_of:
        filled = frame[list(group)].notna().to_numpy()
        for at in np.flatnonzero(filled.sum(axis=1) != 1).tolist():
            names = [
                name for name, there in zip(group, filled[at], strict=True) if there
            ]
            problems.append(
                Problem(
                    file=file,
                    row=int(frame.index[at]),
                    column=", ".join(group),
                    found=" and ".join(names) + " filled" if names else "all blank",
                    allowed=f"exactly one of {', '.join(group)}",
                )
            )
    return problems
