# SPDX-License-Identifier: Apache-2.0
"""Shares of cells: those of a block add up to its mode's, those of modes to one."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array

from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.blocks import FREE, Blocks


def shares_of(
    blocks: Blocks, block: Ints
) -> tuple[Floats, csr_array, Floats, csr_array]:
    """Return shares of cells and of modes as affine functions of free shares.

    The last mode of a group and the last cell of a block take what is left.

    Parameters
    ----------
    block : (cells,)
        The block of each cell; every block has one.
    """
    choices, cells = len(blocks.constant), len(block)
    last = np.ones(choices, dtype=np.bool_)
    last[:-1] = blocks.group[1:] != blocks.group[:-1]
    rests = np.flatnonzero(last)
    rest = rests[np.searchsorted(rests, np.arange(choices))] if choices else rests
    ends = np.zeros(blocks.count, dtype=np.int64)
    ends[block] = np.arange(cells)  # the last one written stays
    ended = ends[block] == np.arange(cells)
    free_modes, free_cells = int((~last).sum()), int((~ended).sum())
    size = free_modes + free_cells
    mode_mix = _rest(np.flatnonzero(~last), rest[~last], 0, (choices, size))
    mode_start = last.astype(np.float64)
    grouped = ended & (blocks.choice[block] != FREE)
    pick = coo_array(
        (
            np.ones(int(grouped.sum())),
            (np.flatnonzero(grouped), blocks.choice[block[grouped]]),
        ),
        shape=(cells, choices),
    )
    own = csr_array(pick @ mode_mix)
    plus, minus = np.flatnonzero(~ended), ends[block[~ended]]
    mix = csr_array(own + _rest(plus, minus, free_modes, (cells, size)))
    mix.eliminate_zeros()
    start = np.append(mode_start, 1.0)[blocks.choice[block]]  # −1 picks the last
    return np.where(ended, start, 0.0), mix, mode_start, mode_mix


def _rest(plus: Ints, minus: Ints, first: int, shape: tuple[int, int]) -> csr_array:
    """Return the matrix of free shares from column ``first`` on.

    Each adds to its own row and takes from the row that has the rest.
    """
    columns = first + np.arange(len(plus))
    ones = np.ones(len(plus))
    entries = np.concatenate([ones, -ones])
    rows = np.concatenate([plus, minus])
    both = (rows, np.concatenate([columns, columns]))
    return csr_array(coo_array((entries, both), shape=shape))
