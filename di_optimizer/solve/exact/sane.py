# SPDX-License-Identifier: Apache-2.0
"""Numbers that SCIP can take: one that is infinite or none at all ends the process."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from di_optimizer.program.program import Program

MOST = 1e12  # SCIP takes 1e20 for infinite, and numbers are scaled on their way


def strange(program: Program) -> tuple[str, ...]:
    """Name the parts of a program whose numbers are not finite, or beyond 1e12.

    Limits of rows and caps may be infinite, those of weights may not.
    """
    return tuple(
        name for name, numbers in _parts(program) if not np.all(np.abs(numbers) < MOST)
    )


def _parts(program: Program) -> Iterator[tuple[str, np.ndarray]]:
    names = "exposures specific benchmark held lower upper buy_cost"
    yield from ((name, getattr(program, name)) for name in names.split())
    lots = "weight gain rate sell_cost floor cap charge"
    yield from ((f"lots.{name}", getattr(program.lots, name)) for name in lots.split())
    if program.sizes is not None:
        for name, numbers in vars(program.sizes).items():
            yield f"sizes.{name}", numbers
    yield "gamma and constant", np.array([program.gamma, program.constant])
    for row in program.rows:
        terms = np.array([row.offset, row.short, row.long])
        steps = [part for part in (row.names, row.trades) if part is not None]
        yield f"row {row.name}", np.concatenate([row.buy, row.sell, terms, *steps])
    for group in program.groups:
        for mode in group.modes:
            parts = (mode.floor, mode.cap, mode.gain, mode.buy_charge, mode.sell_charge)
            numbers = np.concatenate([*parts, np.array([mode.constant])])
            yield f"mode {mode.name} of {group.name}", numbers
