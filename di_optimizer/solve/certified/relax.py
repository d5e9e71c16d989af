# SPDX-License-Identifier: Apache-2.0
"""One node's relaxation: envelopes at the present multipliers, then Newton's method."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints
from di_optimizer.solve.certified.envelope import envelope_of
from di_optimizer.solve.certified.fill import fill, prices_of, sort_pairs
from di_optimizer.solve.certified.grid import WINDOW, spread
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Book, Envelope, Node, Pieces, Priced
from di_optimizer.solve.certified.newton import (
    Smooth,
    State,
    maximise,
    place,
    reprice,
    settle,
)
from di_optimizer.solve.certified.refine import refine

MISS = 1e-11  # fraction of base by which rows may be missed
STALE = 1e-6  # price of x by which envelopes may lag behind: .002 bp in a bound


class Room(NamedTuple):
    """Memory to work in; ``raw`` and ``spread`` hold one security at a time."""

    raw: Pieces
    spread: Pieces
    pieces: Pieces
    envelope: Envelope
    stack: Ints
    entry: Floats
    ends: Floats


class Built(NamedTuple):
    """What the present envelopes were made for.

    Attributes
    ----------
    mu : (rows,)
    gamma : (1,)
        NaN before there are any.
    kinds : (n,)
    low, high : (n,)
    blocks : (blocks,)
        Whether each was open.
    least, most : (n,)
        Weights between which every point on a grid is written out.
    """

    mu: Floats
    gamma: Floats
    kinds: Ints
    low: Floats
    high: Floats
    blocks: Flags
    least: Floats
    most: Floats


class Frame(NamedTuple):
    """All that a relaxation reads and writes.

    Attributes
    ----------
    priced : Priced
        Multipliers of all rows that the envelopes were made with.
    offsets : (rows,)
        Constant parts of all rows.
    inner : (m,)
        Rows that are affine in x but for ``kinks``: those Newton's method knows.
    kinks : (rows,)
        Most by which a row's slope differs from its affine part; inf for the rows
        that have none.
    built : Built
    """

    book: Book
    room: Room
    smooth: Smooth
    state: State
    priced: Priced
    offsets: Floats
    inner: Ints
    kinks: Floats
    built: Built


@kernel
def build(frame: Frame, node: Node, anew: bool) -> int:
    """Write pieces and envelopes at the state's multipliers, where they have changed.

    Those of a security stay if its sides and modes are the same and no multiplier has
    moved far; ``anew`` makes all of them again.

    Returns −1, or the first security that has no allowed weight.
    """
    book, room = frame.book, frame.room
    anew = _reprice_rows(frame) or anew
    for i in range(len(book.held)):
        if not anew and _is_built(frame, node, i):
            if room.pieces.size[i] == 0:
                return i
            continue
        _note_built(frame, node, i)
        _write_pieces(frame, node, i)
        if room.pieces.size[i] == 0:
            frame.built.gamma[0] = np.nan  # those after it are of other multipliers
            return i
        envelope_of(room.pieces, i, room.envelope, room.stack, room.entry)
        _set_slopes(frame, i)
    return -1


@kernel
def _write_pieces(frame: Frame, node: Node, i: int) -> None:
    """Write a security's pieces at the present prices, in order of x."""
    book, priced, room = frame.book, frame.priced, frame.room
    alone = book.blocks_from[i + 1] - book.blocks_from[i] == 1
    gridded = book.sized.on[i] and book.sized.step[i] > 0.0
    if alone and not gridded:
        fill(book, priced, node, i, room.pieces)
        return
    fill(book, priced, node, i, room.raw)
    if gridded:
        centre = frame.state.x[i]
        _note_window(frame, i, centre)
        spread(book, room.raw, i, centre, room.pieces if alone else room.spread)
    # what had no room would be missing here; bounds do not depend on it
    if gridded and not alone:
        refine(room.spread, i, room.ends, room.stack, room.pieces)
    elif not alone:
        refine(room.raw, i, room.ends, room.stack, room.pieces)


@kernel
def _note_window(frame: Frame, i: int, centre: float) -> None:
    """Note where points are written out; to the ends of what is allowed it is all."""
    width = (WINDOW - 1) * frame.book.sized.step[i]
    raw = frame.room.raw
    first, last = raw.start[i], raw.start[i] + raw.size[i]
    least, most = centre - width, centre + width
    if last > first and least <= raw.low[first]:
        least = -np.inf
    frame.built.least[i], frame.built.most[i] = least, most
    for q in range(first, last):
        if raw.high[q] > most:
            return
    frame.built.most[i] = np.inf


