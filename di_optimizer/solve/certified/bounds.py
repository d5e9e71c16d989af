# SPDX-License-Identifier: Apache-2.0
"""The exact dual function: the least of every block on each side, without envelopes."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats
from di_optimizer.solve.certified.envelope import height, touch
from di_optimizer.solve.certified.fill import fill
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import BUY, Book, Node, Pieces, Priced


@kernel
def least_of_blocks(
    book: Book,
    priced: Priced,
    node: Node,
    price: Floats,
    raw: Pieces,
    out: Floats,
) -> None:
    """Write the least of every block's curve + price·x; inf where it is closed.

    ``out`` (2, blocks) has purchases, then sales.
    """
    out[:, :] = np.inf
    for i in range(len(book.held)):
        fill(book, priced, node, i, raw)
        for q in range(raw.start[i], raw.start[i] + raw.size[i]):
            x = touch(raw, q, -price[i])
            value = height(raw, q, x) + price[i] * x
            side = 0 if raw.side[q] == BUY else 1
            block = raw.block[q]
            out[side, block] = min(out[side, block], value)
