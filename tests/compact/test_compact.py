# SPDX-License-Identifier: Apache-2.0
"""``di.compact``: its limits, its bound, its fund, its file, and what it refuses."""

import itertools
import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from support.compact import best_of_all, fund, model, random_task

import di_optimizer as di
from di_optimizer.compact.options import METHODS

SMALL = [m for m in METHODS if m != "exact"]
CHEAP = {"nodes": 20}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", [0, 1])
def test_an_index_keeps_its_limit_and_its_bound_is_below_every_set(seed, method):
    index = di.compact(fund(9, seed), model(9, seed=seed), names=3, method=method)
    assert len(index.weights) <= index.limit == 3
    assert math.fsum(index.weights) == pytest.approx(1.0, abs=1e-12)
    assert (index.weights > 0.0).all()
    best = math.sqrt(best_of_all(random_task(9, 3, seed))) * 1e4
    assert index.bound_bp <= best * (1.0 + 1e-9)
    assert index.te_bp >= best * (1.0 - 1e-7)
    assert 0.0 < index.bound_bp <= index.te_bp
    assert index.gap_bp == index.te_bp - index.bound_bp
    assert (index.method, index.status in ("solved", "limit")) == (method, True)
    if method in ("search", "exact"):
        assert index.te_bp == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_a_search_to_the_end_proves_the_best_of_all_sets(seed):
    index = di.compact(fund(8, seed), model(8, seed=seed), names=3, gap=1e-4)
    best = math.sqrt(best_of_all(random_task(8, 3, seed))) * 1e4
    assert index.status == "solved"
    assert index.bound_bp <= best * (1.0 + 1e-9)
    assert index.bound_bp >= index.te_bp * (1.0 - 1e-4) - 1e-9


def test_no_method_is_better_than_the_search():
    benchmark, risk = fund(40, 3), model(40, factors=5, seed=3)
    error = {
        method: di.compact(benchmark, risk, names=8, method=method, **CHEAP).te_bp
        for method in SMALL
    }
    assert error["search"] == min(error.values())
    assert error["top"] > 1.01 * error["search"]


def test_tracking_error_is_the_risk_models_own():
    benchmark, risk = fund(20, 3), model(20, seed=3)
    index = di.compact(benchmark, risk, names=5, **CHEAP)
    active = index.weights.sub(benchmark.weights, fill_value=0.0)
    assert index.te_bp == pytest.approx(risk.tracking_error(active).total * 1e4)


def test_the_calibration_of_the_model_counts():
    benchmark, risk = fund(12, 3), model(12, seed=3)
    once = di.compact(benchmark, risk, names=4, **CHEAP)
    twice = di.compact(benchmark, risk.calibrated(2.0), names=4, **CHEAP)
    assert twice.te_bp == pytest.approx(2.0 * once.te_bp, rel=1e-6)


def test_all_names_are_the_benchmark_itself():
    benchmark, risk = fund(9, 1), model(9, seed=1)
    index = di.compact(benchmark, risk, names=9)
    assert index.weights.to_numpy() == pytest.approx(benchmark.weights.to_numpy())
    assert (index.te_bp, index.status) == (pytest.approx(0.0, abs=1e-6), "solved")


def test_one_name_is_the_best_single_one():
    benchmark, risk = fund(9, 1), model(9, seed=1)
    index = di.compact(benchmark, risk, names=1)
    errors = {
        s: risk.tracking_error(
            pd.Series({s: 1.0}).sub(benchmark.weights, fill_value=0.0)
        ).total
        for s in risk.symbols
    }
    assert index.weights.to_dict() == {min(errors, key=errors.__getitem__): 1.0}


@pytest.mark.parametrize("method", SMALL)
def test_limits_of_weights_and_exclusions_hold(method):
    benchmark, risk = fund(15, 4), model(15, seed=4)
    largest = benchmark.weights.idxmax()
    index = di.compact(
        benchmark,
        risk,
        names=6,
        method=method,
        min_weight=0.05,
        max_weight=0.3,
        exclusions=[largest.lower()],
        **CHEAP,
    )
    assert largest not in index.weights
    assert index.weights.min() >= 0.05 - 1e-9
    assert index.weights.max() <= 0.3 + 1e-9
    assert len(index.weights) <= 6
    assert index.bound_bp <= index.te_bp


