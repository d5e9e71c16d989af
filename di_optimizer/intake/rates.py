# SPDX-License-Identifier: Apache-2.0
"""Prices and limits in other currencies, converted exactly, once, at the boundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from di_optimizer.account import WorkingOrder
from di_optimizer.exact import exact
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.profiles import Profiles
from di_optimizer.intake.sheets import Sheet
from di_optimizer.market import Market, Quote

Rates = Mapping[str, Decimal]


def read_rates(sheet: Sheet, profiles: Profiles, findings: Findings) -> Rates:
    """Return what a unit of each other currency is worth in that of the accounts.

    Rates are of one currency, so all accounts have to be in it.
    """
    rows = list(sheet.rows("currency", "rate"))
    own = sorted({profile.currency for profile in profiles.values()})
    if rows and len(own) > 1:
        findings.add(
            sheet.file,
            rows[0][0],
            "rate",
            found=f"rates for accounts in {', '.join(own)}",
            allowed="rates where all accounts are in one currency",
            todo="Rebalance the accounts of each currency by themselves.",
        )
    for row, currency, rate in rows:
        if currency in own and rate != 1.0:
            findings.add(
                sheet.file,
                row,
                "rate",
                found=f"{rate:g} for {currency}, the currency of the accounts",
                allowed="1",
            )
    return {c: exact(rate) for _, c, rate in rows if c not in own}


def converted(market: Market, rates: Rates, profiles: Profiles) -> Market:
    """Return the market with every price that has a rate in the accounts' currency.

    Products are exact. Each quote keeps the currency that it trades in.
    """
    own = sorted({profile.currency for profile in profiles.values()})
    if not rates or len(own) != 1:
        return market
    quotes = {s: _quote(q, rates, own[0]) for s, q in market.quotes.items()}
    return replace(market, quotes=quotes, rates=dict(rates))


def _quote(quote: Quote, rates: Rates, own: str) -> Quote:
    if quote.currency not in rates:
        return quote
    price = quote.price * rates[quote.currency]
    return replace(quote, price=price, currency=own, paid_in=quote.currency)


def with_limits(
    orders: tuple[WorkingOrder, ...], market: Market
) -> tuple[WorkingOrder, ...]:
    """Return orders with limits in the currency of the account, as prices are."""
    return tuple(_limited(order, market) for order in orders)


def _limited(order: WorkingOrder, market: Market) -> WorkingOrder:
    quote = market.quotes.get(order.symbol)
    rate = None if quote is None else market.rates.get(quote.paid_in)
    if rate is None or order.limit_price is None:
        return order
    return replace(order, limit_price=order.limit_price * rate)
