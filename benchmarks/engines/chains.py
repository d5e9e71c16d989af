# SPDX-License-Identifier: Apache-2.0
"""What each block may sell as chains: lots of equal price merged, cheapest first.

At flat rates, with rows that do not tell lots of a security apart, the order of sale
is fixed, so that a block's cost is a function of its weight alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program, Row
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.groups import sums_before, totals
from di_optimizer.solve.reference.cells import ranges, two_sided, unit_costs

FLAT = 1e-15  # annualised variance × γ; below it a block counts as linear


class NotCoveredError(Exception):
    """The program has what this formulation cannot say."""


@dataclass(frozen=True, kw_only=True)
class Chains:
    """Blocks with their sales in order; shapes (blocks,) and (links,).

    Attributes
    ----------
    security, choice : (blocks,)
    curvature, active : (blocks,)
        γd, and weight less benchmark after forced sales.
    forced, paid : (blocks,)
        What has to be sold before the chain begins, and what that costs.
    must, room, buy_cost : (blocks,)
        Least and most to buy; −1 as room where buying is closed.
    first : (blocks,)
        Of the chain, what has to be sold.
    row_buy, row_sell : (rows, blocks)
        Coefficients per unit bought and sold.
    owner, unit, start, width : (links,)
        Block, price, chain before it, and length of each link.
    """

    security: Ints
    choice: Ints
    curvature: Floats
    active: Floats
    held: Floats
    forced: Floats
    paid: Floats
    must: Floats
    room: Floats
    buy_cost: Floats
    first: Floats
    row_buy: Floats
    row_sell: Floats
    kinked: Flags
    owner: Ints
    unit: Floats
    start: Floats
    width: Floats

    @property
    def count(self) -> int:
        """Number of blocks."""
        return len(self.security)


def chains_of(program: Program, blocks: Blocks) -> Chains:
    """Return the chains of blocks.

    Raises
    ------
    NotCoveredError
        For a netted bill, rows on gains, rows that tell lots of a security apart,
        and fixed relief orders.
    """
    _check(program)
    own, limits = blocks.security, ranges(program, blocks)
    unit = unit_costs(program, blocks)
    forced = blocks.per_block(blocks.floor)
    owner, price, start, width = _links(blocks, unit)
    width = np.minimum(width, np.maximum(limits.sell_high - forced, 0.0)[owner] - start)
    closed = ~limits.can_sell
    width = np.where(closed[owner], 0.0, np.maximum(width, 0.0))
    keep = width > 0.0
    cheapest = np.full(blocks.count, np.inf)
    np.minimum.at(cheapest, owner[keep], price[keep])
    rows = np.array([_sell_row(program, row) for row in program.rows])
    return Chains(
        security=own,
        choice=blocks.choice,
        curvature=np.maximum((program.gamma * program.specific)[own], FLAT),
        active=(program.held - program.benchmark)[own] - forced,
        held=program.held[own],
        forced=forced,
        paid=blocks.per_block(blocks.floor * unit),
        must=limits.buy_low,
        room=np.where(limits.can_buy, limits.buy_high, -1.0),
        buy_cost=blocks.buy_cost,
        first=np.maximum(limits.sell_low - forced, 0.0),
        row_buy=np.array([row.buy[own] for row in program.rows]).reshape(-1, len(own)),
        row_sell=rows.reshape(-1, program.n)[:, own],
        kinked=two_sided(limits) & (cheapest + blocks.buy_cost < 0.0),
        owner=owner[keep],
        unit=price[keep],
        start=start[keep],
        width=width[keep],
    )


def _check(program: Program) -> None:
    netted = program.netting is not None
    by_gain = any(row.short or row.long for row in program.rows)
    ordered = any(group.ordered or group.wash is not None for group in program.groups)
    if netted or by_gain or ordered:
        raise NotCoveredError("a netted bill, rows on gains, or a mode with more to it")


def _links(blocks: Blocks, unit: Floats) -> tuple[Ints, Floats, Floats, Floats]:
    """Return owner, price, start and width of lots merged by block and price."""
    order = np.lexsort((unit, blocks.owner))
    owner, price = blocks.owner[order], unit[order]
    width = (blocks.cap - blocks.floor)[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (owner[1:] != owner[:-1]) | (price[1:] != price[:-1])
    width = totals(np.cumsum(new) - 1, width, int(new.sum()))
    return owner[new], price[new], sums_before(owner[new], width), width


def _sell_row(program: Program, row: Row) -> Floats:
    """Return a row's coefficient per unit sold of each security, (n,)."""
    lots, found = program.lots, np.zeros(program.n)
    found[lots.security] = row.sell
    if not np.array_equal(found[lots.security], row.sell):
        raise NotCoveredError(f"row {row.name} tells lots of a security apart")
    return found


@dataclass(frozen=True)
class Bridges:
    """The straight parts of convex envelopes of kinked blocks, (blocks,) each.

    From ``sold`` out of the chain to ``bought`` the envelope has ``slope``; both are 0
    where a block is not kinked.
    """

    sold: Floats
    bought: Floats
    slope: Floats


def bridges_of(chains: Chains) -> Bridges:
    """Return the common tangents of the two sides of kinked blocks.

    At the tangent's slope both sides have the same least Lagrangian; their
    difference rises with the slope, so that a safeguarded Newton method finds it.
    """
    slope = 2.0 * chains.curvature * chains.active + chains.buy_cost
    low, high = np.full(chains.count, -1e3), np.full(chains.count, 1e3)
    ahead, sold, bought = _sides(chains, slope)
    for _ in range(80):
        if np.max(np.abs(ahead), initial=0.0) < 1e-13:
            break
        high, low = np.where(ahead > 0.0, slope, high), np.where(ahead < 0, slope, low)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = slope - ahead / (sold + bought)
        inside = (newton > low) & (newton < high)
        step = np.where(inside, newton, (low + high) / 2.0)
        slope = np.where(ahead == 0.0, slope, step)
        ahead, sold, bought = _sides(chains, slope)
    kinked = chains.kinked
    return Bridges(np.where(kinked, sold, 0.0), np.where(kinked, bought, 0.0), slope)


def _sides(chains: Chains, slope: Floats) -> tuple[Floats, Floats, Floats]:
    """Return by how much selling is dearer than buying, and both optimal amounts."""
    own, twice = chains.owner, 2.0 * chains.curvature
    parabola = chains.active - slope / twice
    wanted = parabola[own] - chains.unit / twice[own] - chains.start
    sales = np.minimum(np.maximum(wanted, 0.0), chains.width)
    sold = totals(own, sales, chains.count)
    paid = totals(own, sales * chains.unit, chains.count)
    bought = np.clip(-parabola - chains.buy_cost / twice, 0.0, chains.room)
    selling = chains.curvature * (chains.active - sold) ** 2 + paid + slope * sold
    buying = chains.curvature * (chains.active + bought) ** 2
    buying += (chains.buy_cost - slope) * bought
    return np.where(chains.kinked, selling - buying, 0.0), sold, bought
