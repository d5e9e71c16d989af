# SPDX-License-Identifier: Apache-2.0
"""What a relaxed point picks: pieces, how far it is from the curves, lot sales."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Ints
from di_optimizer.program.sizes import EXIT, SELL
from di_optimizer.solve.certified.envelope import height
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Book, Pieces
from di_optimizer.solve.certified.relax import Frame, value_at

DUST = 1e-14  # fraction of base; a lot is sold whole when no more than this is left


@kernel
def picks_of(frame: Frame, picks: Ints, loss: Floats, kinked: Ints) -> None:
    """Write what every security's point is made of.

    Parameters
    ----------
    picks : (3, n)
        Piece with the lowest curve at x (the nearer end where there is none), and
        the pieces at the two ends of the envelope's element.
    loss : (n,)
        Curve less envelope at x; where x is not allowed, what a mixture of the two
        ends would cost in variance.
    kinked : (n,)
        1 where the envelope has a chord anywhere between kinds or modes.
    """
    envelope, pieces, state = frame.room.envelope, frame.room.pieces, frame.state
    for i in range(len(state.x)):
        at, x = state.element[i], state.x[i]
        left, right = envelope.left[at], envelope.right[at]
        picks[1, i], picks[2, i] = left, right
        kinked[i] = 0
        for e in range(envelope.start[i], envelope.start[i] + envelope.size[i]):
            p, q = envelope.left[e], envelope.right[e]
            if pieces.kind[p] != pieces.kind[q] or pieces.block[p] != pieces.block[q]:
                kinked[i] = 1
        if left == right:
            picks[0, i], loss[i] = left, 0.0
            continue
        middle = 0.5 * (envelope.low[at] + envelope.high[at])
        best, least = left if x <= middle else right, np.inf
        for q in range(pieces.start[i], pieces.start[i] + pieces.size[i]):
            if pieces.low[q] <= x <= pieces.high[q]:
                value = height(pieces, q, x)
                if value < least:
                    best, least = q, value
        picks[0, i] = best
        loss[i] = max(least - value_at(envelope, at, x), 0.0)
        if loss[i] == np.inf:
            loss[i] = _drift(frame, i, envelope.low[at], envelope.high[at], x)


@kernel
def _drift(frame: Frame, i: int, low: float, high: float, x: float) -> float:
    """Return what the variance of a mixture of two weights costs by itself."""
    total = frame.book.specific[i]
    k = len(frame.state.multipliers) - len(frame.inner)
    for a in range(k):
        total += frame.smooth.phi[i, a] ** 2
    return frame.priced.gamma * total * (x - low) * (high - x)


@kernel
def specific_of(frame: Frame) -> float:
    """Return the specific variance of the point; on a chord that of the mixture."""
    book, state, envelope = frame.book, frame.state, frame.room.envelope
    total = 0.0
    for i in range(len(state.x)):
        at, x = state.element[i], state.x[i]
        if envelope.left[at] == envelope.right[at]:
            total += book.specific[i] * (x - book.target[i]) ** 2
            continue
        low, high = envelope.low[at], envelope.high[at]
        share = (x - low) / (high - low)
        total += book.specific[i] * (
            (1.0 - share) * (low - book.target[i]) ** 2
            + share * (high - book.target[i]) ** 2
        )
    return total


@kernel
def trades_of(frame: Frame, buys: Floats, sells: Floats) -> None:
    """Write purchases (n,) and sales by pair (pairs,) of the point.

    A point between two pieces counts as the one on its own side of h.
    """
    book, state = frame.book, frame.state
    envelope, pieces = frame.room.envelope, frame.room.pieces
    buys[:] = 0.0
    sells[:] = 0.0
    for i in range(len(state.x)):
        at, x = state.element[i], state.x[i]
        q = envelope.left[at]
        if not _sells(pieces, q) and x < book.held[i]:
            q = envelope.right[at]
        if _sells(pieces, q) and x <= book.held[i]:
            _sell(book, pieces, frame.priced.order, q, book.held[i] - x, sells)
        else:
            buys[i] = max(x - book.held[i], 0.0)


@kernel
def _sells(pieces: Pieces, q: int) -> bool:
    return pieces.kind[q] == SELL or pieces.kind[q] == EXIT


@kernel
def _sell(
    book: Book, pieces: Pieces, order: Ints, q: int, sold: float, sells: Floats
) -> None:
    """Sell floors, then lots in order of price, of the block that piece q is of."""
    first, end = book.pairs_from[pieces.block[q]], book.pairs_from[pieces.block[q] + 1]
    left = sold
    for pair in range(first, end):
        sells[pair] = book.floor[pair]
        left -= book.floor[pair]
    for place in range(first, end):
        pair = order[place]
        width = book.cap[pair] - book.floor[pair]
        if width <= 0.0 or left <= DUST:
            continue
        if left >= width - DUST:
            sells[pair] = book.cap[pair]
        else:
            sells[pair] = book.floor[pair] + left
        left -= width
