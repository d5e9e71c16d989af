# SPDX-License-Identifier: Apache-2.0
"""Three engines on programs with every feature at once: their intervals intersect.

Each answer is also looked at by itself: the objective and every limit once more by
plain loops, the bound once more from the leaves.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support import plain
from support.features import ROWS, Features, features, program_of
from support.programs import enumerate_optimum

from di_optimizer.program.program import Program
from di_optimizer.solve.proof import prove
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings, Solution, Status

PLANS = (Status.SOLVED, Status.LIMIT, Status.TIME)
TIGHT = Settings(gap=1e-7)
PROVEN = 1e-10  # the engine's bound against the checker's, which gives up rounding
LIMIT = 1e-9  # fraction of base; by which a plan may miss a limit
# SCIP and Clarabel miss limits by up to 1e-9 and reduced costs by 1e-7 bp; at a
# multiplier of ten that moves an objective by this much
OTHERS = 2e-8
few = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
quick = settings(max_examples=30, derandomize=True, **few)
handful = settings(max_examples=12, derandomize=True, **few)
thousands = settings(max_examples=3000, **few)


def solved(name: str, program: Program, seconds: float | None = None) -> Solution:
    """Solve with an engine; what it says about itself has to be true."""
    wanted = dataclasses.replace(TIGHT, seconds=seconds)
    solution = engine(name)(program, wanted)
    assert solution.engine == name
    if solution.buys is not None:
        check_plan(program, solution)
    if name != "exact":
        check_proof(program, solution)
    return solution


def check_plan(program: Program, solution: Solution) -> None:
    """The objective and all limits by plain loops."""
    assert solution.status in PLANS
    value = plain.objective(program, (solution.buys, solution.sells))
    assert value == pytest.approx(solution.objective, abs=1e-9)
    assert sum(solution.terms.values()) == pytest.approx(value, abs=1e-9)
    missed = plain.misses(program, solution)
    assert all(miss <= LIMIT for miss in missed.values()), missed


def check_proof(program: Program, solution: Solution) -> None:
    """The leaves prove the bound about every plan, and it is not above the plan's."""
    if solution.buys is None and not solution.leaves:
        assert solution.conflicts
        return
    found = prove(program, solution.leaves)
    largest = max(np.abs(leaf.rows).max(initial=0.0) for leaf in solution.leaves)
    close = PROVEN * max(1.0, min(abs(solution.bound), 1e9), largest)
    assert found.complete
    assert np.isinf(found.bound) or found.bound >= solution.bound - close
    if solution.objective is not None:
        assert solution.bound <= solution.objective
        assert (solution.gap <= TIGHT.gap) is (solution.status is Status.SOLVED)


def check_pair(one: Solution, other: Solution) -> None:
    """Intervals intersect; a proof that there is no plan is not contradicted."""
    if Status.INFEASIBLE in (one.status, other.status):
        assert one.buys is None
        assert other.buys is None
        return
    if one.buys is not None and other.buys is not None:
        size = OTHERS * max(1.0, abs(one.objective))
        assert one.bound <= other.objective + size
        assert other.bound <= one.objective + size


def check_infeasible(program: Program, solution: Solution) -> None:
    """Limits in conflict are named, or leaves prove more than any plan can cost."""
    if solution.status is Status.INFEASIBLE and not solution.conflicts:
        assert prove(program, solution.leaves).bound > dearest(program)


def dearest(program: Program) -> float:
    """More than any plan costs: every term at its worst by itself."""
    lots = program.lots
    reach = np.maximum(program.upper, program.held + 1.0) + program.benchmark
    factor = np.abs(program.exposures).T @ reach
    total = program.gamma * float(factor @ factor + program.specific @ reach**2)
    total += float(program.buy_cost @ np.maximum(program.upper - program.held, 0.0))
    total += float((lots.sell_cost + np.abs(lots.charge)) @ lots.weight)
    rate = 1.0 if program.netting else float(lots.rate.max(initial=0.0))
    total += rate * float(np.abs(lots.gain) @ lots.weight)
    if program.netting:
        total += abs(program.netting.short) + abs(program.netting.long)
    return total + abs(program.constant)


@quick
@given(features())
def test_certified_and_exact_agree(wanted: Features) -> None:
    program = program_of(wanted)
    certified, exact = solved("certified", program), solved("exact", program, 10.0)
    check_pair(certified, exact)
    check_infeasible(program, certified)


@handful
@given(features(6))
def test_certified_and_reference_agree(wanted: Features) -> None:
    program = program_of(wanted)
    certified, reference = solved("certified", program), solved("reference", program)
    check_pair(certified, reference)


@pytest.mark.slow
@thousands
@given(features(40))
def test_certified_and_exact_agree_on_many_more(wanted: Features) -> None:
    program = program_of(wanted)
    certified, exact = solved("certified", program), solved("exact", program, 10.0)
    check_pair(certified, exact)
    check_infeasible(program, certified)


tiny = features(3).map(
    lambda wanted: dataclasses.replace(
        wanted,
        lots=min(wanted.lots, 3),
        groups=tuple(g for g in wanted.groups if g != "trade_off")[:2],
    )
)


def check_optimum(wanted: Features) -> None:
    """Bound ≤ optimum ≤ objective; no plan exactly where enumeration has none."""
    program = program_of(wanted)
    certified, optimum = solved("certified", program), enumerate_optimum(program)
    if np.isinf(optimum):
        # an interior point may call a set without inside empty: nothing is said
        assume(certified.buys is None or wanted.planted != 0.0)
        assert certified.buys is None
        return
    close = OTHERS * max(1.0, abs(optimum))
    assert certified.status is Status.SOLVED
    assert certified.bound <= optimum + close
    assert optimum <= certified.objective + close


