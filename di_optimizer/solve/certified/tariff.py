# SPDX-License-Identifier: Apache-2.0
"""What each amount of a security costs, and what it adds to the rows.

Lots are sold in an order that is chosen beforehand: forced parts first. So cost and
rows are piecewise linear in the amount sold, with a knot at the end of each lot.
Tracking risk is not part of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program, Row
from di_optimizer.program.sizes import DUST, Sizes
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.levels import Levels


class Tariff(NamedTuple):
    """Costs and rows of n securities at their allowed amounts.

    Attributes
    ----------
    held, buy_cost, ticket : (n,)
    knots_from : (n + 1,)
        First knot of each security; it has one more than lots.
    sold, paid : (knots,)
        Amount sold and objective at a knot, without ticket.
    gone : (knots, width)
        What the security's rows have by then, without counts.
    rows_from : (n + 1,)
        First entry of each security among the rows that it is part of.
    row : (entries,)
        Number of the row of an entry.
    per_buy, per_name, per_trade : (entries,)
        Row values of a unit bought, of being held, of a trade.
    """

    held: Floats
    buy_cost: Floats
    ticket: Floats
    knots_from: Ints
    sold: Floats
    paid: Floats
    gone: Floats
    rows_from: Ints
    row: Ints
    per_buy: Floats
    per_name: Floats
    per_trade: Floats


def tariff_of(program: Program, order: Ints) -> Tariff:
    """Return the tariff when each security's lots are sold in this order, (lots,).

    ``order`` lists lots by security.
    """
    lots, n, rows = program.lots, program.n, program.rows
    per_lot = np.array([_per_lot(program, row) for row in rows]).reshape(len(rows), -1)
    tables = [_table(rows, name, n) for name in ("buy", "names", "trades")]
    used = np.any([table != 0.0 for table in tables], axis=0).T.reshape(n, len(rows))
    np.logical_or.at(used, lots.security, per_lot.T != 0.0)
    owner, row = np.nonzero(used)
    rows_from = np.searchsorted(owner, np.arange(n + 1))
    counts = np.bincount(lots.security, minlength=n) + 1
    knots_from = np.concatenate([[0], np.cumsum(counts)])
    width = int(np.max(np.diff(rows_from), initial=0))
    gone = np.zeros((knots_from[-1], width))
    for place in range(width):
        entry = rows_from[:-1] + place
        some = entry < rows_from[1:]
        own = np.where(some, row[np.where(some, entry, 0)] if len(row) else 0, -1)
        mine = own[lots.security]
        unit = np.where(mine >= 0, per_lot[mine, np.arange(len(lots))], 0.0)
        gone[:, place] = _along(program, order, knots_from, unit)
    sizes = program.sizes or Sizes.any(n)
    return Tariff(
        held=program.held,
        buy_cost=program.buy_cost,
        ticket=sizes.ticket,
        knots_from=knots_from,
        sold=_along(program, order, knots_from, np.ones(len(lots))),
        paid=_along(program, order, knots_from, lots.unit),
        gone=gone,
        rows_from=rows_from,
        row=row.astype(np.int64),
        per_buy=tables[0][row, owner],
        per_name=tables[1][row, owner],
        per_trade=tables[2][row, owner],
    )


def lots_in_order(program: Program, mu: Floats | None) -> Ints:
    """Return the lots by security, then cheapest first at multipliers of the rows."""
    price = program.lots.unit
    if mu is not None:
        for row, multiplier in zip(program.rows, mu.tolist(), strict=True):
            price = price + multiplier * _per_lot(program, row)
    found: Ints = np.lexsort((price, program.lots.security)).astype(np.int64)
    return found


def lots_sold(program: Program, order: Ints, amounts: Floats) -> Floats:
    """Return what is sold of each lot, (lots,), for amounts by security, (n,)."""
    lots = program.lots
    left = amounts - np.bincount(
        lots.security, weights=lots.floor, minlength=program.n
    ).astype(float)
    left = np.where(np.abs(left) <= DUST, 0.0, left).tolist()
    sells = np.where(amounts[lots.security] > 0.0, lots.floor, 0.0)
    owner, width = lots.security.tolist(), (lots.cap - lots.floor).tolist()
    for lot in order.tolist():
        more = min(max(left[owner[lot]], 0.0), width[lot])
        if more >= width[lot] - DUST:
            sells[lot] = lots.cap[lot]
        elif more > DUST:
            sells[lot] += more
        left[owner[lot]] -= more
    return sells


def _per_lot(program: Program, row: Row) -> Floats:
    """Return a row's values per unit sold, gains included, (lots,)."""
    lots = program.lots
    found: Floats = row.sell + np.where(lots.long_term, row.long, row.short) * lots.gain
    return found


