# SPDX-License-Identifier: Apache-2.0
"""SCIP on the whole program: against enumeration, and against the reference engine."""

import dataclasses
import sys
import types
from collections.abc import Callable

import numpy as np
import pytest
from support.modes import (
    base_program,
    grouped_program,
    limited_program,
    mode,
    netted_program,
    traded_off_program,
)
from support.programs import Shape, enumerate_optimum, random_program
from support.wild import wild_program

from di_optimizer.errors import InputError
from di_optimizer.program.groups import Group
from di_optimizer.program.program import Program, Row, at_modes
from di_optimizer.solve import registry
from di_optimizer.solve.exact import engine as exact
from di_optimizer.solve.exact import lean, run
from di_optimizer.solve.exact.cells import cells_of, chosen
from di_optimizer.solve.exact.model import model_of
from di_optimizer.solve.exact.polish import FEASIBLE, missed
from di_optimizer.solve.exact.start import offer
from di_optimizer.solve.reference import engine as reference
from di_optimizer.solve.solution import Settings, Solution, Status

GAP = 1e-7
EXACT = 1e-8  # SCIP's and Clarabel's tolerances, fraction of base
TIGHT = Settings(gap=GAP)
PLANS = (Status.SOLVED, Status.LIMIT, Status.TIME)
MID = Shape(securities=60, lots_each=5, factors=6)
Make = Callable[[int], Program]
KINDS: dict[str, Make] = {
    "plain": base_program,
    "groups": grouped_program,
    "budgets": limited_program,
    "netting": netted_program,
    "odd": wild_program,
}


def cap_at(program: Program, share: float, gamma: float) -> Program | None:
    """The program with a cap between the tracking error at a high γ and at its own."""
    low, high = (
        exact.solve(dataclasses.replace(program, gamma=g), TIGHT)
        for g in (1e4, program.gamma)
    )
    if low.buys is None or high.buys is None:
        return None
    errors = [np.sqrt(program.variance(s.buys, s.sells)) for s in (low, high)]
    cap = float((errors[0] + share * (errors[1] - errors[0]) + 1e-5) ** 2)
    return dataclasses.replace(program, variance_cap=cap, gamma=gamma)


def boxes_hold(program: Program, solution: Solution) -> bool:
    """Whether every lot is within its floor and cap in the modes of a solution."""
    fixed = at_modes(program, solution.modes)
    sells, lots = solution.sells, fixed.lots
    inside = np.all((lots.floor <= sells) & (sells <= lots.cap))
    return bool(inside and np.all(solution.buys >= 0.0))


def check(program: Program, solution: Solution, optimum: float) -> None:
    """The interval holds the optimum, is short, and the plan meets every limit."""
    if np.isinf(optimum):
        assert solution.status is Status.INFEASIBLE
        assert solution.buys is None
        return
    close = EXACT * max(1.0, abs(optimum))
    assert solution.status is Status.SOLVED
    assert solution.bound <= optimum + close
    assert optimum - close <= solution.objective <= optimum + GAP + close
    assert solution.objective == program.objective(solution.buys, solution.sells)
    assert sum(solution.terms.values()) == solution.objective
    assert missed(program, solution.buys, solution.sells) <= FEASIBLE
    assert boxes_hold(program, solution)
    security = program.lots.security
    sold = np.bincount(security, weights=solution.sells, minlength=program.n)
    assert not np.any((solution.buys > 0.0) & (sold > 0.0))


@pytest.mark.parametrize("kind", KINDS)
def test_the_optimum_is_that_of_the_enumeration(kind: str) -> None:
    plans = 0
    for seed in range(24):
        program = KINDS[kind](seed)
        optimum = enumerate_optimum(program)
        check(program, exact.solve(program, TIGHT), optimum)
        plans += bool(np.isfinite(optimum))
    assert plans >= 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_on_many_more(kind: str) -> None:
    for seed in range(24, 324):
        program = KINDS[kind](seed)
        check(program, exact.solve(program, TIGHT), enumerate_optimum(program))


