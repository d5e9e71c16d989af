# SPDX-License-Identifier: Apache-2.0
"""Histories with holes, errors and newcomers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from support.risk import LAST, history_of, names, world

from di_optimizer.errors import InputError
from di_optimizer.risk import EstimatorSettings, LeftOut, estimate_with_report
from di_optimizer.risk.panel import read_panel
from di_optimizer.risk.variance import robust_scale, specific_variance

ON = date.fromisoformat(LAST)
EVEN = EstimatorSettings(half_life=1e9)


def report_of(history, **options):
    return estimate_with_report(history, on=ON, **{"factors": 5, **options})


def deviation(model, symbol):
    return model.tracking_error({symbol: 1.0}).total


def test_returns_are_those_of_adjusted_prices():
    returns = world(100, 4, 2).returns
    panel = read_panel(history_of(returns), on=ON, window=60)
    np.testing.assert_allclose(panel.returns, returns[-60:], atol=1e-13)
    assert panel.symbols == names(4)


def test_without_adjusted_prices_payouts_and_splits_count():
    history = history_of(np.zeros((3, 1)), raw=True)
    history["close"] = [50.0, 49.0, 24.0, 12.5]
    history["dividend"] = [np.nan, 1.0, 0.0, 0.5]
    history["split"] = [np.nan, 1.0, 2.0, 2.0]
    returns = read_panel(history, on=ON, window=3).returns[:, 0]
    np.testing.assert_allclose(
        returns, [50 / 50 - 1, 48 / 49 - 1, 2 * (12.5 + 0.5) / 24 - 1]
    )


def test_without_adjusted_prices_payouts_and_splits_must_be_there():
    history = history_of(np.zeros((3, 1)), raw=True).drop(columns=["dividend", "split"])
    with pytest.raises(InputError) as caught:
        read_panel(history, on=ON, window=3)
    assert [p.found for p in caught.value.problems] == [
        "neither 'adjusted_close' nor 'dividend'",
        "neither 'adjusted_close' nor 'split'",
    ]


def test_a_return_across_a_gap_is_absent_not_zero():
    returns = world(100, 6, 2).returns
    returns[50:53, 2] = np.nan
    panel = read_panel(history_of(returns), on=ON, window=100)
    gone = np.isnan(panel.returns)
    assert np.argwhere(gone).tolist() == [[50, 2], [51, 2], [52, 2], [53, 2]]
    report = report_of(history_of(returns))[1]
    assert report.gaps == 4


def test_holes_hardly_move_the_estimate():
    """A hole of 4 % of a name's days is about as much information less."""
    true = world(504, 60, 3, seed=1)
    holes = true.returns.copy()
    rng = np.random.default_rng(2)
    holes[rng.random(holes.shape) < 0.02] = np.nan  # each costs two returns
    whole, torn = (
        report_of(history_of(r), settings=EVEN) for r in (true.returns, holes)
    )
    assert torn[1].gaps > 1000
    for symbol in whole[0].symbols:
        assert deviation(torn[0], symbol) == pytest.approx(
            deviation(whole[0], symbol), rel=0.08
        )
    active = dict(zip(names(60), np.resize([0.02, -0.02], 60), strict=True))
    assert torn[0].tracking_error(active).total == pytest.approx(
        whole[0].tracking_error(active).total, rel=0.05
    )


def test_zeros_for_missing_days_would_understate_risk():
    """Why gaps stay absent. A name with prices on two days of four is not calm."""
    true = world(504, 30, 3, seed=1)
    holes, zeros = true.returns.copy(), true.returns.copy()
    holes[np.arange(504) % 4 < 2, 0] = np.nan  # of each four returns one is left
    zeros[np.isnan(holes)] = 0.0
    settings = EstimatorSettings(half_life=1e9)
    model, report = report_of(history_of(holes), settings=settings)
    assert report.short == ("S000",)
    right = np.sqrt(true.covariance[0, 0])
    assert deviation(model, "S000") == pytest.approx(right, rel=0.15)
    calm = report_of(history_of(zeros), settings=settings)[0]
    assert deviation(calm, "S000") < 0.8 * right


