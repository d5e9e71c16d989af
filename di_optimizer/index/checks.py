# SPDX-License-Identifier: Apache-2.0
"""What lines must satisfy together: one line a security, and a whole fund."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from di_optimizer.errors import Problem
from di_optimizer.index.buckets import (
    EQUITY,
    PLACEHOLDER,
    UNRECOGNISED,
    UNRECOGNISED_LIMIT,
)
from di_optimizer.index.formats.layout import Layout
from di_optimizer.index.parse import Line

SUM_TOLERANCE = 0.005  # issuers round each weight; a lost line shows beyond this
IDENTITIES = ("symbol", "cusip", "isin", "sedol")


def problems(lines: Sequence[Line], layout: Layout, file: str) -> Iterator[Problem]:
    """Yield everything that is wrong with the lines taken together."""
    securities = [line for line in lines if line.bucket == EQUITY]
    if lines and not securities:
        yield Problem(file=file, found="no equity line", allowed="at least one")
    yield from _repeated(securities, layout, file)
    yield from _sectorless(securities, layout, file)
    yield from _unrecognised(lines, file)
    if lines and all(_weighed(line) for line in lines):
        yield from _wrong_sum(math.fsum(line.weight for line in lines), layout, file)


def _weighed(line: Line) -> bool:
    return line.bucket == PLACEHOLDER or "weight" in line.numbers


def _repeated(
    securities: Sequence[Line], layout: Layout, file: str
) -> Iterator[Problem]:
    first: dict[tuple[str, str], int] = {}
    for line in securities:
        keys = [(c, line.texts[c]) for c in IDENTITIES if c in line.texts]
        if seen := [key for key in keys if key in first]:
            column, text = seen[0]
            yield Problem(
                file=file,
                row=line.row,
                column=layout.headers[column],
                found=f"'{text}' again, after row {first[column, text]}",
                allowed="one line for each security",
            )
        for key in keys:
            first.setdefault(key, line.row)


def _sectorless(
    securities: Sequence[Line], layout: Layout, file: str
) -> Iterator[Problem]:
    """Yield each gap, unless there are only gaps: a fund of one sector prints none."""
    if "sector" not in layout.needed:
        return
    missing = [line.row for line in securities if "sector" not in line.texts]
    if len(missing) == len(securities):
        return
    for row in missing:
        yield Problem(
            file=file,
            row=row,
            column=layout.headers["sector"],
            found="blank",
            allowed="a text",
        )


def _unrecognised(lines: Sequence[Line], file: str) -> Iterator[Problem]:
    strange = [line for line in lines if line.bucket == UNRECOGNISED]
    total = math.fsum(abs(line.weight) for line in strange)
    if total <= UNRECOGNISED_LIMIT:
        return
    for line in strange:
        printed = line.texts.get("asset_class") or line.texts.get("name", "")
        yield Problem(
            file=file,
            row=line.row,
            found=f"a line of unknown kind, '{printed}', of {total:.2%} in all",
            allowed=f"securities, known residuals and {UNRECOGNISED_LIMIT:.1%} others",
        )


def _wrong_sum(total: float, layout: Layout, file: str) -> Iterator[Problem]:
    if abs(total - 1) <= SUM_TOLERANCE:
        return
    low, high = 1 - SUM_TOLERANCE, 1 + SUM_TOLERANCE
    column = layout.headers["weight"]
    if not layout.percent and abs(total / 100 - 1) <= 0.1:
        yield Problem(
            file=file,
            column=column,
            found=f"weights in percent, {total:.6g} in all",
            allowed=f"fractions, {low} to {high} in all",
            todo="Divide every weight by 100",
        )
        return
    yield Problem(
        file=file,
        column=column,
        found=f"{total:.4%} in all lines, residual included",
        allowed=f"{low:.1%} to {high:.1%}",
    )