@kernel
def strayed(frame: Frame) -> bool:
    """Return whether a security is where points of its grid are not written out."""
    x, built = frame.state.x, frame.built
    inside = True
    for i in range(len(x)):
        inside = inside and built.least[i] <= x[i] <= built.most[i]
    return not inside


@kernel
def _reprice_rows(frame: Frame) -> bool:
    """Price the lots at the multipliers to build with; whether these have changed."""
    book, priced, built = frame.book, frame.priced, frame.built
    k = len(frame.state.multipliers) - len(frame.inner)
    for j in range(len(frame.inner)):
        priced.mu[frame.inner[j]] = frame.state.multipliers[k + j]
    moved = built.gamma[0] != priced.gamma
    for j in range(len(priced.mu)):
        far = abs(priced.mu[j] - built.mu[j])
        moved = moved or (far > 0.0 and not far * frame.kinks[j] <= STALE)
    if moved:
        built.mu[:] = priced.mu
        built.gamma[0] = priced.gamma
    else:
        priced.mu[:] = built.mu
    prices_of(book, priced.mu, priced.prices)
    sort_pairs(book, priced.prices, priced.order)
    return moved


@kernel
def _is_built(frame: Frame, node: Node, i: int) -> bool:
    """Return whether a security's envelope is that of the node already."""
    book, built = frame.book, frame.built
    if built.kinds[i] != node.kinds[i]:
        return False
    if built.low[i] != node.low[i] or built.high[i] != node.high[i]:
        return False
    if not built.least[i] <= frame.state.x[i] <= built.most[i]:
        return False
    for block in range(book.blocks_from[i], book.blocks_from[i + 1]):
        if built.blocks[block] != node.choices[book.choice[block]]:
            return False
    return True


@kernel
def _note_built(frame: Frame, node: Node, i: int) -> None:
    book, built = frame.book, frame.built
    built.kinds[i] = node.kinds[i]
    built.low[i], built.high[i] = node.low[i], node.high[i]
    built.least[i], built.most[i] = -np.inf, np.inf
    for block in range(book.blocks_from[i], book.blocks_from[i + 1]):
        built.blocks[block] = node.choices[book.choice[block]]


@kernel
def _set_slopes(frame: Frame, i: int) -> None:
    """Give the inner rows the middle of their slopes in what is open of security i.

    With its side fixed that is exact; the rest follows from round to round. What the
    envelope has of the rows already is taken out of the price of x.
    """
    pieces, smooth = frame.room.pieces, frame.smooth
    first = pieces.start[i]
    k = len(frame.state.multipliers) - len(frame.inner)
    offset = 0.0
    for j in range(len(frame.inner)):
        row = frame.inner[j]
        if frame.kinks[row] > 0.0:
            low, high = np.inf, -np.inf
            for q in range(first, first + pieces.size[i]):
                if pieces.high[q] > pieces.low[q]:  # a point has no slope
                    low = min(low, pieces.row_slopes[row, q])
                    high = max(high, pieces.row_slopes[row, q])
            if low <= high:
                smooth.phi[i, k + j] = 0.5 * (low + high)
        offset -= smooth.phi[i, k + j] * frame.priced.mu[row]
    frame.state.offset[i] = offset


@kernel
def row_of(pieces: Pieces, envelope: Envelope, j: int, at: int, x: float) -> float:
    """Return a row's value of one security at x in element ``at`` of its envelope."""
    p, q = envelope.left[at], envelope.right[at]
    if p == q:
        return pieces.rows[j, p] + pieces.row_slopes[j, p] * (x - pieces.low[p])
    low, high = envelope.low[at], envelope.high[at]
    first = pieces.rows[j, p] + pieces.row_slopes[j, p] * (low - pieces.low[p])
    last = pieces.rows[j, q] + pieces.row_slopes[j, q] * (high - pieces.low[q])
    return first + (last - first) * (x - low) / (high - low)


@kernel
def rows_at(frame: Frame, out: Floats) -> None:
    """Write the values of all rows at the present point."""
    state, room = frame.state, frame.room
    out[:] = frame.offsets
    for j in range(len(out)):
        for i in range(len(state.x)):
            at = state.element[i]
            out[j] += row_of(room.pieces, room.envelope, j, at, state.x[i])


