# SPDX-License-Identifier: Apache-2.0
"""The reference engine against full enumeration of all buy and sell patterns."""

import dataclasses

import numpy as np
import pytest
from support.programs import Shape, enumerate_optimum, random_program

from di_optimizer.program.program import Program
from di_optimizer.solve.dual import dual_value
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.solution import Leaf, Settings, Solution, Status

ACCOUNTS = 200
BP = 1e-4
TERMS = ("factor", "specific", "tax", "cost", "charge")
EXACT = 1e-9  # two interior-point solvers at their tolerance, fraction of base


def account(number: int) -> Program:
    gamma = (0.5, 2.0, 10.0, 50.0)[number % 4]
    return random_program(number, Shape(securities=1 + number % 5, gamma=gamma))


@pytest.fixture(scope="module")
def solved() -> list[tuple[Program, Solution, float]]:
    """Each account with its solution and its true optimum."""
    found = []
    for number in range(ACCOUNTS):
        program = account(number)
        solution = solve(program, Settings(gap=1e-7))
        found.append((program, solution, enumerate_optimum(program)))
    return found


def test_infeasible_exactly_where_no_pattern_is_feasible(
    solved: list[tuple[Program, Solution, float]],
) -> None:
    for _, solution, optimum in solved:
        assert (solution.status is Status.INFEASIBLE) == np.isinf(optimum)
    feasible = sum(np.isfinite(optimum) for _, _, optimum in solved)
    assert feasible >= 0.9 * ACCOUNTS


def test_bound_at_most_optimum_at_most_objective(
    solved: list[tuple[Program, Solution, float]],
) -> None:
    for _, solution, optimum in solved:
        if np.isfinite(optimum):
            assert solution.bound is not None
            assert solution.objective is not None
            assert solution.bound <= optimum + EXACT
            assert optimum <= solution.objective + EXACT


def test_within_one_bp_of_the_optimum_on_95_percent(
    solved: list[tuple[Program, Solution, float]],
) -> None:
    losses = [
        solution.objective - optimum
        for _, solution, optimum in solved
        if np.isfinite(optimum) and solution.objective is not None
    ]
    assert np.mean(np.array(losses) <= BP) >= 0.95


def test_some_relaxations_are_not_tight(
    solved: list[tuple[Program, Solution, float]],
) -> None:
    """Guards the tests above: the accounts must hold real non-convexity."""
    gaps = [s.gap for _, s, optimum in solved if np.isfinite(optimum) and s.gap]
    assert np.sum(np.array(gaps) > BP) >= 3


def test_plans_satisfy_every_limit(
    solved: list[tuple[Program, Solution, float]],
) -> None:
    for program, solution, _ in solved:
        if solution.buys is None or solution.sells is None:
            continue
        assert np.all(solution.buys >= 0)
        assert np.all(solution.sells >= 0)
        assert np.all(solution.sells <= program.lots.weight)
        after = program.after(solution.buys, solution.sells)
        assert np.all(after >= program.lower - EXACT)
        assert np.all(after <= program.upper + EXACT)
        for row in program.rows:
            value = program.row_value(row, solution.buys, solution.sells)
            assert row.lower - EXACT <= value <= row.upper + EXACT


def test_never_buys_and_sells_one_security(
    solved: list[tuple[Program, Solution, float]],
) -> None:
    for program, solution, _ in solved:
        if solution.buys is None or solution.sells is None:
            continue
        sold = np.bincount(
            program.lots.security, weights=solution.sells, minlength=program.n
        )
        assert not np.any((solution.buys > 0) & (sold > 0))


def test_terms_add_up_to_the_objective(
    solved: list[tuple[Program, Solution, float]],
) -> None:
    for _, solution, _ in solved:
        if solution.objective is not None:
            assert set(solution.terms) == {*TERMS, "own"}
            assert sum(solution.terms.values()) == solution.objective


def test_stored_leaf_proves_the_bound(
    solved: list[tuple[Program, Solution, float]],
) -> None:
    for program, solution, _ in solved:
        for leaf in solution.leaves:
            assert dual_value(program, leaf) == solution.bound


@pytest.mark.parametrize("seed", range(20))
def test_any_multipliers_give_a_lower_bound(seed: int) -> None:
    """The dual function bounds the optimum whatever the multipliers are."""
    program = random_program(seed, Shape(securities=3))
    optimum = enumerate_optimum(program)
    rng = np.random.default_rng(seed)
    for size in (0.0, 0.01, 0.3, 3.0):
        leaf = Leaf(
            rng.normal(0, size + 1e-300, program.exposures.shape[1]),
            rng.normal(0, size + 1e-300, len(program.rows)),
            np.zeros(program.n, dtype=np.int64),
        )
        assert dual_value(program, leaf) <= optimum + EXACT


