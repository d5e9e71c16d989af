# SPDX-License-Identifier: Apache-2.0
"""Curbs, lazy rows and soft limits in the engines, against cvxpy's own cones."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
from support.features import Features, program_of

from di_optimizer.program.curbs import ActiveCurb, Curb, RiskCurb, TopCurb
from di_optimizer.program.program import Program, Row
from di_optimizer.program.soft import completed, softened, without_slacks
from di_optimizer.solve.cut_rows import with_cut_rows
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Cut, Settings, Solution, Status

GAP = 1e-6
TIGHT = Settings(gap=GAP, nodes=400)
NEAR = 5e-6  # fraction of base: gap, margin of cuts and cone tolerances
ENGINES = ("certified", "reference")


def cash_program(seed: int, n: int = 12) -> Program:
    """Cash to invest and nothing held: convex, so that cones say the optimum."""
    rng = np.random.default_rng(seed)
    wanted = Features(seed=seed, securities=n, lots=0, factors=3, planted=None)
    program = program_of(wanted)
    benchmark = rng.dirichlet(np.full(n, 1.5))
    rows = tuple(row for row in program.rows if row.name == "cash")
    return replace(program, benchmark=benchmark, rows=rows, groups=(), netting=None)


def value_of(curb: Curb, x: cp.Variable) -> cp.Expression:
    """The value of a curb in cvxpy's words."""
    if isinstance(curb, RiskCurb):
        active = x - curb.benchmark
        parts = [curb.exposures.T @ active, cp.multiply(curb.specific, active)]
        return cp.norm(cp.hstack(parts))
    if isinstance(curb, TopCurb):
        return cp.sum_largest(x[np.flatnonzero(curb.members)], curb.count)
    assert isinstance(curb, ActiveCurb)
    return 0.5 * cp.norm1(x - curb.benchmark)


def optimum(program: Program) -> float:
    """The least objective of purchases from cash, soft curbs included."""
    u = cp.Variable(program.n, nonneg=True)
    x = program.held + u
    active = x - program.benchmark
    tracking = cp.sum_squares(program.exposures.T @ active)
    tracking += program.specific @ cp.square(active)
    cost = program.gamma * tracking + program.buy_cost @ u
    limits = [x >= program.lower, x <= program.upper]
    for row in program.rows:
        limits += [row.offset + row.buy @ u <= row.upper]
        limits += [row.offset + row.buy @ u >= row.lower]
    for curb in program.curbs:
        over = value_of(curb, x) - curb.limit
        if np.isinf(curb.price):
            limits.append(over <= 0)
        else:
            cost += curb.price * cp.pos(over)
    problem = cp.Problem(cp.Minimize(1e4 * cost), limits)
    problem.solve(solver=cp.CLARABEL)
    assert problem.status == "optimal"
    return float(problem.value) / 1e4 + program.constant


def three_curbs(program: Program, free: Solution, share: float) -> tuple[Curb, ...]:
    """Curbs that a plan without any breaks, by a share of what it has."""
    assert free.buys is not None
    x = program.after(free.buys, np.zeros(0))
    some = np.arange(program.n) % 2 == 0
    found: list[Curb] = [
        RiskCurb(
            name="some risk",
            exposures=np.where(some[:, None], program.exposures, 0.0),
            specific=np.where(some, np.sqrt(program.specific), 0.0),
            benchmark=program.benchmark,
            limit=0.0,
        ),
        TopCurb(name="top", count=3, members=some, limit=0.0),
        ActiveCurb(
            name="active", benchmark=program.benchmark, count=program.n, limit=0.0
        ),
    ]
    return tuple(curb.at(share * curb.value(x)) for curb in found)


def limited(seed: int) -> tuple[Program, Solution]:
    """A program that may not hold most of what its benchmark has most of."""
    program = cash_program(seed)
    large = np.argsort(-program.benchmark)[:3]
    upper = program.upper.copy()
    upper[large] = 0.02
    program = replace(program, upper=np.maximum(upper, program.lower))
    return program, engine("certified")(program, TIGHT)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_curb_is_the_cone_it_stands_for(name: str, number: int, seed: int) -> None:
    program, free = limited(seed)
    curb = three_curbs(program, free, 0.93)[number]
    curbed = replace(program, curbs=(curb,))
    found = engine(name)(curbed, TIGHT)
    due = optimum(curbed)
    assert found.buys is not None
    assert found.objective is not None
    assert curb.value(curbed.after(found.buys, found.sells)) <= curb.limit + 2e-9
    assert found.objective == pytest.approx(due, abs=NEAR)
    assert found.bound is not None
    assert found.bound <= due + 1e-9
    proven = bound_of(with_cut_rows(curbed, found.cuts), found.leaves)
    assert proven <= due + 1e-9
    assert proven >= found.bound - 1e-7


