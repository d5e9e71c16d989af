# SPDX-License-Identifier: Apache-2.0
"""Random curves in one variable, and plain answers about them from dense samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from di_optimizer.solve.certified.layout import Envelope, Pieces

BENDS = (0.0, 0.0, 1e-3, 0.5, 4.0)
Pair = tuple[float, float]


@dataclass(frozen=True)
class Part:
    """value + slope·(x − low) + bend·(x − low)² on [low, high], and a row beside it."""

    low: float
    high: float
    value: float
    slope: float = 0.0
    bend: float = 0.0
    row: float = 0.0
    row_slope: float = 0.0

    def at(self, x: np.ndarray) -> np.ndarray:
        """The curve at x; inf outside of the part."""
        w = np.asarray(x) - self.low
        inside = (x >= self.low) & (x <= self.high)
        return np.where(inside, self.value + self.slope * w + self.bend * w * w, np.inf)

    def row_at(self, x: float) -> float:
        """The row's value at x."""
        return self.row + self.row_slope * (x - self.low)

    @property
    def end(self) -> float:
        """The curve at the right end."""
        return float(self.at(np.array(self.high)))


def blank_pieces(size: int, rows: int = 1) -> Pieces:
    """Room for the pieces of one security."""
    return Pieces(
        np.zeros(1, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        *(np.zeros(size) for _ in range(5)),
        *(np.zeros(size, dtype=np.int64) for _ in range(2)),
        *(np.zeros((rows, size)) for _ in range(2)),
    )


def blank_envelope(size: int) -> Envelope:
    """Room for the envelope of one security."""
    return Envelope(
        np.zeros(1, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        *(np.zeros(size) for _ in range(5)),
        *(np.zeros(size, dtype=np.int64) for _ in range(2)),
    )


def pieces_of(parts: Sequence[Part]) -> Pieces:
    """The parts as the kernels read them."""
    found = blank_pieces(len(parts))
    found.size[0] = len(parts)
    for q, part in enumerate(parts):
        found.low[q], found.high[q] = part.low, part.high
        found.value[q], found.slope[q], found.bend[q] = (
            part.value,
            part.slope,
            part.bend,
        )
        found.block[q] = q
        found.rows[0, q], found.row_slopes[0, q] = part.row, part.row_slope
    return found


def parts_of(pieces: Pieces) -> list[Part]:
    """The first security's pieces as parts."""
    first = pieces.start[0]
    own = range(first, first + pieces.size[0])
    columns = (pieces.low, pieces.high, pieces.value, pieces.slope, pieces.bend)
    rows = (pieces.rows[0], pieces.row_slopes[0])
    return [Part(*(float(c[q]) for c in (*columns, *rows))) for q in own]


def elements_of(envelope: Envelope) -> list[Part]:
    """The first security's envelope as parts."""
    first = envelope.start[0]
    own = range(first, first + envelope.size[0])
    columns = (
        envelope.low,
        envelope.high,
        envelope.value,
        envelope.slope,
        envelope.bend,
    )
    return [Part(*(float(c[e]) for c in columns)) for e in own]


def samples(parts: Iterable[Part], count: int = 400) -> np.ndarray:
    """Points from end to end, all ends of parts among them."""
    several = list(parts)
    ends = [end for part in several for end in (part.low, part.high)]
    return np.unique(np.append(np.linspace(min(ends), max(ends), count), ends))


def lowest(parts: Iterable[Part], x: np.ndarray) -> np.ndarray:
    """The least of all parts at x, inf where there is none."""
    return np.min([part.at(x) for part in parts], axis=0)


def hull_at(x: np.ndarray, y: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The lower convex hull of points, (x rising), at some places."""
    chain: list[Pair] = []
    for point in zip(x.tolist(), y.tolist(), strict=True):
        while len(chain) > 1 and _left_turn(chain[-2], chain[-1], point) <= 0.0:
            chain.pop()
        chain.append(point)
    xs, ys = zip(*chain, strict=True)
    return np.interp(wanted, xs, ys)


def _left_turn(a: Pair, b: Pair, c: Pair) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


numbers = st.integers(-40, 40).map(lambda k: k / 8.0)
small = st.floats(-2.0, 2.0, allow_nan=False, width=32)
values = st.one_of(numbers, small)


@st.composite
def curves(draw: st.DrawFn) -> list[Part]:
    """Parts side by side: gaps, jumps, points, holes, kinks of both signs."""
    parts: list[Part] = []
    x, bend = draw(st.sampled_from([0.0, -1.0, 0.25])), draw(st.sampled_from(BENDS))
    for _ in range(draw(st.integers(1, 8))):
        x += draw(st.sampled_from([0.0, 0.0, 0.0, 0.125, 1.0, 1e-6]))
        width = draw(st.sampled_from([0.0, 0.25, 1.0, 1e-5, 0.3]))
        value = draw(values)
        if parts and draw(st.booleans()):
            value = parts[-1].end
        if draw(st.booleans()):
            bend = draw(st.sampled_from(BENDS))
        part = Part(x, x + width, value, draw(values), bend, draw(values), draw(values))
        parts.append(part)
        x = part.high
    return parts


@st.composite
def grids(draw: st.DrawFn) -> list[Part]:
    """Whole shares: points at equal distances on a parabola, with a ticket at one."""
    step = draw(st.sampled_from([0.125, 0.1, 1e-4]))
    slope, bend = draw(values), draw(st.sampled_from(BENDS))
    ticket, held = draw(st.sampled_from([0.0, 0.01, 1.0])), draw(st.integers(0, 20))
    count = draw(st.integers(1, 25))
    kink = draw(values)
    return [
        Part(
            k * step,
            k * step,
            (k != held) * ticket
            + slope * k * step
            + bend * (k * step) ** 2
            + kink * max(k - held, 0) * step,
            row=float(k != held),
        )
        for k in range(count)
    ]


@st.composite
def trades(draw: st.DrawFn) -> list[Part]:
    """Sell range, hold, buy range: a least trade on both sides, and a ticket at h."""
    held, least = draw(st.sampled_from([0.5, 0.25])), draw(st.sampled_from([0.0, 0.1]))
    bend, slope = draw(st.sampled_from(BENDS)), draw(values)
    ticket, kink = draw(st.sampled_from([0.0, 0.05, 1.0])), draw(values)
    sale = Part(0.0, held - least, 0.0, slope, bend, 1.0, 0.0)
    stay = bend * held * held + slope * held
    after = slope + 2 * bend * (held + least) + kink
    start = stay + least * (slope + kink) + bend * ((held + least) ** 2 - held * held)
    return [
        sale,
        Part(held, held, stay - ticket),
        Part(held + least, 1.5, start, after, bend, 1.0, 0.0),
    ]


@st.composite
def lot_sales(draw: st.DrawFn) -> list[Part]:
    """Lots end to end: of one bend, with slopes that rise or go on, some steeply."""
    bend = draw(st.sampled_from([0.3, 0.31288033961206585, 1e-3, 4.0]))
    x, value = 0.0, draw(values)
    slope, parts = draw(st.floats(-1.0, 1.0)), []
    for _ in range(draw(st.integers(1, 9))):
        width = draw(st.floats(1e-9, 0.2))
        part = Part(x, x + width, value, slope, bend)
        parts.append(part)
        x, value = part.high, part.end
        slope += 2.0 * bend * width + draw(st.sampled_from([0.0, 0.0, 0.1, 24.0]))
    return parts


@st.composite
def overlapping(draw: st.DrawFn) -> list[Part]:
    """Parts anywhere over the same weights, points and equal ones among them."""
    parts = []
    for _ in range(draw(st.integers(1, 9))):
        low = draw(st.integers(0, 8)) / 8.0
        width = draw(st.sampled_from([0.0, 0.125, 0.5, 1.0, 0.3]))
        bend = draw(st.sampled_from(BENDS))
        part = Part(
            low,
            low + width,
            draw(values),
            draw(values),
            bend,
            draw(values),
            draw(values),
        )
        parts.append(part)
        if draw(st.integers(0, 5)) == 0:
            parts.append(part)
    return parts
