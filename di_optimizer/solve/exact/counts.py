# SPDX-License-Identifier: Apache-2.0
"""Steps, tickets and counts for SCIP: what whole amounts and kinds of trade add."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyscipopt import Expr, Variable, quicksum
from pyscipopt import Model as Scip

from di_optimizer.program.program import Flags, Floats, Program, Row
from di_optimizer.program.sizes import EXIT, HOLD
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.units import BP, Share

FINE = 1e-8  # fraction of base; SCIP's tolerance of whole numbers is wider than these


def whole(cells: Cells) -> Flags:
    """Return which cells have a whole number of steps of their own, (cells,).

    Steps below :data:`FINE` are left to rounding: the model allows any amount.
    """
    found: Flags = cells.step >= FINE
    return found


def add_steps(
    scip: Scip, cells: Cells, shares: Sequence[Share], amounts: Sequence[Variable]
) -> dict[int, Variable]:
    """Add the number of steps of every cell that has steps, and tie its amount."""
    steps = {}
    for i in np.flatnonzero(whole(cells)).tolist():
        step, share = float(cells.step[i]), shares[i]
        low, high = (round(float(e[i]) / step) for e in (cells.low, cells.high))
        least = low if isinstance(share, float) else 0
        one = scip.addVar(f"steps {i}", "I", lb=least, ub=high)
        scip.addCons(BP * step * one - amounts[i] == 0)
        if not isinstance(share, float):
            scip.addCons(one <= high * share)
            if low > 0:
                scip.addCons(one >= low * share)
        steps[i] = one
    return steps


def tickets(program: Program, cells: Cells) -> Floats:
    """Return what each cell costs where it is taken, (cells,)."""
    if program.sizes is None:
        return np.zeros(len(cells.block))
    own = program.sizes.ticket[cells.security]
    return np.where(cells.kind & HOLD > 0, 0.0, own)


def counts_alone(row: Row) -> bool:
    """Whether a row counts names and trades and looks at no amounts."""
    amounts = np.any(row.buy) or np.any(row.sell) or row.short or row.long
    return row.stepped and not amounts


def counts(program: Program, cells: Cells, row: Row) -> Floats:
    """Return what each cell adds to a row where it is taken, (cells,)."""
    own, found = cells.security, np.zeros(len(cells.block))
    if row.names is not None:
        empty = (cells.kind & HOLD > 0) & (program.held[own] <= 0.0)
        after = (cells.kind & ~EXIT > 0) & ~empty
        found += np.where(after, row.names[own], 0.0)
    if row.trades is not None:
        found += np.where(cells.kind & HOLD > 0, 0.0, row.trades[own])
    return found


def counted(
    program: Program, cells: Cells, row: Row, shares: Sequence[Share], scale: float
) -> tuple[Expr, float]:
    """Return what kinds of trade add to a row: of shares, and of no variable.

    What shares add is in units of 1 / ``scale``.
    """
    each = counts(program, cells, row)
    constant, terms = 0.0, []
    for i in np.flatnonzero(each).tolist():
        share = shares[i]
        if isinstance(share, float):
            constant += float(each[i]) * share
        else:
            terms.append(scale * float(each[i]) * share)
    return quicksum(terms), constant
