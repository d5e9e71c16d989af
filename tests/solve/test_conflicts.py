# SPDX-License-Identifier: Apache-2.0
"""An infeasible account names limits; relaxing a named one restores feasibility."""

import dataclasses

import numpy as np
import pytest
from support.programs import Shape, random_program

from di_optimizer.program.program import Program
from di_optimizer.solve.conflicts import find_conflicts
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.solution import Conflict, Settings, Status

SEEDS = range(12)


def frozen(seed: int) -> Program:
    """Nothing may be sold, and more cash is asked for than there is."""
    program = random_program(seed, Shape(securities=4))
    row = dataclasses.replace(program.rows[0], lower=0.10, upper=0.20)
    return dataclasses.replace(
        program,
        lower=program.held.copy(),
        lower_name=tuple(f"no_sell {i}" for i in range(program.n)),
        rows=(row,),
    )


def stuffed(seed: int) -> Program:
    """Nothing may be bought, and cash has to fall."""
    program = random_program(seed, Shape(securities=4))
    row = dataclasses.replace(program.rows[0], lower=0.0, upper=0.005)
    return dataclasses.replace(
        program,
        upper=program.held.copy(),
        upper_name=tuple(f"no_buy {i}" for i in range(program.n)),
        rows=(row,),
    )


def relaxed(program: Program, conflict: Conflict) -> Program:
    """Give the named limit way by its amount."""
    amount = conflict.amount * 1.001
    row = program.rows[0]
    if conflict.name == row.lower_name:
        new = dataclasses.replace(row, lower=row.lower - amount)
        return dataclasses.replace(program, rows=(new,))
    if conflict.name == row.upper_name:
        new = dataclasses.replace(row, upper=row.upper + amount)
        return dataclasses.replace(program, rows=(new,))
    lower, upper = program.lower.copy(), program.upper.copy()
    if conflict.name in program.lower_name:
        lower[program.lower_name.index(conflict.name)] -= amount
    else:
        upper[program.upper_name.index(conflict.name)] += amount
    return dataclasses.replace(program, lower=np.maximum(lower, 0.0), upper=upper)


@pytest.mark.parametrize("make", [frozen, stuffed])
@pytest.mark.parametrize("seed", SEEDS)
def test_relaxing_a_named_limit_restores_feasibility(make, seed: int) -> None:
    program = make(seed)
    solution = solve(program, Settings())
    assert solution.status is Status.INFEASIBLE
    assert solution.conflicts
    assert all(c.alone for c in solution.conflicts)
    for conflict in solution.conflicts:
        again = solve(relaxed(program, conflict), Settings(flips=0))
        assert again.status in (Status.SOLVED, Status.LIMIT), conflict


@pytest.mark.parametrize("seed", SEEDS)
def test_relaxing_by_less_is_not_enough(seed: int) -> None:
    program = frozen(seed)
    for conflict in find_conflicts(program):
        half = dataclasses.replace(conflict, amount=conflict.amount / 2)
        assert find_conflicts(relaxed(program, half))


def test_names_are_those_of_the_settings() -> None:
    names = {c.name for c in find_conflicts(stuffed(1))}
    assert "cash.maximum" in names
    assert names - {"cash.maximum"} <= {f"no_buy {i}" for i in range(4)}


def test_a_feasible_program_has_no_conflicts() -> None:
    assert find_conflicts(random_program(0)) == ()


def test_limits_that_have_to_give_way_together() -> None:
    """Two equal rows conflict with the same lower limits: neither alone is enough."""
    program = frozen(2)
    twin = dataclasses.replace(
        program.rows[0], lower_name="reserve.minimum", upper_name="reserve.maximum"
    )
    both = dataclasses.replace(
        program, rows=(program.rows[0], twin), lower_name=("",) * program.n
    )
    conflicts = find_conflicts(both)
    assert {c.name for c in conflicts} == {"cash.minimum", "reserve.minimum"}
    assert not any(c.alone for c in conflicts)
