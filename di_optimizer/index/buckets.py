# SPDX-License-Identifier: Apache-2.0
"""What a line is by its printed class: a security, or part of which residual.

The residual is what a fund holds besides its constituents. Its buckets are named,
so that a report can say what was left out of the weights and how much it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EQUITY = "equity"
PLACEHOLDER = "placeholder"  # a line without weight, shares and identifiers
UNRECOGNISED = "unrecognised"  # tolerated up to UNRECOGNISED_LIMIT of the fund
UNRECOGNISED_LIMIT = 0.001

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "cash": "cash",
        "cash & equivalents": "cash",
        "cash collateral": "cash",
        "cash collateral and margins": "cash",
        "uninvestible cash": "cash",
        "variable margin": "cash",
        "currency": "currency",
        "forwards": "currency",
        "fx": "currency",
        "fx forward": "currency",
        "future": "futures",
        "futures": "futures",
        "index future": "futures",
        "money market": "money_market",
        "money market fund": "money_market",
        "money market fund, taxable": "money_market",
        "bond": "other",
        "fixed income": "other",
        "option": "other",
        "options": "other",
        "repurchase agreement": "other",
        "swap": "other",
        "swaps": "other",
        "treasury bill": "other",
    }
)


def residual_class(printed: str | None) -> str | None:
    """Return the bucket of a printed class, or None when it is no residual.

    Examples
    --------
    >>> residual_class("Cash Collateral and Margins"), residual_class("Common Stock")
    ('cash', None)
    """
    return CLASSES.get(printed.lower()) if printed else None
