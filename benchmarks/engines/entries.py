# SPDX-License-Identifier: Apache-2.0
"""A sparse matrix and its right side, put together from blocks of rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array, csr_array

from di_optimizer.program.program import Floats, Ints


@dataclass
class Entries:
    """Entries so far, and the rows that blocks before this one took."""

    rows: list[Ints] = field(default_factory=list)
    columns: list[Ints] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)
    right: list[Floats] = field(default_factory=list)
    height: int = 0

    def put(self, row: Ints, column: Ints, value: Floats | float) -> None:
        """Add entries, rows counted from the first of the block under way."""
        self.rows.append(row + self.height)
        self.columns.append(column)
        self.values.append(np.broadcast_to(np.asarray(value, np.float64), row.shape))

    def end(self, right: Floats) -> None:
        """End a block of rows with its right side."""
        self.right.append(right)
        self.height += len(right)

    def matrix(self, width: int) -> csr_array:
        """Return the matrix; entries at the same place are added."""
        if not self.rows:
            return csr_array((self.height, width))
        values = np.concatenate(self.values)
        place = np.concatenate(self.rows), np.concatenate(self.columns)
        return csr_array(coo_array((values, place), shape=(self.height, width)))

    def side(self) -> Floats:
        """Return the right side."""
        return np.concatenate([*self.right, np.zeros(0)])