@pytest.mark.parametrize("kind", KINDS)
def test_the_interval_meets_that_of_the_reference_engine(kind: str) -> None:
    for seed in range(6):
        program = KINDS[kind](seed)
        mine, other = exact.solve(program, TIGHT), reference.solve(program, TIGHT)
        assert (mine.buys is None) == (other.buys is None)
        if mine.buys is not None:
            assert mine.bound <= other.objective + EXACT
            assert other.bound <= mine.objective + EXACT


@pytest.mark.parametrize("netted", [False, True])
def test_modes_that_charge_less_than_the_truth_are_said_to(netted: bool) -> None:
    """The bound is what modes charge at best; the objective is the true one."""
    less = 0
    for seed in range(16):
        program = traded_off_program(seed, netted=netted)
        optimum = enumerate_optimum(program)
        solution = exact.solve(program, TIGHT)
        if np.isinf(optimum):
            assert solution.status is Status.INFEASIBLE
            continue
        assert optimum - GAP - EXACT <= solution.bound <= optimum + EXACT
        assert solution.objective >= optimum - EXACT
        assert solution.objective == program.objective(solution.buys, solution.sells)
        assert missed(program, solution.buys, solution.sells) <= FEASIBLE
        fixed = at_modes(program, solution.modes)
        charged = fixed.objective(solution.buys, solution.sells)
        apart = solution.objective - charged > exact.NOTED
        assert ("less than the plan truly costs" in solution.message) == apart
        if solution.objective - solution.bound > GAP:
            assert solution.status is Status.LIMIT
            less += apart
    assert less >= 3


def test_where_modes_are_hopeful_more_of_the_plans_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = traded_off_program(26)
    several = exact.solve(program, TIGHT)
    monkeypatch.setattr(exact, "OTHERS", 1)
    assert several.objective < exact.solve(program, TIGHT).objective - 1e-4


@pytest.mark.parametrize("gamma", [0.0, 10.0])
def test_a_cap_on_variance(gamma: float) -> None:
    binding = 0
    for seed in range(12):
        program = cap_at(random_program(seed, Shape(2 + seed % 4)), 0.5, gamma)
        if program is None:
            continue
        solution, optimum = exact.solve(program, TIGHT), enumerate_optimum(program)
        assert solution.status is Status.SOLVED
        assert solution.bound <= optimum + 2e-8
        assert abs(solution.objective - optimum) <= GAP + 2e-8
        variance = program.variance(solution.buys, solution.sells)
        error, most = np.sqrt(variance), np.sqrt(program.variance_cap)
        assert error <= most + FEASIBLE
        binding += bool(error > most - 1e-6)
    assert binding >= 5


def test_a_cap_on_the_bill() -> None:
    binding = 0
    for seed in range(1, 25):
        program = netted_program(seed)
        free = exact.solve(program, TIGHT)
        if free.buys is None:
            continue
        most = program.netting.bill(*program.realised(free.buys, free.sells)) - 1e-3
        netting = dataclasses.replace(program.netting, cap=most)
        capped = dataclasses.replace(program, netting=netting)
        solution, optimum = exact.solve(capped, TIGHT), enumerate_optimum(capped)
        check(capped, solution, optimum)
        if solution.buys is not None:
            bill = netting.bill(*capped.realised(solution.buys, solution.sells))
            assert bill <= most + FEASIBLE
            binding += bool(bill > most - 1e-6)
    assert binding >= 5


