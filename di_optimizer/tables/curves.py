# SPDX-License-Identifier: Apache-2.0
"""Tables that the curves of tracking error write."""

from __future__ import annotations

from di_optimizer.tables.columns import choice, fraction, number, text, whole
from di_optimizer.tables.spec import Column, Table

YEARLY = "bp a year"


def _error(name: str, description: str) -> Column:
    return number(name, description, unit=YEARLY, decimals=6)


_COLUMNS = (
    text("benchmark", "What is followed.", required=True),
    choice(
        "shares",
        "any whole fractional",
        "Amounts that trade; any is no limit.",
        required=True,
    ),
    whole("limit", "Most names; blank is no limit.", unit="names", at_least=1),
    number(
        "size",
        "Size of the account; blank where it does not matter.",
        unit="account currency",
        above=0.0,
    ),
    text(
        "status",
        "solved (the bound is as close as asked for), limit, or why there is none.",
        required=True,
    ),
    _error("te_bp", "Tracking error, ex ante; with no portfolio the rest is blank."),
    _error("bound_bp", "No portfolio of this point has less tracking error, proven."),
    _error("gap_bp", "Tracking error − bound."),
    whole("names", "Names held.", unit="names", at_least=0),
    fraction("cash", "What stays in cash."),
    number("seconds", "Time of the search.", unit="s", at_least=0.0, decimals=3),
    text("engine", "Engine that proved the bound."),
)

TE_VS_NAMES = Table(
    name="te_vs_names",
    description="Tracking error against the number of names, one row a point.",
    columns=_COLUMNS,
)

TE_VS_ACCOUNT_SIZE = Table(
    name="te_vs_account_size",
    description="Tracking error against the size of an account, one row a point.",
    columns=_COLUMNS,
)
