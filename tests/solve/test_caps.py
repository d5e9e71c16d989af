# SPDX-License-Identifier: Apache-2.0
"""Caps on tracking error and tax against full enumeration, and the three forms."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from support.modes import netted_program
from support.programs import Shape, enumerate_optimum, random_program

from di_optimizer.program.netting import MAX_TAX
from di_optimizer.program.program import MAX_TE, Program, Row
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.reach import least_variance, within_reach
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.solution import Settings, Solution, Status

TIGHT = Settings(gap=1e-7)
EXACT = 2e-8  # two interior-point solvers at a cap, fraction of base
BP = 1e-4
ACCOUNTS = range(24)


def free_account(seed: int, gamma: float = 10.0) -> Program:
    """A random account that has a plan."""
    return random_program(seed, Shape(securities=2 + seed % 4, gamma=gamma))


def solved(program: Program) -> Solution:
    return solve(program, TIGHT)


def variance(program: Program, solution: Solution) -> float:
    assert solution.buys is not None
    assert solution.sells is not None
    return program.variance(solution.buys, solution.sells)


def with_cap(program: Program, share: float, gamma: float) -> Program | None:
    """The account with a cap between its least and its free tracking error."""
    free, least = solved(program), solved(least_variance(program))
    if free.buys is None or least.buys is None:
        return None
    low, high = (np.sqrt(variance(program, s)) for s in (least, free))
    if high < low + 1e-4:
        return None
    cap = float((low + share * (high - low)) ** 2)
    return dataclasses.replace(program, variance_cap=cap, gamma=gamma)


@pytest.mark.parametrize("gamma", [0.0, 10.0])
def test_bound_and_plan_stand_on_both_sides_of_the_optimum(gamma: float) -> None:
    """The cap holds, and bound ≤ optimum ≤ objective; γ = 0 leaves tax alone."""
    binding, gaps = 0, []
    for seed in ACCOUNTS:
        program = with_cap(free_account(seed), 0.5, gamma)
        if program is None:
            continue
        solution, optimum = solved(program), enumerate_optimum(program)
        assert solution.objective is not None
        assert solution.bound is not None
        assert variance(program, solution) <= program.variance_cap * (1 + 1e-7)
        assert solution.bound <= optimum + EXACT
        assert optimum <= solution.objective + EXACT
        again = bound_of(program, solution.leaves)
        assert again == pytest.approx(solution.bound, abs=1e-15)
        binding += solution.leaves[0].risk > 1e-3
        gaps.append(solution.objective - optimum)
    assert binding >= 12
    assert np.mean(np.array(gaps) <= BP) >= 0.9


def test_a_cap_just_met_and_just_missed() -> None:
    """A hair above the least tracking error there is a plan, a hair below a proof."""
    for seed in (1, 4, 7, 10):
        program = free_account(seed)
        least = solved(least_variance(program))
        error = np.sqrt(variance(program, least))
        above = dataclasses.replace(program, variance_cap=(error * 1.001) ** 2)
        below = dataclasses.replace(program, variance_cap=(error * 0.98) ** 2)
        assert solved(above).status in (Status.SOLVED, Status.LIMIT)
        refused = solved(below)
        assert refused.status is Status.INFEASIBLE
        assert [c.name for c in refused.conflicts] == [MAX_TE]
        assert refused.conflicts[0].alone
        assert refused.conflicts[0].amount == pytest.approx(0.02 * error, rel=0.1)
        assert np.isinf(enumerate_optimum(below))


def test_the_closest_plan_where_the_cap_is_out_of_reach() -> None:
    program = free_account(4)
    error = np.sqrt(variance(program, solved(least_variance(program))))
    capped = dataclasses.replace(program, variance_cap=(error / 2) ** 2)
    reach = within_reach(lambda p, w: solve(p, TIGHT, w), capped, closest=True)
    reached = np.sqrt(variance(program, reach.solution))
    assert reach.least is not None
    assert reach.least <= error + 1e-12
    assert reached <= error * 1.0011 + 1e-6
    assert reach.program.variance_cap >= reached**2
    refused = within_reach(lambda p, w: solve(p, TIGHT, w), capped, closest=False)
    assert refused.solution.status is Status.INFEASIBLE
    met = dataclasses.replace(program, variance_cap=(error * 2) ** 2)
    reach = within_reach(lambda p, w: solve(p, TIGHT, w), met, closest=True)
    assert reach.least is None
    assert reach.program is met


def test_linear_limits_in_conflict_are_named_before_the_cap() -> None:
    program = free_account(1)
    row = dataclasses.replace(program.rows[0], lower=2.0, upper=3.0)
    tight = dataclasses.replace(program, rows=(row,), variance_cap=1e-9)
    names = [c.name for c in solved(tight).conflicts]
    assert "cash.minimum" in names
    assert MAX_TE not in names


def convex(seed: int, gamma: float) -> Program:
    """An account whose sides are all fixed: gains to sell, some names to buy."""
    program = free_account(seed, gamma)
    gain = np.abs(program.lots.gain) + 0.01
    lots = dataclasses.replace(program.lots, gain=gain)
    return dataclasses.replace(program, lots=lots, lower=0 * program.lower)


def test_three_forms_agree_where_sides_are_fixed() -> None:
    """Both priced; a cap on tracking error; a cap on tax: the same trades to 1e-4.

    With the multiplier of a cap as price, the free problem gives the same plan.
    """
    tried = 0
    for seed in ACCOUNTS:
        program = convex(seed, 10.0)
        priced = solved(program)
        if priced.sells is None or priced.terms["tax"] < 1e-4:
            continue
        cap = variance(program, priced)
        capped = solved(dataclasses.replace(program, gamma=0.0, variance_cap=cap))
        assert capped.leaves[0].risk > 0.0  # a kink in costs leaves a range of prices
        same(program, priced, capped)
        again = solved(dataclasses.replace(program, gamma=capped.leaves[0].risk))
        same(program, capped, again)
        budget = solved(tax_budget(program, priced.terms["tax"], weight=0.0))
        same(program, priced, budget)
        assert budget.leaves[0].rows[-1] > 0.0
        dear = dataclasses.replace(
            program,
            lots=dataclasses.replace(
                program.lots, rate=budget.leaves[0].rows[-1] * program.lots.rate
            ),
        )
        same(program, budget, solved(dear))
        tried += 1
    assert tried >= 5


def same(program: Program, one: Solution, two: Solution) -> None:
    """The plans lead to the same weights, to 1e-4 of base."""
    weights = [program.after(s.buys, s.sells) for s in (one, two)]  # type: ignore[arg-type]
    assert np.abs(weights[0] - weights[1]).max() <= 1e-4


def tax_budget(program: Program, most: float, weight: float = 1.0) -> Program:
    """The account with a limit on tax at its flat rates, and a weight of tax."""
    lots = program.lots
    row = Row(
        name=MAX_TAX,
        buy=np.zeros(program.n),
        sell=np.zeros(len(lots)),
        offset=0.0,
        lower=-np.inf,
        upper=most,
        lower_name="",
        upper_name=MAX_TAX,
        short=0.408,
        long=0.238,
    )
    lighter = dataclasses.replace(lots, rate=weight * lots.rate)
    return dataclasses.replace(program, rows=(*program.rows, row), lots=lighter)


def test_a_larger_tax_budget_never_raises_the_least_tracking_error() -> None:
    """Tracking error as objective, tax as limit: proven bounds and plans fall."""
    for seed in (0, 3, 5, 8):
        program = free_account(seed)
        free = solved(program)
        if free.objective is None:
            continue
        tax = free.terms["tax"]
        errors = []
        for more in (0.0, 0.002, 0.01, 0.05, 1.0):
            wide = tax_budget(program, tax + more, weight=0.0)
            plan = solved(wide)
            assert plan.buys is not None
            assert plan.sells is not None
            spent = wide.row_value(wide.rows[-1], plan.buys, plan.sells)
            assert spent <= tax + more + 1e-9
            errors.append((plan.objective, plan.bound))
        for (above, _), (_, bound) in itertools.pairwise(errors):
            assert bound <= above + 1e-9  # what is proven of more never exceeds less
        assert all(b[0] <= a[0] + 1e-7 for a, b in itertools.pairwise(errors))


def test_a_tax_budget_that_nothing_meets_is_named() -> None:
    program = tax_budget(free_account(3), -1.0)
    solution = solved(program)
    assert solution.status is Status.INFEASIBLE
    assert [c.name for c in solution.conflicts] == [MAX_TAX]


def test_a_limit_on_the_netted_bill_against_the_enumeration() -> None:
    binding = 0
    for seed in range(6):
        program = netted_program(seed)
        free = solved(program)
        if free.buys is None or free.sells is None:
            continue
        bill = program.netting.bill(*program.realised(free.buys, free.sells))
        for weight, less in ((1.0, 0.002), (0.0, 0.0)):
            netting = dataclasses.replace(
                program.netting, cap=bill - less, weight=weight
            )
            capped = dataclasses.replace(program, netting=netting)
            plan, optimum = solved(capped), enumerate_optimum(capped)
            assert (plan.status is Status.INFEASIBLE) <= np.isinf(optimum)
            if plan.buys is None or plan.sells is None:
                continue
            paid = netting.bill(*program.realised(plan.buys, plan.sells))
            assert paid <= netting.cap + 1e-9
            assert plan.bound <= optimum + EXACT
            assert optimum <= plan.objective + EXACT
            again = bound_of(capped, plan.leaves)
            assert again == pytest.approx(plan.bound, abs=1e-15)
            binding += paid >= netting.cap - 1e-6
    assert binding >= 4


def test_a_limit_on_the_bill_that_nothing_meets_is_named() -> None:
    program = netted_program(2)
    netting = dataclasses.replace(program.netting, cap=-0.9)
    solution = solved(dataclasses.replace(program, netting=netting))
    assert solution.status is Status.INFEASIBLE
    assert [c.name for c in solution.conflicts] == [MAX_TAX]