def _table(rows: tuple[Row, ...], name: str, n: int) -> Floats:
    """Return a coefficient of all rows, (rows, n); None stands for zeros."""
    values = [getattr(row, name) for row in rows]
    found = [np.zeros(n) if value is None else value for value in values]
    return np.array(found, dtype=np.float64).reshape(len(rows), n)


def _along(program: Program, order: Ints, knots_from: Ints, unit: Floats) -> Floats:
    """Return a sum over what is sold at each knot, (knots,); ``unit`` is by lot."""
    lots = program.lots
    start = np.bincount(
        lots.security, weights=lots.floor * unit, minlength=program.n
    ).astype(float)
    found = np.zeros(knots_from[-1])
    found[knots_from[:-1]] = start
    widths = ((lots.cap - lots.floor) * unit)[order]
    first = knots_from[lots.security[order]] + 1
    rank = np.arange(len(order)) - np.searchsorted(
        lots.security[order], lots.security[order]
    )
    found[first + rank] = widths
    _accumulate(found, knots_from)
    return found


@kernel
def _accumulate(values: Floats, knots_from: Ints) -> None:
    """Add up along the knots of each security."""
    for i in range(len(knots_from) - 1):
        for knot in range(knots_from[i] + 1, knots_from[i + 1]):
            values[knot] += values[knot - 1]


@kernel
def amount_at(levels: Levels, i: int, place: int) -> float:
    """Return the amount of a place: bought above 0, sold below."""
    starts = levels.starts[i]
    if place >= starts[3]:
        steps = levels.buy_first[i] + place - starts[3]
        bought = levels.buy_from[i] + steps * levels.step[i]
        return min(bought, levels.buy_most[i])
    if place >= starts[2]:
        return 0.0
    if place >= starts[1]:
        return -levels.forced[i]
    if place >= starts[0]:
        steps = levels.sell_first[i] + starts[1] - 1 - place
        sold = levels.sell_from[i] + steps * levels.step[i]
        return -min(sold, levels.sell_most[i])
    return -levels.whole[i]


@kernel
def look(
    levels: Levels, tariff: Tariff, i: int, place: int, into: Floats
) -> tuple[float, float]:
    """Return weight afterwards and cost of a place, and write what the rows get."""
    amount = amount_at(levels, i, place)
    first, end = tariff.rows_from[i], tariff.rows_from[i + 1]
    after = tariff.held[i] + amount
    if amount > 0.0:
        cost = tariff.ticket[i] + tariff.buy_cost[i] * amount
        for entry in range(first, end):
            into[entry - first] = tariff.per_buy[entry] * amount
    elif amount < 0.0:
        cost = tariff.ticket[i] + _sale(tariff, i, -amount, end - first, into)
    else:
        cost = 0.0
        into[: end - first] = 0.0
    if place < levels.starts[i, 0]:
        after = 0.0
    elif tariff.held[i] > 0.0 or amount > 0.0:
        for entry in range(first, end):
            into[entry - first] += tariff.per_name[entry]
    if amount != 0.0:
        for entry in range(first, end):
            into[entry - first] += tariff.per_trade[entry]
    return after, cost


@kernel
def _sale(tariff: Tariff, i: int, sold: float, width: int, into: Floats) -> float:
    """Return what a sale costs, and write the rows' part of it."""
    knot, end = tariff.knots_from[i], tariff.knots_from[i + 1] - 1
    while knot < end - 1 and tariff.sold[knot + 1] < sold:
        knot += 1
    if knot == end:
        return tariff.paid[knot]
    span = tariff.sold[knot + 1] - tariff.sold[knot]
    part = (sold - tariff.sold[knot]) / span if span > 0.0 else 0.0
    for place in range(width):
        start, stop = tariff.gone[knot, place], tariff.gone[knot + 1, place]
        into[place] = start + part * (stop - start)
    return tariff.paid[knot] + part * (tariff.paid[knot + 1] - tariff.paid[knot])