def test_a_curb_that_does_not_bind_changes_nothing() -> None:
    program, free = limited(3)
    curbed = replace(program, curbs=three_curbs(program, free, 1.01))
    found = engine("certified")(curbed, TIGHT)
    assert found.cuts == ()
    assert found.objective == free.objective


def test_several_curbs_and_lazy_rows_at_once() -> None:
    program, free = limited(4)
    first = np.arange(program.n) < 4
    total = Row(
        name="some",
        buy=np.where(first, 1.0, 0.0),
        sell=np.zeros(0),
        offset=float(program.held[first].sum()),
        lower=-np.inf,
        upper=np.inf,
        lower_name="",
        upper_name="some maximum",
        lazy=True,
    )
    assert free.buys is not None
    held = float(program.row_value(total, free.buys, np.zeros(0)))
    binding, idle = replace(total, upper=0.95 * held), replace(total, upper=2.0)
    rows = (*program.rows, idle, binding)
    curbs = tuple(c for c in three_curbs(program, free, 0.98) if c.name != "active")
    whole = replace(program, rows=rows, curbs=curbs)
    found = engine("certified")(whole, TIGHT)
    assert found.objective == pytest.approx(optimum(whole), abs=NEAR)
    assert all(len(leaf.rows) == 3 + len(found.cuts) for leaf in found.leaves)
    assert all(leaf.rows[1] == 0.0 for leaf in found.leaves)
    assert found.leaves[0].rows[2] > 0.0


@pytest.mark.parametrize("price", [0.0, 1e-3, 0.02, 10.0])
@pytest.mark.parametrize("number", [0, 1])
def test_a_soft_curb_is_missed_as_far_as_its_price_is_worth(
    price: float, number: int
) -> None:
    program, free = limited(5)
    curb = replace(three_curbs(program, free, 0.9)[number], price=price)  # type: ignore[type-var]
    curbed = replace(program, curbs=(curb,))
    whole = softened(curbed)
    assert whole.securities == program.n
    found = engine("certified")(whole, TIGHT)
    assert found.objective == pytest.approx(optimum(curbed), abs=NEAR)
    assert found.buys is not None
    over = curb.value(program.after(found.buys[: program.n], found.sells)) - curb.limit
    assert found.buys[-1] == pytest.approx(max(over, 0.0), abs=3e-6)


def soft_row_program(price: float) -> tuple[Program, Row]:
    program, free = limited(6)
    assert free.buys is not None
    first = np.arange(program.n) < 5
    total = Row(
        name="some",
        buy=np.where(first, 1.0, 0.0),
        sell=np.zeros(0),
        offset=0.0,
        lower=-np.inf,
        upper=0.8 * float(free.buys[first].sum()),
        lower_name="",
        upper_name="some maximum",
        upper_price=price,
    )
    return replace(program, rows=(*program.rows, total)), total


def test_what_a_soft_row_is_missed_by_falls_with_its_price() -> None:
    missed = []
    for price in (0.0, 1e-4, 5e-4, 2e-3, 10.0):
        program, row = soft_row_program(price)
        whole = softened(program)
        for name in ENGINES:
            found = engine(name)(whole, TIGHT)
            assert found.buys is not None
            own = found.buys[: program.n]
            over = max(program.row_value(row, own, found.sells) - row.upper, 0.0)
            room = float(found.buys[-1])
            assert room >= over - 1e-6 if price == 0.0 else abs(room - over) <= 1e-6
        missed.append(over)
    assert missed == sorted(missed, reverse=True)
    assert missed[0] > 1e-3
    assert missed[-1] <= 1e-8


def test_the_columns_of_soft_limits_come_and_go() -> None:
    program, row = soft_row_program(0.5)
    whole = softened(program)
    assert whole.n == program.n + 1
    back = without_slacks(whole)
    assert back.n == program.n
    assert back.rows[-1].upper == np.inf
    buys = np.zeros(program.n)
    buys[0] = row.upper + 0.25
    assert completed(whole, buys, np.zeros(0))[-1] == pytest.approx(0.25)
    assert completed(program, buys, np.zeros(0)) is buys


def test_a_cut_that_the_curb_does_not_admit_is_refused() -> None:
    program, free = limited(7)
    curbed = replace(program, curbs=three_curbs(program, free, 0.9))
    with pytest.raises(ValueError, match="'active' does not admit"):
        with_cut_rows(curbed, (Cut(2, np.ones(program.n)),))


def test_a_curb_out_of_reach_is_infeasible_by_name() -> None:
    program, free = limited(8)
    [_, _, active] = three_curbs(program, free, 1.0)
    least = replace(program, curbs=(active.at(0.0),))
    found = engine("certified")(least, TIGHT)
    assert found.status in (Status.INFEASIBLE, Status.NO_PLAN)
    assert found.buys is None
    if found.status is Status.INFEASIBLE:
        assert "active" in {conflict.name for conflict in found.conflicts}
