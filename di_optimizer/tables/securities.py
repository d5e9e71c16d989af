# SPDX-License-Identifier: Apache-2.0
"""Tables about securities: what they are, what they weigh, what they cost."""

from __future__ import annotations

from di_optimizer.tables.columns import (
    SYMBOL,
    choice,
    date,
    number,
    price,
    symbol,
    text,
    whole,
)
from di_optimizer.tables.spec import Table

SECURITIES = Table(
    name="securities",
    description=(
        "One row a security; any further column is an attribute: numbers where every "
        "cell is one, else text. Blank is no value."
    ),
    key=("symbol",),
    open=True,
    columns=(
        symbol("symbol", "Canonical symbol.", required=True),
        text("name", "Name for people."),
        text("aliases", "Other spellings of the symbol, separated by ';'."),
        date("alias_from", "First date on which the aliases mean this security."),
        date("alias_until", "Last date on which the aliases mean this security."),
        text("cusip", "CUSIP, also accepted as a spelling of the symbol."),
        text("isin", "ISIN, also accepted as a spelling of the symbol."),
        text("sedol", "SEDOL, also accepted as a spelling of the symbol."),
        choice(
            "type",
            "stock etf fund adr reit bond option future forex cash",
            "What it is.",
            default="stock",
        ),
        text("currency", "ISO 4217 code of its price; blank is the prices table's."),
        number(
            "multiplier",
            "What a share or contract is worth is its price times this; blank is 1.",
            unit="units a share",
            above=0.0,
        ),
        whole(
            "decimals",
            "Decimals of a share that trade, in accounts that allow fractions.",
            unit="digits",
            at_least=0,
            at_most=9,
        ),
        number(
            "block",
            "Shares trade in multiples of it, in every account.",
            unit="shares",
            above=0.0,
        ),
        text("issuer", "Company behind it, for limits."),
        text("sector", "Sector, for restrictions and limits."),
        text("country", "Country of the company, for limits."),
        text(
            "wash_group",
            "Substantially identical securities share it; for restrictions.",
        ),
    ),
)

HOLDINGS = Table(
    name="holdings",
    description="An index or fund: what it holds on one date.",
    columns=(
        symbol(
            "symbol", "Security; blank on residual lines.", required=True, blank=True
        ),
        text("name", "Name for people."),
        number(
            "weight",
            "Share of the fund.",
            required=True,
            unit="fraction",
            at_least=-1.0,
            at_most=2.0,
        ),
        number("shares", "Shares held; negative is short.", unit="shares"),
        price("price", "Price of one share."),
        number("market_value", "Value of the line.", unit="fund currency"),
        text("sector", "Sector."),
        text("asset_class", "What the line is, such as equity, cash or futures."),
        text("currency", "ISO 4217 code of the price."),
        text("exchange", "Where it is listed."),
        text("cusip", "CUSIP."),
        text("isin", "ISIN."),
        text("sedol", "SEDOL."),
        date("as_of", "Date of the holdings."),
    ),
)

PRICES = Table(
    name="prices",
    description="One row a security: its price on one date.",
    key=("symbol",),
    columns=(
        SYMBOL,
        price("price", "Price of one share; blank is none.", required=True, blank=True),
        text("currency", "ISO 4217 code of the price.", default="USD"),
        date("as_of", "Date of the price; not after the rebalance date."),
        number(
            "adv",
            "Average daily volume, for turnover.adv.",
            unit="shares a day",
            at_least=0.0,
        ),
        number(
            "spread_bp",
            "Full bid-ask spread, of which a trade pays half; blank is the policy's.",
            unit="bp of price",
            at_least=0.0,
            at_most=10_000.0,
        ),
    ),
)

PRICE_HISTORY = Table(
    name="price_history",
    description="One row a security and day.",
    key=("date", "symbol"),
    columns=(
        date("date", "Trading day.", required=True),
        symbol("symbol", "Symbol as the model is to know it.", required=True),
        price("close", "Closing price as traded.", required=True),
        price(
            "adjusted_close",
            "Adjusted for splits and dividends; first choice for returns.",
        ),
        number("volume", "Shares traded.", unit="shares", at_least=0.0),
        number(
            "dividend",
            "Cash a share, on the ex-date.",
            unit="price currency a share",
            at_least=0.0,
        ),
        number(
            "split",
            "New shares for one old share, on the ex-date; blank is none.",
            unit="ratio",
            above=0.0,
        ),
    ),
)
