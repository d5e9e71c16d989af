# SPDX-License-Identifier: Apache-2.0
"""From SCIP's answer to a clean plan: the choices are kept, the amounts made exact.

A plan that is returned misses no limit by more than :data:`FEASIBLE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Flags, Floats, Program, at_modes
from di_optimizer.solve.exact.cells import NONE, Cells
from di_optimizer.solve.exact.convex import Convex, convex_of, solve_convex
from di_optimizer.solve.exact.ends import ends_of
from di_optimizer.solve.exact.model import unit_costs
from di_optimizer.solve.exact.picked import Picked
from di_optimizer.solve.exact.sized import is_sized
from di_optimizer.solve.groups import sums_before, totals
from di_optimizer.solve.pieces import at_piece
from di_optimizer.solve.solution import Attempt

FEASIBLE = 1e-9  # fraction of base; what a returned plan may miss a limit by
DUST = 1e-9  # fraction of base; trades this close to an end of their range take it
EQUAL = 1e-11  # fraction of base; objectives this close count as equal


@dataclass(frozen=True)
class Plan:
    """A plan with its true objective, and the one that its modes charge."""

    picked: Picked
    buys: Floats
    sells: Floats
    objective: float
    charged: float


def polished(
    program: Program, cells: Cells, picked: Picked
) -> tuple[Plan | None, list[Attempt]]:
    """Return the best clean plan at SCIP's choices, or None, and what was tried."""
    if np.any(picked.cell == NONE):
        return None, []
    fixed, at = at_modes(program, picked.modes), at_piece(program, picked.piece)
    convex = convex_of(at, cells, picked.cell, ends_of(program, cells, picked))
    point, attempts = solve_convex(convex)
    if point is not None and convex.margin > 0.0:
        near = replace(picked, buys=point[0], sells=point[1])
        ends = ends_of(program, cells, near, fine=True)
        convex = convex_of(at, cells, picked.cell, ends)
        point, more = solve_convex(convex)
        attempts += more
    points = [p for p in (point, (picked.buys, picked.sells)) if p is not None]
    options = [o for p in points for o in _cleaned(convex, *p)]
    fitting = [
        o
        for o in options
        if missed(program, *o) <= FEASIBLE and of_allowed_size(fixed, *o).all()
    ]
    if not fitting:
        return None, attempts
    values = [program.objective(*option) for option in fitting]
    best = next(i for i, value in enumerate(values) if value <= min(values) + EQUAL)
    charged = fixed.objective(*fitting[best])
    return Plan(picked, *fitting[best], values[best], charged), attempts


def missed(program: Program, buys: Floats, sells: Floats) -> float:
    """Return by how much a plan misses rows, weights and caps, fraction of base.

    The cap on variance counts as one on tracking error.
    """
    after = program.after(buys, sells)
    misses = [float(np.max(np.maximum(program.lower - after, after - program.upper)))]
    for row in program.rows:
        value = program.row_value(row, buys, sells)
        misses += [value - row.upper, row.lower - value]
    if np.isfinite(program.variance_cap):
        error = np.sqrt(program.variance(buys, sells))
        misses.append(float(error - np.sqrt(program.variance_cap)))
    if program.netting is not None:
        bill = program.netting.bill(*program.realised(buys, sells))
        misses.append(bill - program.netting.cap)
    return max(misses)


def _cleaned(
    convex: Convex, buys: Floats, sells: Floats
) -> Iterator[tuple[Floats, Floats]]:
    """Yield a point without dust: cheapest lots first, as solved, and unsnapped."""
    program, cells = convex.program, convex.cells
    fixed = _in_order(program)
    ordered = _cheapest(convex, sells)
    for dust in (DUST, 0.0):
        clean = np.zeros(program.n)
        clean[convex.buyer] = _snap(
            buys[convex.buyer],
            convex.low[convex.buyer],
            convex.high[convex.buyer],
            dust,
        )
        pair, sold = cells.pair[convex.sale], np.zeros(len(program.lots))
        sold[convex.lot] = _snap(
            sells[convex.lot], cells.blocks.floor[pair], cells.blocks.cap[pair], dust
        )
        yield clean, ordered
        if is_sized(program):
            sold = _levelled(convex, sold)
        yield clean, np.where(fixed, ordered, sold)


def _levelled(convex: Convex, sold: Floats) -> Floats:
    """Move sales within their lots' limits until securities trade what they may."""
    lots, cells = convex.program.lots, convex.cells
    pair, own = cells.pair[convex.sale], lots.security[convex.lot]
    found = sold[convex.lot]
    floor, cap = cells.blocks.floor[pair], cells.blocks.cap[pair]
    amount = totals(own, found, convex.program.n)
    missing = np.clip(amount, convex.low, convex.high) - amount
    for more in (True, False):
        room = cap - found if more else found - floor
        wanted = np.maximum(missing if more else -missing, 0.0)[own]
        order = np.argsort(own, kind="stable")
        taken = np.zeros(len(found))
        left = wanted[order] - sums_before(own[order], room[order])
        taken[order] = np.clip(left, 0.0, room[order])
        found = found + taken if more else found - taken
    levelled = np.zeros(len(sold))
    levelled[convex.lot] = np.clip(found, floor, cap)
    return levelled


def _snap(amount: Floats, low: Floats, high: Floats, dust: float) -> Floats:
    """Clip to [low, high] and take an end that is within the dust, low before high."""
    clipped = np.minimum(np.maximum(amount, low), high)
    ended = np.where(high - clipped <= dust, high, clipped)
    return np.where(clipped - low <= dust, low, ended)


def _in_order(program: Program) -> Flags:
    """Return the lots whose order is not the optimizer's to choose, (lots,)."""
    fixed = np.zeros(len(program.lots), dtype=np.bool_)
    for group in program.groups:
        fixed[group.lots] |= group.ordered
    return fixed


def _cheapest(convex: Convex, sells: Floats) -> Floats:
    """Sell the same of every security from its cheapest lots; floors come first.

    Equal lots keep their order; in a fixed relief order the lower gain comes first.
    """
    program, cells = convex.program, convex.cells
    lot, pair = convex.lot, cells.pair[convex.sale]
    seller = program.lots.security[lot]
    amount = totals(program.lots.security, sells, program.n)
    selling = cells.side[convex.cell] < 0
    low = np.where(selling, convex.low, 0.0)
    high = np.where(selling, convex.high, 0.0)
    amount = _snap(amount, low, high, DUST)
    floor, cap = cells.blocks.floor[pair], cells.blocks.cap[pair]
    tie = np.where(_in_order(program)[lot], cells.blocks.gain[pair], 0.0)
    price = unit_costs(program, cells)[convex.sale]
    order = np.lexsort((np.arange(len(lot)), tie, price, seller))
    owner, width = seller[order], (cap - floor)[order]
    spare = amount - totals(seller, floor, program.n)
    left = np.maximum(spare, 0.0)[owner] - sums_before(owner, width)
    sold = np.zeros(len(program.lots))
    sold[lot[order]] = floor[order] + np.clip(left, 0.0, width)
    sold[lot] = np.minimum(sold[lot], cap)  # floor + (cap − floor) can round up
    return sold
