# SPDX-License-Identifier: Apache-2.0
import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.risk import dense, names, random_model

from di_optimizer.errors import InputError
from di_optimizer.risk import FactorRiskModel
from di_optimizer.risk.model import covariance_root

GOOD = {
    "symbols": ("AAA", "BBB"),
    "factors": ("market", "size"),
    "exposures": [[1.0, 0.2], [1.2, -0.1]],
    "factor_covariance": [[0.04, 0.001], [0.001, 0.01]],
    "specific_variance": [0.01, 0.02],
}

actives = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(0, 0.02, 12)
)
models = st.builds(
    random_model,
    n=st.just(12),
    k=st.integers(0, 6),
    seed=st.integers(0, 1000),
    calibration=st.sampled_from([1.0, 0.8, 1.25]),
)


def by_name(active):
    return dict(zip(names(12), active.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(models, actives)
def test_tracking_error_is_that_of_the_dense_covariance(model, active):
    result = model.tracking_error(by_name(active))
    assert result.total**2 == pytest.approx(active @ dense(model) @ active, rel=1e-12)
    assert result.total**2 == pytest.approx(
        result.factor**2 + result.specific**2, rel=1e-12
    )


@settings(max_examples=60, deadline=None)
@given(models, actives)
def test_contributions_add_up_to_the_variance(model, active):
    weights = by_name(active)
    parts = model.decompose(weights)
    variance = model.tracking_error(weights).total ** 2
    tolerance = {"rel": 1e-10, "abs": 1e-16}
    assert parts.variance == pytest.approx(variance, **tolerance)
    assert parts.by_factor.sum() + parts.specific == pytest.approx(
        variance, **tolerance
    )
    assert parts.by_symbol.sum() == pytest.approx(variance, **tolerance)
    assert parts.specific_by_symbol.sum() == pytest.approx(parts.specific, rel=1e-12)
    groups = {symbol: symbol[-1] for symbol in names(12)}
    assert parts.by_group(groups).sum() == pytest.approx(variance, **tolerance)
    assert parts.tracking_error == pytest.approx(variance**0.5, rel=1e-10)


def test_contribution_of_a_symbol_is_its_weight_times_the_gradient():
    model, active = random_model(), np.linspace(-0.1, 0.1, 12)
    gradient = dense(model) @ active
    by_symbol = model.decompose(by_name(active)).by_symbol
    np.testing.assert_allclose(by_symbol, active * gradient, rtol=1e-12)


def test_groups_add_their_symbols_and_name_what_has_no_label():
    model = FactorRiskModel(**GOOD)
    parts = model.decompose({"AAA": 0.1, "BBB": -0.1})
    groups = parts.by_group({"AAA": "Tech"})
    assert groups.to_dict() == {
        "": parts.by_symbol["BBB"],
        "Tech": parts.by_symbol["AAA"],
    }


@settings(max_examples=30, deadline=None)
@given(models, actives, st.randoms(use_true_random=False))
def test_order_of_symbols_changes_nothing(model, active, random):
    weights = list(by_name(active).items())
    shuffled = random.sample(weights, len(weights))
    expected = model.tracking_error(dict(weights))
    assert model.tracking_error(dict(shuffled)) == expected
    other = model.restrict(tuple(symbol for symbol, _ in shuffled))
    assert other.tracking_error(dict(weights)).total == pytest.approx(
        expected.total, rel=1e-12
    )


def test_loadings_follow_the_symbols_asked_for():
    model = random_model(calibration=1.25)
    asked = ("S005", "S000", "S011")
    F, d = model.loadings(asked)
    rows = [5, 0, 11]
    np.testing.assert_allclose(
        F @ F.T + np.diag(d), dense(model)[np.ix_(rows, rows)], rtol=1e-12
    )


def test_loadings_are_exposures_times_the_cholesky_factor():
    model = FactorRiskModel(**GOOD)
    F, d = model.loadings(("BBB", "AAA"))
    root = np.linalg.cholesky(np.array(GOOD["factor_covariance"]))
    np.testing.assert_allclose(F, np.array(GOOD["exposures"])[::-1] @ root)
    assert d.tolist() == [0.02, 0.01]


@pytest.mark.parametrize(
    "covariance",
    [np.zeros((2, 2)), np.ones((2, 2)), np.diag([1.0, -1e-12]), np.diag([1.0, 0.0])],
)
def test_singular_covariance_has_a_root(covariance):
    root = covariance_root(covariance)
    np.testing.assert_allclose(root @ root.T, np.maximum(covariance, 0), atol=1e-11)


def test_calibration_multiplies_every_part_of_the_tracking_error():
    model, active = random_model(), {"S000": 0.1, "S004": -0.1}
    plain, doubled = (m.tracking_error(active) for m in (model, model.calibrated(2.0)))
    assert doubled.total == pytest.approx(2 * plain.total)
    assert doubled.factor == pytest.approx(2 * plain.factor)
    assert doubled.specific == pytest.approx(2 * plain.specific)
    assert model.calibrated(2.0).calibrated(1.5).calibration == 1.5
    assert model.calibration == 1.0


def test_symbols_without_active_weight_need_not_be_named():
    model = random_model()
    few = {"S000": 0.1, "S004": -0.1}
    every = dict.fromkeys(model.symbols, 0.0) | few
    assert model.tracking_error(few).total == pytest.approx(
        model.tracking_error(every).total, rel=1e-14
    )
    assert model.tracking_error({}).total == 0.0


def test_a_series_is_as_good_as_a_dict():
    model, active = random_model(), {"S004": -0.1, "S000": 0.1}
    assert model.tracking_error(pd.Series(active)) == model.tracking_error(active)


def test_a_symbol_twice_in_a_series_is_refused():
    active = pd.Series([0.1, 0.2], index=["S000", "S000"])
    with pytest.raises(InputError, match="'S000' 2 times; allowed: each name once"):
        random_model().tracking_error(active)


def test_every_unknown_symbol_is_named_with_the_nearest():
    with pytest.raises(InputError) as caught:
        FactorRiskModel(**GOOD).loadings(("AAA", "BBX", "ZZZZ"))
    assert [str(p) for p in caught.value.problems] == [
        "risk model: found unknown symbol 'BBX'; allowed: symbols of the model. "
        "Did you mean 'BBB'?",
        "risk model: found unknown symbol 'ZZZZ'; allowed: symbols of the model",
    ]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value):
    with pytest.raises(InputError, match=f"{value} for 'S001'; allowed: finite"):
        random_model().tracking_error({"S000": 0.1, "S001": value})


def test_restrict_keeps_the_order_asked_for_and_refuses_repetition():
    model = random_model(calibration=1.1)
    part = model.restrict(("S003", "S001"))
    assert part.symbols == ("S003", "S001")
    assert part.calibration == 1.1
    np.testing.assert_array_equal(part.exposures, model.exposures[[3, 1]])
    with pytest.raises(InputError, match="'S001' 2 times"):
        model.restrict(("S001", "S001"))


def test_arrays_are_copies_that_cannot_be_written():
    exposures = np.array(GOOD["exposures"])
    model = FactorRiskModel(**{**GOOD, "exposures": exposures})
    exposures[0, 0] = 99.0
    assert model.exposures[0, 0] == 1.0
    for again in (model, pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        for array in (again.exposures, again.factor_covariance):
            with pytest.raises(ValueError, match="read-only"):
                array[0, 0] = 1.0
        with pytest.raises(ValueError, match="read-only"):
            again.specific_variance[0] = 1.0


@pytest.mark.parametrize(
    ("part", "value", "text"),
    [
        ("symbols", ("AAA", "AAA"), "'symbols': found 'AAA' 2 times"),
        ("symbols", ("AAA", " "), "' ' as a name; allowed: names that are not blank"),
        ("symbols", (), "found no symbol; allowed: at least one"),
        ("factors", ("f", "f"), "'factors': found 'f' 2 times"),
        ("exposures", [[1.0], [2.0]], r"shape \(2, 1\); allowed: shape \(2, 2\)"),
        ("exposures", [[1, 2], [np.nan, 1]], "nan for 'BBB' to 'market'"),
        ("factor_covariance", [[1.0]], r"shape \(1, 1\); allowed: shape \(2, 2\)"),
        ("factor_covariance", [[1, np.inf], [0, 1]], "inf for 'market' and 'size'"),
        ("factor_covariance", [[1, 0.1], [0.2, 1]], "0.1 and 0.2 for 'market' and"),
        ("factor_covariance", [[1, 2], [2, 1]], "an eigenvalue of -1; allowed: no"),
        ("specific_variance", [0.1], r"shape \(1,\); allowed: shape \(2,\)"),
        ("specific_variance", [0.1, -1e-9], "-1e-09 for 'BBB'; allowed: finite"),
        ("specific_variance", [np.nan, 0.1], "nan for 'AAA'; allowed: finite"),
        ("calibration", 0.0, "'calibration': found 0.0; allowed: a finite number"),
        ("calibration", np.inf, "'calibration': found inf"),
    ],
)
def test_parts_that_make_no_model_are_refused(part, value, text):
    with pytest.raises(InputError, match=text):
        FactorRiskModel(**{**GOOD, part: value})


def test_rounding_in_a_covariance_is_tolerated():
    covariance = [[0.04, 0.02], [0.02 + 1e-12, 0.01 - 1e-12]]
    model = FactorRiskModel(**{**GOOD, "factor_covariance": covariance})
    assert np.isfinite(model.tracking_error({"AAA": 1.0}).total)


def test_all_problems_come_together():
    with pytest.raises(InputError) as caught:
        FactorRiskModel(
            symbols=("AAA", "AAA"),
            factors=("market",),
            exposures=[[np.nan], [1.0]],
            factor_covariance=[[-1.0]],
            specific_variance=[-1.0, np.nan],
            calibration=-1.0,
        )
    assert [p.column for p in caught.value.problems] == [
        "symbols",
        "calibration",
        "exposures",
        "factor_covariance",
        "specific_variance",
        "specific_variance",
    ]
