# SPDX-License-Identifier: Apache-2.0
"""The exact dual function: the least of every block by kind, without envelopes."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats
from di_optimizer.program.sizes import EXIT, HOLD, SELL
from di_optimizer.solve.certified.envelope import height, touch
from di_optimizer.solve.certified.fill import fill
from di_optimizer.solve.certified.grid import is_gridded, least_on_grid
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Book, Node, Pieces, Priced


@kernel
def least_of_blocks(
    book: Book,
    priced: Priced,
    node: Node,
    price: Floats,
    raw: Pieces,
    out: Floats,
    where: Floats,
) -> None:
    """Write the least of every block's curve + price·x; inf where it is closed.

    ``out`` (4, blocks) has exits, sales, holding, purchases; ``where`` (4, blocks) is
    at which weight, of what is on no grid.
    """
    out[:, :] = np.inf
    for i in range(len(book.held)):
        fill(book, priced, node, i, raw)
        for q in range(raw.start[i], raw.start[i] + raw.size[i]):
            x = touch(raw, q, -price[i])
            if is_gridded(book, raw, q, i):
                value = least_on_grid(book, raw, q, i, x, price[i])
            else:
                value = height(raw, q, x) + price[i] * x
            kind, block = row_of_kind(raw.kind[q]), raw.block[q]
            if value < out[kind, block]:
                out[kind, block], where[kind, block] = value, x


@kernel
def row_of_kind(kind: int) -> int:
    """Return the row of a kind among the minima."""
    if kind == EXIT:
        return 0
    if kind == SELL:
        return 1
    return 2 if kind == HOLD else 3
