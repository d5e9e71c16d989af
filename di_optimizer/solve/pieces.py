# SPDX-License-Identifier: Apache-2.0
"""One piece of a netted bill as a program of its own: flat rates and more rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.netting import MAX_TAX, Netting, Piece
from di_optimizer.program.program import Floats, Program, Row


def piece_rates(program: Program, netting: Netting, piece: Piece) -> Floats:
    """Return what the objective charges per unit of each lot's gain, (lots,)."""
    rates = np.where(program.lots.long_term, piece.long_rate, piece.short_rate)
    return netting.weight * rates


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
    netting = program.netting
    if netting is None:
        return program
    piece = netting.pieces[number]
    added = netting.weight * piece_constant(netting, piece)
    return replace(
        program,
        lots=replace(program.lots, rate=piece_rates(program, netting, piece)),
        rows=program.rows + _limits(program, netting, number),
        netting=None,
        constant=program.constant + added,
    )


def at_flat_rates(program: Program) -> Program:
    """Return the program with every sale taxed at its own flat rate.

    A limit on the bill is left out: it is not about flat rates.
    """
    return replace(program, netting=None)


def _limits(program: Program, netting: Netting, number: int) -> tuple[Row, ...]:
    """a·(S before + S) + b·(L before + L) ≥ c for every limit of the piece.

    Those without a name are about the piece, not the account.
    """
    nothing = np.zeros(program.n), np.zeros(len(program.lots))
    piece = netting.pieces[number]
    return tuple(
        Row(
            name=piece.name,
            buy=nothing[0],
            sell=nothing[1],
            offset=a * netting.short + b * netting.long,
            lower=c,
            upper=np.inf,
            lower_name="" if place < len(piece.limits) else MAX_TAX,
            upper_name="",
            short=a,
            long=b,
        )
        for place, (a, b, c) in enumerate(netting.limits(number))
    )
