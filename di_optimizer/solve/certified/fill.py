# SPDX-License-Identifier: Apache-2.0
"""From lots and modes to pieces of curves, at given multipliers of the rows.

Everything but the factors' price of x is in the value of a piece: specific risk,
costs, tax, and what the rows charge.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Ints
from di_optimizer.program.sizes import BUY, EXIT, HOLD, NEAR, SELL
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Book, Node, Pieces, Priced
from di_optimizer.solve.certified.sales import (
    ROUNDING,
    fill_lots,
    lots_range,
    sale_range,
)


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
        if book.sized.on[i]:
            at = _fill_sized(book, priced, node, block, i, at, out)
            continue
        if node.kinds[i] & SELL:
            at = _fill_sales(book, priced, node, block, i, at, out)
        if node.kinds[i] & BUY:
            least = max(book.lower[i] - book.held[i], 0.0)
            at = _fill_purchase(book, priced, node, block, i, least, at, out)
    out.size[i] = at - out.start[i]


@kernel
def _fill_purchase(
    book: Book,
    priced: Priced,
    node: Node,
    block: int,
    i: int,
    least: float,
    at: int,
    out: Pieces,
) -> int:
    """Write the purchases from ``least`` on, without what any trade costs."""
    held, mu = book.held[i], priced.mu
    least = max(least, node.low[i] - held)
    most = min(book.upper[i], node.high[i]) - held
    if least > most and least - most <= ROUNDING:
        least = most
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
    out.block[at], out.kind[at] = block, BUY
    return at + 1


@kernel
def _fill_sales(
    book: Book, priced: Priced, node: Node, block: int, i: int, at: int, out: Pieces
) -> int:
    """Write all sales, from what is forced to all that the lots hold."""
    forced, whole = lots_range(book, priced, block)
    least, most = sale_range(book, i, forced, whole)
    least = max(least, book.held[i] - node.high[i])
    most = min(most, book.held[i] - node.low[i])
    if most < forced or least > most:
        return at
    return fill_lots(book, priced, block, i, least, most, at, out)


@kernel
def _fill_sized(
    book: Book, priced: Priced, node: Node, block: int, i: int, at: int, out: Pieces
) -> int:
    """Write each kind of trade by itself: exit, sale, hold, purchase."""
    sized, held, kinds = book.sized, book.held[i], node.kinds[i]
    forced, whole = lots_range(book, priced, block)
    least, most = sale_range(book, i, forced, whole)
    exits = sized.exits[block] and node.low[i] <= held - whole + ROUNDING
    if kinds & EXIT and exits and least <= whole <= most + ROUNDING:
        begin = at
        at = fill_lots(book, priced, block, i, whole, whole, at, out)
        _finish(book, priced, i, EXIT, begin, at, out)
    if kinds & SELL:
        begin = at
        at = _fill_part(book, priced, node, block, i, at, out)
        _finish(book, priced, i, SELL, begin, at, out)
    if kinds & HOLD and forced <= 0.0 and _may_hold(book, node, i):
        begin = at
        at = fill_lots(book, priced, block, i, 0.0, 0.0, at, out)
        _finish(book, priced, i, HOLD, begin, at, out)
    if kinds & BUY and book.upper[i] > held:
        begin = at
        least = max(book.lower[i] - held, sized.least_buy[i])
        least = max(least, sized.least_held[i] - held, 0.0)
        at = _fill_purchase(book, priced, node, block, i, least, at, out)
        _finish(book, priced, i, BUY, begin, at, out)
    return at


@kernel
def _fill_part(
    book: Book, priced: Priced, node: Node, block: int, i: int, at: int, out: Pieces
) -> int:
    """Write the sales after which something is left."""
    sized, held = book.sized, book.held[i]
    forced, whole = lots_range(book, priced, block)
    least, most = sale_range(book, i, forced, whole)
    least = max(least, forced, sized.least_sell[i], held - node.high[i])
    most = min(most, held - sized.least_held[i], held - node.low[i])
    if least >= held - ROUNDING:
        return at  # nothing would be left
    if sized.step[i] > 0.0:
        most = min(most, held - NEAR * sized.step[i])
    if least > most and least - most <= ROUNDING:
        most = least
    if whole <= 0.0 or most <= 0.0 or least > most:
        return at
    at = fill_lots(book, priced, block, i, least, most, at, out)
    if least == forced and forced < most and _is_off_grid(forced, sized.step[i]):
        # what floors force is allowed off the grid as well: a point by itself
        at = fill_lots(book, priced, block, i, forced, forced, at, out)
    return at


@kernel
def _is_off_grid(amount: float, step: float) -> bool:
    steps = amount / step if step > 0.0 else 0.0
    return abs(steps - np.rint(steps)) > NEAR


@kernel
def _may_hold(book: Book, node: Node, i: int) -> bool:
    held = book.held[i]
    if held < book.lower[i] - ROUNDING or held > book.upper[i] + ROUNDING:
        return False
    if held < node.low[i] or held > node.high[i]:
        return False
    return held <= 0.0 or held >= book.sized.least_held[i] - ROUNDING


@kernel
def _finish(
    book: Book, priced: Priced, i: int, kind: int, begin: int, end: int, out: Pieces
) -> None:
    """Give pieces their kind, and what that costs and counts."""
    sized = book.sized
    traded = kind != HOLD
    is_held = kind in (SELL, BUY) or (kind == HOLD and book.held[i] > 0.0)
    for q in range(begin, end):
        out.kind[q] = kind
        if traded:
            out.value[q] += sized.ticket[i]
        for j in range(len(priced.mu)):
            counted = 0.0
            if traded:
                counted += sized.trades[j, i]
            if is_held:
                counted += sized.names[j, i]
            out.rows[j, q] += counted
            out.value[q] += priced.mu[j] * counted
