# SPDX-License-Identifier: Apache-2.0
"""How loose weights give way, against the dense equations; changes of kinds help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.features import Features, program_of

from di_optimizer.program.program import Floats, Program, Row
from di_optimizer.solve.certified.flips import improved, promising
from di_optimizer.solve.certified.outer import limits_of
from di_optimizer.solve.certified.plans import MARGIN, Plan, Task, solve_fixed
from di_optimizer.solve.certified.relaxation import Relaxation
from di_optimizer.solve.certified.swaps import give_of
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings


def some_program(seed: int, rows: tuple[str, ...] = ()) -> Program:
    return program_of(Features(seed=seed, securities=9, factors=3, lots=1, rows=rows))


def at_random(relaxation: Relaxation, seed: int) -> Plan:
    """A plan that trades nothing, with some weights loose."""
    program = relaxation.program
    loose = np.random.default_rng(seed).random(program.n) < 0.6
    none = np.zeros(program.n), np.zeros(len(program.lots))
    return Plan(*none, relaxation.free(), 0.0, loose=loose)


def dense(program: Program, plan: Plan, slopes: Floats, forced: int) -> Floats:
    """Move one weight by one, all loose ones at their best: the change of each."""
    assert plan.loose is not None
    f, d = program.exposures, np.maximum(program.specific, 1e-6)
    hessian = 2.0 * program.gamma * (np.diag(d) + f @ f.T)
    free = np.flatnonzero(plan.loose & (np.arange(program.n) != forced))
    m = slopes.shape[1]
    kkt = np.zeros((len(free) + m, len(free) + m))
    kkt[: len(free), : len(free)] = hessian[np.ix_(free, free)]
    kkt[: len(free), len(free) :] = slopes[free]
    kkt[len(free) :, : len(free)] = slopes[free].T
    right = -np.concatenate([hessian[free, forced], slopes[forced]])
    moved = np.zeros(program.n)
    moved[free] = np.linalg.lstsq(kkt, right, rcond=None)[0][: len(free)]
    moved[forced] = 1.0
    return moved


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("binding", [0, 1])
def test_loose_weights_give_way_as_the_equations_say(seed: int, binding: int) -> None:
    program = some_program(seed)
    relaxation = Relaxation(program)
    plan = at_random(relaxation, seed)
    slopes = np.random.default_rng([seed, 1]).normal(size=(program.n, binding))
    give = give_of(relaxation, plan, slopes)
    d, f = np.maximum(program.specific, 1e-6), program.exposures
    hessian = 2.0 * program.gamma * (np.diag(d) + f @ f.T)
    assert len(give.loose) > binding + 1
    for forced in range(program.n):
        moved = dense(program, plan, slopes, forced)
        cost = moved @ hessian @ moved
        assert give.stiff[forced] == pytest.approx(cost, rel=1e-6)
        if forced not in give.loose:
            assert give.moved[:, forced] == pytest.approx(moved[give.loose], abs=1e-8)


def few_names(most: float) -> Program:
    """An account in cash that may hold some of thirty names."""
    program = program_of(Features(seed=5, securities=30, factors=3, lots=0))
    n = program.n
    cash = next(row for row in program.rows if row.name == "cash")
    names = Row(
        name="names",
        buy=np.zeros(n),
        sell=np.zeros(len(program.lots)),
        offset=0.0,
        lower=-np.inf,
        upper=most,
        lower_name="",
        upper_name="counts.max_names",
        names=np.ones(n),
    )
    return replace(program, rows=(cash, names), groups=())


def test_changes_of_kinds_improve_a_poor_choice_of_names() -> None:
    """From the names with the smallest weights towards what the engine proves."""
    program = few_names(6.0)
    best = engine("certified")(program, Settings())
    assert best.objective is not None
    assert best.bound is not None
    relaxation = Relaxation(program)
    task = Task(relaxation, limits_of(relaxation, counts=False), program)
    worst = np.argsort(program.benchmark)[:6]
    kinds = np.full(program.n, 4, dtype=np.int64)
    kinds[worst] = 8
    fixing = replace(relaxation.free(), kinds=kinds)
    start = solve_fixed(task, fixing, relaxation.start(), MARGIN)
    assert start is not None
    assert promising(task, start)
    found = improved(task, start, 200)
    assert start.objective > best.objective + 1e-3
    assert found.objective < best.objective + 0.05 * (start.objective - best.objective)
    assert found.objective >= best.bound - 1e-9
    assert (program.is_held(found.buys, found.sells)).sum() <= 6
