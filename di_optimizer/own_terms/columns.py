# SPDX-License-Identifier: Apache-2.0
"""Columns of the securities table in the order of some symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from di_optimizer.market import Market, Security

TEXTS = ("type", "currency", "sector", "country", "issuer", "wash_group")


def columns_of(market: Market, symbols: Sequence[str]) -> Mapping[str, tuple[Any, ...]]:
    """Return every column that one of the symbols has a value in, by name.

    Examples
    --------
    >>> from datetime import date
    >>> energy = Security(symbol="AAA", sector="Energy")
    >>> market = Market(on=date(2024, 6, 28), quotes={}, securities={"AAA": energy})
    >>> columns_of(market, ("AAA", "BBB"))["sector"]
    ('Energy', None)
    """
    known = [market.securities.get(symbol) for symbol in symbols]
    further = {name for s in known if s is not None for name in s.attributes}
    names = (*TEXTS, *sorted(further))
    return {name: tuple(_cell(s, name) for s in known) for name in names}


def _cell(security: Security | None, name: str) -> Any:
    if security is None:
        return None
    own = getattr(security, name) if name in TEXTS else None
    return security.attributes.get(name) if own is None else own