@kernel
def anchor_rows(frame: Frame) -> float:
    """Set the constant parts of the inner rows so that they are exact at the point.

    Returns by how much a row's value at the point was not what it is.
    """
    most = 0.0
    state, room, smooth = frame.state, frame.room, frame.smooth
    k = len(state.multipliers) - len(frame.inner)
    for j in range(len(frame.inner)):
        row = frame.inner[j]
        total = frame.offsets[row]
        for i in range(len(state.x)):
            at, x = state.element[i], state.x[i]
            total += row_of(room.pieces, room.envelope, row, at, x)
            total -= smooth.phi[i, k + j] * x
        most = max(most, abs(total - smooth.shift[k + j]))
        smooth.shift[k + j] = total
    return most


@kernel
def lag(frame: Frame) -> float:
    """Return by how much the envelopes' slopes lag behind the multipliers."""
    state = frame.state
    k = len(state.multipliers) - len(frame.inner)
    most = 0.0
    for j in range(len(frame.inner)):
        row = frame.inner[j]
        moved = abs(state.multipliers[k + j] - frame.priced.mu[row])
        most = max(most, moved * frame.kinks[row])
    return most


@kernel
def hull_gap(envelope: Envelope, state: State) -> float:
    """Return by how much the point's Lagrangian exceeds its least at the multipliers.

    With factors and row values at their own best, that is primal less dual of the
    convexified program, but for what rows are missed by.
    """
    total = 0.0
    for i in range(len(state.x)):
        at, x, price = state.element[i], state.x[i], state.price[i]
        best, there, _ = place(envelope, i, at, price, 0.0, 0.0)
        total += value_at(envelope, at, x) - value_at(envelope, there, best)
        total += price * (x - best)
    return total


@kernel
def value_at(envelope: Envelope, at: int, x: float) -> float:
    """Return the envelope's value at x in element ``at``."""
    w = x - envelope.low[at]
    return envelope.value[at] + w * (envelope.slope[at] + w * envelope.bend[at])


@kernel
def row_miss(smooth: Smooth, state: State) -> float:
    """Return by how much the pull on the rows' multipliers lets rows be missed."""
    k = len(state.multipliers) - len(smooth.low)
    most = 0.0
    for j in range(len(smooth.low)):
        moved = abs(state.multipliers[k + j] - state.centred[k + j])
        most = max(most, smooth.flat[k + j] * moved)
    return most


@kernel
def advance(state: State) -> None:
    """Move the centres of the quadratic terms to the present point."""
    state.centre[:] = state.x
    state.centred[:] = state.multipliers
    state.row_centre[:] = state.z


@kernel
def relax(
    frame: Frame, node: Node, pulls: Floats, tolerance: float, gap: float
) -> tuple[int, int, float]:
    """Maximise the convexified dual; return the closed security, steps, last gap.

    Parameters
    ----------
    pulls : (rounds, n)
        Weight of the quadratic term in each round; the last one is repeated.
    tolerance : float
        Of the gradient, fractions of base.
    gap : float
        Ends once primal and dual of the convexified program are this close.

    Returns
    -------
    closed : int
        A security without an allowed weight, or −1.
    """
    state, smooth, room = frame.state, frame.smooth, frame.room
    closed = build(frame, node, False)
    if closed >= 0:
        return closed, 0, 0.0
    steps, last = 0, 0.0
    for number in range(ROUNDS):
        if number > 0 and lag(frame) > STALE:
            build(frame, node, True)
        elif number > 0 and strayed(frame):
            build(frame, node, False)
        smooth.pull[:] = pulls[min(number, len(pulls) - 1)]
        reprice(smooth, state)
        settle(room.envelope, smooth, state)
        anchor_rows(frame)
        steps += maximise(room.envelope, smooth, state, tolerance, STEPS)
        last, missed = hull_gap(room.envelope, state), row_miss(smooth, state)
        missed = max(missed, anchor_rows(frame))
        advance(state)
        if number + 1 < len(pulls) or last > gap or missed > max(tolerance, MISS):
            continue
        if lag(frame) <= STALE and not strayed(frame):
            break
    return -1, steps, last


ROUNDS, STEPS = 12, 60
