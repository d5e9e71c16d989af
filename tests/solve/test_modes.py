# SPDX-License-Identifier: Apache-2.0
"""Groups, lot limits, budgets and the netted bill against full enumeration."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from support.modes import (
    base_program,
    grouped_program,
    limited_program,
    mode,
    netted_program,
)
from support.programs import enumerate_optimum

from di_optimizer.program.groups import Group
from di_optimizer.program.program import Program
from di_optimizer.solve.blocks import blocks_of, open_modes
from di_optimizer.solve.dual import dual_value
from di_optimizer.solve.pieces import at_flat_rates
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.reference import hull
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.reference.task import Task, Trace
from di_optimizer.solve.solution import Leaf, Settings, Solution, Status

BP = 1e-4
EXACT = 1e-9  # two interior-point solvers at their tolerance, fraction of base
KINDS = {
    "groups": grouped_program,
    "lot limits": limited_program,
    "netting": netted_program,
}
Make = Callable[[int], Program]
Case = tuple[Program, Solution, float]


def solved(make: Make, seeds: range) -> list[Case]:
    """Return programs with their solutions and true optima."""
    programs = [make(seed) for seed in seeds]
    return [(p, solve(p, Settings(gap=1e-7)), enumerate_optimum(p)) for p in programs]


@pytest.fixture(scope="module", params=KINDS)
def cases(request: pytest.FixtureRequest) -> list[Case]:
    return solved(KINDS[request.param], range(20))


def check_optima(cases: list[Case]) -> None:
    """Bound ≤ optimum ≤ objective, and within 1 bp of the optimum on 99 %."""
    losses = []
    for program, solution, optimum in cases:
        if np.isinf(optimum):
            assert solution.status in (Status.INFEASIBLE, Status.NO_PLAN)
            continue
        assert solution.status in (Status.SOLVED, Status.LIMIT)
        assert solution.bound <= optimum + EXACT
        assert optimum <= solution.objective + EXACT
        assert bound_of(program, solution.leaves) == solution.bound
        losses.append(solution.objective - optimum)
    assert len(losses) >= 0.4 * len(cases)
    assert np.mean(np.array(losses) <= BP) >= 0.99


def test_bound_at_most_optimum_at_most_objective(cases: list[Case]) -> None:
    check_optima(cases)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_on_many_more(kind: str) -> None:
    check_optima(solved(KINDS[kind], range(20, 320)))


def test_some_programs_of_each_kind_are_not_convex(cases: list[Case]) -> None:
    """Guards the tests above: single choices must matter."""
    assert sum(1 for _, s, _ in cases if s.gap and s.gap > BP) >= 2


def test_most_infeasible_programs_are_proven_so(cases: list[Case]) -> None:
    without = [s.status for _, s, optimum in cases if np.isinf(optimum)]
    assert without.count(Status.INFEASIBLE) >= 0.8 * len(without)


def test_plans_satisfy_every_limit(cases: list[Case]) -> None:
    for program, solution, _ in cases:
        if solution.buys is None or solution.sells is None:
            continue
        buys, sells = solution.buys, solution.sells
        after = program.after(buys, sells)
        assert np.all(after >= program.lower - EXACT)
        assert np.all(after <= program.upper + EXACT)
        for row in program.rows:
            value = program.row_value(row, buys, sells)
            assert row.lower - EXACT <= value <= row.upper + EXACT
        free = np.ones(len(program.lots), dtype=bool)
        for group, number in zip(program.groups, solution.modes, strict=True):
            free[group.lots] = False
            box = group.modes[number]
            assert np.all(sells[group.lots] >= box.floor - EXACT)
            assert np.all(sells[group.lots] <= box.cap + EXACT)
            assert np.all(box.buys | (buys[group.securities] == 0.0))
        assert np.all(sells[free] >= program.lots.floor[free] - EXACT)
        assert np.all(sells[free] <= program.lots.cap[free] + EXACT)
        sold = np.bincount(program.lots.security, weights=sells, minlength=program.n)
        assert not np.any((buys > 0) & (sold > 0))
        assert solution.objective == program.objective(buys, sells)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(15))
def test_any_multipliers_give_a_lower_bound(kind: str, seed: int) -> None:
    program = KINDS[kind](seed)
    optimum = enumerate_optimum(program)
    rng = np.random.default_rng(seed)
    pieces = range(-1, 0)
    if program.netting is not None:
        pieces = range(len(program.netting.pieces))
    for size in (0.0, 0.01, 0.3, 3.0):
        leaves = []
        for piece in pieces:
            limits = program.netting.pieces[piece].limits if piece >= 0 else ()
            leaf = Leaf(
                size * rng.normal(size=program.exposures.shape[1]),
                size * rng.normal(size=len(program.rows)),
                np.zeros(program.n, dtype=np.int64),
                open_modes(program),
                piece,
                -size * rng.random(len(limits)),
            )
            leaves.append(leaf)
        assert bound_of(program, tuple(leaves)) <= optimum + EXACT


def test_a_piece_without_a_leaf_proves_nothing() -> None:
    program = netted_program(1)
    solution = solve(program, Settings())
    assert bound_of(program, solution.leaves) == solution.bound
    assert bound_of(program, solution.leaves[1:]) == -np.inf
    assert bound_of(program, ()) == -np.inf
    assert {leaf.piece for leaf in solution.leaves} == set(
        range(len(program.netting.pieces))
    )


def test_a_leaf_of_no_piece_proves_nothing_about_a_netted_bill() -> None:
    program = netted_program(1)
    flat = dataclasses.replace(program, netting=None)
    [leaf] = solve(flat, Settings()).leaves
    assert np.isfinite(dual_value(flat, leaf))
    assert dual_value(program, leaf) == -np.inf


def test_the_best_leaf_counts() -> None:
    program = base_program(2)
    [leaf] = solve(program, Settings()).leaves
    worse = dataclasses.replace(leaf, rows=leaf.rows + 1.0)
    assert dual_value(program, worse) < dual_value(program, leaf)
    assert bound_of(program, (worse, leaf)) == dual_value(program, leaf)


@pytest.mark.parametrize("seed", range(20))
def test_a_fixed_mode_proves_no_less(seed: int) -> None:
    program = grouped_program(seed)
    rng = np.random.default_rng(seed)
    factors = 0.1 * rng.normal(size=program.exposures.shape[1])
    rows = 0.1 * rng.normal(size=len(program.rows))
    sides = np.zeros(program.n, dtype=np.int64)
    free = dual_value(program, Leaf(factors, rows, sides))
    modes = open_modes(program)
    each = []
    for number in range(len(program.groups[0].modes)):
        modes[0] = number
        each.append(dual_value(program, Leaf(factors, rows, sides, modes.copy())))
    assert min(each) == pytest.approx(free, abs=1e-14)


@pytest.mark.parametrize("seed", range(12))
def test_the_netted_plan_is_never_worse_than_the_flat_one(seed: int) -> None:
    program = netted_program(seed)
    solution = solve(program, Settings(flips=2))
    if solution.buys is None:
        pytest.skip("no plan")
    [other] = solution.others
    assert solution.objective <= program.objective(other.buys, other.sells) + EXACT
    flat = solve(dataclasses.replace(program, netting=None), Settings(flips=2))
    assert np.array_equal(other.buys, flat.buys)
    assert np.array_equal(other.sells, flat.sells)


def test_netting_changes_plans() -> None:
    """Guards the test above: the bill of the year must matter."""
    better = 0
    for seed in range(8, 20):
        program = netted_program(seed)
        solution = solve(program, Settings(flips=2))
        for other in solution.others:
            flat = program.objective(other.buys, other.sells)
            better += solution.objective < flat - BP
    assert better >= 3


def test_groups_of_one_mode_change_nothing() -> None:
    for seed in range(8):
        program = base_program(seed)
        blocks = blocks_of(program, open_modes(program))
        assert np.array_equal(blocks.security, np.arange(program.n))
        plain = solve(program, Settings())
        grouped = solve(
            dataclasses.replace(program, groups=trivial(program)), Settings()
        )
        assert grouped.status is plain.status
        if plain.objective is not None:
            assert grouped.objective == pytest.approx(plain.objective, abs=EXACT)
            assert grouped.bound == pytest.approx(plain.bound, abs=1e-8)


def trivial(program: Program) -> tuple[Group, ...]:
    """One group a security, with the box that it has anyway."""
    groups = []
    for i in range(program.n):
        own = np.flatnonzero(program.lots.security == i)
        weight = program.lots.weight[own]
        box = mode(program, own, np.array([True]), floor=0.0 * weight, cap=weight)
        groups.append(
            Group(name=f"g{i}", securities=np.array([i]), lots=own, modes=(box,))
        )
    return tuple(groups)


def modes_kept(program: Program) -> tuple[int, int, int, float]:
    """Return how many modes a relaxation begins and ends with, has, and its bound."""
    flat = at_flat_rates(program)
    task = Task(flat, flat, Trace())
    first = int(hull._first_modes(task, task.blocks).sum())
    last = len(hull.solve_hull(task).mix.blocks.group)
    return first, last, len(task.blocks.group), task.bound


def test_few_modes_at_a_time_prove_what_all_at_once_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs = [grouped_program(seed) for seed in range(40)]
    whole = [modes_kept(program) for program in programs]
    assert all(first == last == every for first, last, every, _ in whole)
    monkeypatch.setattr(hull, "FEW", 0)
    monkeypatch.setattr(hull, "ADDED", 1)
    few = [modes_kept(program) for program in programs]
    assert any(first < last < every for first, last, every, _ in few)
    assert [f[3] for f in few] == pytest.approx([w[3] for w in whole], abs=EXACT)
