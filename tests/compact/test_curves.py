# SPDX-License-Identifier: Apache-2.0
"""Curves by number of names and by account size: monotone, proven, and plainly true."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from support.compact import fund, model

import di_optimizer as di
from di_optimizer.compact.curve import Curve, CurvePoint
from di_optimizer.sample.write import SamplePaths, write_sample

CHEAP = {"nodes": 5}


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> SamplePaths:
    """The sample that the package ships, 300 securities."""
    return write_sample(tmp_path_factory.mktemp("sample"), accounts=1)


@pytest.fixture(scope="module")
def book(sample) -> tuple[di.Benchmark, di.FactorRiskModel, pd.Series]:
    history = pd.read_parquet(sample.price_history)
    prices = pd.read_csv(sample.prices).set_index("symbol")["price"]
    return (
        di.Benchmark.from_holdings(sample.holdings),
        di.estimate_risk(history, on=sample.on, factors=20),
        prices,
    )


@pytest.fixture(scope="module")
def by_size(book) -> pd.DataFrame:
    """The sample fund, each size a multiple of those before."""
    whole = [1_000.0, 10_000.0, 50_000.0, 1_000_000.0]
    curves = [
        di.te_vs_account_size(*book, sizes=whole, shares=["whole"], **CHEAP),
        di.te_vs_account_size(
            *book, sizes=[100.0, 10_000.0], shares=["fractional"], **CHEAP
        ),
    ]
    frame = pd.concat([curve.to_frame() for curve in curves])
    return frame.set_index(["shares", "size"]).sort_index()


@pytest.mark.parametrize("shares", ["whole", "fractional"])
def test_tracking_error_and_its_bound_fall_with_size(by_size, shares):
    own = by_size.loc[shares]
    assert own["te_bp"].is_monotonic_decreasing
    assert own["bound_bp"].is_monotonic_decreasing
    assert (own["bound_bp"] <= own["te_bp"]).all()
    assert (own["cash"].between(0.0, 0.01 + 1e-9)).all()


def test_whole_shares_matter_below_about_50_thousand_and_fractions_nowhere(by_size):
    """What practitioners report of US large caps, as far as it is true of the sample.

    Its shares cost 124 on average and its members weigh 0.33 %: at a million a member
    is some 27 shares.
    """
    whole, parts = by_size.loc["whole", "te_bp"], by_size.loc["fractional", "te_bp"]
    assert whole[1_000.0] > 300.0
    assert whole[10_000.0] > 100.0
    assert by_size.loc[("whole", 10_000.0), "bound_bp"] > 100.0  # nothing avoids it
    assert 40.0 < whole[50_000.0] < 60.0
    assert whole[1_000_000.0] < 3.0
    assert parts[100.0] < 3.0
    assert parts[10_000.0] < 0.05
    assert whole[10_000.0] > 1000.0 * parts[10_000.0]


def test_names_are_fewer_where_a_share_is_more_than_a_member(by_size):
    names = by_size.loc["whole", "names"].dropna()
    assert names.is_monotonic_increasing
    assert names[1_000.0] < 100 < 250 < names[1_000_000.0]


def test_both_curves_fall_with_names_and_stay_within_their_bounds(book):
    benchmark, risk, _ = book
    curve = di.te_vs_names(benchmark, risk, names=[100, 10, 40, 10], **CHEAP)
    frame = curve.to_frame()
    assert frame["limit"].tolist() == [10, 40, 100]
    assert frame["te_bp"].is_monotonic_decreasing
    assert frame["bound_bp"].is_monotonic_decreasing
    assert (frame["bound_bp"] <= frame["te_bp"]).all()
    assert (frame["names"] <= frame["limit"]).all()
    assert frame["gap_bp"].tolist() == (frame["te_bp"] - frame["bound_bp"]).tolist()


def test_a_point_of_the_curve_is_no_worse_than_the_index_by_itself():
    benchmark, risk = fund(20, 1), model(20, seed=1)
    curve = di.te_vs_names(benchmark, risk, names=[2, 5], nodes=40)
    for point in curve.points:
        alone = di.compact(benchmark, risk, names=point.limit, nodes=40)
        assert point.te_bp <= alone.te_bp * (1.0 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_whole_shares_of_four_securities_against_every_purchase(seed):
    benchmark, risk = fund(4, seed), model(4, seed=seed)
    prices = dict(zip(risk.symbols, [7.0, 11.0, 13.0, 29.0], strict=True))
    curve = di.te_vs_account_size(
        benchmark, risk, prices, sizes=[100.0], shares=["whole"], max_cash=0.05,
        nodes=400, gap=1e-3,
    )  # fmt: skip
    best = _best_purchase(benchmark, risk, prices, 100.0, 0.05)
    [point] = curve.points
    assert point.te_bp is not None
    assert point.te_bp == pytest.approx(best, rel=1e-6)
    assert point.bound_bp <= best * (1.0 + 1e-9)


def _best_purchase(benchmark, risk, prices, size, most) -> float:
    best = math.inf
    ranges = [range(int(size // price) + 1) for price in prices.values()]
    for counts in itertools.product(*ranges):
        spent = sum(n * p for n, p in zip(counts, prices.values(), strict=True))
        if not size * (1.0 - most) <= spent <= size:
            continue
        held = pd.Series(
            {s: n * prices[s] / size for s, n in zip(prices, counts, strict=True)}
        )
        active = held.sub(benchmark.weights, fill_value=0.0)
        best = min(best, risk.tracking_error(active).total * 1e4)
    return best


def test_a_size_at_which_nothing_fits_says_so():
    benchmark, risk = fund(4), model(4)
    prices = dict.fromkeys(risk.symbols, 60.0)
    curve = di.te_vs_account_size(
        benchmark, risk, prices, sizes=[100.0], shares=["whole"], **CHEAP
    )
    [point] = curve.points
    assert (point.te_bp, point.names) == (None, None)
    assert point.status in ("infeasible", "no_plan")
    assert curve.found == ()
    assert "<svg" in curve.svg()


@pytest.mark.parametrize("decimals", [0, 2, 9])
def test_fractions_have_as_many_decimals_as_are_asked_for(decimals):
    benchmark, risk = fund(4, 2), model(4, seed=2)
    prices = dict(zip(risk.symbols, [7.0, 11.0, 13.0, 29.0], strict=True))
    options = {"decimals": decimals, "max_cash": 0.1, "nodes": 60}
    curve = di.te_vs_account_size(benchmark, risk, prices, sizes=[500.0], **options)
    whole, parts = curve.points
    assert (whole.shares, parts.shares) == ("whole", "fractional")
    assert parts.te_bp <= whole.te_bp
    if decimals == 0:
        assert parts.te_bp == whole.te_bp
    if decimals == 9:
        assert parts.te_bp < 0.1


def test_progress_and_its_order():
    seen = []
    benchmark, risk = fund(6), model(6)
    prices = dict.fromkeys(risk.symbols, 1.0)
    tick = lambda done, total: seen.append((done, total))  # noqa: E731
    di.te_vs_names(benchmark, risk, names=[2, 3], method="top", progress=tick)
    di.te_vs_account_size(benchmark, risk, prices, sizes=[1e4], progress=tick, **CHEAP)
    assert seen == [(1, 2), (2, 2), (1, 2), (2, 2)]


def test_all_problems_of_a_size_curve_come_at_once():
    prices = {"S00": 1.0, "S01": -2.0, "S02": math.nan, "SO3": 4.0}
    with pytest.raises(di.InputError) as error:
        di.te_vs_account_size(
            fund(4), model(4), prices, sizes=[0.0, math.inf], shares=["hole"],
            decimals=10, max_cash=-0.1, gap=2.0,
        )  # fmt: skip
    text = str(error.value)
    for said in (
        "prices: found -2.0 of 'S01'; allowed: a number above 0",
        "prices: found nan of 'S02'",
        "prices: found no price of 'S03'; allowed: one of each member. Did you mean "
        "'SO3'?",
        "sizes: found 0.0; allowed: a number above 0",
        "sizes: found inf",
        "shares: found 'hole'; allowed: whole or fractional. Did you mean 'whole'?",
        "decimals: found 10; allowed: 0 to 9",
        "max_cash: found -0.1; allowed: a fraction, 0 to 1",
        "gap: found 2.0",
    ):
        assert said in text
    assert len(error.value.problems) == 9


def test_empty_lists_are_refused():
    with pytest.raises(di.InputError, match="names: found nothing"):
        di.te_vs_names(fund(4), model(4), names=[])
    with pytest.raises(di.InputError, match="sizes: found nothing"):
        di.te_vs_account_size(fund(4), model(4), {}, sizes=[])


def curve(**changes: object) -> Curve:
    point = {
        "shares": "whole", "limit": None, "size": 1e4, "status": "limit",
        "te_bp": 90.0, "bound_bp": 80.0, "names": 12, "cash": 0.001,
    }  # fmt: skip
    points = (
        CurvePoint(**point),
        CurvePoint(**(point | {"size": 1e5, "te_bp": 9.0, "bound_bp": 8.5})),
        CurvePoint(**(point | {"size": 100.0, "te_bp": None, "status": "infeasible"})),
        CurvePoint(**(point | {"shares": "fractional", "te_bp": 0.001, "bound_bp": 0})),
    )
    return Curve(
        **({"name": "te_vs_account_size", "benchmark": "A & B", "points": points}
           | changes)
    )  # fmt: skip


def test_a_curve_writes_its_table_and_its_picture(tmp_path):
    curve().write(tmp_path)
    frame = pd.read_csv(tmp_path / "te_vs_account_size.csv")
    assert list(frame.columns) == [
        "benchmark", "shares", "limit", "size", "status", "te_bp", "bound_bp",
        "gap_bp", "names", "cash", "seconds", "engine",
    ]  # fmt: skip
    assert frame["gap_bp"].iloc[0] == 10.0
    assert np.isnan(frame["te_bp"].iloc[2])
    drawn = (tmp_path / "te_vs_account_size.svg").read_text()
    assert drawn.startswith("<svg")
    assert "A &amp; B: tracking error by account size" in drawn
    assert drawn.count("<circle") == 3  # the point without a portfolio is left out
    assert drawn.count("stroke-dasharray") == 3  # two bounds, and the style of another


def test_what_is_below_the_edge_of_the_picture_lies_on_it():
    drawn = curve().svg()
    assert 'cy="384.0"' in drawn  # 0.001 bp, drawn at 0.01


def test_a_curve_prints_what_matters():
    assert repr(curve()) == (
        "Curve('te_vs_account_size', 'A & B', 3 of 4 points, te 90.0 .. 0.0 bp)"
    )


def test_without_numbers_the_usual_ones_are_solved():
    curve = di.te_vs_names(fund(60), model(60), method="top")
    assert [point.limit for point in curve.points] == [25, 50]
    curve = di.te_vs_names(fund(9), model(9), method="top")
    assert [point.limit for point in curve.points] == [9]