def test_limits_of_weights_are_reachable_to_the_end():
    benchmark, risk = fund(15, 4), model(15, seed=4)
    equal = di.compact(benchmark, risk, names=5, min_weight=0.2, **CHEAP)
    assert equal.weights.to_numpy() == pytest.approx(np.full(5, 0.2))
    equal = di.compact(benchmark, risk, names=5, max_weight=0.2, **CHEAP)
    assert equal.weights.to_numpy() == pytest.approx(np.full(5, 0.2))


@pytest.mark.parametrize(
    ("names", "options", "said"),
    [
        (0, {}, "names: found 0; allowed: a whole number, 1 to 9"),
        (-3, {}, "names: found -3"),
        (2.0, {}, "names: found 2.0; allowed: a whole number"),
        (True, {}, "names: found True"),
        (10, {}, "names: found 10; allowed: 1 to 9, what may be held"),
        (9, {"exclusions": ["S01"]}, "names: found 9; allowed: 1 to 8"),
        (3, {"method": "serch"}, "method: found 'serch'.*Did you mean 'search'"),
        (3, {"exclusions": ["SO1"]}, "unknown symbol 'SO1'.*Did you mean 'S01'"),
        (3, {"exclusions": [" "]}, "exclusions: found unknown symbol ' '"),
        (3, {"min_weight": 0.34}, "names: found 3; allowed: at most 2 names of 0.34"),
        (3, {"max_weight": 0.33}, "names: found 3; allowed: at least 4 names of 0.33"),
        (3, {"min_weight": -0.1}, "min_weight: found -0.1; allowed: 0 to 1"),
        (3, {"max_weight": 0.0}, "max_weight: found 0.0; allowed: above 0, to 1"),
        (3, {"max_weight": math.nan}, "max_weight: found nan"),
        (3, {"min_weight": 0.3, "max_weight": 0.2}, "at most max_weight, 0.2"),
        (3, {"gap": 1.0}, "gap: found 1.0"),
        (3, {"nodes": -1}, "nodes: found -1; allowed: 0 or more"),
        (3, {"seconds": 0.0}, "seconds: found 0.0; allowed: a number above 0"),
    ],
)
def test_what_is_refused(names, options, said):
    with pytest.raises(di.InputError, match=said):
        di.compact(fund(9), model(9), names=names, **options)


def test_all_problems_come_at_once():
    with pytest.raises(di.InputError) as error:
        di.compact(
            fund(9), model(8), names=0, method="best", exclusions=["S0", "X"], gap=-1.0
        )
    files = [problem.file for problem in error.value.problems]
    assert files == [
        "method", "benchmark All", "exclusions", "exclusions", "gap", "names",
    ]  # fmt: skip
    assert "restricted_to" in str(error.value)


def test_a_misspelt_option_is_refused():
    with pytest.raises(TypeError, match="min_wieght"):
        di.compact(fund(9), model(9), names=3, min_wieght=0.1)


def test_a_fund_that_is_the_benchmark_is_all_that_is_needed():
    benchmark, risk = fund(9, 1), model(9, seed=1)
    index = di.compact(benchmark, risk, names=1, completion={"ETF": benchmark})
    assert index.weights.to_dict() == {"ETF": 1.0}
    assert index.te_bp == pytest.approx(0.0, abs=1e-6)
    assert index.completion is not None
    assert index.completion.share == 1.0


def half(benchmark: di.Benchmark) -> dict[str, float]:
    """A fund of every second member."""
    own = benchmark.weights[::2]
    return (own / own.sum()).to_dict()


@pytest.mark.parametrize("method", SMALL)
def test_a_fund_counts_as_one_name_and_is_looked_through(method):
    benchmark, risk = fund(14, 5), model(14, factors=3, seed=5)
    known = half(benchmark)
    index = di.compact(
        benchmark, risk, names=4, method=method, completion={"etf": known}, **CHEAP
    )
    plain = di.compact(benchmark, risk, names=4, method=method, **CHEAP)
    held = index.completion
    assert held is not None
    assert (held.symbol, index.weights["ETF"]) == ("ETF", pytest.approx(held.share))
    assert len(index.weights) <= 4
    assert math.fsum(index.weights) == pytest.approx(1.0, abs=1e-12)
    through = index.look_through()
    assert math.fsum(through) == pytest.approx(1.0, abs=1e-12)
    active = through.sub(benchmark.weights, fill_value=0.0)
    assert index.te_bp == pytest.approx(risk.tracking_error(active).total * 1e4)
    assert index.te_bp < plain.te_bp
    assert 0.0 <= index.bound_bp <= index.te_bp
    assert f"for a share of {100 * held.share:.2f} % of ETF" in " ".join(index.notes)


