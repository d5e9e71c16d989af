# SPDX-License-Identifier: Apache-2.0
"""Bounds hold for the true cost of any plan: wash sales, relief orders, split lots."""

import dataclasses

import numpy as np
import pytest
from support.modes import (
    base_program,
    grouped_program,
    limited_program,
    netted_program,
    relief_modes,
    traded_off_program,
)

from di_optimizer.program.groups import Group
from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.reference.flips import excess
from di_optimizer.solve.reference.task import Choice, Found
from di_optimizer.solve.solution import Settings, Solution
from di_optimizer.solve.widen import widened

EXACT = 1e-9  # two interior-point solvers at their tolerance, fraction of base
KINDS = {
    "groups": grouped_program,
    "lot limits": limited_program,
    "netting": netted_program,
    "wash": traded_off_program,
    "wash, netted": lambda seed: traded_off_program(seed, netted=True),
}


def any_plan(program: Program, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Buy or sell each security at random; lots whole, in part or not at all."""
    buying = rng.random(program.n) < 0.5
    buys = np.where(buying, rng.uniform(0.0, 0.3, program.n), 0.0)
    buys *= rng.random(program.n) < 0.7
    part = rng.choice([0.0, 0.0, 1.0, rng.random()], len(program.lots))
    sells = np.where(buying[program.lots.security], 0.0, part * program.lots.weight)
    return buys, sells


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_no_plan_is_below_the_bound_for_limits_that_admit_it(
    kind: str, seed: int
) -> None:
    program = KINDS[kind](seed)
    solution = solve(program, Settings(flips=3))
    rng = np.random.default_rng(seed)
    for _ in range(30):
        buys, sells = any_plan(program, rng)
        wide = widened(program, buys, sells)
        bound = bound_of(wide, solution.leaves)
        assert bound <= program.objective(buys, sells) + 1e-12


def test_some_of_those_bounds_are_close() -> None:
    """Guards the test above: a bound that is far below proves little."""
    least = np.inf
    for seed in range(10):
        program = traded_off_program(seed)
        solution = solve(program, Settings())
        if solution.buys is not None:
            wide = widened(program, solution.buys, solution.sells)
            assert bound_of(wide, solution.leaves) <= solution.objective + 1e-12
            least = min(least, solution.gap)
    assert least < 1e-6


def test_a_plan_within_its_limits_widens_nothing() -> None:
    program = limited_program(2)
    solution = solve(program, Settings())
    wide = widened(program, solution.buys, solution.sells)
    assert np.all(program.lots.floor - wide.lots.floor <= EXACT)
    assert np.all(wide.lots.cap - program.lots.cap <= EXACT)
    assert bound_of(wide, solution.leaves) == pytest.approx(solution.bound, abs=EXACT)


def test_only_the_mode_that_fits_best_is_widened() -> None:
    program = grouped_program(5)
    [group, *_] = program.groups
    buys, sells = np.zeros(program.n), program.lots.weight * 0.5
    [wide, *_] = widened(program, buys, sells).groups
    changed = [a is not b for a, b in zip(group.modes, wide.modes, strict=True)]
    assert sum(changed) <= 1
    sold = sells[group.lots]
    assert any(np.all((box.floor <= sold) & (sold <= box.cap)) for box in wide.modes)


@pytest.mark.parametrize("seed", range(12))
def test_what_a_mode_says_and_its_excess_is_the_true_cost(seed: int) -> None:
    program = traded_off_program(seed)
    solution = solve(program, Settings(flips=2))
    if solution.buys is None:
        pytest.skip("no plan")
    [group], [number] = program.groups, solution.modes
    box, own = group.modes[number], group.lots
    choice = Choice(solution.sides, solution.modes)
    found = Found(choice, solution.buys, solution.sells, {}, solution.leaves[0])
    sold, bought = solution.sells[own], solution.buys[group.securities]
    said = program.lots.rate[own] @ (box.gain * sold) + box.constant
    said += box.sell_charge @ sold + box.buy_charge @ bought
    [beyond] = excess(program, found)
    assert said + beyond == pytest.approx(solution.terms["tax"], abs=1e-14)
    assert beyond >= -1e-12


def ordered(program: Program) -> Program:
    """The same account with lots sold in their own order, security by security."""
    groups = []
    for i in range(program.n):
        own = np.flatnonzero(program.lots.security == i)
        if len(own):
            members = np.array([i])
            modes = relief_modes(program, members, own, np.random.default_rng(0))
            groups.append(
                Group(name=f"g{i}", securities=members, lots=own, modes=modes)
            )
    return dataclasses.replace(program, groups=tuple(groups))


@pytest.mark.parametrize("seed", range(16))
def test_a_fixed_relief_order_is_never_better(seed: int) -> None:
    program = base_program(seed, 4)
    free, fixed = (
        solve(program, Settings(gap=1e-7)),
        solve(ordered(program), Settings()),
    )
    if fixed.objective is None:
        pytest.skip("no plan")
    assert free.objective <= fixed.objective + EXACT
    assert free.bound <= fixed.objective + EXACT


def split_lot(program: Program, lot: int, part: float) -> Program:
    """The same account with one lot as two: a part of it and the rest."""
    twice = np.sort(np.append(np.arange(len(program.lots)), lot))
    share = np.ones(len(twice))
    share[lot], share[lot + 1] = part, 1.0 - part
    scaled = ("weight", "floor", "cap")
    columns = {}
    for field in dataclasses.fields(program.lots):
        column = getattr(program.lots, field.name)
        if isinstance(column, tuple):
            columns[field.name] = tuple(column[i] for i in twice)
        else:
            own = column[twice]
            columns[field.name] = own * share if field.name in scaled else own
    rows = tuple(dataclasses.replace(row, sell=row.sell[twice]) for row in program.rows)
    lots = dataclasses.replace(program.lots, **columns)
    return dataclasses.replace(program, lots=lots, rows=rows)


@pytest.mark.parametrize("make", [limited_program, base_program])
@pytest.mark.parametrize("seed", range(8))
def test_a_lot_split_in_two_changes_nothing(make, seed: int) -> None:
    program = make(seed)
    apart = split_lot(program, seed % len(program.lots), 0.3)
    one, two = solve(program, Settings(gap=1e-7)), solve(apart, Settings(gap=1e-7))
    assert one.status is two.status
    if one.objective is not None:
        assert two.objective == pytest.approx(one.objective, abs=1e-8)
        assert two.bound == pytest.approx(one.bound, abs=1e-7)


def plans(solution: Solution) -> bool:
    return solution.buys is not None


def test_most_of_these_programs_have_plans() -> None:
    """Guards every skip above."""
    found = [plans(solve(traded_off_program(s), Settings(flips=0))) for s in range(12)]
    assert sum(found) >= 10
    found = [plans(solve(ordered(base_program(s, 4)), Settings())) for s in range(16)]
    assert sum(found) >= 12
