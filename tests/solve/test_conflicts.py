# SPDX-License-Identifier: Apache-2.0
"""An infeasible account names limits; relaxing a named one restores feasibility."""

import dataclasses

import numpy as np
import pytest
from support.programs import Shape, random_program

from di_optimizer.program.groups import Group, Mode
from di_optimizer.program.program import Program
from di_optimizer.solve.conflicts import find_conflicts, mode_conflicts
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


def lots_at_odds(*, sell: bool) -> Program:
    """All lots are to be sold though cash must not rise, or kept though it must."""
    program = random_program(3, Shape(securities=3))
    lots, count = program.lots, len(program.lots)
    if sell:
        lots = dataclasses.replace(
            lots,
            floor=lots.weight,
            floor_name=tuple(f"sell_lot {i}" for i in range(count)),
        )
    else:
        lots = dataclasses.replace(
            lots,
            cap=np.zeros(count),
            cap_name=tuple(f"keep_lot {i}" for i in range(count)),
        )
    low, high = (0.0, 0.005) if sell else (0.5, 0.6)
    row = dataclasses.replace(program.rows[0], lower=low, upper=high)
    free = np.zeros(3), np.ones(3), ("",) * 3
    return dataclasses.replace(
        program,
        lots=lots,
        rows=(row,),
        lower=free[0],
        upper=free[1],
        lower_name=free[2],
        upper_name=free[2],
    )


@pytest.mark.parametrize("sell", [True, False])
def test_limits_of_lots_are_named(sell: bool) -> None:
    program = lots_at_odds(sell=sell)
    solution = solve(program, Settings())
    assert solution.status is Status.INFEASIBLE
    names = {c.name for c in solution.conflicts}
    kind, row = ("sell_lot", "cash.maximum") if sell else ("keep_lot", "cash.minimum")
    assert row in names
    assert all(name == row or name.startswith(kind) for name in names)


def closed_group(program: Program) -> Program:
    """Nothing may be bought, and every lot has to be sold."""
    own = np.arange(len(program.lots))
    mode = Mode(
        name="all sold",
        buys=np.zeros(program.n, dtype=bool),
        floor=program.lots.weight,
        cap=program.lots.weight,
        gain=program.lots.gain,
        buy_charge=np.zeros(program.n),
        sell_charge=np.zeros(len(own)),
    )
    group = Group(
        name="wash group", securities=np.arange(program.n), lots=own, modes=(mode,)
    )
    return dataclasses.replace(program, groups=(group,))


def test_a_group_without_room_is_named() -> None:
    program = lots_at_odds(sell=True)
    free = dataclasses.replace(
        program.lots, floor=0 * program.lots.floor, floor_name=("",) * len(program.lots)
    )
    solution = solve(closed_group(dataclasses.replace(program, lots=free)), Settings())
    assert solution.status is Status.INFEASIBLE
    assert {c.name for c in solution.conflicts} == {"cash.maximum", "wash group"}


def test_modes_that_fit_only_together_with_none_of_the_limits() -> None:
    """Each mode alone is impossible though a mixture of them is not."""
    program = random_program(3, Shape(securities=1))
    row = dataclasses.replace(program.rows[0], lower=0.3, upper=0.4)
    program = closed_group(dataclasses.replace(program, rows=(row,)))
    [group] = program.groups
    [sold] = group.modes
    kept = dataclasses.replace(sold, floor=0.0 * sold.floor, cap=0.0 * sold.cap)
    group = dataclasses.replace(group, modes=(sold, kept))
    free = np.zeros(1), np.ones(1), ("",)
    program = dataclasses.replace(
        program,
        groups=(group,),
        lower=free[0],
        upper=free[1],
        lower_name=free[2],
        upper_name=free[2],
    )
    assert find_conflicts(program) == ()
    assert {c.name for c in mode_conflicts(program)} == {"wash group"}
    open_cash = dataclasses.replace(row, lower=-1.0, upper=1.0)
    assert mode_conflicts(dataclasses.replace(program, rows=(open_cash,))) == ()