def test_rows_on_gains_exclude_no_plan_whose_losses_may_be_disallowed() -> None:
    """Such a row counts between what modes hope for and a loss that is moved."""
    for seed in range(12):
        program = traded_off_program(seed)
        free = exact.solve(program, TIGHT)
        if free.buys is None:
            continue
        short, long = program.realised(free.buys, free.sells)
        net = Row(
            name="net gain",
            buy=np.zeros(program.n),
            sell=np.zeros(len(program.lots)),
            offset=0.0,
            lower=short + long - 1e-7,
            upper=short + long + 1e-7,
            lower_name="least",
            upper_name="most",
            short=1.0,
            long=1.0,
        )
        tied = dataclasses.replace(program, rows=(*program.rows, net))
        solution = exact.solve(tied, TIGHT)
        assert solution.bound <= free.objective + EXACT
        if solution.buys is not None:
            assert missed(tied, solution.buys, solution.sells) <= FEASIBLE


def test_washing_both_sides_is_no_way_to_burn_cash() -> None:
    """Cash has to fall, and the only security may not be bought and sold at once."""
    program = random_program(3, Shape(securities=1))
    lots = dataclasses.replace(program.lots, gain=np.full(len(program.lots), 0.5))
    row = dataclasses.replace(program.rows[0], offset=1e-4, lower=-1.0, upper=5e-5)
    shut = dataclasses.replace(
        program, lots=lots, rows=(row,), upper=program.held + 1e-5
    )
    assert exact.solve(shut, TIGHT).status is Status.INFEASIBLE
    assert np.isinf(enumerate_optimum(shut))
    room = dataclasses.replace(shut, upper=program.held + 1e-4)
    solution = exact.solve(room, TIGHT)
    check(room, solution, enumerate_optimum(room))
    assert solution.sides.tolist() == [1]


def test_a_mid_size_program_within_seconds() -> None:
    program = random_program(7, MID)
    solution = exact.solve(program, Settings(gap=1e-5, seconds=4.0))
    other = reference.solve(program, Settings(gap=1e-5, flips=3))
    assert solution.status in PLANS
    assert solution.seconds < 8.0
    assert solution.gap < 1e-3
    assert solution.bound <= other.objective + EXACT
    assert other.bound <= solution.objective + EXACT
    assert missed(program, solution.buys, solution.sells) <= FEASIBLE
    first, *rest = solution.attempts
    assert (first.step, first.solver[:5]) == ("branch and bound", "SCIP ")
    assert {a.step for a in rest} == {"polish"}


def test_a_time_limit_has_its_own_status() -> None:
    """A known plan is kept where no time is left to look for another."""
    program = random_program(7, MID)
    known = exact.solve(program, Settings(gap=1e-3, seconds=4.0))
    at_once = Settings(gap=0.0, seconds=0.0)
    nothing = exact.solve(program, at_once)
    assert nothing.status is Status.NO_PLAN
    assert nothing.message == "SCIP found no plan"
    assert nothing.attempts[0].status == "timelimit"
    kept = exact.solve(program, at_once, warm=known)
    assert kept.status is Status.TIME
    assert kept.objective <= known.objective + EXACT


@pytest.mark.parametrize("kind", [*KINDS, "wash"])
def test_a_start_from_an_answer_is_taken_and_changes_no_optimum(kind: str) -> None:
    plans = 0
    for seed in range(10):
        program = {**KINDS, "wash": traded_off_program}[kind](seed)
        cold = exact.solve(program, TIGHT)
        if cold.buys is not None:
            plans += 1
            assert offer(model_of(program, cells_of(program)), program, cold)
            warm = exact.solve(program, TIGHT, warm=cold)
            assert warm.status is cold.status
            assert abs(warm.bound - cold.bound) <= GAP + EXACT
    assert plans >= 4


def test_an_answer_to_another_program_is_no_start() -> None:
    program, other = base_program(8), base_program(9)
    model = model_of(program, cells_of(program))
    assert not offer(model, program, exact.solve(other, TIGHT))
    assert not offer(model, program, Solution(status=Status.NO_PLAN, engine="none"))
    known = exact.solve(program, TIGHT)
    grouped = dataclasses.replace(known, modes=np.array([5]))
    assert not offer(model, program, grouped)
    assert offer(model, program, known)