def test_the_share_of_a_fund_is_as_good_as_a_fine_grid_of_them():
    benchmark, risk = fund(8, 6), model(8, seed=6)
    known = half(benchmark)
    index = di.compact(benchmark, risk, names=3, completion={"ETF": known}, **CHEAP)
    fine = min(
        _error(benchmark, risk, known, pair, share / 50)
        for pair in itertools.combinations(risk.symbols, 2)
        for share in range(2, 50, 4)
    )
    assert index.te_bp <= fine * 1.02


def _error(benchmark, risk, known, pair, share) -> float:
    """Tracking error of the best mix of two names beside a share of a fund."""
    base = pd.Series(known).mul(share).sub(benchmark.weights, fill_value=0.0)
    ends = [
        base.add(
            pd.Series({pair[0]: 1.0 - share - part, pair[1]: part}), fill_value=0.0
        )
        for part in np.linspace(0.0, 1.0 - share, 7)
    ]
    return min(risk.tracking_error(active).total * 1e4 for active in ends)


def test_a_fund_of_no_use_is_left_out():
    benchmark, risk = fund(9, 7), model(9, seed=7)
    smallest = str(benchmark.weights.idxmin())
    index = di.compact(benchmark, risk, names=9, completion={"ETF": {smallest: 1.0}})
    assert index.completion is None
    assert "ETF" not in index.weights
    assert "without it" in index.notes[-1]


@pytest.mark.parametrize(
    ("completion", "said"),
    [
        ({}, "completion: found 0 funds"),
        ({"A": {"S00": 1.0}, "B": {"S01": 1.0}}, "found 2 funds"),
        ({"S01": {"S00": 1.0}}, "no member of the benchmark"),
        ({"ETF": {"S00": 0.4}}, "weights of 0.4 in all"),
        ({"ETF": {"S77": 1.0}}, "'S77', which the risk model does not know"),
    ],
)
def test_funds_that_are_refused(completion, said):
    with pytest.raises(di.InputError, match=said):
        di.compact(fund(9), model(9), names=3, completion=completion)


def test_an_index_is_a_benchmark_and_a_holdings_file(tmp_path):
    benchmark, risk = fund(12, 8), model(12, seed=8)
    index = di.compact(benchmark, risk, names=4, **CHEAP)
    index.write(tmp_path)
    read = di.Benchmark.from_holdings(tmp_path / "holdings.csv")
    tracked = index.benchmark()
    assert read.weights.to_dict() == pytest.approx(tracked.weights.to_dict())
    assert tracked.name == "All in 4"
    assert list(read.weights.index) == list(index.weights.index)


def test_an_account_tracks_a_compact_index():
    benchmark, risk = fund(12, 8), model(12, seed=8)
    index = di.compact(benchmark, risk, names=4, **CHEAP)
    prices = pd.DataFrame({"symbol": risk.symbols, "price": 10.0})
    lots = pd.DataFrame(
        {
            "account": "A1",
            "lot_id": "1",
            "symbol": ["S00"],
            "shares": [1.0],
            "cost_basis": [10.0],
            "acquired": ["2020-01-02"],
        }
    )
    plan = di.rebalance(
        benchmark=index.benchmark(),
        risk=risk,
        date=date(2024, 6, 28),
        lots=lots,
        accounts=pd.DataFrame(
            {"account": ["A1"], "type": ["exempt"], "cash": [100_000.0]}
        ),
        prices=prices,
    )
    bought = {trade.symbol for trade in plan.trades if trade.side == "buy"}
    assert bought == set(index.weights.index)


def test_the_same_input_gives_the_same_index():
    benchmark, risk = fund(30, 9), model(30, factors=4, seed=9)
    first, second = (di.compact(benchmark, risk, names=7, **CHEAP) for _ in range(2))
    assert first.weights.equals(second.weights)
    assert first.bound_bp == second.bound_bp


def test_an_index_prints_what_matters():
    index = di.compact(fund(9), model(9), names=3)
    text = repr(index)
    assert text.startswith("CompactIndex('All in 3', 3 of 3 names, te ")
    assert f"bound {index.bound_bp:.2f} bp, search, {index.status})" in text
