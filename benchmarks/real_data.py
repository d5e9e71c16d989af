# SPDX-License-Identifier: Apache-2.0
"""Real prices, an index through time and sectors from a folder of public data.

Owns what the files say and what was corrected or left out. Knows no accounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import corrections as facts
from di_optimizer.errors import InputError, Problem
from di_optimizer.index.holdings import read_holdings
from di_optimizer.index.symbols import canonical
from di_optimizer.sample.book import PriceBook

SURVIVORSHIP = (
    "survivorship: the prices are those of companies that were in the index in 2021; "
    "earlier years have fewer names and better returns than the index had"
)
STAND_IN = (
    "weights are shares of the holdings file × close, shares divided by the splits in "
    "between: a stand-in for capitalisation, blind to issues, buybacks and mergers; "
    "spin-offs are paid out as dividends"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class RealData:
    """What the folder holds, corrected; only names with prices and shares.

    Attributes
    ----------
    history : DataFrame
        symbol, date, close, adjusted_close (total return, from the corrected
        columns), volume, dividend, split.
    book : PriceBook
        The same as arrays.
    shares : Series
        By symbol: shares in the holdings file, in shares of the last price day.
    securities, membership : DataFrame
        symbol, name, sector, wash_group; ticker, start_date, end_date.
    notes : tuple of str
        What was corrected, left out or looks odd, one sentence each.
    """

    history: pd.DataFrame
    book: PriceBook
    shares: pd.Series
    securities: pd.DataFrame
    membership: pd.DataFrame
    notes: tuple[str, ...]
    _weights: dict[date, pd.Series] = field(default_factory=dict, repr=False)

    def weights(self, on: date) -> pd.Series:
        """Return index weights on a trading day, sum 1, names with a close that day."""
        if on not in self._weights:
            self._weights[on] = self._compute_weights(on)
        return self._weights[on]

    def _compute_weights(self, on: date) -> pd.Series:
        shares = self.shares.copy()
        for split in self.book.splits:
            if split.on > on:
                shares[split.symbol] /= float(split.ratio)
        for count in facts.SHARE_COUNTS:
            if count.symbol in shares.index and on < count.until:
                shares[count.symbol] *= count.factor
        closes = self.book.closes(on)
        caps = closes * shares.reindex(closes.index)
        return (caps / caps.sum()).rename("weight")

    def history_until(self, on: date) -> pd.DataFrame:
        """Return the part of the history that was known after the close of ``on``."""
        return self.history[self.history["date"] <= pd.Timestamp(on)]

    def members(self, on: date) -> set[str]:
        """Return the symbols that were in the index on a date, as spelt then."""
        table, day = self.membership, pd.Timestamp(on)
        inside = (table["start_date"] <= day) & ~(table["end_date"] <= day)
        return set(table.loc[inside, "ticker"])

    def coverage(self, on: date) -> str:
        """Return a sentence on how this index compares with the real one."""
        names, members = set(self.weights(on).index), self.members(on)
        return (
            f"{on}: {len(names)} names; {len(names & members)} of the "
            f"{len(members)} members of that day by symbol, the others of "
            f"ours joined later or had another symbol"
        )


def load(folder: Path) -> RealData:
    """Read the folder; see its README for what the files are.

    Raises
    ------
    InputError
        When a file is missing or a table is broken.
    """
    holdings_path = _newest(folder, "holdings/ishares_IVV_*.csv")
    raw = _read_prices(folder)
    file = read_holdings(holdings_path, aliases=facts.SYMBOLS_OF_2021)
    held = file.holdings.set_index("symbol")["shares"].dropna()
    prices = file.holdings.set_index("symbol")["price"].dropna()
    known = sorted(set(held.index) & set(raw["symbol"]))
    corrected, notes = _correct(raw[raw["symbol"].isin(known)])
    last_day = corrected["date"].max().date()
    assert file.as_of is not None, "the holdings file is dated"
    later = _later_factor(known, after=last_day, through=file.as_of)
    book = PriceBook.from_history(corrected)
    return RealData(
        history=corrected,
        book=book,
        shares=(held[known] / later).rename("shares"),
        securities=_securities(folder, known),
        membership=pd.read_csv(
            folder / "sp500_membership.csv", parse_dates=["start_date", "end_date"]
        ),
        notes=(
            SURVIVORSHIP,
            STAND_IN,
            _left_out(
                "no shares in the holdings file", set(raw["symbol"]) - set(known)
            ),
            _left_out("no prices", set(held.index) - set(known)),
            *notes,
            *_unsnapped(book),
            *_odd_splits(raw, last_day),
            *_odd_growth(book, prices, later),
        ),
    )


def _newest(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise InputError(
            [Problem(file=str(folder), found="no such file", allowed=pattern)]
        )
    return found[-1]


def _read_prices(folder: Path) -> pd.DataFrame:
    """Return all price files as one table by canonical symbol, sorted."""
    _newest(folder, "prices/*.parquet")
    parts = [pd.read_parquet(p) for p in sorted(folder.glob("prices/*.parquet"))]
    table = pd.concat([p.assign(ticker=p["ticker"].astype(str)) for p in parts])
    names = {t: canonical(t) for t in table["ticker"].unique()}
    table = table.assign(symbol=table["ticker"].map(names)).drop(columns="ticker")
    return table.sort_values(["symbol", "date"], ignore_index=True)


def _correct(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Apply the known corrections; (table, what was done)."""
    for symbol, start in facts.STARTS.items():
        before = (table["symbol"] == symbol) & (table["date"] < pd.Timestamp(start))
        table = table[~before]
    table = table.reset_index(drop=True)
    done = []
    for fix in facts.FIXES:
        row = _row(table, fix.symbol, fix.on)
        table.loc[row, fix.column] = fix.value
        done += [f"{fix.symbol} {fix.on} {fix.column}: {fix.why}"] * int(row.sum())
    for symbol, on in facts.SPIN_OFFS:
        row = _row(table, symbol, on)
        value = table.loc[row, "close"] * (table.loc[row, "split"] - 1)
        table.loc[row, "dividend"] = value.round(4)
        table.loc[row, "split"] = 1.0
        done += [f"{symbol} {on} split: spin-off, paid as dividend"] * int(row.sum())
    wanted = len(facts.FIXES) + len(facts.SPIN_OFFS)
    done.append(f"{len(done)} of {wanted} known corrections found their row")
    return table.assign(adjusted_close=_total_return(table)), done


