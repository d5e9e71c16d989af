# SPDX-License-Identifier: Apache-2.0
from datetime import date

import numpy as np
import pytest
from support.sample import market

from di_optimizer.errors import InputError
from di_optimizer.sample.factors import SCRIPT
from di_optimizer.sample.market import (
    END,
    SEASONING,
    MarketSpec,
    build_market,
    returns,
)
from di_optimizer.sample.sectors import SECTORS

SEEDS = (7, 8, 9)


def index_returns(m):
    """Daily returns of the index: yesterday's weights, today's returns."""
    weights = m.value[:-1] / m.value[:-1].sum(axis=1, keepdims=True)
    return np.where(weights > 0, weights * returns(m), 0.0).sum(axis=1)


def drawdown(path):
    return (1.0 - path / np.maximum.accumulate(path)).max()


def annual(daily):
    return np.nanstd(daily, axis=0) * np.sqrt(252)


def test_same_seed_same_market_other_seed_another():
    one, two = (build_market(MarketSpec(securities=40)) for _ in range(2))
    other = build_market(MarketSpec(securities=40, seed=8))
    assert one.symbols == two.symbols
    for name in ("close", "dividend", "split", "volume", "shares"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert one.symbols != other.symbols
    assert not np.array_equal(one.close, other.close, equal_nan=True)


def test_close_of_the_default_market_is_what_it_was():
    # A change here changes every published number that rests on the sample.
    m = market()
    assert m.symbols[:3] == ("BCQX", "BDQX", "BLQX")
    assert m.close[-1, :3].tolist() == [282.2, 272.5, 206.18]
    assert (len(m.days), m.days[0], m.days[-1]) == (1296, date(2019, 7, 1), END)


@pytest.mark.parametrize("seed", SEEDS)
def test_looks_like_a_market(seed):
    m = market(seed)
    index, stocks = index_returns(m), returns(m)
    path = np.cumprod(1.0 + index)
    assert 0.12 < annual(index) < 0.28
    assert 0.25 < np.median(annual(stocks)) < 0.45
    assert 0.25 < drawdown(path) < 0.55
    assert 0.9 < path[-1] < 3.5
    spread = index - index.mean()
    assert (spread**4).mean() / (spread**2).mean() ** 2 > 4.0  # heavy tails
    pairs = np.corrcoef(np.nan_to_num(stocks[:, :60]), rowvar=False)
    assert 0.12 < pairs[np.triu_indices(60, 1)].mean() < 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_volatility_comes_in_regimes(seed):
    index = index_returns(market(seed))
    crash = SCRIPT[2]
    stressed = slice(
        round(crash.start * len(index)),
        round((crash.start + crash.length) * len(index)),
    )
    calm = np.delete(index, stressed)
    assert index[stressed].std() > 1.25 * calm.std()


@pytest.mark.parametrize("seed", SEEDS)
def test_companies_of_one_sector_move_together(seed):
    m = market(seed)
    r = np.nan_to_num(returns(m))
    r -= r.mean(axis=1, keepdims=True)
    sector = m.issuers.sector[m.listings.issuer]
    company = m.listings.issuer
    correlation = np.corrcoef(r, rowvar=False)
    upper = np.triu(np.ones_like(correlation, dtype=bool), 1)
    same = sector[:, None] == sector
    other_company = company[:, None] != company
    within = correlation[upper & same & other_company].mean()
    across = correlation[upper & ~same].mean()
    assert within > across + 0.03


def test_every_sector_has_companies():
    assert set(market().issuers.sector.tolist()) == set(range(len(SECTORS)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("securities", [25, 60, 300])
def test_events_exist_at_every_size(seed, securities):
    m = market(seed, securities)
    ratios = m.split[m.split != 1.0]
    assert len(m.symbols) == len(set(m.symbols)) == securities
    assert (ratios < 1.0).sum() >= 1
    assert (ratios > 1.0).sum() >= 2
    assert (m.listed > 0).sum() >= 1
    assert (m.dividend > 0).any(axis=0).mean() > 0.5
    assert sum(bool(c) for c in m.listings.share_class) >= 3
    assert np.nanmin(m.close) > 0.5
    after_listing = np.arange(len(m.days))[:, None] >= m.listed
    holes = (np.isnan(m.close) & after_listing).sum()
    assert 1 <= holes <= securities // 4


def test_splits_keep_the_value_of_the_company_up_to_the_days_return():
    m = market()
    checked = 0
    for t, i in zip(*np.nonzero(m.split != 1.0), strict=True):
        before = m.shares[t - 1, i] * m.last[t - 1, i]
        after = m.shares[t, i] * m.last[t, i]
        assert m.shares[t, i] == m.shares[t - 1, i] * m.split[t, i]
        assert after / before - 1.0 == pytest.approx(returns(m)[t - 1, i], abs=1e-12)
        assert abs(after / before - 1.0) < 0.25
        checked += 1
    assert checked >= 8


def test_shares_change_by_splits_only_and_are_whole():
    m = market()
    assert np.array_equal(m.shares, np.round(m.shares))
    assert np.array_equal(m.shares[1:], m.shares[:-1] * m.split[1:])


def test_dividends_are_quarterly_and_never_on_a_split_or_before_listing():
    m = market()
    assert not ((m.dividend > 0) & (m.split != 1.0)).any()
    before = np.arange(len(m.days))[:, None] <= m.listed
    assert not (m.dividend * before).any()
    payers = (m.dividend > 0).any(axis=0) & (m.listed == 0)
    counts = (m.dividend > 0).sum(axis=0)[payers]
    assert ((counts >= 19) & (counts <= 20)).all()
    assert np.array_equal(m.dividend, np.round(m.dividend, 2))


def test_two_classes_of_a_company_stay_close():
    m = market()
    for base in {s.partition(".")[0] for s in m.symbols if s.endswith(".A")}:
        a, b = (m.symbols.index(f"{base}.{c}") for c in "AB")
        ratio = m.last[:, b] / m.last[:, a]
        assert ((ratio > 0.9) & (ratio < 1.04)).all()
        assert np.array_equal(m.split[:, a], m.split[:, b])


def test_weights_are_shares_times_close():
    m = market()
    for on in (m.days[0], date(2021, 3, 14), END):
        row, weights = m.row(on), m.weights(on)
        value = {
            s: m.shares[row, i] * m.last[row, i]
            for i, s in enumerate(m.symbols)
            if m.listed[i] == 0 or m.listed[i] + SEASONING <= row
        }
        total = sum(value.values())
        assert list(weights.index) == sorted(value)
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
        assert all(
            weights[s] == pytest.approx(v / total, rel=1e-12) for s, v in value.items()
        )


def test_a_listing_joins_the_index_after_its_first_quarter():
    m = market()
    i = int(np.argmax(m.listed))
    joins = m.listed[i] + SEASONING
    symbol = m.symbols[i]
    assert symbol not in m.weights(m.days[joins - 1]).index
    assert symbol in m.weights(m.days[joins]).index


def test_weekends_take_the_last_close_and_dates_before_the_first_are_refused():
    m = market()
    assert m.weights(date(2024, 6, 30)).equals(m.weights(END))
    with pytest.raises(InputError, match="found 2019-06-30; allowed: 2019-07-01 or"):
        m.weights(date(2019, 6, 30))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"securities": 24}, "found 24; allowed: 25 to 2000"),
        ({"securities": 2001}, "found 2001; allowed: 25 to 2000"),
        ({"seed": -1}, "found -1; allowed: at least 0"),
        ({"end": date(2020, 6, 29)}, "at least a year after 2019-07-01"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        MarketSpec(**settings)


def test_all_settings_out_of_range_are_named_together():
    with pytest.raises(InputError, match="2 problems"):
        MarketSpec(seed=-1, securities=1)


def test_shortest_history_and_smallest_market_work():
    spec = MarketSpec(securities=25, start=date(2020, 1, 1), end=date(2020, 12, 31))
    m = build_market(spec)
    assert m.days[0] == date(2020, 1, 2)
    assert m.weights(m.days[-1]).sum() == pytest.approx(1.0, abs=1e-12)


def test_three_thousand_days_by_other_dates():
    m = build_market(MarketSpec(securities=25, start=date(2012, 1, 1)))
    assert len(m.days) > 3000
    assert np.nanmin(m.close) > 0.0