def scanned_dual(program: Program, leaf: Leaf) -> float:
    """The dual function by brute force: every block on a fine grid of amounts."""
    nu, mu = leaf.factors, leaf.rows
    total = -float(nu @ nu) / (4 * program.gamma)
    total -= float(nu @ (program.exposures.T @ program.benchmark))
    for row, m in zip(program.rows, mu, strict=True):
        total += m * (row.offset - (row.upper if m > 0 else row.lower))
    for i in range(program.n):
        total += _scanned_block(program, leaf, i)
    return total


def _scanned_block(program: Program, leaf: Leaf, i: int) -> float:
    price = float(program.exposures[i] @ leaf.factors)
    risk = program.gamma * program.specific[i]
    h, b = program.held[i], program.benchmark[i]
    extra = [m * row.buy[i] for row, m in zip(program.rows, leaf.rows, strict=True)]
    buy = program.buy_cost[i] + sum(extra)
    best = np.inf
    for u in np.linspace(0, program.upper[i] - h, 4001):
        best = min(best, risk * (h + u - b) ** 2 + price * (h + u) + buy * u)
    mine = np.flatnonzero(program.lots.security == i)
    unit = (program.lots.tax + program.lots.sell_cost)[mine]
    for row, m in zip(program.rows, leaf.rows, strict=True):
        unit = unit + m * row.sell[mine]
    order = np.argsort(unit, kind="stable")
    for sold in np.linspace(0, h - program.lower[i], 4001):
        left, cost = sold, 0.0
        for j in order:
            part = min(left, program.lots.weight[mine[j]])
            cost, left = cost + part * unit[j], left - part
        best = min(best, risk * (h - sold - b) ** 2 + price * (h - sold) + cost)
    return float(best)


@pytest.mark.parametrize("seed", range(6))
def test_dual_agrees_with_a_scan_of_every_block(seed: int) -> None:
    program = random_program(seed, Shape(securities=3))
    rng = np.random.default_rng(seed)
    sides = np.zeros(program.n, dtype=np.int64)
    leaf = Leaf(rng.normal(0, 0.2, 2), rng.normal(0, 0.2, 1), sides)
    exact, scanned = dual_value(program, leaf), scanned_dual(program, leaf)
    assert exact <= scanned + 1e-12
    assert scanned - exact < 1e-5  # the grid's own error, not the function's


def test_without_a_price_of_tracking_only_tax_and_cost_count() -> None:
    program = dataclasses.replace(random_program(3, Shape(securities=3)), gamma=0.0)
    solution = solve(program, Settings(gap=1e-7))
    assert solution.objective is not None
    assert solution.bound is not None
    assert solution.terms["factor"] == solution.terms["specific"] == 0.0
    optimum = enumerate_optimum(program)
    assert solution.bound - EXACT <= optimum <= solution.objective + EXACT


def test_one_name_bought_from_cash_alone() -> None:
    """One variable has its optimum in closed form.

    Minimise γ(f² + d)(u − b)² + cu over u, with b = 1, then clip to the cash range.
    """
    program = cash_only(random_program(3, Shape(securities=1)))
    solution = solve(program, Settings(gap=1e-7))
    assert solution.status is Status.SOLVED
    assert solution.buys is not None
    row, cost = program.rows[0], program.buy_cost[0]
    variance = float(program.exposures[0] @ program.exposures[0] + program.specific[0])
    free = program.benchmark[0] - cost / (2 * program.gamma * variance)
    low, high = (1 - row.upper) / (1 + cost), (1 - row.lower) / (1 + cost)
    assert solution.buys[0] == pytest.approx(np.clip(free, low, high), abs=1e-7)


def cash_only(program: Program) -> Program:
    """The same account with its securities sold and all of it in cash."""
    lots = {
        field.name: getattr(program.lots, field.name)[:0]
        for field in dataclasses.fields(program.lots)
    }
    row = dataclasses.replace(program.rows[0], sell=np.zeros(0), offset=1.0)
    return dataclasses.replace(
        program,
        lots=dataclasses.replace(program.lots, **lots),
        held=np.zeros(program.n),
        lower=np.zeros(program.n),
        upper=np.ones(program.n),
        rows=(row,),
    )
