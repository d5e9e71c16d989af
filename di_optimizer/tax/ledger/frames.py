# SPDX-License-Identifier: Apache-2.0
"""The ledger's results as tables: cents as money, billionths as shares.

Shares that no decimal writes are rounded to 9 digits, the remainder with the last
lot of the position.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby

import numpy as np
import pandas as pd

from di_optimizer.tables.catalog import TABLES
from di_optimizer.tables.spec import Kind
from di_optimizer.tax.ledger.gains import GainRow, Match
from di_optimizer.tax.ledger.open_lot import OpenLot
from di_optimizer.tax.ledger.rounding import BILLIONTHS, CENTS, allot, to_units

TYPES = {
    Kind.TEXT: "str",
    Kind.SYMBOL: "str",
    Kind.CHOICE: "str",
    Kind.FLAG: "boolean",
}


def lots_frame(lots: Sequence[OpenLot]) -> pd.DataFrame:
    """Return open lots, in the order that the ledger gives them, as a lots table."""
    held = [lot.holding for lot in lots]
    return _frame(
        "lots",
        {
            "account": [lot.account for lot in held],
            "lot_id": [lot.lot_id for lot in held],
            "symbol": [lot.symbol for lot in held],
            "shares": _shares(_shown_shares(lots)),
            "cost_basis": _money([lot.shown for lot in lots]),
            "acquired": _dates([lot.acquired for lot in held]),
            "holding_start": _dates([lot.holding_start for lot in held]),
            "origin": [lot.origin for lot in held],
            "sleeve": [lot.sleeve for lot in held],
            "purchase": [lot.purchase for lot in held],
            "replacement": [lot.replacement for lot in held],
            "parent": [lot.parent or None for lot in held],
        },
    )


def _shown_shares(lots: Iterable[OpenLot]) -> list[int]:
    shown: list[int] = []
    for _, position in groupby(lots, lambda x: (x.holding.account, x.holding.symbol)):
        exact = [lot.shares for lot in position]
        whole = sum(exact, Fraction(0))
        shown += allot(to_units(whole, BILLIONTHS), exact, BILLIONTHS)
    return shown


def gains_frame(rows: Sequence[GainRow]) -> pd.DataFrame:
    """Return gain rows as the gains table."""
    return _frame(
        "gains",
        {
            "account": [row.account for row in rows],
            "gain_id": [row.gain_id for row in rows],
            "symbol": [row.symbol for row in rows],
            "lot_id": [row.lot_id for row in rows],
            "acquired": _dates([row.acquired for row in rows]),
            "holding_start": _dates([row.holding_start for row in rows]),
            "sold": _dates([row.sold for row in rows]),
            "shares": _shares([row.shares for row in rows]),
            "proceeds": _money([row.proceeds for row in rows]),
            "cost_basis": _money([row.cost_basis for row in rows]),
            "gain": _money([row.gain for row in rows]),
            "term": [row.term.value for row in rows],
            "allowed": _money([row.allowed for row in rows]),
            "disallowed": _money([row.disallowed for row in rows]),
            "reported": _money([row.reported for row in rows]),
            "lost": _money([row.lost for row in rows]),
            "code": ["W" if row.disallowed else None for row in rows],
            "amended": _dates([row.amended for row in rows]),
            "taxable": [row.taxable for row in rows],
        },
    )


def matches_frame(matches: Sequence[Match]) -> pd.DataFrame:
    """Return replacements as the wash_sales table."""
    shares = [to_units(match.shares, BILLIONTHS) for match in matches]
    return _frame(
        "wash_sales",
        {
            "account": [match.row.account for match in matches],
            "gain_id": [match.row.gain_id for match in matches],
            "sold_lot": [match.row.lot_id for match in matches],
            "sold": _dates([match.row.sold for match in matches]),
            "shares": _shares(shares),
            "disallowed": _money([match.disallowed for match in matches]),
            "replacement_account": [match.account for match in matches],
            "replacement_lot": [match.lot_id for match in matches],
            "replacement_symbol": [match.symbol for match in matches],
            "bought": _dates([match.bought for match in matches]),
            "basis_added": _money([match.basis_added for match in matches]),
            "lost": _money([match.lost for match in matches]),
            "days_carried": pd.array([m.carried for m in matches], dtype="Int64"),
        },
    )


def _frame(name: str, columns: dict[str, object]) -> pd.DataFrame:
    """Return columns in the types of the table's spec, rows numbered from 0."""
    table = TABLES[name]
    assert list(columns) == list(table.names)
    types = {c.name: TYPES[c.kind] for c in table.columns if c.kind in TYPES}
    return pd.DataFrame(columns).astype(types)


def _money(cents: Sequence[int]) -> np.ndarray:
    return np.array(cents, dtype=np.float64) / CENTS


def _shares(units: Sequence[int]) -> np.ndarray:
    return np.array([unit / BILLIONTHS for unit in units], dtype=np.float64)


def _dates(days: Sequence[object]) -> np.ndarray:
    return np.array(days, dtype="datetime64[s]")
