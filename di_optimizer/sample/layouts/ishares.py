# SPDX-License-Identifier: Apache-2.0
"""The iShares layout: facts above the table, prose below it, all cells quoted."""

from __future__ import annotations

from datetime import date

from di_optimizer.sample import fund as sample
from di_optimizer.sample.fund import Fund, FundLine
from di_optimizer.sample.layouts.common import MONTHS, PROSE

NBSP = "\N{NO-BREAK SPACE}"
HEADER = (
    *("Ticker", "Name", "Sector", "Asset Class", "Market Value", "Weight (%)"),
    *("Notional Value", "Quantity", "Price", "Location", "Exchange", "Currency"),
    *("FX Rate", "Market Currency", "Accrual Date"),
)


def ishares(fund: Fund) -> bytes:
    """Return the CSV layout with facts above the table and prose below it."""
    table = [_equity(line) for line in fund.lines]
    table += _residual(fund)
    table.sort(key=lambda cells: -float(cells[4].replace(",", "")))
    quoted = [",".join(f'"{cell}"' for cell in cells) for cells in table]
    day = f"{MONTHS[fund.on.month - 1]} {fund.on.day:02d}, {fund.on.year}"
    units = round(fund.value / sample.UNIT_PRICE, -4)
    above = [
        sample.NAME,
        f'Fund Holdings as of,"{day}"',
        'Inception Date,"Jul 01, 2019"',
        f'Shares Outstanding,"{units:,.2f}"',
        *(f'{part},"-"' for part in ("Stock", "Bond", "Cash", "Other")),
        NBSP,
        ",".join(HEADER),
    ]
    below = [NBSP, '"' + PROSE[0], *PROSE[1:], 'SAMPLE-0001"']
    return ("\ufeff" + "\n".join([*above, *quoted, *below]) + "\n").encode()


def _equity(line: FundLine) -> list[str]:
    return [
        line.symbol.replace(".", ""),
        line.name.upper().replace(".", "").replace(",", ""),
        line.sector,
        "Equity",
        f"{line.market_value:,.2f}",
        f"{100 * line.weight:.2f}",
        f"{line.market_value:,.2f}",
        f"{line.shares:,.2f}",
        f"{line.price:,.2f}",
        sample.COUNTRIES[line.country],
        line.exchange,
        *("USD", "1.00", "USD", "-"),
    ]


def _residual(fund: Fund) -> list[list[str]]:
    """Return cash, money market fund, collateral and index futures."""
    code = _future_code(fund.future_expiry)
    month = f"{MONTHS[fund.future_expiry.month - 1]} {fund.future_expiry:%y}".upper()
    notional = f"{fund.contracts * sample.CONTRACT_VALUE:,.2f}"
    cash = (
        ("XTQZ", "TESSALINE CASH FUND TREASURY", "Money Market", fund.money_market, 1),
        ("USD", "USD CASH", "Cash", fund.cash, 100),
        (
            *("CQBAL", "CASH COLLATERAL USD CQBAL"),
            *("Cash Collateral and Margins", fund.collateral, 100),
        ),
    )
    lines = [
        [
            *(symbol, name, "Cash and/or Derivatives", kind, f"{amount:,.2f}"),
            *(f"{100 * amount / fund.value:.2f}", f"{amount:,.2f}", f"{amount:,.2f}"),
            *(f"{price:.2f}", "United States", "-", "USD", "1.00", "USD", "-"),
        ]
        for symbol, name, kind, amount, price in cash
    ]
    future = [
        *(code, f"BROAD MARKET EMINI {month}", "Cash and/or Derivatives", "Futures"),
        *("0.00", "0.00", notional, f"{fund.contracts:,.2f}"),
        *(f"{sample.CONTRACT_LEVEL:,.2f}", "-", "Harbour Futures Market"),
        *("USD", "1.00", "USD", "-"),
    ]
    return [*lines, future]


def _future_code(expiry: date) -> str:
    return f"TQ{sample.FUTURE_MONTHS[expiry.month]}{expiry.year % 10}"
