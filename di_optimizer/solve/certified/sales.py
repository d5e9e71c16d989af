# SPDX-License-Identifier: Apache-2.0
"""Sales as pieces: floors first, then lots in the order of their prices."""

from __future__ import annotations

from di_optimizer.program.program import Ints
from di_optimizer.program.sizes import SELL
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Book, Pieces, Priced

ROUNDING = 1e-12  # fraction of base; sums of weights in another order differ by less


@kernel
def lots_range(book: Book, priced: Priced, block: int) -> tuple[float, float]:
    """Return what floors force and what the lots hold."""
    first, end = book.pairs_from[block], book.pairs_from[block + 1]
    forced = 0.0
    for pair in range(first, end):
        forced += book.floor[pair]
    whole = forced
    for place in range(first, end):  # as they add up elsewhere, to the last digit
        pair = priced.order[place]
        whole += book.cap[pair] - book.floor[pair]
    return forced, whole


@kernel
def fill_lots(
    book: Book,
    priced: Priced,
    block: int,
    i: int,
    least: float,
    most: float,
    at: int,
    out: Pieces,
) -> int:
    """Write a sale range: floors first, then lots in order of their price.

    Pieces come in order of x, so the last lot to be sold is the first piece. A range
    without a lot (or with nothing to sell) is the point h.
    """
    prices, order = priced.prices, priced.order
    first, end = book.pairs_from[block], book.pairs_from[block + 1]
    forced, paid = 0.0, book.constant[block]
    for pair in range(first, end):
        forced += book.floor[pair]
        paid += book.floor[pair] * prices[pair]
    begin, sold = at, forced
    for place in range(first, end):
        pair = order[place]
        width = book.cap[pair] - book.floor[pair]
        low, high = max(sold, least), min(sold + width, most)
        if _is_stretch(low, high, width, at == begin):
            cost = paid + prices[pair] * (high - sold)
            _write_sale(book, priced.gamma, i, at, high, low, cost, prices[pair], out)
            at += 1
        sold += width
        paid += width * prices[pair]
    if at == begin:
        if least > forced + ROUNDING:
            return at
        _write_sale(book, priced.gamma, i, at, forced, forced, paid, 0.0, out)
        at += 1
    out.block[begin:at] = block
    for j in range(len(priced.mu)):
        _write_row(book, j, order[first:end], least, most, begin, out)
    _reverse(begin, at, out)
    return at


@kernel
def sale_range(book: Book, i: int, forced: float, whole: float) -> tuple[float, float]:
    """Return least and most sold; least above most where nothing is allowed."""
    least = max(book.held[i] - book.upper[i], 0.0)
    most = book.held[i] - book.lower[i]
    if least > whole and least - whole <= ROUNDING:
        least = whole  # a full exit sells what the lots hold
    if most < forced and forced - most <= ROUNDING:
        most = forced
    most = min(most, whole)
    if least > most and least - most <= ROUNDING:
        least = most
    return least, most


@kernel
def _is_stretch(low: float, high: float, width: float, is_first: bool) -> bool:
    """Return whether a lot has a stretch; of a range that is a point, one lot has."""
    return width > 0.0 and (high > low or (high == low and is_first))


@kernel
def _write_sale(
    book: Book,
    gamma: float,
    i: int,
    at: int,
    most: float,
    least: float,
    cost: float,
    price: float,
    out: Pieces,
) -> None:
    """Write the stretch of one lot: ``cost`` is what selling ``most`` costs."""
    bend = gamma * book.specific[i]
    active = book.held[i] - book.target[i] - most
    out.low[at], out.high[at] = book.held[i] - most, book.held[i] - least
    out.value[at] = bend * active * active + cost
    out.slope[at] = 2.0 * bend * active - price
    out.bend[at] = bend
    out.kind[at] = SELL


@kernel
def _write_row(
    book: Book,
    j: int,
    order: Ints,
    least: float,
    most: float,
    begin: int,
    out: Pieces,
) -> None:
    """Write a row's values along the sale range, in the order of the sales."""
    sold, value = 0.0, 0.0
    for pair in order:
        value += _per_unit(book, j, pair) * book.floor[pair]
        sold += book.floor[pair]
    at = begin
    for pair in order:
        width = book.cap[pair] - book.floor[pair]
        unit = _per_unit(book, j, pair)
        low, high = max(sold, least), min(sold + width, most)
        if _is_stretch(low, high, width, at == begin):
            out.rows[j, at] = value + unit * (high - sold)
            out.row_slopes[j, at] = -unit
            at += 1
        sold += width
        value += width * unit
    if at == begin:
        out.rows[j, at], out.row_slopes[j, at] = value, 0.0


@kernel
def _per_unit(book: Book, j: int, pair: int) -> float:
    gain = book.row_gain[j, pair]
    if gain == 0.0:
        return book.row_sell[j, pair]
    return book.row_sell[j, pair] + gain * book.low[pair]


@kernel
def _reverse(begin: int, end: int, out: Pieces) -> None:
    """Turn a stretch of pieces round."""
    for step in range((end - begin) // 2):
        a, b = begin + step, end - 1 - step
        for column in (out.low, out.high, out.value, out.slope, out.bend):
            column[a], column[b] = column[b], column[a]
        out.block[a], out.block[b] = out.block[b], out.block[a]
        out.kind[a], out.kind[b] = out.kind[b], out.kind[a]
        for j in range(out.rows.shape[0]):
            out.rows[j, a], out.rows[j, b] = out.rows[j, b], out.rows[j, a]
            out.row_slopes[j, a], out.row_slopes[j, b] = (
                out.row_slopes[j, b],
                out.row_slopes[j, a],
            )
