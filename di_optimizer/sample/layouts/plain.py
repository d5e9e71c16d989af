# SPDX-License-Identifier: Apache-2.0
"""The plain CSV: the columns of the holdings table, weights as fractions."""

from __future__ import annotations

from di_optimizer.sample.fund import Fund, FundLine
from di_optimizer.sample.layouts.common import csv_bytes

HEADER = (
    *("symbol", "name", "weight", "shares", "price", "market_value", "sector"),
    *("asset_class", "currency", "exchange", "cusip", "isin", "sedol", "as_of"),
)


def plain(fund: Fund) -> bytes:
    """Return the columns of the holdings table; weights are fractions."""
    rows = [_equity(fund, line) for line in fund.lines]
    rows += [
        _residual(fund, "US Dollar", "Cash", fund.cash + fund.collateral),
        _residual(fund, "Tessaline Treasury", "Money Market", fund.money_market),
    ]
    return csv_bytes([HEADER, *rows], "\n")


def _equity(fund: Fund, line: FundLine) -> list[str]:
    return [
        *(line.symbol, line.name, f"{line.weight:.10f}", f"{line.shares:.0f}"),
        *(f"{line.price:.2f}", f"{line.market_value:.2f}", line.sector, "Equity"),
        *("USD", line.exchange, line.cusip, line.isin, line.sedol),
        fund.on.isoformat(),
    ]


def _residual(fund: Fund, name: str, kind: str, amount: float) -> list[str]:
    cells = {
        "name": name,
        "weight": f"{amount / fund.value:.10f}",
        "market_value": f"{amount:.2f}",
        "asset_class": kind,
        "currency": "USD",
        "as_of": fund.on.isoformat(),
    }
    return [cells.get(column, "") for column in HEADER]
