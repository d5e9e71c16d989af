# SPDX-License-Identifier: Apache-2.0
"""Fewer trades within a tolerance: what is given up, what is proven, both sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.features import Features, program_of

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import LotArrays, Program, Row, at_modes
from di_optimizer.solve.fewer import at_price, trades_of
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings, Status

BP = 1e-4
SMALL = 0.0035  # a drift that costs 10 · 0.04 · SMALL² = 0.049 bp


def two_drifts() -> Program:
    """One name far below its benchmark weight, one a little; both may be bought."""
    none, free = np.zeros(2), np.ones(2)
    lots = LotArrays.free(
        security=np.zeros(0, dtype=np.int64),
        weight=np.zeros(0),
        gain=np.zeros(0),
        rate=np.zeros(0),
        long_term=np.zeros(0, dtype=np.bool_),
        sell_cost=np.zeros(0),
    )
    cash = Row(
        name="cash",
        buy=-free,
        sell=np.zeros(0),
        offset=1.0,
        lower=0.0,
        upper=1.0,
        lower_name="",
        upper_name="",
    )
    return Program(
        gamma=10.0,
        exposures=np.zeros((2, 1)),
        specific=np.full(2, 0.04),
        benchmark=np.array([0.3, SMALL]),
        held=none,
        lower=none,
        upper=free,
        lower_name=("", ""),
        upper_name=("", ""),
        buy_cost=none,
        lots=lots,
        rows=(cash,),
    )


@pytest.mark.parametrize("name", ["certified", "reference", "exact"])
@pytest.mark.parametrize(("tolerance", "trades"), [(0.048, 2), (0.050, 1), (0.0, 2)])
def test_a_trade_goes_when_it_is_worth_less_than_the_tolerance(
    name: str, tolerance: float, trades: int
) -> None:
    program = two_drifts()
    found = engine(name)(program, Settings(gap=1e-8, fewer_trades=tolerance * BP))
    assert trades_of(program, found) == trades
    given_up = 10.0 * 0.04 * SMALL**2 if trades == 1 else 0.0
    assert found.objective == pytest.approx(given_up, abs=2e-8)
    assert found.bound == pytest.approx(0.0, abs=2e-8)
    assert found.status is Status.SOLVED


def test_a_price_is_part_of_the_objective_alone() -> None:
    program = two_drifts()
    priced = at_price(at_price(program, 2e-5), 1e-5)
    buys = np.array([0.3, 0.0])
    nothing = np.zeros(0)
    costlier = priced.objective(buys, nothing) - program.objective(buys, nothing)
    assert costlier == pytest.approx(3e-5)
    assert priced.row_value(priced.rows[0], buys, nothing) == pytest.approx(0.7)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**5),
    tolerance=st.sampled_from([0.2, 2.0, 20.0]),
    grid=st.sampled_from(["", "whole"]),
)
def test_no_more_is_given_up_than_is_allowed(
    seed: int, tolerance: float, grid: str
) -> None:
    program = program_of(
        Features(seed=seed, securities=6, planted=0.1, groups=("wash",), grid=grid)
    )
    solve = engine("certified")
    plain = solve(program, Settings())
    fewer = solve(program, Settings(fewer_trades=tolerance * BP))
    if plain.objective is None:
        assert fewer.objective is None
        return
    assert fewer.objective is not None
    assert fewer.buys is not None
    assert fewer.sells is not None
    assert fewer.objective <= plain.objective + tolerance * BP
    assert trades_of(program, fewer) <= trades_of(program, plain)
    assert fewer.objective == pytest.approx(
        program.objective(fewer.buys, fewer.sells), abs=1e-12
    )
    assert fewer.bound == plain.bound
    assert bound_of(program, fewer.leaves) <= fewer.objective + 1e-9
    own = at_modes(program, fewer.modes) if program.groups else program
    assert of_allowed_size(own, fewer.buys, fewer.sells).all()
