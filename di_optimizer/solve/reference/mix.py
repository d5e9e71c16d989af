# SPDX-License-Identifier: Apache-2.0
"""A program with the cells of its blocks, and what each cell counts and pays once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Program, Row
from di_optimizer.program.sizes import EXIT, HOLD
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.reference.cells import Cells
from di_optimizer.solve.reference.kinds import sizes_of


@dataclass(frozen=True)
class Mix:
    """A program with the cells of its blocks; ``step`` names it in the record."""

    program: Program
    blocks: Blocks
    cells: Cells
    step: str

    @property
    def traded(self) -> Flags:
        """Cells of sized securities in which they are traded, (cells,)."""
        found: Flags = (self.cells.kind > 0) & (self.cells.kind != HOLD)
        return found

    @property
    def held(self) -> Flags:
        """Cells of sized securities in which they are held afterwards, (cells,)."""
        cells = self.cells
        none = self.program.held[self.blocks.security[cells.block]] <= 0.0
        gone = (cells.kind == EXIT) | ((cells.kind == HOLD) & none)
        found: Flags = (cells.kind > 0) & ~gone
        return found


def tickets(mix: Mix) -> Floats:
    """Return the ticket that is paid in each cell, (cells,)."""
    ticket = sizes_of(mix.program).ticket[mix.blocks.security[mix.cells.block]]
    return np.where(mix.traded, ticket, 0.0)


def counted(mix: Mix, row: Row) -> Floats:
    """Return what each cell counts in a row as names and trades, (cells,)."""
    own = mix.blocks.security[mix.cells.block]
    found = np.zeros(len(own))
    if row.names is not None:
        found += np.where(mix.held, row.names[own], 0.0)
    if row.trades is not None:
        found += np.where(mix.traded, row.trades[own], 0.0)
    return found
