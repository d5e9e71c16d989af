# SPDX-License-Identifier: Apache-2.0
"""The Invesco layout: a bare CSV, symbols padded, fund and date in columns."""

from __future__ import annotations

from di_optimizer.sample import fund as sample
from di_optimizer.sample.fund import Fund
from di_optimizer.sample.layouts.common import csv_bytes

HEADER = (
    *("Fund Ticker", "Security Identifier", "Holding Ticker", "Shares/Par Value"),
    *("MarketValue", "Weight", "Name", "Class of Shares", "Sector", "Date"),
)


def invesco(fund: Fund) -> bytes:
    """Return the bare CSV layout with fund and date in columns."""
    return csv_bytes([HEADER, *_equities(fund), *_residual(fund)], "\r\n")


def _equities(fund: Fund) -> list[list[str]]:
    return [
        [
            *(sample.TICKER, line.cusip, line.symbol.replace(".", "/") + " "),
            *_figures(fund, line.shares, line.market_value),
            *(line.name, "Common Stock", line.sector, _day(fund)),
        ]
        for line in fund.lines
    ]


def _residual(fund: Fund) -> list[list[str]]:
    """Return the money market fund and the currency balance."""
    reserve = ("Tessaline Treasury Portfolio", "Money Market Fund, Taxable", "")
    balance = ("US Dollar Balance", "Currency", "")
    money, cash = fund.money_market, round(fund.cash + fund.collateral, 2)
    return [
        [
            *(sample.TICKER, "999900109", "TMQZX "),
            *(*_figures(fund, money, money), *reserve, _day(fund)),
        ],
        [
            *(sample.TICKER, "CASHUSD00", " "),
            *(*_figures(fund, cash, cash), *balance, _day(fund)),
        ],
    ]


def _figures(fund: Fund, shares: float, money: float) -> tuple[str, str, str]:
    return f"{shares:,.0f}", f"{money:,.2f}", f"{100 * money / fund.value:.3f}"


def _day(fund: Fund) -> str:
    return f"{fund.on:%m/%d/%Y}"
