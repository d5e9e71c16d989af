# SPDX-License-Identifier: Apache-2.0
"""Memory of the kernels, laid out once for a program."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Ints, Program
from di_optimizer.solve.certified.grid import WINDOW
from di_optimizer.solve.certified.layout import Book, Envelope, Pieces, Priced
from di_optimizer.solve.certified.newton import Smooth, State
from di_optimizer.solve.certified.refine import COPIES
from di_optimizer.solve.certified.relax import Built, Frame, Room
from di_optimizer.solve.certified.rows import Affine

KINDS_ROOM = 4  # pieces beside the lots: an exit, a point, holding, a purchase
LEAST_GAMMA = 1e-9  # years; below it, factors weigh next to nothing
ROW_PULL = 1e-6  # of the term that keeps a row's value near the last one
ROW_FLAT = 1e-7  # of the term that keeps a row's multiplier near the last one


def frame_of(program: Program, book: Book, affine: Affine) -> Frame:
    """Return the memory for one program, at no multipliers yet."""
    n, k = program.exposures.shape
    m, rows = len(affine.rows), len(program.rows)
    inner = [program.rows[j] for j in affine.rows.tolist()]
    smooth = Smooth(
        phi=np.ascontiguousarray(np.hstack([program.exposures, affine.slopes])),
        flat=np.concatenate(
            [np.full(k, 0.5 / max(program.gamma, LEAST_GAMMA)), np.full(m, ROW_FLAT)]
        ),
        shift=np.concatenate([-program.exposures.T @ program.benchmark, np.zeros(m)]),
        low=np.array([row.lower for row in inner], dtype=np.float64),
        high=np.array([row.upper for row in inner], dtype=np.float64),
        pull=np.zeros(n),
        row_pull=np.full(m, ROW_PULL),
    )
    return Frame(
        book=book,
        room=_room(book, rows),
        smooth=smooth,
        state=_state(n, k, m),
        priced=Priced(
            gamma=program.gamma,
            mu=np.zeros(rows),
            prices=np.zeros(len(book.unit)),
            order=np.arange(len(book.unit)),
        ),
        offsets=np.array([row.offset for row in program.rows], dtype=np.float64),
        inner=affine.rows,
        kinks=affine.kinks,
        built=Built(
            mu=np.zeros(rows),
            gamma=np.full(1, np.nan),
            kinds=np.zeros(n, dtype=np.int64),
            low=np.zeros(n),
            high=np.zeros(n),
            blocks=np.zeros(len(book.choice), dtype=np.bool_),
            least=np.full(n, -np.inf),
            most=np.full(n, np.inf),
        ),
    )


def _room(book: Book, rows: int) -> Room:
    n, blocks = len(book.held), np.diff(book.blocks_from)
    ends = book.pairs_from[book.blocks_from]
    raw = np.diff(ends) + KINDS_ROOM * blocks
    # a stretch may end up as two arcs with points between them
    points = np.diff(ends) + (KINDS_ROOM + 2 * WINDOW + 2) * blocks
    most = np.where(book.sized.step > 0.0, raw + points, raw)
    room = np.where(blocks == 1, most, COPIES * most)
    largest = int(room.max(initial=1)) + 1
    one = np.zeros(n, dtype=np.int64)
    return Room(
        raw=_pieces(one, int(raw.max(initial=1)), rows),
        spread=_pieces(one, int(most.max(initial=1)), rows),
        pieces=_pieces(_starts(room), int(room.sum()), rows),
        envelope=_envelope(_starts(2 * room), 2 * int(room.sum())),
        stack=np.zeros(largest, dtype=np.int64),
        entry=np.zeros(largest),
        ends=np.zeros(2 * largest),
    )


def _starts(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)


def _pieces(start: Ints, size: int, rows: int) -> Pieces:
    return Pieces(
        start=start,
        size=np.zeros(len(start), dtype=np.int64),
        low=np.zeros(size),
        high=np.zeros(size),
        value=np.zeros(size),
        slope=np.zeros(size),
        bend=np.zeros(size),
        block=np.zeros(size, dtype=np.int64),
        kind=np.zeros(size, dtype=np.int64),
        rows=np.zeros((rows, size)),
        row_slopes=np.zeros((rows, size)),
    )


def _envelope(start: Ints, size: int) -> Envelope:
    return Envelope(
        start=start,
        size=np.zeros(len(start), dtype=np.int64),
        low=np.zeros(size),
        high=np.zeros(size),
        value=np.zeros(size),
        slope=np.zeros(size),
        bend=np.zeros(size),
        left=np.zeros(size, dtype=np.int64),
        right=np.zeros(size, dtype=np.int64),
    )


def _state(n: int, k: int, m: int) -> State:
    return State(
        x=np.zeros(n),
        price=np.zeros(n),
        offset=np.zeros(n),
        element=np.zeros(n, dtype=np.int64),
        weight=np.zeros(n),
        centre=np.zeros(n),
        multipliers=np.zeros(k + m),
        centred=np.zeros(k + m),
        z=np.zeros(m),
        row_centre=np.zeros(m),
    )
