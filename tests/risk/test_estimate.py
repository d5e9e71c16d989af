# SPDX-License-Identifier: Apache-2.0
"""What the estimator gets right when the truth is known."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from support.risk import LAST, history_of, names, world

from di_optimizer.errors import InputError
from di_optimizer.risk import EstimatorSettings, estimate, estimate_with_report
from di_optimizer.risk.npz import to_bytes

ON = date.fromisoformat(LAST)
EVEN = EstimatorSettings(half_life=1e9)


def covariance(model):
    F, d = model.loadings(model.symbols)
    return F @ F.T + np.diag(d)


def random_active(n, count, seed=1):
    """Dollar-neutral portfolios (count, n), dense and of 20 names by turns."""
    rng = np.random.default_rng(seed)
    active = rng.normal(size=(count, n))
    for row in active[::2]:
        row[rng.permutation(n)[20:]] = 0
    return active - active.mean(axis=1, keepdims=True)


def ratios(model, true, active):
    predicted = np.einsum("ij,jk,ik->i", active, covariance(model), active)
    return np.sqrt(predicted / np.einsum("ij,jk,ik->i", active, true, active))


@pytest.mark.parametrize("seed", range(4))
def test_a_known_factor_model_is_recovered(seed):
    """Of T normal returns a variance is known to √(2/T), its root to 1/√(2T).

    That is 3.2 % of a tracking error at 504 days: four of them for the worst of 200
    portfolios. Their errors are partly common, so the mean gets one.
    """
    true = world(504, 120, 5, seed=seed)
    history = history_of(true.returns)
    model = estimate(history, on=ON, factors=20, settings=EVEN)
    found = ratios(model, true.covariance, random_active(120, 200))
    assert np.abs(found - 1).max() < 4 * 0.032
    assert abs(found.mean() - 1) < 0.032


def test_the_default_half_life_costs_accuracy_where_nothing_changes():
    """Weights that halve in 63 days leave 182 effective days: 5.2 %."""
    true = world(504, 120, 5, seed=9)
    model = estimate(history_of(true.returns), on=ON)
    found = ratios(model, true.covariance, random_active(120, 200))
    assert np.abs(found - 1).max() < 4 * 0.052
    assert abs(found.mean() - 1) < 0.052


def test_the_half_life_follows_a_change_of_volatility():
    true = world(504, 80, 3, seed=2)
    returns = true.returns.copy()
    returns[-126:] *= 2  # two half-lives: 3/4 of the weight has four times the variance
    active = random_active(80, 50)
    moving = ratios(estimate(history_of(returns), on=ON), true.covariance, active)
    flat = ratios(
        estimate(history_of(returns), on=ON, settings=EVEN), true.covariance, active
    )
    assert moving.mean() == pytest.approx(np.sqrt(3 / 4 * 4 + 1 / 4), rel=0.05)
    assert flat.mean() == pytest.approx(np.sqrt(1 / 4 * 4 + 3 / 4), rel=0.05)


def test_noise_is_no_factor():
    true = world(504, 120, 3, seed=5)
    model, report = estimate_with_report(history_of(true.returns), on=ON)
    assert report.factors == len(model.factors)
    assert 3 <= report.factors <= 8  # noise of unequal size lets a few through
    noise = np.random.default_rng(1).normal(0, 0.01, (504, 60))
    alone = estimate(history_of(noise), on=ON)
    assert 1 <= len(alone.factors) <= 3
    deviation = np.sqrt(np.diag(covariance(alone)))
    assert deviation.mean() == pytest.approx(0.01 * np.sqrt(252), rel=0.05)


def test_optimised_portfolios_keep_their_predicted_risk():
    """Without shrinkage they would look far safer than they are.

    The least-variance weights of the model against the truth: plain components of as
    many factors as asked for promise less than 85 % of what comes.
    """
    true = world(504, 200, 4, seed=3)
    model = estimate(history_of(true.returns), on=ON, settings=EVEN)
    weights = np.linalg.solve(covariance(model), np.ones(200))
    assert 0.9 < ratios(model, true.covariance, weights[None] / weights.sum())[0] < 1.1
    sample = np.cov(true.returns.T) * 252
    values, vectors = np.linalg.eigh(sample)
    plain = (vectors[:, -30:] * values[-30:]) @ vectors[:, -30:].T
    plain += np.diag(np.diag(sample) - np.diag(plain))
    naive = np.linalg.solve(plain, np.ones(200))
    promised = np.sqrt(naive @ plain @ naive / (naive @ true.covariance @ naive))
    assert promised < 0.85


def naive_covariance(returns, k):
    """The method on complete, calm data: SVD, shares of signal, the rest specific."""
    days, n = returns.shape
    deviation = np.sqrt((returns**2).mean(axis=0))
    z = returns / deviation
    values, vectors = np.linalg.eigh(np.corrcoef(np.vstack([z, -z]).T))
    values, vectors = values[::-1], vectors[:, ::-1]
    g = n / days
    edge = (1 + g**0.5) ** 2
    levels = [values[c:].mean() for c in range(n)]
    count = max(c for c in range(k + 1) if (values[:c] > edge * levels[c]).all())
    noise = levels[count]
    structure = np.zeros((n, n))
    for lam, v in zip(values[:k], vectors.T, strict=False):
        size = lam / noise
        if size <= edge:
            continue
        true = np.roots([1, -(size + 1 - g), size]).max()
        cosine = (1 - g / (true - 1) ** 2) / (1 + g / (true - 1))
        structure += noise * (true - 1) * cosine * np.outer(v, v)
    structure += np.diag(1 - np.diag(structure))
    return 252 * structure * np.outer(deviation, deviation)


def test_complete_data_give_what_the_naive_method_gives():
    """All days equal, no shrinkage of specific variances, nothing beyond a limit."""
    returns = np.clip(world(300, 40, 3, seed=4).returns, -0.04, 0.04)
    settings = EstimatorSettings(
        half_life=1e12, specific_prior_days=0, structure_limit=9, outlier_limit=50
    )
    history = history_of(returns)
    model = estimate(history, on=ON, factors=10, window=300, settings=settings)
    expected = naive_covariance(returns, 10)
    np.testing.assert_allclose(covariance(model), expected, rtol=1e-6, atol=1e-9)


def test_exposures_have_mean_square_one():
    model = estimate(history_of(world(300, 40, 3).returns), on=ON, factors=10)
    np.testing.assert_allclose((model.exposures**2).mean(axis=0), 1.0)
    market = model.exposures[:, 0]
    assert (market > 0).all()
    assert model.factors[0] == "pc01"
    assert model.as_of == ON


def test_the_order_of_rows_changes_no_byte():
    history = history_of(world(200, 30, 3).returns)
    shuffled = history.sample(frac=1.0, random_state=5)
    a, b = (estimate(h, on=ON, factors=5) for h in (history, shuffled))
    assert to_bytes(a) == to_bytes(b)


def test_names_of_symbols_change_nothing():
    returns = world(200, 30, 3).returns
    order = np.random.default_rng(3).permutation(30)
    renamed = tuple(f"N{order[i]:02d}" for i in range(30))
    plain = estimate(history_of(returns), on=ON, factors=5)
    other = estimate(history_of(returns, renamed), on=ON, factors=5)
    np.testing.assert_allclose(
        covariance(other.restrict(renamed)), covariance(plain), rtol=1e-9, atol=1e-12
    )


def test_nothing_after_the_date_is_seen():
    history = history_of(world(300, 30, 3).returns)
    on = history["date"].sort_values().unique()[250].date()
    past = history[history["date"] <= pd.Timestamp(on)]
    changed = history.copy()
    later = changed["date"] > pd.Timestamp(on)
    rng = np.random.default_rng(0)
    changed.loc[later, "adjusted_close"] = rng.choice([-1, np.nan, 1e9], later.sum())
    changed.loc[later, "symbol"] = "NEW"
    expected = to_bytes(estimate(past, on=on, factors=5))
    for future in (history, changed, pd.concat([past, changed[later], changed[later]])):
        assert to_bytes(estimate(future, on=on, factors=5)) == expected


def test_rows_before_the_window_are_not_read():
    history = history_of(world(300, 30, 3).returns)
    days = history["date"].sort_values().unique()
    changed = history.copy()
    changed.loc[changed["date"] < days[-201], "adjusted_close"] = -5.0
    a, b = (estimate(h, on=ON, factors=5, window=200) for h in (history, changed))
    assert to_bytes(a) == to_bytes(b)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"factors": 30}, "'factors': found 30; allowed: at most 29, from 200 daily"),
        ({"factors": 20, "window": 20}, "allowed: at most 19, from 20 daily returns"),
        ({"factors": 0, "window": 0}, "'factors': found 0; allowed: at least 1"),
    ],
)
def test_more_factors_than_the_data_allow_are_refused(options, text):
    history = history_of(world(200, 30, 3).returns)
    settings = EstimatorSettings(minimum_days=10)
    with pytest.raises(InputError, match=text):
        estimate(history, on=ON, settings=settings, **options)


def test_as_many_factors_as_the_data_allow_are_accepted():
    history = history_of(world(200, 30, 3).returns)
    assert len(estimate(history, on=ON, factors=29).symbols) == 30


def test_settings_out_of_range_are_all_named():
    with pytest.raises(InputError) as caught:
        EstimatorSettings(half_life=0.5, core_share=1.1, minimum_days=2)
    assert [p.column for p in caught.value.problems] == ["core_share", "half_life"]


def test_a_date_far_after_the_history_is_refused():
    history = history_of(world(100, 10, 2).returns)
    assert estimate(history, on=date(2023, 7, 14), factors=2).as_of.day == 14
    with pytest.raises(InputError, match="ends on 2023-06-30; allowed: prices within"):
        estimate(history, on=date(2023, 7, 15), factors=2)
    with pytest.raises(InputError, match="found no earlier price"):
        estimate(history, on=date(2001, 1, 1), factors=2)


def test_the_report_counts_what_was_used():
    history = history_of(world(200, 30, 3).returns)
    report = estimate_with_report(history, on=ON, factors=5, window=150)[1]
    days = history["date"].sort_values().unique()
    assert (report.first, report.last) == (days[-150].date(), ON)
    assert (report.days, report.symbols) == (150, 30)
    assert (report.left_out, report.short, report.not_market_days) == ((), (), ())
    assert (report.gaps, report.outliers) == (0, 0)
    assert report.left_out_table().columns.tolist() == ["symbol", "reason"]


def test_two_names_that_are_one_are_no_obstacle():
    returns = world(200, 10, 2).returns
    history = history_of(np.column_stack([returns, returns]), names(20))
    model = estimate(history, on=ON, factors=15)
    pair = model.tracking_error({"S000": 1.0, "S010": -1.0})
    assert pair.factor == pytest.approx(0.0, abs=1e-6)
