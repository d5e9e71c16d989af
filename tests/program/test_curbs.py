# SPDX-License-Identifier: Apache-2.0
"""Curbs by themselves: values by hand, and cuts that touch and never cut off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from di_optimizer.program.curbs import ActiveCurb, Curb, RiskCurb, TopCurb

N = 6
FEW = settings(max_examples=60, deadline=None, derandomize=True)


def curbs_of(seed: int) -> list[Curb]:
    rng = np.random.default_rng(seed)
    benchmark = rng.dirichlet(np.ones(N))
    members = rng.random(N) < 0.7
    return [
        RiskCurb(
            name="risk",
            exposures=rng.normal(0, 0.2, (N, 2)),
            specific=rng.uniform(0, 0.3, N),
            benchmark=benchmark,
            limit=float(rng.uniform(0, 0.05)),
        ),
        TopCurb(name="top", count=2, members=members, limit=0.3),
        ActiveCurb(name="active", benchmark=benchmark, count=len(benchmark), limit=0.1),
    ]


def test_top_of_weights_by_hand() -> None:
    weights = np.array([0.4, 0.3, 0.1, 0.1, 0.05, 0.05])
    every = np.ones(N, dtype=np.bool_)
    curb = TopCurb(name="top", count=2, members=every, limit=0.7)
    assert curb.value(weights) == pytest.approx(0.7)
    out = every.copy()
    out[0] = False
    assert TopCurb(name="top", count=2, members=out, limit=0.7).value(
        weights
    ) == pytest.approx(0.4)


def test_active_share_by_hand() -> None:
    benchmark = np.array([0.5, 0.5, 0.0])
    curb = ActiveCurb(
        name="active", benchmark=benchmark, count=len(benchmark), limit=0.1
    )
    assert curb.value(np.array([0.4, 0.5, 0.1])) == pytest.approx(0.1)
    assert curb.value(benchmark) == 0.0


def test_risk_by_hand() -> None:
    """One factor and specific risk: 3-4-5."""
    curb = RiskCurb(
        name="risk",
        exposures=np.array([[0.3], [0.0]]),
        specific=np.array([0.0, 0.4]),
        benchmark=np.zeros(2),
        limit=0.1,
    )
    assert curb.value(np.array([0.1, 0.1])) == pytest.approx(0.05)


@FEW
@given(st.integers(0, 10_000))
def test_a_cut_holds_everywhere_and_cuts_off_what_it_is_from(seed: int) -> None:
    rng = np.random.default_rng([seed, 1])
    for curb in curbs_of(seed):
        here = rng.dirichlet(np.ones(N))
        direction = curb.direction(here)
        assert curb.admits(direction)
        c, at_benchmark = curb.coefficients(direction)
        said = float(c @ here) - at_benchmark
        assert said <= curb.value(here) + 1e-12
        if curb.value(here) > curb.limit:
            assert said > curb.limit
        for _ in range(5):
            there = rng.dirichlet(np.ones(N))
            assert float(c @ there) - at_benchmark <= curb.value(there) + 1e-12


@FEW
@given(st.integers(0, 10_000))
def test_longer_and_shorter_curbs_are_the_same_curb(seed: int) -> None:
    rng = np.random.default_rng([seed, 2])
    for curb in curbs_of(seed):
        here, more = rng.dirichlet(np.ones(N)), rng.random(3)
        longer = curb.longer(3)
        assert longer.value(np.concatenate([here, more])) == pytest.approx(
            curb.value(here), rel=1e-13
        )
        assert longer.shorter(N).value(here) == pytest.approx(
            curb.value(here), rel=1e-13
        )
        assert curb.at(0.5).limit == 0.5


def test_directions_outside_of_the_set_are_not_admitted() -> None:
    risk, top, active = curbs_of(3)
    assert not risk.admits(np.full(N + 2, 0.5))
    assert not top.admits(np.ones(N))
    assert not active.admits(np.full(N, 0.51))
    assert not active.admits(np.zeros(N + 1))