@settings(quick, max_examples=25)
@given(tiny)
def test_tiny_programs_are_solved_to_the_enumerated_optimum(wanted: Features) -> None:
    check_optimum(wanted)


@pytest.mark.slow
@settings(thousands, max_examples=1000)
@given(tiny)
def test_the_same_on_a_thousand(wanted: Features) -> None:
    check_optimum(wanted)


@pytest.mark.parametrize("seed", range(3))
def test_forty_securities(seed: int) -> None:
    wanted = Features(
        seed=seed,
        securities=40,
        lots=5,
        factors=5,
        rows=ROWS[seed : seed + 3],
        groups=("wash", "relief", "any"),
        restricted=True,
        planted=0.05,
    )
    program = program_of(wanted)
    certified, exact = solved("certified", program), solved("exact", program, 10.0)
    check_pair(certified, exact)
    assert certified.objective <= exact.objective + 1e-5


plain_ones = features(8).map(
    lambda wanted: dataclasses.replace(
        wanted, groups=tuple(g for g in wanted.groups if g != "trade_off")
    )
)


@quick
@given(plain_ones)
def test_a_planted_plan_is_found_and_the_gap_closed(wanted: Features) -> None:
    """Where modes charge the truth, nothing is left open on programs of this size."""
    program = program_of(dataclasses.replace(wanted, planted=wanted.planted or 0.01))
    certified = solved("certified", program)
    assert certified.status is Status.SOLVED


HARD_TO_MEET = {
    "a sector that leaves no more room than cash does": Features(
        seed=318,
        securities=9,
        lots=1,
        factors=2,
        rows=("sector", "beta", "losses"),
        groups=("wash",),
        flow=-0.5,
        lot_limits=True,
        planted=0.0,
    ),
    "the same with every security in it": Features(
        seed=63,
        lots=4,
        gamma=0.5,
        rows=("sector", "beta", "net"),
        groups=("wash", "any", "trade_off"),
        flow=-0.5,
        restricted=True,
        lot_limits=True,
        planted=0.0,
    ),
}


@pytest.mark.parametrize("case", HARD_TO_MEET)
def test_a_plan_is_found_where_limits_leave_hardly_any(case: str) -> None:
    """A planted plan keeps them all; SCIP finds one as well."""
    program = program_of(HARD_TO_MEET[case])
    certified, exact = solved("certified", program), solved("exact", program, 10.0)
    assert exact.objective is not None
    assert certified.objective is not None
    check_pair(certified, exact)


def test_no_plan_is_not_called_infeasible() -> None:
    """A budget that only a partly disallowed loss meets: none found, none excluded.

    The modes' gains are hopeful about disallowed losses, and the budget is about the
    true ones; the exact engine has a plan.
    """
    program = program_of(
        Features(
            seed=117,
            securities=12,
            lots=4,
            factors=3,
            gamma=0.5,
            rows=("net",),
            groups=("relief", "any", "trade_off"),
            flow=-0.5,
            planted=0.001,
        )
    )
    certified = solved("certified", program)
    assert certified.status in (Status.NO_PLAN, Status.SOLVED, Status.LIMIT)
    assert not certified.conflicts


@handful
@given(features(), st.sampled_from([1.0, 1.02, 0.7]))
def test_a_warm_start_changes_neither_proof_nor_plan(
    wanted: Features, gamma: float
) -> None:
    """From the answer to the same program, or to one with another price of risk."""
    program = program_of(wanted)
    solution = solved("certified", program)
    other = dataclasses.replace(program, gamma=gamma * program.gamma)
    again = engine("certified")(other, TIGHT, solution)
    cold = solved("certified", other)
    check_proof(other, again)
    assert again.status is cold.status
    if again.buys is not None:
        check_plan(other, again)
    check_pair(again, cold)


def test_a_warm_start_of_another_shape_is_not_used() -> None:
    program = program_of(Features(seed=1, securities=5, lots=3))
    other = program_of(Features(seed=2, securities=6, lots=2, rows=ROWS))
    solution = solved("certified", other)
    cold, again = (
        solved("certified", program),
        engine("certified")(program, TIGHT, solution),
    )
    assert again.objective == cold.objective
    assert again.bound == cold.bound


HARD = Features(
    seed=5, securities=30, lots=5, factors=3, rows=("turnover",), groups=("wash", "any")
)


def test_a_limit_on_nodes_ends_with_a_true_bound() -> None:
    program = program_of(HARD)
    ends = [engine("certified")(program, Settings(gap=0.0, nodes=n)) for n in (1, 8)]
    for solution, most in zip(ends, (1, 8), strict=True):
        check_plan(program, solution)
        assert solution.status is Status.LIMIT
        assert solution.nodes <= most + 8  # a split is finished
        found = prove(program, solution.leaves)
        assert found.complete
        assert found.bound == pytest.approx(solution.bound, abs=PROVEN)
    assert ends[0].bound <= ends[1].bound
    assert ends[1].objective <= ends[0].objective


def test_a_limit_on_time_is_told() -> None:
    program = program_of(HARD)
    solution = engine("certified")(program, Settings(gap=0.0, seconds=1e-9))
    assert solution.status is Status.TIME
    check_plan(program, solution)
    assert prove(program, solution.leaves).complete


def test_when_each_gap_was_reached_is_recorded() -> None:
    program = program_of(HARD)
    solution = solved("certified", program)
    gaps, times = zip(*solution.reached, strict=True)
    assert gaps == (1e-4, 2e-5, 1e-5)[: len(gaps)]
    assert list(times) == sorted(times)
    assert times[-1] <= solution.seconds
