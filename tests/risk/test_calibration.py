# SPDX-License-Identifier: Apache-2.0
"""Realised over predicted tracking error, out of sample."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from support.risk import history_of, names, world

from benchmarks import risk_calibration as calibration
from benchmarks.risk_portfolios import KINDS, RANDOM


def test_the_benchmark_finds_a_ratio_of_one_where_it_is_true():
    """504 days known, 63 ahead, 15 portfolios of each of four kinds, one date.

    1/√(2 × 63) is 9 % for one portfolio; 0.15 covers what they have in common.
    """
    true = world(567, 90, 4, seed=11)
    history = history_of(true.returns).assign(volume=1e6)
    days = history["date"].sort_values().unique()
    rows = calibration.outcomes(
        history, {}, [days[504].date()], each=15, kinds=RANDOM[:4]
    )
    assert len(rows) == 60
    assert calibration.overall(rows) == pytest.approx(1.0, abs=0.15)


def test_summary_pools_variances():
    rows = pd.DataFrame(
        {
            "on": [date(2010, 1, 1)] * 2,
            "kind": ["dense"] * 2,
            "predicted": [1.0, 3.0],
            "realised": [4.0, 0.0],
            "z": [3.0, -1.0],
        }
    )
    found = calibration.summary(rows)
    assert found["pooled"] == 1.0
    assert found["bias"] == pytest.approx(np.sqrt(5))
    assert calibration.overall(rows) == 1.0


def test_every_portfolio_is_dollar_neutral():
    true = world(400, 200, 3, seed=2)
    history = history_of(true.returns).assign(volume=1e6)
    on = history["date"].sort_values().unique()[300].date()
    scene = calibration.set_scene(history, {s: s[-1] for s in names(200)}, on, {})
    for draw in KINDS.values():
        active = draw(scene, np.random.default_rng(1))
        assert active.sum() == pytest.approx(0.0, abs=1e-9)
        assert np.abs(active).sum() > 0.01


@pytest.mark.real_data
def test_real_portfolios_realise_what_was_predicted(real_data):
    """All 60 quarters: fewer dates would hang on which of 2008's are among them."""
    history = calibration.read_history(real_data)
    rows = calibration.outcomes(
        history,
        calibration.read_sectors(real_data),
        calibration.quarter_ends(2002, 2016),
        each=5,
        kinds=RANDOM,
    )
    assert len(rows) == 60 * 5 * 5
    for kind in RANDOM:
        found = calibration.summary(rows[rows["kind"] == kind])
        assert 0.9 <= found["pooled"] <= 1.1, kind
    assert 0.9 <= np.sqrt(np.mean(rows["z"] ** 2)) <= 1.1
