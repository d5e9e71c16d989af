# SPDX-License-Identifier: Apache-2.0
"""State Street: an XLSX with the fund's facts in columns A and B above the table.

Publishes CUSIP (eight or nine characters) and SEDOL, and no asset class: what has
no SEDOL is no security of an exchange, and the rest of its cells say what it is.
Funds of a single sector print no sector at all.
"""

from __future__ import annotations

import re

from di_optimizer.index.buckets import EQUITY, PLACEHOLDER, UNRECOGNISED
from di_optimizer.index.formats.layout import Layout, Preamble, Texts, labelled

_FUTURE = re.compile(r"[A-Z]{2,4}[FGHJKMNQUVXZ]\d{1,2}")  # root, month letter, year
_CASH = re.compile(r"CASH_[A-Z]{3}|999[A-Z]{3}[A-Z0-9]{3}")  # currency lines
_MONEY_MARKET = re.compile(r"MONEY MARKET|LIQUID RESERVES")


def bucket(line: Texts) -> str:
    """Return what the line is; a stock is known by its SEDOL or its sector."""
    if _empty(line):
        return PLACEHOLDER
    return EQUITY if line["sedol"] or line["sector"] else _residual(line)


def _empty(line: Texts) -> bool:
    return not any(line[c] for c in ("weight", "shares", "cusip", "sedol"))


def _residual(line: Texts) -> str:
    if _CASH.fullmatch(line["cusip"] or ""):
        return "cash"
    if _MONEY_MARKET.search((line["name"] or "").upper()):
        return "money_market"
    return "futures" if _FUTURE.fullmatch(line["symbol"] or "") else UNRECOGNISED


def fund(preamble: Preamble) -> str:
    """Return the fund's name, or its ticker where the name is missing."""
    found = labelled(preamble, "Fund Name:") or labelled(preamble, "Ticker Symbol:")
    return found[1] if found else ""


LAYOUT = Layout(
    issuer="State Street",
    headers={
        "name": "Name",
        "symbol": "Ticker",
        "cusip": "Identifier",
        "sedol": "SEDOL",
        "weight": "Weight",
        "sector": "Sector",
        "shares": "Shares Held",
        "currency": "Local Currency",
    },
    bucket=bucket,
    needed=("symbol", "weight", "shares", "sector", "cusip", "sedol"),
    as_of_label="Holdings:",
    as_of_prefix="As of ",
    fund=fund,
    blanks=frozenset({"Unassigned"}),
)
