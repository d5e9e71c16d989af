# SPDX-License-Identifier: Apache-2.0
"""Whole steps: pieces of curves as the points on their grid.

The grid of a security is h plus or minus whole steps. Points are written out near
where a security is; further away stays the curve between them, which is only a little
lower. Bounds do not depend on it: they look at the grid everywhere.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.sizes import BUY, DUST, NEAR, SELL
from di_optimizer.solve.certified.envelope import height
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Book, Pieces

WINDOW = 12  # points on either side that are written out


@kernel
def is_gridded(book: Book, pieces: Pieces, q: int, i: int) -> bool:
    """Return whether only whole steps of a piece are allowed."""
    kind = pieces.kind[q]
    if book.sized.step[i] == 0.0 or not book.sized.on[i]:
        return False
    return kind in (SELL, BUY) and not _is_forced(book, pieces, q, i)


@kernel
def _is_forced(book: Book, pieces: Pieces, q: int, i: int) -> bool:
    """Return whether a piece is no more than what floors force."""
    if pieces.kind[q] != SELL or pieces.low[q] < pieces.high[q]:
        return False
    block, forced = pieces.block[q], 0.0
    for pair in range(book.pairs_from[block], book.pairs_from[block + 1]):
        forced += book.floor[pair]
    return forced > 0.0 and pieces.high[q] == book.held[i] - forced


@kernel
def steps_within(book: Book, pieces: Pieces, q: int, i: int) -> tuple[float, float]:
    """Return the first and last whole number of steps from h on a piece; never 0."""
    step, held = book.sized.step[i], book.held[i]
    first = np.ceil((pieces.low[q] - held) / step - NEAR)
    last = np.floor((pieces.high[q] - held) / step + NEAR)
    if pieces.kind[q] == BUY:
        return max(first, 1.0), last
    if held + first * step <= DUST:
        first += 1.0  # that would be an exit
    return first, min(last, -1.0)


@kernel
def spread(book: Book, raw: Pieces, i: int, centre: float, out: Pieces) -> None:
    """Write pieces as points near ``centre``, and as arcs between points elsewhere."""
    at = out.start[i]
    step, held = book.sized.step[i], book.held[i]
    middle = np.rint((centre - held) / step)
    a, b = middle - WINDOW, middle + WINDOW
    for q in range(raw.start[i], raw.start[i] + raw.size[i]):
        if not is_gridded(book, raw, q, i):
            at = _copy(raw, q, raw.low[q], raw.high[q], i, at, out)
            continue
        first, last = steps_within(book, raw, q, i)
        if first > last:
            continue
        begin, end = first, last
        if first < a:
            begin = min(last, a)
            at = _copy(raw, q, held + first * step, held + begin * step, i, at, out)
            begin += 1.0
        if last > b:
            end = max(first, b) - 1.0
        for number in range(int(begin), int(end) + 1):
            x = held + number * step
            at = _copy(raw, q, x, x, i, at, out)
        if last > b:
            x = held + max(first, b) * step
            at = _copy(raw, q, x, held + last * step, i, at, out)
    out.size[i] = at - out.start[i]


@kernel
def _copy(
    raw: Pieces, q: int, low: float, high: float, i: int, at: int, out: Pieces
) -> int:
    """Write a part of a piece; a point that is there already is not repeated."""
    is_point = low == high and at > out.start[i] and out.high[at - 1] == low
    same = out.kind[at - 1] == raw.kind[q] and out.block[at - 1] == raw.block[q]
    if is_point and same:
        return at
    w = low - raw.low[q]
    out.low[at], out.high[at] = low, high
    out.value[at] = height(raw, q, low)
    out.slope[at] = raw.slope[q] + 2.0 * raw.bend[q] * w
    out.bend[at] = raw.bend[q]
    out.block[at], out.kind[at] = raw.block[q], raw.kind[q]
    for j in range(len(raw.rows)):
        out.rows[j, at] = raw.rows[j, q] + w * raw.row_slopes[j, q]
        out.row_slopes[j, at] = raw.row_slopes[j, q]
    return at + 1


@kernel
def least_on_grid(
    book: Book, pieces: Pieces, q: int, i: int, free: float, price: float
) -> float:
    """Return the least of a piece + price·x on the grid; ``free`` is where it touches.

    A parabola is least at one of the two points next to where it is least.
    """
    first, last = steps_within(book, pieces, q, i)
    if first > last:
        return np.inf
    step, held = book.sized.step[i], book.held[i]
    below = np.floor((free - held) / step)
    least = np.inf
    for number in (below, below + 1.0):
        x = held + min(max(number, first), last) * step
        least = min(least, height(pieces, q, x) + price * x)
    return least
