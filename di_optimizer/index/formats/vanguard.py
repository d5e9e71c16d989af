# SPDX-License-Identifier: Apache-2.0
"""Vanguard: a JSON object of one fund with a list of lines, dated line by line.

Publishes CUSIP, SEDOL and market value, and no price, currency or exchange. The
mutual funds that its index funds hold are Vanguard's own liquidity funds.
"""

from __future__ import annotations

from di_optimizer.index.buckets import EQUITY, UNRECOGNISED, residual_class
from di_optimizer.index.formats.layout import Layout, Preamble, Texts, labelled


def bucket(line: Texts) -> str:
    """Return what the issue type and its parent type say the line is."""
    if line["asset_class"] == "Mutual Fund":
        return "money_market"
    if line["parent_class"] == "Equity":
        return EQUITY
    printed = residual_class(line["asset_class"])
    return printed or residual_class(line["parent_class"]) or UNRECOGNISED


def fund(preamble: Preamble) -> str:
    """Return the portfolio's number, the only identity in the file."""
    found = labelled(preamble, "portId")
    return f"Vanguard portfolio {found[1]}" if found else ""


LAYOUT = Layout(
    issuer="Vanguard",
    headers={
        "as_of": "effectiveDate",
        "name": "reportingName",
        "shares": "quantity",
        "weight": "mktValPercent",
        "side": "salesPosition",
        "sedol": "sedol",
        "symbol": "bticker",
        "asset_class": "issueTypeName",
        "parent_class": "parentIssueTypeName",
        "sector": "sector",
        "market_value": "marketVal",
        "cusip": "CUSIP",
    },
    bucket=bucket,
    needed=("symbol", "weight", "shares", "sector", "cusip", "sedol", "asset_class"),
    fund=fund,
)
