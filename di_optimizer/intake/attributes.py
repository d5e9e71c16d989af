# SPDX-License-Identifier: Apache-2.0
"""Further columns of the securities table as attributes: numbers or text.

A column is one of numbers where every cell that is not blank is a plain number;
elsewhere it is text. What policy uses as numbers has to be numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from di_optimizer.intake.findings import Findings
from di_optimizer.intake.sheets import Sheet, cells
from di_optimizer.policy import Policy
from di_optimizer.tables.catalog import TABLES
from di_optimizer.tables.convert import convert
from di_optimizer.tables.spec import LARGEST, Column, Kind
from di_optimizer.universe import nearest

OWN = ("sector", "country", "issuer", "type", "currency", "wash_group")
NUMBER = Column(
    name="an attribute",
    kind=Kind.NUMBER,
    description="A number.",
    at_least=-LARGEST,
    at_most=LARGEST,
)

Attributes = dict[str, dict[str, str | float]]


def number_columns(policies: Iterable[Policy]) -> frozenset[str]:
    """Return the columns that limits and scores of policies use as numbers.

    Examples
    --------
    >>> from di_optimizer.policy import Limit
    >>> limits = (Limit(on="esg", maximum=5), Limit(on="sector", name="*", maximum=1))
    >>> sorted(number_columns([Policy(limits=limits)]))
    ['esg']
    """
    own = {*OWN, "factor", "beta"}
    found = [item.on for p in policies for item in p.limits if not item.name]
    found += [score.column for p in policies for score in p.scores]
    return frozenset(found) - own


def read_attributes(
    sheet: Sheet, numbers: Collection[str], findings: Findings
) -> Attributes:
    """Return the attributes of each symbol; a blank cell is none.

    Reports every cell of the columns ``numbers`` that is neither blank nor a number,
    and every such column that does not exist, where there is a table at all.
    """
    names = TABLES[sheet.name].names
    extra = [c for c in map(str, sheet.frame.columns) if c not in names]
    if sheet.given:
        _check_columns(sheet, numbers, extra, findings)
    found: Attributes = {symbol: {} for _, symbol in sheet.rows("symbol")}
    for name in extra:
        values = _values(sheet, name, name in numbers, findings)
        for (_, symbol), value in zip(sheet.rows("symbol"), values, strict=True):
            if value is not None:
                found[symbol][name] = value
    return found


def _values(
    sheet: Sheet, name: str, wanted: bool, findings: Findings
) -> list[str | float | None]:
    """Return a column as numbers or text, None where blank."""
    column = sheet.frame[name]
    converted = convert(column, NUMBER)
    number: list[str | float | None] = cells(converted.values)
    if not converted.bad.any() and not converted.blank.all():
        return number
    if wanted:
        for at in np.flatnonzero(converted.bad).tolist():
            findings.add(
                sheet.file,
                int(column.index[at]),
                name,
                found=str(column.iloc[at]),
                allowed=NUMBER.allowed,
                todo="The policy uses this column as numbers.",
            )
    return cells(column)


def _check_columns(
    sheet: Sheet, numbers: Collection[str], extra: list[str], findings: Findings
) -> None:
    for name in sorted(set(numbers) - set(extra)):
        findings.add(
            sheet.file,
            1,
            name,
            found=f"no column '{name}', which the policy uses",
            allowed=f"a column of numbers named '{name}'",
            todo=nearest(name, extra),
        )
