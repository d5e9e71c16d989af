# SPDX-License-Identifier: Apache-2.0
"""A small folder in the layout of the real data, from a seed."""

import numpy as np
import pandas as pd

HEADER = (
    "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,"
    "Price,Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date"
)
SECTORS = ("Energy", "Financials", "Health Care", "Industrials", "Utilities")
LAST = "2016-12-30"
# AAPL splits four for one after the prices end; ZZA has no shares, META is FB in the
# prices, NEW has no prices, BRKB is BRK.B.
NAMES = ("AAPL", "FB", "BRK.B", "ZZA", *(f"S{i:02d}" for i in range(36)))
IN_FILE = {"FB": "META", "BRK.B": "BRKB"}


def write(folder, seed=7, years=4):
    """Write holdings/, prices/, membership and sectors; return the folder."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range(end=LAST, periods=252 * years)
    prices = _prices(rng, days)
    (folder / "prices").mkdir(parents=True)
    (folder / "holdings").mkdir()
    half = days[len(days) // 2]
    early, late = prices["date"] < half, prices["date"] >= half
    prices[early].to_parquet(folder / "prices" / "daily_a.parquet")
    prices[late].to_parquet(folder / "prices" / "daily_b.parquet")
    _holdings(rng, prices, folder / "holdings" / "ishares_IVV_2022-12-30.csv")
    pd.DataFrame(
        {"ticker": NAMES[1:], "start_date": "1996-01-02", "end_date": ""}
    ).to_csv(folder / "sp500_membership.csv", index=False)
    sectors = [SECTORS[i % len(SECTORS)] for i in range(len(NAMES))]
    pd.DataFrame({"Symbol": NAMES, "Name": NAMES, "Sector": sectors}).to_csv(
        folder / "sectors_2021.csv", index=False
    )
    return folder


def _prices(rng, days):
    """Random walks around one market factor; dividends, and a 3:1 split of S03."""
    n = len(NAMES)
    market = rng.normal(0.0003, 0.009, size=(len(days), 1))
    beta = rng.uniform(0.6, 1.4, size=n)
    steps = market * beta + rng.normal(0, 0.012, size=(len(days), n))
    close = np.round(rng.uniform(20, 120, size=n) * np.exp(steps.cumsum(axis=0)), 2)
    dividend, split = np.zeros_like(close), np.ones_like(close)
    dividend[63::63, ::2] = 0.25
    i = NAMES.index("S03")
    split[-40, i] = 3.000003
    close[-40:, i] = np.round(close[-40:, i] / 3, 2)
    later = np.where(np.array(NAMES) == "AAPL", 4.0, 1.0)
    table = pd.DataFrame(
        {
            "ticker": np.tile(NAMES, len(days)),
            "date": np.repeat(days, n),
            "close": close.ravel(),
            "adjusted_close": (close / later).ravel(),  # only the last day is read
            "volume": 1_000_000,
            "dividend": dividend.ravel(),
            "split": split.ravel(),
        }
    )
    return table.assign(ticker=table["ticker"].astype("category"))


def _holdings(rng, prices, path):
    last = prices[prices["date"] == LAST].set_index("ticker")["close"]
    rows = {s: last[s] for s in NAMES if s != "ZZA"} | {"NEW": 50.0}
    rows["AAPL"] /= 4
    shares = {s: round(float(rng.lognormal(12, 1.2))) for s in rows}
    value = {s: shares[s] * rows[s] for s in rows}
    total = sum(value.values())
    lines = ["iShares Core S&P 500 ETF", 'Fund Holdings as of,"Dec 30, 2022"', " "]
    lines.append(HEADER)
    for s in sorted(rows, key=lambda s: -value[s]):
        cells = (
            IN_FILE.get(s, s), s, "Energy", "Equity", f"{value[s]:,.2f}",
            f"{100 * value[s] / total:.4f}", f"{value[s]:,.2f}", f"{shares[s]:,}",
            f"{rows[s]:.2f}", "United States", "NYSE", "USD", "1.00", "USD", "-",
        )  # fmt: skip
        lines.append(",".join(f'"{c}"' for c in cells))
    path.write_text("\n".join([*lines, " ", "A footer."]) + "\n")
