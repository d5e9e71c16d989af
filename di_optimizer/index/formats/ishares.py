# SPDX-License-Identifier: Apache-2.0
"""iShares: a CSV with facts of the fund above the table and prose below it.

Publishes prices, exchange and currency, and no identifier besides the ticker.
"""

from __future__ import annotations

from di_optimizer.index.buckets import EQUITY, UNRECOGNISED, residual_class
from di_optimizer.index.formats.layout import Layout, Preamble, Texts


def bucket(line: Texts) -> str:
    """Return what the printed asset class says the line is."""
    if line["asset_class"] == "Equity":
        return EQUITY
    return residual_class(line["asset_class"]) or UNRECOGNISED


def fund(preamble: Preamble) -> str:
    """Return the first cell of the file, the fund's name."""
    return preamble[0].cells[0] if preamble and preamble[0].cells else ""


LAYOUT = Layout(
    issuer="iShares",
    headers={
        "symbol": "Ticker",
        "name": "Name",
        "sector": "Sector",
        "asset_class": "Asset Class",
        "market_value": "Market Value",
        "weight": "Weight (%)",
        "shares": "Quantity",
        "price": "Price",
        "exchange": "Exchange",
        "currency": "Currency",
    },
    bucket=bucket,
    as_of_label="Fund Holdings as of",
    fund=fund,
    footer=True,
)
