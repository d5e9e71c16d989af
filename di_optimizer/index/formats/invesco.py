# SPDX-License-Identifier: Apache-2.0
"""Invesco: a bare CSV table, date and fund in columns, tickers padded with blanks.

Publishes CUSIP and market value, and no price, currency or exchange. Classes of
shares are many, so a line is a security unless its class is a known residual.
"""

from __future__ import annotations

from di_optimizer.index.buckets import EQUITY, residual_class
from di_optimizer.index.formats.layout import Layout, Texts


def bucket(line: Texts) -> str:
    """Return what the printed class of shares says the line is."""
    return residual_class(line["asset_class"]) or EQUITY


LAYOUT = Layout(
    issuer="Invesco",
    headers={
        "fund": "Fund Ticker",
        "cusip": "Security Identifier",
        "symbol": "Holding Ticker",
        "shares": "Shares/Par Value",
        "market_value": "MarketValue",
        "weight": "Weight",
        "name": "Name",
        "asset_class": "Class of Shares",
        "sector": "Sector",
        "as_of": "Date",
    },
    bucket=bucket,
    needed=("symbol", "weight", "shares", "sector", "cusip", "asset_class"),
)
