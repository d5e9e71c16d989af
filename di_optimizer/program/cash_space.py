# SPDX-License-Identifier: Apache-2.0
"""How much more than its maximum cash may have to be, for what trades at all.

Where nothing may be bought, what is there and what has to be sold stays. Where cash
has to end at one amount, it may end above by the smallest order that is open.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.cash import CASH_ROWS
from di_optimizer.program.cash_task import proportional
from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.job import Job
from di_optimizer.program.program import Program, Row
from di_optimizer.program.sizes import DUST, Sizes

NONE = 1e-12  # fraction of base; limits this close leave no room


def with_space(job: Job, program: Program, postponed: Flags) -> Program:
    """Return the program with a most cash that what is open can meet.

    Parameters
    ----------
    program : Program
        With its sizes, without soft columns.
    postponed : (n,)
        What only a loss sale of today in another account closes to purchases. It
        counts as open: that account may do without the sale.
    """
    number = next(
        j
        for j, row in enumerate(program.rows)
        if row.name in CASH_ROWS and np.isfinite(row.upper)
    )
    row = program.rows[number]
    wide = replace(row, upper=max(row.upper, _needed(job, program, row, postponed)))
    rows = (*program.rows[:number], wide, *program.rows[number + 1 :])
    return replace(program, rows=rows)


def _needed(job: Job, program: Program, row: Row, postponed: Flags) -> float:
    """Return the most cash that cannot be helped, in the row's terms."""
    low = program.rows[0].lower
    buyable = _buyable(program)
    if not (buyable | postponed).any():
        return max(row.offset + _forced(program), low + _smallest_sale(job, program))
    if job.policy.cash.scope == "all" or not np.isfinite(low) or not buyable.any():
        return -np.inf
    return low + float(np.min(_order(program, "buy")[buyable])) + _forced(program)


def _buyable(program: Program) -> Flags:
    """Return where the smallest order can be paid, were everything else sold, (n,)."""
    cash = program.rows[0]
    worth = cash.offset + float(cash.sell @ program.lots.cap)
    low = cash.lower if np.isfinite(cash.lower) else 0.0
    open_ = program.upper > program.held + NONE
    found: Flags = open_ & (_order(program, "buy") <= worth - low + NONE)
    return found


def _forced(program: Program) -> float:
    """Return what sales bring that have to be made."""
    lots = program.lots
    due = np.bincount(lots.security, weights=lots.floor, minlength=program.n)
    out = np.maximum(np.maximum(program.held - program.upper, due), 0.0)
    if program.sizes is not None:  # what is too small to stay, or is bought up
        out = np.where(program.held < program.sizes.least_held, program.held, out)
    return float(out.sum())


def _smallest_sale(job: Job, program: Program) -> float:
    """Return the cash that the smallest sale brings; 0 where nothing can be sold.

    Where every position is sold from, each by a step more or less, it is the largest
    of these.
    """
    open_ = _sellable(program)
    if not open_.any():
        return 0.0
    orders = _order(program, "sell")[open_]
    return float(np.max(orders) if proportional(job) else np.min(orders))


def _sellable(program: Program) -> Flags:
    most = np.bincount(
        program.lots.security, weights=program.lots.cap, minlength=program.n
    )
    found: Flags = (most > NONE) & (program.held > program.lower + NONE)
    return found


def _order(program: Program, side: str) -> Floats:
    """Return the cash that the smallest order of each security moves, (n,)."""
    sizes = program.sizes or Sizes.any(program.n)
    if side == "buy":
        size = np.maximum(sizes.step, sizes.least_buy)
        return size * (1.0 + program.buy_cost) + sizes.ticket
    size = np.maximum(np.maximum(sizes.step, sizes.least_sell), DUST)
    return np.minimum(size, np.maximum(program.held, DUST))