def test_modes_without_any_weight_are_never_taken() -> None:
    """One mode sells all, which the lower limit forbids; another keeps all."""
    program = random_program(3, Shape(securities=2))
    own = np.flatnonzero(program.lots.security == 0)
    weight, buys = program.lots.weight[own], np.array([False])
    all_, none = dict(floor=weight, cap=weight), dict(floor=0 * weight, cap=0 * weight)
    held = program.held.copy()
    lower = np.array([0.5 * held[0], program.lower[1]])
    for boxes, status in (([all_, none], PLANS), ([all_], (Status.INFEASIBLE,))):
        modes = tuple(mode(program, own, buys, **box) for box in boxes)
        group = Group(name="g", securities=np.array([0]), lots=own, modes=modes)
        tied = dataclasses.replace(
            program, lower=lower, upper=np.maximum(lower, 2.0), groups=(group,)
        )
        solution = exact.solve(tied, TIGHT)
        assert solution.status in status
        check(tied, solution, enumerate_optimum(tied))


def test_a_limit_that_no_weight_meets_is_named() -> None:
    """Infeasible before SCIP is asked: more has to be sold than lots hold."""
    program = random_program(1, Shape(securities=2))
    less = dataclasses.replace(program.lots, cap=0.1 * program.lots.weight)
    upper = np.array([0.5 * program.held[0], 1.0])
    names = ("most 0", "")
    shut = dataclasses.replace(
        program,
        lots=less,
        lower=np.zeros(2),
        lower_name=("", ""),
        upper=upper,
        upper_name=names,
    )
    solution = exact.solve(shut, TIGHT)
    assert solution.status is Status.INFEASIBLE
    assert "most 0" in [conflict.name for conflict in solution.conflicts]
    assert solution.attempts == ()
    with pytest.raises(ValueError, match="no allowed weight"):
        chosen(cells_of(shut), np.zeros(0, np.int64), np.ones(2, np.int64))


def test_the_same_answer_bit_for_bit() -> None:
    program = netted_program(12)
    first, second = (exact.solve(program, TIGHT) for _ in range(2))
    assert first.objective == second.objective
    assert first.bound == second.bound
    assert np.array_equal(first.buys, second.buys)
    assert np.array_equal(first.sells, second.sells)


def test_scip_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    exact.solve(base_program(8), TIGHT)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e200])
def test_numbers_that_would_end_the_process_are_refused(number: float) -> None:
    program = random_program(1, Shape(securities=4))
    exposures = program.exposures.copy()
    exposures[2, 1] = number
    broken = dataclasses.replace(program, exposures=exposures)
    solution = exact.solve(broken, TIGHT)
    assert solution.status is Status.FAILED
    assert solution.buys is None
    assert solution.message == "not finite, or too large for SCIP: exposures"
    row = dataclasses.replace(program.rows[0], offset=number)
    solution = exact.solve(dataclasses.replace(program, rows=(row,)), TIGHT)
    assert solution.message.endswith("row cash")


def test_an_ending_that_is_not_listed_is_a_failure() -> None:
    def ended(status: str) -> Status:
        return run.ending(types.SimpleNamespace(getStatus=lambda: status))

    assert ended("unbounded") is Status.FAILED
    assert ended("memlimit") is Status.LIMIT
    assert ended("gaplimit") is Status.SOLVED


def test_the_heuristic_leaves_nothing_behind() -> None:
    """SCIP holds it for good: a reference back would keep every model in memory."""
    program = base_program(8)
    model = model_of(program, cells_of(program))
    with lean.leaning(program, model) as heuristic:
        run.configure(model.scip, TIGHT, 0.0)
        model.scip.optimize()
        assert heuristic.work is not None
    assert heuristic.work is None


def test_without_the_package_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [n for n in sys.modules if n.startswith("di_optimizer.solve.exact")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyscipopt", None)
    with pytest.raises(InputError, match=r'pip install "di-optimizer\[exact\]"'):
        registry.engine("exact")
    monkeypatch.undo()
    assert registry.engine("exact").__module__ == "di_optimizer.solve.exact.engine"
