# SPDX-License-Identifier: Apache-2.0
"""Dates of prices, benchmarks and risk models against the rebalance date.

What is of a later day could not be known then and is refused; what is old is used
and said to be old, because a wrong ``--date`` shows there first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from di_optimizer.intake.findings import Findings

OLD_PRICE = timedelta(days=14)  # longer than any closure of an exchange since 1915
OLD_MODEL = timedelta(days=92)  # a quarter: benchmarks and risk models are redone


def check_model(
    file: str, what: str, as_of: date | None, on: date, findings: Findings
) -> None:
    """Check the date of weights or a risk model; None is undated."""
    if as_of is None:
        return
    if as_of > on:
        found = f"{what} as of {as_of}, after the rebalance date"
        findings.add(file, None, None, found=found, allowed=f"a date up to {on}")
    elif on - as_of > OLD_MODEL:
        findings.notes.append(f"{file}: {what} as of {as_of}, {_days(as_of, on)} old")


def check_prices(
    file: str, dated: Sequence[tuple[int, date]], on: date, findings: Findings
) -> None:
    """Check the dates of prices, pairs of row and date."""
    for row, as_of in dated:
        if as_of > on:
            found = f"{as_of}, after the rebalance date"
            allowed = f"a date up to {on}"
            findings.add(file, row, "as_of", found=found, allowed=allowed)
    old = [as_of for _, as_of in dated if on - as_of > OLD_PRICE]
    if old:
        first = min(old)
        findings.notes.append(
            f"{file}: {len(old)} price{'s' * (len(old) != 1)} more than "
            f"{OLD_PRICE.days} days old, the oldest of {first}, {_days(first, on)}"
        )


def _days(start: date, end: date) -> str:
    return f"{(end - start).days} days"
