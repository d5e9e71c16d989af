# SPDX-License-Identifier: Apache-2.0
"""Which rows are affine in the weights, up to trading costs, and which are not.

Newton's method needs rows that are (nearly) a function of x: sectors, factors, beta,
cash. Rows that tell purchases from sales, or lots from each other, or count names or
trades, change the curves themselves; their multipliers are searched from outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.certified.layout import Book

SMALL = 0.05  # a kink up to this part of the largest slope is followed step by step
TICKET = 0.01  # so is a step, up to this part of the largest slope
USUAL = 1e-3  # fraction of base: over a trade of this size, a step is a slope


@dataclass(frozen=True)
class Affine:
    """Rows that Newton's method knows.

    Attributes
    ----------
    rows : (m,)
        Their numbers.
    slopes : (n, m)
        Their coefficients in x.
    kinks : (rows,)
        Most by which a coefficient of a trade differs from that; inf for the others.
    others : (rows − m,)
        Numbers of the other rows.
    """

    rows: Ints
    slopes: Floats
    kinks: Floats
    others: Ints


def affine_rows(program: Program, book: Book) -> Affine:
    """Return which rows are affine in x, up to small kinks at the present weights."""
    count, n = len(program.rows), program.n
    blocks = np.repeat(np.arange(n), np.diff(book.blocks_from))
    pairs = np.repeat(blocks, np.diff(book.pairs_from))
    slopes, kinks = np.zeros((n, count)), np.zeros(count)
    for j in range(count):
        slopes[:, j], kinks[j] = _fit(book, j, blocks, pairs)
    scale = np.max(np.abs(slopes), axis=0, initial=0.0)
    steps = _steps(book)
    inner = (kinks <= SMALL * scale) & (steps <= TICKET * scale)
    kinks = np.maximum(kinks, steps / USUAL)
    rows = np.flatnonzero(inner)
    kinks = np.where(inner, kinks, np.inf)
    return Affine(rows, slopes[:, inner], kinks, np.flatnonzero(~inner))


def _steps(book: Book) -> Floats:
    """Return the most that holding or trading by itself adds to each row, (rows,)."""
    names, trades = np.abs(book.sized.names), np.abs(book.sized.trades)
    steps: Floats = np.max(names + trades, axis=1, initial=0.0)
    return steps


def _fit(book: Book, j: int, blocks: Ints, pairs: Ints) -> tuple[Floats, float]:
    """Return the middle of a row's slopes by security, and the furthest from it."""
    if book.row_gain[j].any():
        return np.zeros(len(book.held)), np.inf
    buy, sell = book.row_buy[j], -book.row_sell[j]
    low, high = np.full(len(book.held), np.inf), np.full(len(book.held), -np.inf)
    np.minimum.at(low, blocks, buy)
    np.maximum.at(high, blocks, buy)
    np.minimum.at(low, pairs, sell)
    np.maximum.at(high, pairs, sell)
    return 0.5 * (low + high), float(np.max(0.5 * (high - low), initial=0.0))
