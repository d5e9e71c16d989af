# SPDX-License-Identifier: Apache-2.0
"""Exact holdings for ledger tests, from short arguments and from hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from di_optimizer.tax.holding import Holding

START = date(2020, 1, 2)


def holding(lot_id: str, shares: object, basis: object, **changes: Any) -> Holding:
    """Return a lot of AAA in account A, bought on 2020-01-02 unless said."""
    acquired = changes.pop("acquired", START)
    facts = {
        "account": "A",
        "symbol": "AAA",
        "acquired": acquired,
        "holding_start": acquired,
        "purchase": f"p{lot_id}",
    }
    return Holding(
        lot_id=lot_id,
        shares=Fraction(str(shares)),
        cost_basis=Fraction(str(basis)),
        **(facts | changes),
    )


def rows(lots: Iterable[Holding]) -> list[tuple[str, str, Fraction, Fraction]]:
    """Return lots as (id, symbol, shares, basis)."""
    return [(lot.lot_id, lot.symbol, lot.shares, lot.cost_basis) for lot in lots]


def total(lots: Iterable[Any], what: str) -> Fraction:
    """Return the sum of an attribute."""
    return sum((getattr(lot, what) for lot in lots), Fraction(0))


def numbers(low: int, high: int) -> st.SearchStrategy[Fraction]:
    """Return exact numbers with small denominators."""
    return st.builds(
        Fraction, st.integers(low * 12, high * 12), st.sampled_from([1, 4, 7, 12])
    ).filter(lambda x: low <= x <= high)


@st.composite
def lots(draw: st.DrawFn, least: int = 1, most: int = 4) -> tuple[Holding, ...]:
    """Return lots of one account and symbol, some alike, in any order."""
    count = draw(st.integers(least, most))
    made = []
    for at in range(count):
        acquired = START + timedelta(days=draw(st.integers(0, 3)) * 300)
        made.append(
            holding(
                str(at),
                draw(numbers(0, 40).filter(bool)),
                draw(numbers(0, 900)),
                acquired=acquired,
                holding_start=acquired - timedelta(days=draw(st.integers(0, 40))),
                replacement=draw(st.booleans()),
                parent=draw(st.sampled_from(["", "x"])),
            )
        )
    return tuple(draw(st.permutations(made)))
