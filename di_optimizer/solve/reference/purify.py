# SPDX-License-Identifier: Apache-2.0
"""From an interior-point answer to a clean plan: no dust, cheapest lots first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from di_optimizer.own_terms.values import TOLERANCE
from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.solve.groups import sums_before, totals
from di_optimizer.solve.reference.cells import DUST, unit_costs
from di_optimizer.solve.reference.convex import Point
from di_optimizer.solve.reference.mix import Mix

FEASIBLE = 1e-9  # fraction of base; rows may be missed by this
EQUAL = 1e-10  # fraction of base; objectives this close count as equal
ACCEPTED = 1e-7  # by this where no clean-up meets them; above it is no plan


@dataclass(frozen=True)
class Pure:
    """A cleaned point; ``doubled`` securities both buy and sell, ``lean`` by net."""

    buys: Floats
    sells: Floats
    doubled: Flags
    lean: Ints


def purify(mix: Mix, point: Point) -> Pure | None:
    """Snap dust to 0 and near-limits to the limit; order sales by unit cost.

    Of several orders of the lots, the best one within the rows counts. A row that
    tells lots of a security apart may leave only the order of the interior point.
    None where the rows are missed even so: a mode can be too hopeful about them.

    Parameters
    ----------
    mix : Mix
        With one cell a security.
    """
    program, cells = mix.program, mix.cells
    own = mix.blocks.security[cells.block]
    buys, sold = np.zeros(program.n), np.zeros(len(own))
    total = totals(program.lots.security, point.sells, program.n)
    buys[own] = _snap(point.buys[own], cells.buy_low, cells.buy_high)
    sold[:] = _snap(total[own], cells.sell_low, cells.sell_high)
    sells = _best(mix, buys, [*_spreads(mix, point, sold)])
    if sells is None:
        return None
    doubled, lean = np.zeros(program.n, dtype=np.bool_), np.zeros(program.n, np.int64)
    doubled[own] = (buys[own] > 0.0) & (sold > 0.0)
    lean[own] = np.where(buys[own] > sold, 1, -1)
    return Pure(buys, sells, doubled, lean)


def _snap(amount: Floats, low: Floats, high: Floats, dust: float = DUST) -> Floats:
    """Clip to [low, high] and take an end that is within the dust, low before high."""
    clipped = np.minimum(np.maximum(amount, low), high)
    ended = np.where(high - clipped <= dust, high, clipped)
    return np.where(clipped - low <= dust, low, ended)


def _best(mix: Mix, buys: Floats, options: list[Floats]) -> Floats | None:
    """Return the best lot sales within the limits, the first of equals.

    Where none is within them, those that miss them least.
    """
    program = mix.program
    misses = [missed(program, buys, sells) for sells in options]
    fitting = [s for s, miss in zip(options, misses, strict=True) if miss <= FEASIBLE]
    values = [program.objective(buys, sells) for sells in fitting]
    for value, sells in zip(values, fitting, strict=True):
        if value <= min(values) + EQUAL:
            return sells
    least = int(np.argmin(misses))
    return options[least] if misses[least] <= ACCEPTED else None


def missed(program: Program, buys: Floats, sells: Floats) -> float:
    """Return by how much a plan misses rows, weight limits and cap, fractions of base.

    The cap counts as one on tracking error.
    """
    after = program.after(buys, sells)
    most = float(np.max(np.maximum(program.lower - after, after - program.upper)))
    for row in program.rows:
        value = program.row_value(row, buys, sells)
        most = max(most, value - row.upper, row.lower - value)
    if np.isfinite(program.variance_cap):
        error = np.sqrt(program.variance(buys, sells))
        most = max(most, float(error - np.sqrt(program.variance_cap)))
    own = program.own_misses(buys, sells)
    return max([most, *(over for over in own if over > TOLERANCE)])


def _spreads(mix: Mix, point: Point, sold: Floats) -> Iterator[Floats]:
    """Yield lot sales: by unit cost, by price at the multipliers, as solved."""
    unit = unit_costs(mix.program, mix.blocks)[mix.cells.pair]
    cheapest = _ordered(mix, unit, sold)
    yield cheapest
    fixed = in_order(mix.program)
    told_apart = np.where(
        fixed[mix.blocks.lot[mix.cells.pair]], 0.0, _row_prices(mix, point)
    )
    if np.any(told_apart):
        yield _ordered(mix, unit + told_apart, sold)
    for dust in (DUST, 0.0):
        yield np.where(fixed, cheapest, _as_solved(mix, point, sold, dust))


def in_order(program: Program) -> Flags:
    """Return the lots whose order is not the optimizer's to choose, (lots,)."""
    fixed = np.zeros(len(program.lots), dtype=np.bool_)
    for group in program.groups:
        fixed[group.lots] |= group.ordered
    return fixed


def _row_prices(mix: Mix, point: Point) -> Floats:
    """Return what the rows charge per unit sold beyond a security's cheapest lot."""
    lots, cells = mix.program.lots, mix.cells
    lot, gain = mix.blocks.lot[cells.pair], mix.blocks.gain[cells.pair]
    price = np.zeros(len(lot))
    for row, mu in zip(mix.program.rows, point.rows, strict=True):
        counted = np.where(lots.long_term[lot], row.long, row.short) * gain
        price += mu * (row.sell[lot] + counted)
    least = np.full(len(cells.block), np.inf)
    np.minimum.at(least, cells.owner, price)
    beyond: Floats = price - least[cells.owner]
    return beyond


def _ordered(mix: Mix, price: Floats, sold: Floats) -> Floats:
    """Sell floors, then spread the rest over lots, cheapest first; ties in order.

    Ties in a fixed relief order have the lower gain first.
    """
    blocks, cells = mix.blocks, mix.cells
    floor, cap = cells.floor, blocks.cap[cells.pair]
    fixed = in_order(mix.program)[blocks.lot[cells.pair]]
    tie = np.where(fixed, blocks.gain[cells.pair], 0.0)
    order = np.lexsort((np.arange(len(price)), tie, price, cells.owner))
    owner, width = cells.owner[order], (cap - floor)[order]
    forced = totals(cells.owner, floor, len(sold))
    left = np.maximum(sold - forced, 0.0)[owner] - sums_before(owner, width)
    sells = np.zeros(len(mix.program.lots))
    sells[blocks.lot[cells.pair[order]]] = floor[order] + np.clip(left, 0.0, width)
    return sells


def _as_solved(mix: Mix, point: Point, sold: Floats, dust: float) -> Floats:
    """Return the point's own lot sales; ends within the dust are taken."""
    blocks, cells = mix.blocks, mix.cells
    lot = blocks.lot[cells.pair]
    floor, cap = cells.floor, blocks.cap[cells.pair]
    own = _snap(point.sells[lot], floor, cap, dust)
    sells = np.zeros(len(mix.program.lots))
    sells[lot] = np.where(sold[cells.owner] > 0.0, own, 0.0)
    return sells
