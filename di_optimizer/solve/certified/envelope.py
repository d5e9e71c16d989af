# SPDX-License-Identifier: Apache-2.0
"""The convex envelope of a curve in one variable, from its parabolic pieces.

Pieces may be points, may leave gaps and may jump; they may not overlap (see
:mod:`di_optimizer.solve.certified.refine`). The envelope is exact: arcs of pieces
and the common tangents between them.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Envelope, Pieces

EQUAL = 1e-15  # fraction of base: a jump no larger than this is rounding
NARROW = 1e-13  # fraction of base: no chord is this narrow where pieces go on
STRAIGHT = 1e-13  # relative: a turn no larger than this is rounding
STEPS = 60  # of the search for a common tangent; it ends after a few


@kernel
def touch(pieces: Pieces, q: int, slope: float) -> float:
    """Return where a line of this slope touches piece ``q`` from below."""
    if pieces.bend[q] > 0.0:
        x = pieces.low[q] + (slope - pieces.slope[q]) / (2.0 * pieces.bend[q])
        return min(max(x, pieces.low[q]), pieces.high[q])
    return pieces.high[q] if slope > pieces.slope[q] else pieces.low[q]


@kernel
def height(pieces: Pieces, q: int, x: float) -> float:
    """Return the value of piece ``q`` at x."""
    w = x - pieces.low[q]
    return pieces.value[q] + w * (pieces.slope[q] + w * pieces.bend[q])


@kernel
def end_slope(pieces: Pieces, q: int) -> float:
    """Return the slope of piece ``q`` at its right end."""
    width = pieces.high[q] - pieces.low[q]
    return pieces.slope[q] + 2.0 * pieces.bend[q] * width


@kernel
def _bracket(pieces: Pieces, p: int, q: int) -> tuple[float, float]:
    """Return slopes between which the common tangent of two pieces is.

    It touches each at an end or at a point where it has the piece's own slope.
    """
    least = min(pieces.slope[p], pieces.slope[q])
    most = max(end_slope(pieces, p), end_slope(pieces, q))
    for left in (pieces.low[p], pieces.high[p]):
        for right in (pieces.low[q], pieces.high[q]):
            if right > left:
                rise = height(pieces, q, right) - height(pieces, p, left)
                least = min(least, rise / (right - left))
                most = max(most, rise / (right - left))
    return least, most


@kernel
def _rise_above(pieces: Pieces, p: int, q: int, slope: float) -> float:
    """Return by how much a line of this slope under ``q`` is above the one under p."""
    left, right = touch(pieces, p, slope), touch(pieces, q, slope)
    rise = height(pieces, q, right) - height(pieces, p, left)
    return rise - slope * (right - left)


@kernel
def _goes_on(pieces: Pieces, p: int, q: int) -> bool:
    """Return whether q begins where p ends, and no less steeply."""
    if pieces.high[p] != pieces.low[q] or pieces.low[p] == pieces.high[p]:
        return False
    turn = pieces.slope[q] - end_slope(pieces, p)
    jump = pieces.value[q] - height(pieces, p, pieces.high[p])
    straight = turn >= -STRAIGHT * abs(pieces.slope[q])
    return straight and abs(jump) <= EQUAL and pieces.low[q] < pieces.high[q]


@kernel
def tangent(pieces: Pieces, p: int, q: int) -> float:
    """Return the slope of the line that supports piece ``p`` and ``q`` right of it.

    The intercepts of the two supporting lines differ by a function that rises with
    the slope; Newton's method finds its root, kept within a bracket. A point at the end
    of the other piece is no use unless it is lower: inf where that is ``q``, −inf
    where it is ``p``.
    """
    if pieces.high[p] == pieces.low[q]:
        jump = pieces.value[q] - height(pieces, p, pieces.high[p])
        if jump >= 0.0 and pieces.high[q] == pieces.low[q]:
            return np.inf
        if jump < 0.0 and pieces.high[p] == pieces.low[p]:
            return -np.inf
    least, most = _bracket(pieces, p, q)
    gap = pieces.low[q] - pieces.high[p]
    slope = pieces.slope[q]
    if gap > 0.0:
        slope = (pieces.value[q] - height(pieces, p, pieces.high[p])) / gap
    for _ in range(STEPS):
        left, right = touch(pieces, p, slope), touch(pieces, q, slope)
        rise = height(pieces, q, right) - height(pieces, p, left)
        miss = rise - slope * (right - left)
        if abs(miss) <= EQUAL * min(abs(rise), 1.0):
            return slope
        if miss > 0.0:
            least = max(least, slope)
        else:
            most = min(most, slope)
        following = 0.5 * (least + most)
        if right > left and least < rise / (right - left) < most:
            following = rise / (right - left)
        if following == slope:
            return slope
        slope = following
    return slope


@kernel
def envelope_of(
    pieces: Pieces, i: int, out: Envelope, stack: Ints, entry: Floats
) -> None:
    """Write the convex envelope of security i's curve.

    A piece is dropped when the tangent from the one before it to the next leaves
    below the tangent that reaches it (Andrew's chain, with arcs for points).
    ``stack`` and ``entry`` are room to work in.
    """
    first, count = pieces.start[i], pieces.size[i]
    size = 0
    for q in range(first, first + count):
        slope = -np.inf
        while size > 0:
            p = stack[size - 1]
            if size == 1 or _rise_above(pieces, p, q, entry[size - 1]) > 0.0:
                goes_on = _goes_on(pieces, p, q)
                slope = pieces.slope[q] if goes_on else tangent(pieces, p, q)
                if slope > -np.inf:
                    break
            size -= 1
        if slope == np.inf:
            continue
        stack[size] = q
        entry[size] = slope
        size += 1
    _write(pieces, i, out, stack, entry, size)


@kernel
def _ends(pieces: Pieces, p: int, q: int, slope: float) -> tuple[float, float]:
    """Return where a tangent touches p and q; one place where they go on."""
    left, right = touch(pieces, p, slope), touch(pieces, q, slope)
    if right - left <= NARROW and pieces.high[p] == pieces.low[q]:
        return pieces.high[p], pieces.low[q]
    return left, right


@kernel
def _write(
    pieces: Pieces, i: int, out: Envelope, stack: Ints, entry: Floats, size: int
) -> None:
    """Write the arcs between the tangents and the chords along them."""
    at = out.start[i]
    for number in range(size):
        q = stack[number]
        begin, end = pieces.low[q], pieces.high[q]
        if number > 0:
            p, slope = stack[number - 1], entry[number]
            left, begin = _ends(pieces, p, q, slope)
            if begin > left:
                out.low[at], out.high[at] = left, begin
                out.value[at] = height(pieces, p, left)
                out.slope[at] = slope  # a narrow chord's ends would not tell it
                out.bend[at] = 0.0
                out.left[at], out.right[at] = p, q
                at += 1
        if number + 1 < size:
            end, _ = _ends(pieces, q, stack[number + 1], entry[number + 1])
        is_last = number + 1 == size
        if end > begin or (is_last and at == out.start[i]):
            out.low[at], out.high[at] = begin, end
            out.value[at] = height(pieces, q, begin)
            bend = pieces.bend[q]
            out.slope[at] = pieces.slope[q] + 2.0 * bend * (begin - pieces.low[q])
            out.bend[at] = bend
            out.left[at] = out.right[at] = q
            at += 1
    out.size[i] = at - out.start[i]
