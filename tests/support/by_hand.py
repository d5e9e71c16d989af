# SPDX-License-Identifier: Apache-2.0
"""Accounts to solve by hand: the price of an active weight a is a², nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.program import LotArrays, Program, Row
from di_optimizer.program.sizes import Sizes

SIZES = ("step", "least_buy", "least_sell", "least_held", "ticket")


def account(
    benchmark: list[float],
    lots: list[tuple[int, float]] | None = None,
    *,
    cash: tuple[float, float] = (0.0, 1.0),
    **sizes: float | list[float],
) -> Program:
    """Return a program without costs or tax; ``lots`` are (security, weight)."""
    n, own = len(benchmark), lots or []
    weight = np.array([w for _, w in own])
    security = np.array([i for i, _ in own], dtype=np.int64)
    held = np.bincount(security, weights=weight, minlength=n).astype(np.float64)
    none = np.zeros(len(own))
    arrays = LotArrays.free(
        security=security,
        weight=weight,
        gain=none,
        rate=none,
        long_term=np.zeros(len(own), dtype=np.bool_),
        sell_cost=none,
    )
    limits = {name: np.zeros(n) + np.array(sizes.get(name, 0.0)) for name in SIZES}
    program = Program(
        gamma=1.0,
        exposures=np.zeros((n, 1)),
        specific=np.ones(n),
        benchmark=np.array(benchmark),
        held=held,
        lower=np.zeros(n),
        upper=np.ones(n),
        lower_name=("",) * n,
        upper_name=("",) * n,
        buy_cost=np.zeros(n),
        lots=arrays,
        sizes=Sizes(**limits),
    )
    return replace(program, rows=(cash_row(program, cash),))


def cash_row(program: Program, ends: tuple[float, float]) -> Row:
    """Return the row that says how much cash is left."""
    return Row(
        name="cash",
        buy=-np.ones(program.n),
        sell=np.ones(len(program.lots)),
        offset=1.0 - float(program.held.sum()),
        lower=ends[0],
        upper=ends[1],
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )


def counted(program: Program, name: str, low: float, high: float) -> Program:
    """Return the program with between ``low`` and ``high`` names or trades."""
    ones = np.ones(program.n)
    row = Row(
        name=name,
        buy=np.zeros(program.n),
        sell=np.zeros(len(program.lots)),
        offset=0.0,
        lower=low,
        upper=high,
        lower_name=f"counts.min_{name}",
        upper_name=f"counts.max_{name}",
        names=ones if name == "names" else None,
        trades=ones if name == "trades" else None,
    )
    return replace(program, rows=(*program.rows, row))


def paid_by_cash(program: Program) -> Program:
    """Return the program with tickets that cash pays for."""
    assert program.sizes is not None
    cash = replace(program.rows[0], trades=-program.sizes.ticket)
    return replace(program, rows=(cash, *program.rows[1:]))
