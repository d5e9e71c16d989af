# SPDX-License-Identifier: Apache-2.0
"""One piece of a netted bill as a program of its own: flat rates and more rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.netting import Netting, Piece
from di_optimizer.program.program import Floats, Program, Row


def piece_rates(program: Program, piece: Piece) -> Floats:
    """Return each lot's rate within a piece, (lots,)."""
    return np.where(program.lots.long_term, piece.long_rate, piece.short_rate)


def piece_constant(netting: Netting, piece: Piece) -> float:
    """Return the piece's bill where the run realises nothing, less the bill before.

    Outside of the piece that is not the true bill: the piece is extended to there.
    """
    return piece.bill(netting.short, netting.long) - netting.before


def at_piece(program: Program, number: int) -> Program:
    """Return the program within one piece of its bill; its limits are the last rows.

    Parameters
    ----------
    number : int
        Index of the piece; −1 returns a program without netting as it is.
    """
    if program.netting is None:
        return program
    piece = program.netting.pieces[number]
    return replace(
        program,
        lots=replace(program.lots, rate=piece_rates(program, piece)),
        rows=program.rows + _limits(program, program.netting, piece),
        netting=None,
        constant=program.constant + piece_constant(program.netting, piece),
    )


def at_flat_rates(program: Program) -> Program:
    """Return the program with every sale taxed at its own flat rate."""
    return replace(program, netting=None)


def _limits(program: Program, netting: Netting, piece: Piece) -> tuple[Row, ...]:
    """a·(S before + S) + b·(L before + L) ≥ c for every limit of the piece."""
    nothing = np.zeros(program.n), np.zeros(len(program.lots))
    return tuple(
        Row(
            name=piece.name,
            buy=nothing[0],
            sell=nothing[1],
            offset=a * netting.short + b * netting.long,
            lower=c,
            upper=np.inf,
            lower_name="",
            upper_name="",
            short=a,
            long=b,
        )
        for a, b, c in piece.limits
    )
