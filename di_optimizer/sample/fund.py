# SPDX-License-Identifier: Apache-2.0
"""A fictional fund that tracks the sample index: what it holds on a date.

Knows no layout; those print what is here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import pandas as pd

from di_optimizer.sample.market import SampleMarket
from di_optimizer.sample.securities import securities_table

NAME, TICKER, NUMBER = "Tessaline Broad Market ETF", "TBQX", "9907"
FUND_VALUE = 4.2e10  # USD
CASH, MONEY_MARKET, COLLATERAL = 0.0011, 0.0016, 0.0002  # fractions of the fund
UNIT_PRICE = 250.0  # of one share of the fund
CONTRACT, CONTRACT_LEVEL = 50, 5_000.0  # index future: multiplier, index level
CONTRACT_VALUE = CONTRACT * CONTRACT_LEVEL
EXCHANGES = ("Harbour Exchange", "Northgate Exchange Inc.")
COUNTRIES = {"US": "United States", "IE": "Ireland", "GB": "United Kingdom"}
FUTURE_MONTHS = {3: "H", 6: "M", 9: "U", 12: "Z"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FundLine:
    """One security that the fund holds; ``weight`` is a fraction of the fund."""

    symbol: str
    name: str
    issuer: str
    sector: str
    country: str
    cusip: str
    isin: str
    sedol: str
    exchange: str
    shares: float
    price: float
    market_value: float
    weight: float


@dataclass(frozen=True, kw_only=True)
class Fund:
    """Holdings of the sample fund.

    Attributes
    ----------
    on : date
        Trading day of prices and weights.
    lines : tuple of FundLine
        By market value, largest first.
    cash, money_market, collateral : float
        USD, to the cent.
    value : float
        USD; all weights are fractions of it.
    """

    on: date
    lines: tuple[FundLine, ...]
    cash: float
    money_market: float
    collateral: float
    value: float

    @property
    def contracts(self) -> int:
        """Index futures that make up for the cash; they weigh nothing."""
        return max(1, round((self.cash + self.money_market) / CONTRACT_VALUE))

    @property
    def future_expiry(self) -> date:
        """Third Friday of the next quarter month after the date."""
        day = self.on
        while True:
            day += timedelta(days=1)
            if day.month % 3 == 0 and day.weekday() == 4 and 15 <= day.day <= 21:
                return day


def fund_on(market: SampleMarket, on: date) -> Fund:
    """Return what the fund holds at the close of a date.

    Examples
    --------
    >>> from di_optimizer.sample.market import END, MarketSpec, build_market
    >>> fund = fund_on(build_market(MarketSpec(securities=30)), END)
    >>> rest = (fund.cash + fund.money_market + fund.collateral) / fund.value
    >>> round(sum(line.weight for line in fund.lines) + rest, 12)
    1.0
    """
    row = market.row(on)
    cash, money_market, collateral = (
        round(part * FUND_VALUE, 2) for part in (CASH, MONEY_MARKET, COLLATERAL)
    )
    members = _members(market, on, FUND_VALUE - cash - money_market - collateral)
    value = float(members["market_value"].sum()) + cash + money_market + collateral
    members["weight"] = members["market_value"] / value
    order = np.lexsort((members["symbol"], -members["market_value"]))
    records = members.iloc[order].to_dict(orient="records")
    return Fund(
        on=market.days[row],
        lines=tuple(FundLine(**{str(k): v for k, v in r.items()}) for r in records),
        cash=cash,
        money_market=money_market,
        collateral=collateral,
        value=value,
    )


def _members(market: SampleMarket, on: date, money: float) -> pd.DataFrame:
    """Return the index members with whole shares worth about ``money`` in all."""
    weights = market.weights(on)
    table = securities_table(market)
    table = table[table["symbol"].isin(weights.index)].reset_index(drop=True)
    price = market.last[market.row(on)][np.isin(market.symbols, weights.index)]
    shares = np.maximum(np.round(weights.to_numpy() * money / price), 1.0)
    exchange = [EXCHANGES[len(symbol) % len(EXCHANGES)] for symbol in table["symbol"]]
    columns = [field.name for field in fields(FundLine) if field.name in table]
    return table[columns].assign(
        exchange=exchange,
        shares=shares,
        price=price,
        market_value=np.round(shares * price, 2),
    )