def test_a_name_without_two_prices_in_a_row_is_left_out():
    returns = world(504, 30, 3, seed=1).returns
    returns[::2, 0] = np.nan
    report = report_of(history_of(returns))[1]
    reason = "0 daily returns, 63 needed"
    assert report.left_out == (LeftOut(symbol="S000", reason=reason),)


@pytest.mark.parametrize(("days", "kept"), [(62, False), (63, True)])
def test_both_sides_of_the_minimum_of_days(days, kept):
    returns = world(504, 40, 3, seed=3).returns
    returns[: 504 - days - 1, 7] = np.nan
    history = history_of(returns)
    first = history["date"].min()
    history = history[(history["symbol"] != "S007") | (history["date"] > first)]
    model, report = report_of(history)
    assert ("S007" in model.symbols) is kept
    if kept:
        assert (report.left_out, report.short) == ((), ("S007",))
    else:
        reason = f"{days} daily returns, 63 needed"
        assert report.left_out == (LeftOut(symbol="S007", reason=reason),)


@pytest.mark.parametrize("days", [80, 126, 250])
def test_short_histories_get_unbiased_risk(days):
    """Half of the names are new: a portfolio of them realises what is predicted.

    1/√(2 × 80) is 8 % for one portfolio of names that share no specific risk; the
    mean over 100 portfolios of 20 of them is held to that.
    """
    true = world(504, 120, 4, seed=6)
    returns = true.returns.copy()
    returns[: 504 - days, ::2] = np.nan
    model, report = report_of(history_of(returns), factors=20, settings=EVEN)
    assert len(report.short) == 60
    rng = np.random.default_rng(1)
    found = []
    for _ in range(100):
        active = np.zeros(120)
        active[rng.permutation(60)[:20] * 2] = rng.normal(size=20)
        predicted = model.tracking_error(dict(zip(names(120), active, strict=True)))
        found.append(predicted.total / np.sqrt(active @ true.covariance @ active))
    assert np.mean(found) == pytest.approx(1.0, abs=0.08)


def test_specific_variance_of_few_days_resembles_the_others():
    rng = np.random.default_rng(0)
    residuals = rng.normal(0, 0.01, (400, 50))
    residuals[:, 0] *= 3
    short = residuals.copy()
    short[:360, 0] = np.nan
    full, few = (
        specific_variance(r, np.ones(400), 45.0)[0] / 0.01**2
        for r in (residuals, short)
    )
    assert full == pytest.approx(9 ** (400 / 445), rel=0.15)
    assert few == pytest.approx(9 ** (40 / 85), rel=0.35)


def test_shrinkage_keeps_the_mean_of_specific_variances():
    rng = np.random.default_rng(0)
    residuals = rng.normal(size=(504, 400)) * np.exp(0.3 * rng.normal(size=400))
    shrunk = specific_variance(residuals, np.ones(504), 250.0)
    assert shrunk.mean() == pytest.approx((residuals**2).mean(), rel=0.03)
    assert np.log(shrunk).std() < 0.75 * np.log((residuals**2).mean(axis=0)).std()


def test_one_absurd_specific_variance_leaves_the_others_alone():
    rng = np.random.default_rng(0)
    residuals = rng.normal(0, 0.01, (300, 40))
    absurd = residuals.copy()
    absurd[:, 0] *= 1000
    a, b = (specific_variance(r, np.ones(300), 45.0)[1:] for r in (residuals, absurd))
    np.testing.assert_allclose(a, b, rtol=0.02)


def test_an_error_of_the_data_is_pulled_in_and_counted():
    true = world(504, 40, 3, seed=8)
    wrong = true.returns.copy()
    wrong[400, 5], wrong[401, 5] = 9.0, -0.9  # a price ten times too high for a day
    clean, dirty = (report_of(history_of(r)) for r in (true.returns, wrong))
    assert (clean[1].outliers, dirty[1].outliers) == (0, 2)
    for symbol in clean[0].symbols:
        factor = 1.8 if symbol == "S005" else 1.02
        ratio = deviation(dirty[0], symbol) / deviation(clean[0], symbol)
        assert 1 / factor < ratio < factor
    assert np.std(wrong[:, 5]) > 10 * np.std(true.returns[:, 5])


