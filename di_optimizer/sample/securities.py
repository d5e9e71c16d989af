# SPDX-License-Identifier: Apache-2.0
"""The securities table of the sample market."""

from __future__ import annotations

import pandas as pd

from di_optimizer.sample.identifiers import cusip, isin, sedol
from di_optimizer.sample.market import SampleMarket
from di_optimizer.sample.sectors import SECTORS

FIRST_ISSUE = 10  # common stock; the second class of a company has the next one


def securities_table(market: SampleMarket) -> pd.DataFrame:
    """Return one row a security, sorted by symbol.

    Two classes of one company share a ``wash_group``. A symbol with a class has its
    spelling without the point as alias.

    Examples
    --------
    >>> from di_optimizer.sample.market import MarketSpec, build_market
    >>> table = securities_table(build_market(MarketSpec(securities=40)))
    >>> table["wash_group"].ne("").sum().item()
    2
    """
    listings, issuers = market.listings, market.issuers
    rows = []
    for i, symbol in enumerate(listings.symbols):
        company = int(listings.issuer[i])
        number = cusip(company, FIRST_ISSUE + int(listings.discount[i] != 1.0))
        base = symbol.partition(".")[0]
        rows.append(
            {
                "symbol": symbol,
                "name": security_name(issuers.names[company], listings.share_class[i]),
                "aliases": symbol.replace(".", "") if "." in symbol else "",
                "cusip": number,
                "isin": isin("US", number),
                "sedol": sedol(i),
                "type": "stock",
                "currency": "USD",
                "issuer": issuers.names[company],
                "sector": SECTORS[issuers.sector[company]].name,
                "country": issuers.countries[company],
                "wash_group": base if listings.paired[i] else "",
            }
        )
    return pd.DataFrame(rows)


def security_name(company: str, share_class: str) -> str:
    """Return the name of a security.

    Examples
    --------
    >>> security_name("Drixmere Foods Corp.", "B")
    'Drixmere Foods Corp. Class B'
    """
    return company + (f" Class {share_class}" if share_class else "")
