# SPDX-License-Identifier: Apache-2.0
"""The certified engine on random sizes and counts: enumeration, engines, order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import honest
from support.features import Features, program_of, sized_features
from support.permute import permuted, random_order
from support.sized import on_grids, sized_program
from support.sized_features import LIMITS
from support.sized_optimum import sized_optimum

from di_optimizer.program.program import Program
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings, Solution, Status

GAP = 1e-7
TO_THE_END = Settings(gap=GAP, nodes=2000)
EXACT = 2e-8  # fraction of base: tolerances of the convex solver that enumerates
few = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
many = settings(few, max_examples=300, derandomize=False)


def solve(program: Program, wanted: Settings = TO_THE_END) -> Solution:
    return engine("certified")(program, wanted)


def small(value: float) -> float:
    return EXACT * max(1.0, abs(value))


def tiny(seed: int) -> Program:
    """Any sizes, counts, groups and limits of up to three securities."""
    rng = np.random.default_rng([seed, 5])
    securities, netted = int(rng.integers(1, 4)), bool(rng.random() < 0.1)
    return sized_program(seed, securities=securities, netted=netted)


def is_hopeful(program: Program) -> bool:
    """Whether modes may promise what no plan keeps: disallowed losses in part."""
    return any(group.wash is not None for group in program.groups)


def check_interval(program: Program) -> None:
    """The optimum is between bound and objective, and is not called impossible."""
    best, found = sized_optimum(program), solve(program)
    honest.check(program, found, GAP)
    if np.isinf(best):
        return
    assert found.status is not Status.INFEASIBLE
    assert found.bound is not None
    assert found.bound <= best + small(best)
    assert found.objective is None or found.objective >= best - small(best)


@pytest.mark.parametrize("seed", range(24))
def test_the_optimum_is_in_the_interval(seed: int) -> None:
    check_interval(tiny(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24, 600))
def test_the_optimum_is_in_the_interval_of_many_more(seed: int) -> None:
    check_interval(tiny(seed))


@pytest.mark.slow
@many
@given(sized_features(3))
def test_the_optimum_is_in_the_interval_with_any_features(wanted: Features) -> None:
    if wanted.grid == "fine":
        wanted = replace(wanted, grid="whole")
    check_interval(program_of(wanted))


def check_optimum(program: Program) -> None:
    """The plan is the best one, and proven to be: amounts are all on grids."""
    best, found = sized_optimum(program), solve(program)
    honest.check(program, found, GAP)
    if np.isinf(best):
        assert found.buys is None or is_hopeful(program)
        return
    assert found.objective is not None
    assert found.objective == pytest.approx(best, abs=GAP + small(best))
    assert found.status is Status.SOLVED


@pytest.mark.parametrize("seed", range(24))
def test_the_plan_is_the_optimum(seed: int) -> None:
    program = on_grids(sized_program(seed, securities=2 + seed % 2))
    if not is_hopeful(program):
        check_optimum(program)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24, 400))
def test_the_plan_is_the_optimum_of_many_more(seed: int) -> None:
    program = on_grids(sized_program(seed, securities=2 + seed % 2))
    if not is_hopeful(program):
        check_optimum(program)


@pytest.mark.parametrize("seed", range(12))
def test_the_plan_is_the_optimum_with_any_limits(seed: int) -> None:
    rng = np.random.default_rng([seed, 31])
    wanted = Features(
        seed=seed,
        securities=3,
        restricted=seed % 2 > 0,
        lot_limits=seed % 3 > 0,
        rows=("turnover",) if seed % 4 == 0 else (),
        planted=0.01,
        grid="whole",
        limits=tuple(name for name in LIMITS if rng.random() < 0.4),
    )
    check_optimum(program_of(wanted))


def finest(program: Program) -> float:
    """The smallest step, fraction of base; inf without steps."""
    steps = np.zeros(1) if program.sizes is None else program.sizes.step
    return float(np.min(steps, where=steps > 0.0, initial=np.inf))


def check_intersection(program: Program) -> None:
    """The three engines' intervals have a value in common."""
    bounds, objectives = [-np.inf], [np.inf]
    for name in ("certified", "reference", "exact"):
        if name == "exact" and finest(program) < 1e-4:
            continue  # counts of millions are beyond the tolerances of SCIP
        flips = Settings(gap=GAP, flips=3, nodes=60, seconds=5.0)
        found = engine(name)(program, flips)
        if found.bound is not None:
            bounds.append(found.bound)
        if found.objective is not None:
            objectives.append(found.objective)
        assert found.status is not Status.FAILED
    assert max(bounds) <= min(objectives) + small(max(bounds))


@settings(few, max_examples=5)
@given(sized_features(4))
def test_intervals_of_the_engines_intersect(wanted: Features) -> None:
    check_intersection(program_of(wanted))


@pytest.mark.slow
@settings(many, max_examples=100)
@given(sized_features(8))
def test_intervals_of_the_engines_intersect_more(wanted: Features) -> None:
    check_intersection(program_of(wanted))


def check_same(one: Solution, other: Solution) -> None:
    assert other.status is one.status
    assert other.nodes == one.nodes
    assert other.bound == one.bound
    assert other.objective == one.objective


def check_permuted(program: Program, seed: int) -> None:
    """Trades, objective and bound of a shuffled program, bit for bit."""
    order, settings_ = random_order(program, seed), Settings(gap=GAP, nodes=30)
    one = solve(program, settings_)
    honest.check(program, one, GAP)
    again = solve(program, settings_)
    other = solve(permuted(program, order), settings_)
    check_same(one, again)
    check_same(one, other)
    if one.buys is None:
        return
    assert np.array_equal(again.buys, one.buys)
    assert np.array_equal(again.sells, one.sells)
    assert np.array_equal(other.buys, one.buys[order.securities])
    assert np.array_equal(other.sells, one.sells[order.lots])
    assert np.array_equal(other.modes, one.modes[order.groups])


@pytest.mark.slow
@few
@given(sized_features(8), st.integers(0, 1000))
def test_order_changes_nothing(wanted: Features, seed: int) -> None:
    check_permuted(program_of(wanted), seed)


@pytest.mark.slow
@many
@given(sized_features(25), st.integers(0, 1000))
def test_order_changes_nothing_of_many_more(wanted: Features, seed: int) -> None:
    check_permuted(program_of(wanted), seed)


@settings(few, max_examples=5)
@given(sized_features(5))
def test_a_warm_start_is_no_worse(wanted: Features) -> None:
    program, usual = program_of(wanted), Settings(gap=GAP, nodes=20)
    first = solve(program, usual)
    again = engine("certified")(program, usual, first)
    honest.check(program, again, GAP)
    if program.netting is None and first.objective is not None:
        assert again.objective is not None
        assert again.objective <= first.objective


def test_warm_starts_of_other_sizes_are_judged_anew() -> None:
    """The plan of a program in any amounts is none on a grid: it is not kept."""
    program = sized_program(7, securities=3, groups=False)
    free = replace(program, sizes=None)
    start = solve(free)
    on_grid = on_grids(program)
    found = engine("certified")(on_grid, TO_THE_END, start)
    honest.check(on_grid, found, GAP)