def test_a_price_that_never_moves_is_left_out():
    returns = world(200, 20, 2).returns
    returns[:, 4] = 0.0
    report = report_of(history_of(returns))[1]
    assert report.left_out == (LeftOut(symbol="S004", reason="the price never moved"),)


def test_a_name_that_seldom_moves_keeps_its_moves():
    returns = world(504, 40, 2, seed=2).returns
    returns[np.arange(504) % 3 > 0, 4] = 0.0
    model = report_of(history_of(returns), settings=EVEN)[0]
    true = np.sqrt(252 * np.mean(returns[:, 4] ** 2))
    assert deviation(model, "S004") == pytest.approx(true, rel=0.15)
    assert robust_scale(returns)[4] == pytest.approx(
        1.4826 * np.median(np.abs(returns[::3, 4]))
    )


@pytest.mark.parametrize(("missed", "kept"), [(5, True), (6, False)])
def test_both_sides_of_stale(missed, kept):
    returns = world(200, 20, 2).returns
    returns[-missed:, 4] = np.nan
    model, report = report_of(history_of(returns))
    assert ("S004" in model.symbols) is kept
    if not kept:
        reason = "last price 6 market days old, 5 allowed"
        assert report.left_out == (LeftOut(symbol="S004", reason=reason),)


def test_a_name_of_long_ago_is_reported():
    history = history_of(world(300, 20, 2).returns)
    old = history[history["symbol"] == "S001"].assign(symbol="OLD").head(50)
    report = report_of(pd.concat([old, history]), window=200)[1]
    reason = "no price in the window"
    assert report.left_out == (LeftOut(symbol="OLD", reason=reason),)


def test_a_stray_date_is_no_market_day():
    history = history_of(world(200, 20, 2).returns)
    saturday = pd.Timestamp("2023-06-24")
    stray = history.head(3).assign(date=saturday, symbol=["S001", "S002", "S003"])
    plain = report_of(history)
    model, report = report_of(pd.concat([history, stray]))
    assert report.not_market_days == (saturday.date(),)
    assert report.gaps == 0
    np.testing.assert_array_equal(model.specific_variance, plain[0].specific_variance)


def test_a_history_that_grows_keeps_its_early_days():
    returns = world(400, 60, 2).returns
    returns[:200, 10:] = np.nan
    history = history_of(returns)
    first = history["date"].min()
    new = history["symbol"] >= "S010"
    history = history[~(new & (history["date"] == first))]
    report = report_of(history, settings=EstimatorSettings(core_share=0.5))[1]
    assert (report.days, report.not_market_days) == (400, ())


def test_bad_cells_of_the_window_are_all_named_by_row():
    history = history_of(world(100, 5, 2).returns)
    history.loc[7, "adjusted_close"] = -1.0
    history.loc[9, "symbol"] = ""
    again = history.iloc[[20]]
    with pytest.raises(InputError) as caught:
        report_of(pd.concat([history, again], ignore_index=True), factors=2)
    text = str(caught.value)
    assert "price_history, row 8, column 'adjusted_close': found -1.0" in text
    assert "price_history, row 10, column 'symbol': found blank" in text
    assert "row 506, column 'date + symbol': found" in text


def test_dates_that_cannot_be_read_are_named():
    history = history_of(world(100, 5, 2).returns)
    history["date"] = history["date"].dt.strftime("%Y-%m-%d")
    model = report_of(history, factors=2)[0]
    assert len(model.symbols) == 5
    history.loc[3, "date"] = "31/12/2022"
    with pytest.raises(InputError, match="row 4, column 'date': found 31/12/2022"):
        report_of(history, factors=2)


@pytest.mark.parametrize("column", ["date", "symbol", "close"])
def test_a_missing_column_is_named(column):
    history = history_of(world(100, 5, 2).returns).drop(columns=column)
    with pytest.raises(InputError, match=f"found no column '{column}'"):
        report_of(history, factors=2)


def test_an_empty_history_is_refused():
    history = history_of(world(100, 5, 2).returns)
    with pytest.raises(InputError, match="found a header without rows"):
        report_of(history.head(0), factors=2)
