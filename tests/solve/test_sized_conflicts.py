# SPDX-License-Identifier: Apache-2.0
"""Where sizes or counts leave no plan, they are named, and no plan is denied."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from support.programs import Shape, random_program
from support.sized import enumerated, on_grids, one_name, sized_program

from di_optimizer.program.program import Program, Row
from di_optimizer.program.sizes import Sizes
from di_optimizer.solve.conflicts import find_conflicts
from di_optimizer.solve.reach import least_variance


def counted(program: Program, name: str, low: float, high: float) -> Program:
    """The program with a limit on its names or trades."""
    row = Row(
        name=name,
        buy=np.zeros(program.n),
        sell=np.zeros(len(program.lots)),
        offset=0.0,
        lower=low,
        upper=high,
        lower_name=f"counts.min_{name}",
        upper_name=f"counts.max_{name}",
        names=np.ones(program.n) if name == "names" else None,
        trades=np.ones(program.n) if name == "trades" else None,
    )
    return dataclasses.replace(program, rows=(*program.rows, row))


def five_locked() -> Program:
    """Five positions of which none may be sold, and room to buy."""
    program = random_program(7, Shape(securities=6, lots_each=2, cash=0.2))
    lots = dataclasses.replace(program.lots, cap=0.0 * program.lots.cap)
    row = dataclasses.replace(program.rows[0], lower=0.0, upper=0.5)
    free = np.zeros(6), np.ones(6), ("",) * 6
    program = dataclasses.replace(
        program,
        lots=lots,
        rows=(row,),
        lower=free[0],
        upper=free[1],
        lower_name=free[2],
        upper_name=free[2],
    )
    assert np.sum(program.held > 0.0) == 5
    return program


def named(program: Program) -> dict[str, tuple[float, bool]]:
    return {c.name: (c.amount, c.alone) for c in find_conflicts(program)}


def test_fewer_names_than_have_to_stay() -> None:
    program = five_locked()
    assert named(counted(program, "names", 0.0, 5.0)) == {}
    found = named(counted(program, "names", 0.0, 3.0))
    assert found == {"counts.max_names": (pytest.approx(2.0), True)}


def test_more_names_than_there_are() -> None:
    program = five_locked()
    assert named(counted(program, "names", 6.0, 6.0)) == {}
    found = named(counted(program, "names", 8.0, np.inf))
    assert found == {"counts.min_names": (pytest.approx(2.0), True)}
    closed = dataclasses.replace(program, upper=program.held)
    found = named(counted(closed, "names", 6.0, np.inf))
    assert found == {"counts.min_names": (pytest.approx(1.0), True)}


def test_fewer_trades_than_have_to_be_made() -> None:
    """All five positions are above their limits."""
    program = random_program(7, Shape(securities=6, lots_each=2, cash=0.2))
    row = dataclasses.replace(program.rows[0], lower=0.0, upper=1.0)
    program = dataclasses.replace(
        program, rows=(row,), lower=np.zeros(6), upper=0.9 * program.held
    )
    program = dataclasses.replace(program, upper_name=("",) * 6)
    assert named(counted(program, "trades", 0.0, 5.0)) == {}
    found = named(counted(program, "trades", 0.0, 3.0))
    assert found == {"counts.max_trades": (pytest.approx(2.0), True)}


def with_cash(program: Program, low: float, high: float) -> Program:
    """One name, and the rest in cash, within a range."""
    row = Row(
        name="cash",
        buy=-np.ones(1),
        sell=np.ones(len(program.lots)),
        offset=0.5,
        lower=low,
        upper=high,
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )
    return dataclasses.replace(program, rows=(row,))


def test_a_cash_range_that_no_whole_share_reaches() -> None:
    """In steps of 0.2, cash ends at 0.1, 0.3, 0.5 …"""
    program = one_name(step=0.2)
    assert named(with_cash(program, 0.0, 0.1)) == {}
    assert named(with_cash(program, 0.0, 0.1 - 1e-5))
    found = named(with_cash(program, 0.13, 0.17))
    assert found == {
        "cash.maximum": (pytest.approx(0.13), True),
        "cash.minimum": (pytest.approx(0.03), True),
        "whole shares": (pytest.approx(0.03), True),
    }


def test_a_trade_that_is_needed_and_too_small() -> None:
    """A tenth has to be bought; the least purchase is more."""
    program = with_cash(one_name(step=0.0, least_buy=0.1), 0.38, 0.42)
    assert named(program) == {}
    program = with_cash(one_name(step=0.0, least_buy=0.2), 0.38, 0.42)
    found = named(program)
    assert found["trading.min_trade"] == (pytest.approx(0.08), True)
    assert found["cash.minimum"] == (pytest.approx(0.08), True)
    assert "whole shares" not in found


def test_a_position_that_is_too_small_to_hold() -> None:
    """It may not be sold, and no more than a little may be bought."""
    locked = one_name(step=0.0, cap=0.0, least_held=0.6, lower=0.5)
    assert named(with_cash(locked, 0.0, 1.0)) == {}
    found = named(with_cash(locked, 0.45, 1.0))
    assert found["trading.min_holding"][1]
    assert found["cash.minimum"] == (pytest.approx(0.05), True)


def test_an_exit_needs_no_step() -> None:
    program = with_cash(one_name(step=0.4, upper=0.1), 0.0, 1.0)
    assert named(program) == {}
    assert enumerated(program) < np.inf


@pytest.mark.parametrize("seed", range(60))
def test_no_account_with_a_plan_is_said_to_have_none(seed: int) -> None:
    program = on_grids(sized_program(seed, securities=2))
    if enumerated(program) < np.inf:
        assert find_conflicts(program) == ()


def test_accounts_without_a_plan_are_mostly_told_why() -> None:
    """What is relaxed, modes among them, may hide a conflict; nothing else does."""
    told = silent = 0
    for seed in range(40):
        program = on_grids(sized_program(seed, securities=2, groups=False))
        if enumerated(program) == np.inf:
            conflicts = find_conflicts(program)
            told += bool(conflicts)
            silent += not conflicts
    assert told >= 8
    assert silent <= 2


def test_the_least_variance_pays_no_ticket() -> None:
    program = one_name(ticket=0.01)
    row = dataclasses.replace(
        with_cash(program, 0.0, 1.0).rows[0], trades=np.array([-0.01])
    )
    free = least_variance(dataclasses.replace(program, rows=(row,)))
    assert free.sizes is not None
    assert free.cost(np.array([0.1]), np.zeros(2)) == 0.0
    assert free.row_value(row, np.array([0.1]), np.zeros(2)) == pytest.approx(0.39)
    assert free.sizes.step.tolist() == [0.1]
    assert least_variance(dataclasses.replace(program, sizes=None)).sizes is None
    assert Sizes.any(1).plain.all()
