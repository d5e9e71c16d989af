# SPDX-License-Identifier: Apache-2.0
"""From sizes and stepped rows to the arrays of the kernels."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import DUST, Sizes
from di_optimizer.solve.certified.layout import Sized


def sized_of(program: Program, security: Ints, block: Ints, open_: Flags) -> Sized:
    """Return what sizes say.

    Parameters
    ----------
    program : Program
    security : (blocks,)
        Security of each block.
    block : (pairs,)
        Block of each pair.
    open_ : (pairs,)
        Whether all of the lot may be sold.
    """
    n = program.n
    sizes = program.sizes or Sizes.any(n)
    return Sized(
        on=told_apart(program),
        step=sizes.step,
        least_buy=sizes.least_buy,
        least_sell=sizes.least_sell,
        least_held=sizes.least_held,
        ticket=sizes.ticket,
        exits=_exits(program, security, block, open_),
        names=_table([row.names for row in program.rows], n),
        trades=_table([row.trades for row in program.rows], n),
    )


def told_apart(program: Program) -> Flags:
    """Return for which securities kinds of trades are told apart, (n,)."""
    n = program.n
    on: Flags = ~(program.sizes or Sizes.any(n)).plain
    for row in program.rows:
        for counted in (row.names, row.trades):
            if counted is not None:
                on |= counted != 0.0
    return on


def tells_kinds(program: Program) -> bool:
    """Return whether kinds of trades are told apart for any security."""
    return bool(told_apart(program).any())


def _table(rows: list[Floats | None], n: int) -> Floats:
    zeros = np.zeros(n)
    filled = [zeros if row is None else row for row in rows]
    return np.array(filled, dtype=np.float64).reshape(len(rows), n)


def _exits(program: Program, security: Ints, block: Ints, open_: Flags) -> Flags:
    """Return in which blocks every lot may be sold whole, and nothing else is held."""
    lots = program.lots
    whole = np.bincount(lots.security, weights=lots.weight, minlength=program.n)
    some = np.bincount(lots.security, minlength=program.n) > 0
    only_lots = some & (np.abs(program.held - whole) <= DUST)
    closed = np.bincount(block[~open_], minlength=len(security)) > 0
    exits: Flags = only_lots[security] & ~closed
    return exits
