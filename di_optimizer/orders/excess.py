# SPDX-License-Identifier: Apache-2.0
"""By how much tradable sizes break the limits that tie securities together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from di_optimizer.own_terms.values import TOLERANCE
from di_optimizer.program.cash import CASH_ROWS
from di_optimizer.program.job import Built
from di_optimizer.program.netting import MAX_TAX
from di_optimizer.program.program import MAX_TE, Floats, Program

NEARLY_A_CENT = Decimal("0.004")  # what rounding to the cent is sure to hide
SAME_CURB = 5e-9  # weight or tracking error; further out counts as above a curb
SAME_ERROR = 1e-10  # tracking error; further apart counts as above the cap


@dataclass(frozen=True, kw_only=True)
class Excess:
    """Excess over the limits of a program, fractions of base; 0 where one holds.

    Attributes
    ----------
    rows : tuple of float
        Of each row but those about cash: above its upper limit positive, below its
        lower one negative.
    bill : float
        Of the year's bill over its limit.
    error : float
        Of tracking error over its cap.
    curbs : tuple of float
        Of each curb over its limit, in its unit.
    own : tuple of float
        Of each constraint of the account's own, in its unit.
    """

    rows: tuple[float, ...]
    bill: float = 0.0
    error: float = 0.0
    curbs: tuple[float, ...] = ()
    own: tuple[float, ...] = ()

    def __bool__(self) -> bool:
        return self.in_money or self.error > 0.0

    @property
    def in_money(self) -> bool:
        """Whether anything but the cap on tracking error is broken."""
        return any(self.rows) or self.bill > 0.0 or any(self.curbs + self.own)


def excess_of(built: Built, buys: Floats, sells: Floats) -> Excess:
    """Return the excess of purchases (n,) and lot sales (lots,)."""
    program, cent = built.program, float(NEARLY_A_CENT / built.base)
    rows = []
    for row in program.rows:
        value = program.row_value(row, buys, sells)
        over = value - min(max(value, row.lower), row.upper)
        small = abs(over) <= cent or row.name in CASH_ROWS
        rows.append(0.0 if small else over)
    bill, netting = 0.0, program.netting
    if netting is not None:
        bill = netting.bill(*program.realised(buys, sells)) - netting.cap
    error = np.sqrt(program.variance(buys, sells)) - np.sqrt(program.variance_cap)
    return Excess(
        rows=tuple(rows),
        bill=bill if bill > cent else 0.0,
        error=float(error) if error > SAME_ERROR else 0.0,
        curbs=_over_curbs(program, buys, sells),
        own=tuple(
            over if over > TOLERANCE else 0.0
            for over in program.own_misses(buys, sells)
        ),
    )


def _over_curbs(program: Program, buys: Floats, sells: Floats) -> tuple[float, ...]:
    """Return by how much each hard curb is missed."""
    after = program.after(buys, sells)
    over = [
        curb.value(after) - curb.limit if np.isinf(curb.price) else 0.0
        for curb in program.curbs
    ]
    return tuple(value if value > SAME_CURB else 0.0 for value in over)


def tightened(program: Program, excess: Excess) -> Program:
    """Return the program with its limits moved in by what was in excess."""
    rows = tuple(
        replace(row, upper=row.upper - max(over, 0.0), lower=row.lower - min(over, 0.0))
        for row, over in zip(program.rows, excess.rows, strict=True)
    )
    netting = program.netting
    if netting is not None:
        netting = replace(netting, cap=netting.cap - excess.bill)
    most = np.sqrt(program.variance_cap)
    cap = float(max(most - excess.error, most / 2) ** 2)
    curbs = tuple(
        curb.at(max(curb.limit - over, curb.limit / 2))
        for curb, over in zip(program.curbs, excess.curbs, strict=True)
    )
    own = None if program.own is None else program.own.moved_in(excess.own)
    return replace(
        program, rows=rows, netting=netting, variance_cap=cap, curbs=curbs, own=own
    )


def broken(program: Program, excess: Excess) -> list[tuple[str, float]]:
    """Return the names of the limits in excess, and by how much (above 0)."""
    found = [
        (row.upper_name if over > 0 else row.lower_name, abs(over))
        for row, over in zip(program.rows, excess.rows, strict=True)
        if over
    ]
    found += [
        (curb.name, over)
        for curb, over in zip(program.curbs, excess.curbs, strict=True)
        if over
    ]
    if program.own is not None:
        pairs = zip(program.own.names, excess.own, strict=True)
        found += [(name, over) for name, over in pairs if over]
    found += [(MAX_TAX, excess.bill)] if excess.bill else []
    return found + ([(MAX_TE, excess.error)] if excess.error else [])
