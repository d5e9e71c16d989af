# SPDX-License-Identifier: Apache-2.0
"""Which securities have a value in a text column of the securities table."""

from __future__ import annotations

import numpy as np

from di_optimizer.market import Market, Security
from di_optimizer.program.groups import Flags
from di_optimizer.universe import Universe

FIELDS = ("sector", "country", "issuer", "type", "currency", "wash_group")


def members_of(market: Market, universe: Universe, column: str, name: str) -> Flags:
    """Return which securities have ``name`` in a column, (n,)."""
    found = [market.securities.get(symbol) for symbol in universe.symbols]
    return np.array([value_of(one, column) == name for one in found], dtype=np.bool_)


def value_of(security: Security | None, column: str) -> object:
    """Return a security's value in a column; None where it has none.

    Examples
    --------
    >>> value_of(Security(symbol="AAA", sector="Energy"), "sector")
    'Energy'
    """
    if security is None:
        return None
    if column in FIELDS:
        return getattr(security, column)
    return security.attributes.get(column)
