# SPDX-License-Identifier: Apache-2.0
"""A program whose rows count no names and trades: every plan of the counted one fits.

For linear programs, which know amounts only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Program, Row


def uncounted(program: Program) -> Program:
    """Return the program with stepped rows as wide as what they might count.

    A row about counts alone limits nothing any more.
    """
    if not any(row.stepped for row in program.rows):
        return program
    return replace(program, rows=tuple(_widened(row) for row in program.rows))


def _widened(row: Row) -> Row:
    if not row.stepped:
        return row
    counts = [part for part in (row.names, row.trades) if part is not None]
    least = sum(float(np.minimum(part, 0.0).sum()) for part in counts)
    most = sum(float(np.maximum(part, 0.0).sum()) for part in counts)
    lower, upper = row.lower - most, row.upper - least
    if not (row.buy.any() or row.sell.any() or row.short or row.long):
        lower, upper = -np.inf, np.inf
    return replace(row, names=None, trades=None, lower=lower, upper=upper)