def _row(table: pd.DataFrame, symbol: str, on: date) -> pd.Series:
    return (table["symbol"] == symbol) & (table["date"] == pd.Timestamp(on))


def _total_return(table: pd.DataFrame) -> pd.Series:
    """Return closes adjusted backwards for splits and dividends, the last as it is.

    One day's return is (close + dividend) × split / close before; dividends are per
    share after the day's split.
    """
    symbol = table["symbol"]
    before = table.groupby(symbol)["close"].shift()
    growth = (table["close"] + table["dividend"]) * table["split"] / before
    level = pd.Series(np.log(growth.fillna(1.0))).groupby(symbol).cumsum()
    log_last = np.log(table.groupby(symbol)["close"].transform("last"))
    scaled: pd.Series = np.exp(
        log_last + level - level.groupby(symbol).transform("last")
    )
    return scaled


def _later_factor(symbols: list[str], *, after: date, through: date) -> pd.Series:
    """Return the product of the splits with ``after`` < ex-date ≤ ``through``."""
    factor = pd.Series(1.0, index=symbols)
    for split in facts.LATER_SPLITS:
        if split.symbol in factor.index and after < split.on <= through:
            factor[split.symbol] *= split.ratio
    return factor


def _securities(folder: Path, symbols: list[str]) -> pd.DataFrame:
    table = pd.read_csv(folder / "sectors_2021.csv")
    table = table.assign(symbol=table["Symbol"].map(canonical)).set_index("symbol")
    table = table.reindex(symbols).rename(columns={"Name": "name", "Sector": "sector"})
    groups = pd.Series(facts.WASH_GROUPS).reindex(symbols)
    return (
        table[["name", "sector"]].assign(wash_group=groups).reset_index(names="symbol")
    )


def _left_out(why: str, symbols: set[str]) -> str:
    return f"left out, {why}: {len(symbols)} names: {' '.join(sorted(symbols))}"


def _unsnapped(book: PriceBook) -> Iterator[str]:
    for split in book.unsnapped:
        yield f"{split.symbol} {split.on}: split {float(split.ratio)} is no fraction"


def _odd_splits(raw: pd.DataFrame, last_day: date) -> Iterator[str]:
    """Yield names whose adjusted close speaks for a split that the table lacks.

    close / adjusted_close of the last day is (splits until the export) × (dividends
    until then); without the table's splits it must be what dividends can explain.
    """
    last = raw[raw["date"] == pd.Timestamp(last_day)].set_index("symbol")
    known = _later_factor(list(last.index), after=last_day, through=facts.EXPORTED)
    left = last["close"] / last["adjusted_close"] / known
    for symbol, ratio in left[(left < 0.99) | (left > facts.MOST_DIVIDENDS)].items():
        if symbol not in facts.SPECIAL_DIVIDENDS:
            yield f"{symbol}: a split may be missing after {last_day}, × {ratio:.3f}"


def _odd_growth(book: PriceBook, prices: pd.Series, later: pd.Series) -> Iterator[str]:
    """Yield names whose price between last close and file moved beyond belief."""
    last = book.closes(book.dates[-1].item())
    growth = (prices.reindex(last.index) * later.reindex(last.index) / last).dropna()
    low, high = facts.GROWTH
    for symbol, times in growth[(growth < low) | (growth > high)].items():
        if symbol not in facts.GROWN:
            yield f"{symbol}: price × {times:.2f} after the last close, without splits"
