# SPDX-License-Identifier: Apache-2.0
"""What must not change the certified engine's answer, and where arithmetic is hard."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support import plain
from support.edges import EDGES, optimal, same_security_twice
from support.features import Features, features, program_of
from support.jobs import Kind, random_job
from support.permute import permuted, random_order, split_lot
from support.programs import enumerate_optimum

from di_optimizer.account import CashBalance, Flow
from di_optimizer.program.build import Job, build
from di_optimizer.program.program import Program
from di_optimizer.solve.proof import prove
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings, Solution, Status

TIGHT = Settings(gap=1e-7)
EDGE = Settings(gap=1e-6)  # rows keep a margin of 1e-8, and prices there reach 40
LIMIT = 1e-9  # fraction of base; by which a plan may miss a limit
some = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
many = settings(some, max_examples=1500, derandomize=False)


def solve(program: Program, wanted: Settings = TIGHT) -> Solution:
    return engine("certified")(program, wanted)


def same_bits(one: Solution, other: Solution) -> bool:
    """Whether two answers are equal in everything but their times."""
    return digest(one) == digest(other)


def digest(solution: Solution) -> str:
    """A hash of all numbers of an answer but its times."""
    found = hashlib.sha256(repr((solution.status, solution.nodes)).encode())
    numbers = solution.objective, solution.bound, sorted(solution.terms.items())
    found.update(repr(numbers).encode())
    arrays = [solution.buys, solution.sells, solution.sides, solution.modes]
    for leaf in solution.leaves:
        arrays += [leaf.factors, leaf.rows, leaf.sides, leaf.modes, leaf.piece_rows]
        found.update(repr((leaf.piece, leaf.risk)).encode())
    for array in arrays:
        found.update(b"none" if array is None else array.tobytes())
    return found.hexdigest()


def check_permuted(program: Program, seed: int) -> None:
    """Trades, objective and bound of a shuffled program, bit for bit."""
    order = random_order(program, seed)
    one, other = solve(program), solve(permuted(program, order))
    assert other.status is one.status
    assert other.nodes == one.nodes
    assert other.bound == one.bound
    assert other.objective == one.objective
    if one.buys is not None:
        assert np.array_equal(other.buys, one.buys[order.securities])
        assert np.array_equal(other.sells, one.sells[order.lots])
        assert np.array_equal(other.sides, one.sides[order.securities])
        assert np.array_equal(other.modes, one.modes[order.groups])


@some
@given(features(), st.integers(0, 1000))
def test_order_changes_nothing(wanted: Features, seed: int) -> None:
    check_permuted(program_of(wanted), seed)


@pytest.mark.slow
@many
@given(features(40), st.integers(0, 1000))
def test_order_changes_nothing_on_many_more(wanted: Features, seed: int) -> None:
    check_permuted(program_of(wanted), seed)


@pytest.mark.parametrize("seed", range(6))
def test_order_changes_nothing_for_securities_that_only_lots_tell_apart(
    seed: int,
) -> None:
    check_permuted(same_security_twice(), seed)


def check_split(program: Program, lot: int, part: float) -> None:
    """A lot in two parts: the intervals of both answers intersect."""
    assume(len(program.lots) > 0)
    apart = split_lot(program, lot % len(program.lots), part)
    one, two = solve(program), solve(apart)
    close = 1e-9 * max(1.0, abs(one.objective or 0.0))
    assert (one.buys is None) is (two.buys is None)
    if one.buys is not None and one.objective is not None:
        assert two.bound <= one.objective + close
        assert one.bound <= two.objective + close
        if one.status is two.status is Status.SOLVED:
            assert abs(two.objective - one.objective) <= TIGHT.gap + close


@some
@given(features(), st.integers(0, 1000), st.sampled_from([0.5, 0.3, 1e-6]))
def test_a_lot_in_two_parts_agrees_within_the_gap(
    wanted: Features, lot: int, part: float
) -> None:
    check_split(program_of(wanted), lot, part)


def scaled(job: Job, factor: int) -> Job:
    """The same account with so many times the money: shares, basis, cash, flows."""
    account = job.account
    lots = tuple(
        replace(lot, shares=lot.shares * factor, cost_basis=lot.cost_basis * factor)
        for lot in account.lots
    )
    cash = tuple(CashBalance(amount=c.amount * factor) for c in account.cash)
    flows = tuple(Flow(on=f.on, amount=f.amount * factor) for f in account.flows)
    return replace(job, account=replace(account, lots=lots, cash=cash, flows=flows))


@pytest.mark.parametrize("flow", [0.0, 0.1, -0.3])
@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_times_the_account_agrees_within_the_gap(
    seed: int, flow: float
) -> None:
    job = random_job(seed, Kind(flow=flow))
    one, large = build(job), build(scaled(job, 1000))
    assert large.nav == one.nav * Decimal(1000)
    small, big = solve(one.program), solve(large.program)
    assert big.status is small.status
    if small.objective is not None:
        assert big.objective == pytest.approx(small.objective, abs=TIGHT.gap)
        assert big.bound == pytest.approx(small.bound, abs=TIGHT.gap)


REPEATED = [
    Features(seed=1, securities=12, lots=4, factors=3, groups=("wash", "any")),
    Features(seed=2, securities=8, lots=3, rows=("turnover", "net"), planted=0.01),
    Features(seed=3, securities=6, lots=3, netted=True, groups=("trade_off",)),
    Features(seed=4, securities=8, lots=3, capped=True, planted=0.1),
]


@pytest.mark.parametrize("wanted", REPEATED)
def test_repeated_runs_agree_bit_for_bit(wanted: Features) -> None:
    """Other programs in between leave nothing behind."""
    program = program_of(wanted)
    first = solve(program)
    for other in REPEATED:
        solve(program_of(other))
    assert same_bits(first, solve(program))


def test_two_processes_agree_bit_for_bit() -> None:
    tests = Path(__file__).parent.parent
    code = (
        "from solve_digest import digest, solve, program_of, REPEATED\n"
        "print(*(digest(solve(program_of(wanted))) for wanted in REPEATED))"
    )
    load = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('solve_digest', {__file__!r})\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "sys.modules['solve_digest'] = module\n"
        "spec.loader.exec_module(module)\n"
    )
    path = os.pathsep.join([str(tests), str(tests.parent), *sys.path])
    run = subprocess.run(
        [sys.executable, "-c", load + code],
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [digest(solve(program_of(wanted))) for wanted in REPEATED]
    assert run.stdout.split() == here


@pytest.mark.parametrize("edge", EDGES)
def test_edges_are_solved_to_the_optimum(edge: str) -> None:
    """The optimum is that of enumeration; plan, bound and leaves are checked."""
    program = EDGES[edge]()
    solution, optimum = solve(program, EDGE), enumerate_optimum(program)
    assert np.isfinite(optimum)
    size = max(1.0, abs(optimum))
    close = 1e-8 * max(size, program.gamma / 1e4)  # the enumeration's own tolerance
    assert solution.status is Status.SOLVED
    assert solution.bound <= optimum + close
    assert optimum <= solution.objective + close
    value = plain.objective(program, (solution.buys, solution.sells))
    assert value == pytest.approx(solution.objective, abs=1e-9 * size)
    missed = plain.misses(program, solution)
    assert all(miss <= LIMIT for miss in missed.values()), missed
    found = prove(program, solution.leaves)
    assert found.complete
    rounded = 1e-10 * max(size, program.gamma / 1e3)  # given up by the checker
    assert found.bound == pytest.approx(solution.bound, abs=rounded)


def test_an_account_that_is_optimal_is_left_alone() -> None:
    solution = solve(optimal())
    assert not solution.buys.any()
    assert not solution.sells.any()
    assert solution.objective == 0.0
    assert solution.bound <= 0.0


def test_all_is_sold_where_nothing_may_be_held() -> None:
    program = EDGES["all withdrawn"]()
    solution = solve(program)
    assert np.array_equal(solution.sells, program.lots.weight)
    assert not solution.buys.any()
    assert np.abs(program.after(solution.buys, solution.sells)).max() <= 1e-15


@pytest.mark.parametrize("edge", EDGES)
def test_edges_do_not_depend_on_order(edge: str) -> None:
    check_permuted(EDGES[edge](), 5)


@pytest.mark.parametrize("limit", ["cash", "sector", "weights", "lots"])
def test_limits_that_nothing_keeps_are_proven_so(limit: str) -> None:
    program = EDGES["equalities"]()
    cash, sector = program.rows
    lots = program.lots
    changes = {
        "cash": {"rows": (replace(cash, lower=2.0, upper=2.0), sector)},
        "sector": {"rows": (cash, replace(sector, lower=1.2, upper=1.2))},
        "weights": {"lower": np.full(5, 0.3)},
        "lots": {"lots": replace(lots, floor=lots.weight), "lower": program.held},
    }
    solution = solve(replace(program, **changes[limit]))
    assert solution.status is Status.INFEASIBLE
    assert solution.buys is None
    assert solution.conflicts or solution.bound > 1e3
