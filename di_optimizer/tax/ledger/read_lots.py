# SPDX-License-Identifier: Apache-2.0
"""The lots table as the state before the first transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from di_optimizer.tax.holding import Holding
from di_optimizer.tax.ledger.read_trades import fraction
from di_optimizer.tax.ledger.rounding import to_cents
from di_optimizer.tax.ledger.state import LedgerState, LotState
from di_optimizer.tax.origins import holding_start_of


def opening(frame: pd.DataFrame) -> LedgerState:
    """Return the state before the first transaction: the opening lots, in their order.

    Parameters
    ----------
    frame : DataFrame
        The lots table, as read.
    """
    records = enumerate(frame.to_dict("records"))
    lots = tuple(
        _opening_lot({str(k): v for k, v in r.items()}, at) for at, r in records
    )
    return LedgerState(rows=len(lots), lots=lots)


def _opening_lot(cells: Mapping[str, Any], at: int) -> LotState:
    acquired, start = cells["acquired"].date(), cells["holding_start"]
    stated = None if pd.isna(start) else start.date()
    holding = Holding(
        account=cells["account"],
        lot_id=cells["lot_id"],
        symbol=cells["symbol"],
        shares=fraction(cells["shares"]),
        cost_basis=fraction(cells["cost_basis"]),
        acquired=acquired,
        holding_start=holding_start_of(cells["origin"], acquired, stated),
        purchase=_text(cells["purchase"]) or _text(cells["parent"]) or cells["lot_id"],
        replacement=bool(cells["replacement"]),
        parent=_text(cells["parent"]),
        origin=cells["origin"],
        sleeve=cells["sleeve"],
    )
    shown = to_cents(holding.cost_basis)
    return LotState(holding=holding, shown=shown, rank=0, arrival=at)


def _text(cell: Any) -> str:
    return "" if pd.isna(cell) else str(cell)
