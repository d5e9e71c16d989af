# SPDX-License-Identifier: Apache-2.0
"""From lots and modes to pieces of curves, at given multipliers of the rows.

Everything but the factors' price of x is in the value of a piece: specific risk,
costs, tax, and what the rows charge.
"""

from __future__ import annotations

from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import BUY, SELL, Book, Node, Pieces, Priced

ROUNDING = 1e-12  # fraction of base; sums of weights in another order differ by less


@kernel
def prices_of(book: Book, mu: Floats, prices: Floats) -> None:
    """Write what a unit sold of each pair costs at these multipliers."""
    prices[:] = book.unit
    for j in range(len(mu)):
        if mu[j] != 0.0:
            prices += mu[j] * book.row_sell[j]
    for pair in book.ranged:
        truth = 0.0
        for j in range(len(mu)):
            truth += mu[j] * book.row_gain[j, pair]
        prices[pair] += min(truth * book.low[pair], truth * book.high[pair])


@kernel
def sort_pairs(book: Book, prices: Floats, order: Ints) -> None:
    """Put the pairs of every block in order of price; ties keep their place."""
    for block in range(len(book.choice)):
        first, end = book.pairs_from[block], book.pairs_from[block + 1]
        for place in range(first + 1, end):
            pair = order[place]
            before = place
            while before > first and _after(prices, order[before - 1], pair):
                order[before] = order[before - 1]
                before -= 1
            order[before] = pair


@kernel
def _after(prices: Floats, one: int, other: int) -> bool:
    return prices[one] > prices[other] or (prices[one] == prices[other] and one > other)


@kernel
def fill(book: Book, priced: Priced, node: Node, i: int, out: Pieces) -> None:
    """Write the open pieces of security i, by block, sales before purchases."""
    at = out.start[i]
    for block in range(book.blocks_from[i], book.blocks_from[i + 1]):
        if not node.choices[book.choice[block]]:
            continue
        if node.sides[i] <= 0:
            at = _fill_sales(book, priced, block, i, at, out)
        if node.sides[i] >= 0:
            at = _fill_purchase(book, priced, block, i, at, out)
    out.size[i] = at - out.start[i]


@kernel
def _fill_purchase(
    book: Book, priced: Priced, block: int, i: int, at: int, out: Pieces
) -> int:
    held, mu = book.held[i], priced.mu
    least = max(book.lower[i] - held, 0.0)
    most = book.upper[i] - held
    if not book.buys[block] or most < 0.0 or least > most:
        return at
    unit = book.buy_cost[block]
    for j in range(len(mu)):
        coefficient = book.row_buy[j, block]
        unit += mu[j] * coefficient
        out.rows[j, at] = coefficient * least
        out.row_slopes[j, at] = coefficient
    bend = priced.gamma * book.specific[i]
    active = held - book.target[i] + least
    out.low[at], out.high[at] = held + least, held + most
    out.value[at] = bend * active * active + unit * least + book.constant[block]
    out.slope[at] = 2.0 * bend * active + unit
    out.bend[at] = bend
    out.block[at], out.side[at] = block, BUY
    return at + 1


@kernel
def _fill_sales(
    book: Book, priced: Priced, block: int, i: int, at: int, out: Pieces
) -> int:
    """Write the sale range: floors first, then lots in order of their price.

    Pieces come in order of x, so the last lot to be sold is the first piece. A range
    without a lot (or with nothing to sell) is the point h.
    """
    prices, order = priced.prices, priced.order
    first, end = book.pairs_from[block], book.pairs_from[block + 1]
    forced, paid = 0.0, book.constant[block]
    for pair in range(first, end):
        forced += book.floor[pair]
        paid += book.floor[pair] * prices[pair]
    whole = forced
    for place in range(first, end):  # as they add up below, to the last digit
        whole += book.cap[order[place]] - book.floor[order[place]]
    least, most = _sale_range(book, i, forced, whole)
    if most < forced or least > most:
        return at
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
def _sale_range(book: Book, i: int, forced: float, whole: float) -> tuple[float, float]:
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
    out.side[at] = SELL


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
        for j in range(out.rows.shape[0]):
            out.rows[j, a], out.rows[j, b] = out.rows[j, b], out.rows[j, a]
            out.row_slopes[j, a], out.row_slopes[j, b] = (
                out.row_slopes[j, b],
                out.row_slopes[j, a],
            )
