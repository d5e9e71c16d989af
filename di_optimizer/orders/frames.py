# SPDX-License-Identifier: Apache-2.0
"""Trades and orders as tables, with the columns of their files."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from di_optimizer.exact import plain
from di_optimizer.orders.trading import Order
from di_optimizer.trades import Trade

TRADE_COLUMNS = (
    "account",
    "symbol",
    "lot_id",
    "side",
    "shares",
    "price",
    "amount",
    "realised_gain",
    "disallowed",
    "term",
    "tax",
    "reason",
)
ORDER_COLUMNS = (
    "account",
    "order_id",
    "symbol",
    "side",
    "shares",
    "price",
    "amount",
    "type",
    "execution_method",
    "algo",
    "lots",
    "wave",
    "reason",
)


def trades_frame(trades: Sequence[Trade]) -> pd.DataFrame:
    """Return trades as a table; decimals stay exact (object columns)."""
    rows = [[getattr(t, name) for name in TRADE_COLUMNS] for t in trades]
    return pd.DataFrame(rows, columns=list(TRADE_COLUMNS))


def orders_frame(orders: Sequence[Order]) -> pd.DataFrame:
    """Return orders as a table; lots as ``lot:shares`` separated by ``;``.

    A lot id that holds ``;``, ``:`` or ``"`` stands in double quotes, its own doubled.
    """
    frame = pd.DataFrame(
        [[getattr(o, name) for name in ORDER_COLUMNS] for o in orders],
        columns=list(ORDER_COLUMNS),
    )
    frame["lots"] = [
        ";".join(f"{_quoted(lot)}:{plain(shares)}" for lot, shares in o.lots)
        for o in orders
    ]
    return frame


def _quoted(lot_id: str) -> str:
    if not any(mark in lot_id for mark in ';:"'):
        return lot_id
    return '"' + lot_id.replace('"', '""') + '"'
