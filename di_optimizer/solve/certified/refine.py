# SPDX-License-Identifier: Apache-2.0
"""The least of overlapping pieces, as pieces that do not overlap.

The modes of a group offer several curves over the same weights. Between two
neighbouring ends of pieces all of them are parabolas; the lowest one is followed
until another crosses below it.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.certified.envelope import height
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Pieces

COPIES = 6  # room for parts of pieces, as a multiple of the pieces


@kernel
def refine(pieces: Pieces, i: int, ends: Floats, near: Ints, out: Pieces) -> bool:
    """Write the lowest parts of security i's pieces in order of x.

    ``ends`` is room for twice as many numbers as there are pieces, ``near`` for as
    many. Returns False where ``out`` has no room left.
    """
    first, count = pieces.start[i], pieces.size[i]
    for number in range(count):
        ends[2 * number] = pieces.low[first + number]
        ends[2 * number + 1] = pieces.high[first + number]
    cuts = ends[: _sort_unique(ends, 2 * count)]
    out.size[i] = 0
    for number in range(len(cuts)):
        begin, end = cuts[number], cuts[min(number + 1, len(cuts) - 1)]
        touching = near[: _touching(pieces, i, begin, end, near)]
        if not _points(pieces, touching, begin, i, out):
            return False
        if end > begin and not _stretch(pieces, touching, begin, end, i, out):
            return False
    return True


@kernel
def _touching(pieces: Pieces, i: int, begin: float, end: float, near: Ints) -> int:
    """Write the pieces that touch [begin, end]; return how many."""
    found = 0
    for q in range(pieces.start[i], pieces.start[i] + pieces.size[i]):
        if pieces.low[q] <= end and pieces.high[q] >= begin:
            near[found] = q
            found += 1
    return found


@kernel
def _sort_unique(values: Floats, count: int) -> int:
    """Sort the first values in place without repetitions; return how many are left.

    By insertion: the ends of each block are in order already.
    """
    size = 0
    for number in range(count):
        value = values[number]
        at = size
        while at > 0 and values[at - 1] > value:
            at -= 1
        if at > 0 and values[at - 1] == value:
            continue
        for place in range(size, at, -1):
            values[place] = values[place - 1]
        values[at] = value
        size += 1
    return size


@kernel
def _points(pieces: Pieces, near: Ints, x: float, i: int, out: Pieces) -> bool:
    """Add the lowest piece that is no more than a point at x, if it is the lowest."""
    best, least = -1, np.inf
    others = np.inf
    for q in near:
        if pieces.low[q] <= x <= pieces.high[q]:
            value = height(pieces, q, x)
            if pieces.low[q] == pieces.high[q]:
                if value < least:
                    best, least = q, value
            else:
                others = min(others, value)
    return best < 0 or least >= others or _add(pieces, best, x, x, i, out)


@kernel
def _stretch(
    pieces: Pieces, near: Ints, begin: float, end: float, i: int, out: Pieces
) -> bool:
    """Add what is lowest from ``begin`` to ``end``, where no piece begins or ends."""
    x, q = begin, _lowest(pieces, near, begin, begin, end)
    while q >= 0 and x < end:
        until, following = _crossing(pieces, near, q, x, begin, end)
        if until > x and not _add(pieces, q, x, until, i, out):
            return False
        x, q = until, following
    return True


@kernel
def _covers(pieces: Pieces, q: int, begin: float, end: float) -> bool:
    return pieces.low[q] <= begin and pieces.high[q] >= end


@kernel
def _lowest(pieces: Pieces, near: Ints, x: float, begin: float, end: float) -> int:
    """Return the piece that is lowest just right of x, the first of equals; or −1."""
    best = -1
    value, slope, bend = np.inf, np.inf, np.inf
    for q in near:
        if not _covers(pieces, q, begin, end):
            continue
        v = height(pieces, q, x)
        s = pieces.slope[q] + 2.0 * pieces.bend[q] * (x - pieces.low[q])
        b = pieces.bend[q]
        if v < value or (v == value and (s < slope or (s == slope and b < bend))):
            best, value, slope, bend = q, v, s, b
    return best


@kernel
def _crossing(
    pieces: Pieces, near: Ints, q: int, x: float, begin: float, end: float
) -> tuple[float, int]:
    """Return where another piece goes below piece q from x on, and which; or ``end``.

    The piece that crosses is followed without comparing heights again: at the
    crossing they are equal but for rounding. Of several that cross at x, one after
    the other is followed, each of a lower slope.
    """
    until, following = end, -1
    for other in near:
        if other == q or not _covers(pieces, other, begin, end):
            continue
        found = _meet(pieces, q, other, x, end)
        if found < until:
            until, following = found, other
    return until, following


@kernel
def _meet(pieces: Pieces, q: int, other: int, x: float, end: float) -> float:
    """Return the first point from x on from which ``other`` is below q, or ``end``."""
    above = height(pieces, other, x) - height(pieces, q, x)
    slope = (
        pieces.slope[other] + 2.0 * pieces.bend[other] * (x - pieces.low[other])
    ) - (pieces.slope[q] + 2.0 * pieces.bend[q] * (x - pieces.low[q]))
    bend = pieces.bend[other] - pieces.bend[q]
    above = max(above, 0.0)
    if slope >= 0.0 and bend >= 0.0:
        return end
    inside = slope * slope - 4.0 * bend * above
    if inside < 0.0 or (inside == 0.0 and bend > 0.0):
        return end
    root = np.sqrt(inside)
    if bend > 0.0 and x + (root - slope) / (2.0 * bend) <= x:
        return end  # it is above again at once
    if slope < 0.0:
        step = 2.0 * above / (root - slope)
    else:
        step = (slope + root) / (-2.0 * bend)
    return min(x + step, end)


@kernel
def _add(pieces: Pieces, q: int, begin: float, end: float, i: int, out: Pieces) -> bool:
    """Add the part of a piece; False where there is no room."""
    at = out.start[i] + out.size[i]
    room = out.start[i + 1] if i + 1 < len(out.start) else len(out.low)
    if at >= room:
        return False
    w = begin - pieces.low[q]
    out.low[at], out.high[at] = begin, end
    out.value[at] = height(pieces, q, begin)
    out.slope[at] = pieces.slope[q] + 2.0 * pieces.bend[q] * w
    out.bend[at] = pieces.bend[q]
    out.block[at], out.kind[at] = pieces.block[q], pieces.kind[q]
    for j in range(len(out.rows)):
        out.rows[j, at] = pieces.rows[j, q] + w * pieces.row_slopes[j, q]
        out.row_slopes[j, at] = pieces.row_slopes[j, q]
    out.size[i] += 1
    return True


@kernel
def overlaps(pieces: Pieces, i: int) -> bool:
    """Return whether a security's pieces are out of order or overlap."""
    first = pieces.start[i]
    for q in range(first, first + pieces.size[i] - 1):
        if pieces.low[q + 1] < pieces.high[q]:
            return True
    return False
