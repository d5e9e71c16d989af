# SPDX-License-Identifier: Apache-2.0
"""Odd programs against enumeration, and each edge that once ended without a plan."""

import dataclasses

import numpy as np
import pytest
from support.programs import Shape, enumerate_optimum, random_program
from support.wild import wild_program

from di_optimizer.program.program import LotArrays, Program, Row
from di_optimizer.solve.dual import dual_value
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.solution import Leaf, Settings, Status

PLANS = (Status.SOLVED, Status.LIMIT)


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_status_bound_and_objective_are_those_of_the_enumeration(start: int) -> None:
    for seed in range(start, start + 20):
        program = wild_program(seed)
        optimum = enumerate_optimum(program)
        solution = solve(program, Settings(gap=1e-7))
        assert (solution.status is Status.INFEASIBLE) == np.isinf(optimum), seed
        if np.isinf(optimum):
            assert solution.conflicts
            continue
        close = 1e-8 * max(1.0, abs(optimum))
        assert solution.status in PLANS, seed
        assert solution.bound <= optimum + close, seed
        assert optimum - close <= solution.objective <= optimum + 1e-4, seed


@pytest.mark.parametrize("seed", range(40))
def test_any_multipliers_bound_odd_programs(seed: int) -> None:
    program = wild_program(seed)
    optimum = enumerate_optimum(program)
    rng = np.random.default_rng(seed)
    for size in (0.0, 0.01, 1.0, 30.0):
        leaf = Leaf(
            size * rng.normal(size=program.exposures.shape[1]),
            size * rng.normal(size=len(program.rows)),
            np.zeros(program.n, dtype=np.int64),
        )
        assert dual_value(program, leaf) <= optimum + 1e-9 * max(1.0, abs(optimum))


def one_name(offset: float, limits: tuple[float, float], **changes: float) -> Program:
    """A position of 98 % with a lot at a loss."""
    held = np.array([changes.get("held", 0.98)])
    lots = LotArrays.free(
        security=np.zeros(1, np.int64),
        weight=held.copy(),
        gain=np.array([-0.3]),
        rate=np.array([0.4]),
        long_term=np.array([False]),
        sell_cost=np.array([1e-4]),
    )
    row = Row(
        name="cash",
        buy=np.array([-1.0001]),
        sell=np.array([0.9999]),
        offset=offset,
        lower=limits[0],
        upper=limits[1],
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )
    return Program(
        gamma=changes.get("gamma", 10.0),
        exposures=np.array([[0.2]]),
        specific=np.array([0.04]),
        benchmark=np.ones(1),
        held=held,
        lower=np.array([changes.get("lower", 0.0)]),
        upper=np.array([changes.get("upper", 1.0)]),
        lower_name=("no_sell",),
        upper_name=("no_buy",),
        buy_cost=np.array([1e-4]),
        lots=lots,
        rows=(row,),
    )


def test_a_frozen_account_without_cash_stays_as_it_is() -> None:
    """The only plan is on the limit itself: tightened rows would exclude it."""
    frozen = one_name(0.0, (0.0, 0.01), lower=0.98, upper=0.98)
    solution = solve(frozen, Settings())
    assert solution.status is Status.SOLVED
    assert solution.buys == pytest.approx([0.0])
    assert solution.sells == pytest.approx([0.0])
    first, second = solution.attempts[:2]
    assert (first.status, second.status) == ("infeasible", "optimal")
    assert second.solver == "CLARABEL, tight, no margin"


def test_room_of_a_rounding_error_is_no_purchase() -> None:
    """A position 1e-16 below its limit once counted as bought and sold at once."""
    tiny = one_name(0.02, (0.0, 1.0), upper=np.nextafter(0.98, 1.0))
    solution = solve(tiny, Settings())
    assert solution.status in PLANS
    assert solution.buys == pytest.approx([0.0], abs=0.0)


def test_where_the_leaning_does_not_fit_all_buying_or_all_selling_is_tried() -> None:
    """Cash has to fall by next to nothing while the loss wants to be sold."""
    program = one_name(0.02 + 1e-15, (-np.inf, 0.02))
    solution = solve(program, Settings())
    assert solution.status in PLANS
    assert solution.objective <= enumerate_optimum(program) + 1e-6


def test_a_sale_that_lots_cannot_bring_is_infeasible() -> None:
    """Half of the position is untraded, and more than the rest has to go."""
    program = one_name(0.02, (0.0, 1.0), upper=0.2)
    half = dataclasses.replace(
        program.lots, weight=program.lots.weight / 2, cap=program.lots.cap / 2
    )
    for lots in (half, _none(program.lots)):
        row = dataclasses.replace(
            program.rows[0], sell=program.rows[0].sell[: len(lots)]
        )
        short = dataclasses.replace(program, lots=lots, rows=(row,))
        assert solve(short, Settings()).status is Status.INFEASIBLE


def _none(lots: LotArrays) -> LotArrays:
    fields = {f.name: getattr(lots, f.name)[:0] for f in dataclasses.fields(lots)}
    return LotArrays(**fields)


def test_two_sides_are_swapped_where_cash_allows_neither_flip() -> None:
    """Sell one loss and buy the other: the way round that pays more is found."""
    found = 0
    for seed in range(30):
        program = random_program(seed, Shape(securities=2, gamma=0.0, cash=0.0))
        optimum = enumerate_optimum(program)
        if np.isinf(optimum):
            continue
        found += 1
        solution = solve(program, Settings(gap=1e-7))
        assert solution.objective <= optimum + 1e-7, seed
    assert found > 20
