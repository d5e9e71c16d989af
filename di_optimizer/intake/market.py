# SPDX-License-Identifier: Apache-2.0
"""Securities and prices tables to the market on one date."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from di_optimizer.exact import exact
from di_optimizer.intake.attributes import read_attributes
from di_optimizer.intake.dates import check_prices
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.sheets import Sheet, optional
from di_optimizer.market import Market, Quote, Security

SECURITY = (
    "symbol",
    "name",
    "type",
    "currency",
    "multiplier",
    "decimals",
    "block",
    "issuer",
    "sector",
    "country",
    "wash_group",
)


def read_market(
    securities: Sheet,
    prices: Sheet,
    on: date,
    findings: Findings,
    numbers: Collection[str] = (),
) -> Market:
    """Return the market; both sheets have canonical symbols already.

    A security without a currency of its own has its price's. ``numbers`` are the
    further columns of securities that have to be numbers.
    """
    quotes = _quotes(prices, on, findings)
    attributes = read_attributes(securities, numbers, findings)
    known = _securities(securities, quotes, attributes)
    _check_currencies(prices, quotes, known, findings)
    return Market(on=on, quotes=quotes, securities=known)


def _quotes(prices: Sheet, on: date, findings: Findings) -> dict[str, Quote]:
    """Return a quote for each row that has a price."""
    columns = ("symbol", "price", "currency", "as_of", "adv", "spread_bp")
    quotes: dict[str, Quote] = {}
    dated: list[tuple[int, date]] = []
    for row, symbol, price, currency, as_of, adv, spread in prices.rows(*columns):
        if as_of is not None:
            dated.append((row, as_of))
        if price is not None:
            quotes[symbol] = Quote(
                symbol=symbol,
                price=exact(price),
                currency=currency,
                as_of=as_of,
                adv=adv,
                spread_bp=optional(spread),
            )
    check_prices(prices.file, dated, on, findings)
    return dict(sorted(quotes.items()))


def _securities(
    sheet: Sheet,
    quotes: dict[str, Quote],
    attributes: Mapping[str, Mapping[str, str | float]],
) -> dict[str, Security]:
    known: dict[str, Security] = {}
    for _, symbol, name, kind, currency, multiplier, *rest in sheet.rows(*SECURITY):
        decimals, block, issuer, sector, country, wash_group = rest
        quoted = quotes[symbol].currency if symbol in quotes else "USD"
        known[symbol] = Security(
            symbol=symbol,
            name=name or "",
            type=kind,
            currency=currency or quoted,
            multiplier=Decimal(1) if multiplier is None else exact(multiplier),
            decimals=decimals,
            block=optional(block),
            issuer=issuer,
            sector=sector,
            country=country,
            wash_group=wash_group,
            attributes=attributes.get(symbol, {}),
        )
    return dict(sorted(known.items()))


def _check_currencies(
    prices: Sheet,
    quotes: dict[str, Quote],
    known: dict[str, Security],
    findings: Findings,
) -> None:
    for row, symbol in prices.rows("symbol"):
        quote, security = quotes.get(symbol), known.get(symbol)
        if quote and security and quote.currency != security.currency:
            findings.add(
                prices.file,
                row,
                "currency",
                found=f"{quote.currency} for {symbol}",
                allowed=f"{security.currency}, its currency in the securities table",
            )
