# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pandas as pd
import pytest
from support.sample import market

from di_optimizer.sample.market import END
from di_optimizer.sample.prices import price_history, quotes
from di_optimizer.tables import TABLES, check


@pytest.fixture(scope="module")
def history():
    return price_history(market())


def test_history_follows_the_table_and_is_sorted(history):
    assert check(history.iloc[-6_000:], TABLES["price_history"], "history") == []
    assert list(history.columns) == list(TABLES["price_history"].names)
    keys = pd.MultiIndex.from_frame(history[["date", "symbol"]])
    assert keys.is_monotonic_increasing
    assert keys.is_unique


def test_adjusted_close_ratios_are_total_returns(history):
    """Naive second implementation: security by security, day by day."""
    for symbol in market().symbols[::40]:
        rows = history[history["symbol"] == symbol]
        previous = None
        for row in rows.itertuples():
            if previous is not None:
                total = (row.close + row.dividend) * row.split / previous.close
                ratio = row.adjusted_close / previous.adjusted_close
                assert ratio == pytest.approx(total, rel=2e-5)
            previous = row
        assert previous.adjusted_close == previous.close


def test_securities_with_splits_are_adjusted_too(history):
    m = market()
    for i in np.flatnonzero((m.split != 1.0).any(axis=0)):
        rows = history[history["symbol"] == m.symbols[i]].set_index("date")
        adjusted = rows["adjusted_close"].pct_change().dropna()
        assert adjusted.abs().max() < 0.5  # a 2-for-1 left in would show as −50 %


def test_days_without_a_price_are_absent_not_filled(history):
    m = market()
    listed = np.arange(len(m.days))[:, None] >= m.listed
    missing = np.argwhere(np.isnan(m.close) & listed)
    keys = pd.MultiIndex.from_frame(history[["date", "symbol"]])
    assert len(missing) > 0
    for t, i in missing:
        assert (pd.Timestamp(m.days[t]), m.symbols[i]) not in keys
        assert m.last[t, i] == m.last[t - 1, i]
    assert len(history) == listed.sum() - len(missing)


def test_quotes_are_the_last_closes_with_spreads_that_fall_with_size(history):
    m = market()
    table = quotes(m, END)
    assert check(table, TABLES["prices"], "prices") == []
    last = history.groupby("symbol")["close"].last()
    assert (table.set_index("symbol")["price"] == last).all()
    value = m.weights(END).reindex(table["symbol"]).to_numpy()
    spread = table["spread_bp"].to_numpy()
    order = np.argsort(value)
    assert (np.diff(spread[order]) <= 0).all()
    assert spread.min() == 1.0
    assert 2.0 < spread.max() <= 20.0


def test_quotes_before_a_listing_leave_the_name_out():
    m = market()
    i = int(np.argmax(m.listed))
    before = quotes(m, m.days[m.listed[i] - 1])
    assert m.symbols[i] not in set(before["symbol"])
    assert m.symbols[i] in set(quotes(m, m.days[m.listed[i]])["symbol"])


def test_average_volume_counts_shares_of_the_quote_day():
    m = market()
    t, i = (int(x[-1]) for x in np.nonzero(m.split != 1.0))
    adv = quotes(m, m.days[t]).set_index("symbol").loc[m.symbols[i], "adv"]
    volumes = m.volume[t - 20 : t + 1, i].copy()
    volumes[:-1] *= m.split[t, i]
    assert adv == pytest.approx(volumes.mean(), abs=0.5)
