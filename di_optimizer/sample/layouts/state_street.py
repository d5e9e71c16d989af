# SPDX-License-Identifier: Apache-2.0
"""The State Street layout: a workbook with facts above and prose below the table."""

from __future__ import annotations

from di_optimizer.sample import fund as sample
from di_optimizer.sample.fund import Fund, FundLine
from di_optimizer.sample.layouts.common import MONTHS, PROSE
from di_optimizer.sample.xlsx import workbook

HEADER = (
    *("Name", "Ticker", "Identifier", "SEDOL", "Weight", "Sector", "Shares Held"),
    "Local Currency",
)


def state_street(fund: Fund) -> bytes:
    """Return the XLSX layout: facts in columns A and B, text cells throughout."""
    day = f"{fund.on.day:02d}-{MONTHS[fund.on.month - 1]}-{fund.on.year}"
    above = [
        ["Fund Name:", sample.NAME],
        ["Ticker Symbol:", sample.TICKER],
        ["Holdings:", f"As of {day}"],
        [],
        list(HEADER),
    ]
    table = [_equity(line) for line in fund.lines]
    table += _residual(fund)
    table.sort(key=lambda cells: -float(cells[4]))
    below: list[list[str]] = [[], [], [PROSE[0]], [], [" ".join(PROSE[1:])]]
    return workbook([*above, *table, *below], "holdings")


def _equity(line: FundLine) -> list[str]:
    return [
        line.name,
        line.symbol,
        line.cusip[:8],
        line.sedol,
        f"{100 * line.weight:.6f}",
        line.sector,
        f"{line.shares:.3f}",
        "USD",
    ]


def _residual(fund: Fund) -> list[list[str]]:
    """Return cash and the money market fund; neither has a SEDOL or a sector."""
    lines = (
        ("U.S. Dollar", "CASH_USD", "CASH_USD", fund.cash + fund.collateral),
        (
            "Tessaline Treasury Money Market Fund",
            "TMQZX",
            "99990010",
            fund.money_market,
        ),
    )
    return [
        [
            *(name, symbol, identifier, "Unassigned"),
            *(f"{100 * amount / fund.value:.6f}", "Unassigned", f"{amount:.3f}", "USD"),
        ]
        for name, symbol, identifier, amount in lines
    ]
