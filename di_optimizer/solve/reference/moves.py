# SPDX-License-Identifier: Apache-2.0
"""What moving a security to another rung does to the objective and to the rows.

Everything is at fixed modes and flat rates, with the lots of a security sold in one
order; there, changes of one security are exact, and two only meet in the risk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program, at_modes
from di_optimizer.program.sizes import EXIT, HOLD
from di_optimizer.solve.groups import sums_before, totals
from di_optimizer.solve.reference.kinds import sizes_of
from di_optimizer.solve.reference.ladder import Ladder, ladder_of


@dataclass(frozen=True, kw_only=True)
class Terrain:
    """A program at fixed modes, its ladder, and the order in which lots are sold.

    ``order`` (lots,) sorts lots by security and then by price. Running sums go over
    every security's floors and then over the rest of its lots: ``amount``
    (2 lots + 1,) of what is sold, ``sums`` (rows + 1, 2 lots + 1) of what that adds
    to each row and, last, to the objective. ``begin`` (n,) is where each security
    begins in them.
    """

    program: Program
    ladder: Ladder
    order: Ints
    amount: Floats
    sums: Floats
    begin: Floats

    @property
    def free(self) -> Flags:
        """Securities of which any amount may be traded, (n,)."""
        found: Flags = sizes_of(self.program).step == 0.0
        return found

    def own(self, at: Ints, rungs: Ints) -> Floats:
        """Return what securities add to each row and, last, to the objective.

        Without risk; (rows + 1, entries).
        """
        program, net = self.program, self.ladder.net(at, rungs)
        kind = self.ladder.kinds(at, rungs)
        bought, sold = np.maximum(net, 0.0), np.maximum(-net, 0.0)
        held = (kind != EXIT) & ((program.held[at] > 0.0) | (bought > 0.0))
        end = self.begin[at] + sold
        found = np.array([np.interp(end, self.amount, row) for row in self.sums])
        found -= np.array(
            [np.interp(self.begin[at], self.amount, r) for r in self.sums]
        )
        for value, row in zip(found, program.rows, strict=False):
            value += row.buy[at] * bought
            value += 0.0 if row.names is None else row.names[at] * held
            value += 0.0 if row.trades is None else row.trades[at] * (kind != HOLD)
        found[-1] += program.buy_cost[at] * bought
        found[-1] += sizes_of(program).ticket[at] * (kind != HOLD)
        return found

    def plan(self, rungs: Ints) -> tuple[Floats, Floats]:
        """Return purchases (n,) and lot sales (lots,)."""
        every, lots = np.arange(self.program.n), self.program.lots
        net = self.ladder.net(every, rungs)
        leaves = self.ladder.kinds(every, rungs) == EXIT
        width = (lots.cap - lots.floor)[self.order]
        owner = lots.security[self.order]
        forced = totals(lots.security, lots.floor, self.program.n)
        left = (np.maximum(-net, 0.0) - forced)[owner] - sums_before(owner, width)
        sells = np.zeros(len(lots))
        sells[self.order] = np.clip(left, 0.0, width)
        sells = np.where((net < 0.0)[lots.security], sells + lots.floor, 0.0)
        sells = np.where(leaves[lots.security], lots.weight, sells)
        return np.maximum(net, 0.0), sells


def terrain_of(program: Program, modes: Ints, net: Floats, price: Floats) -> Terrain:
    """Return the terrain at fixed modes.

    Parameters
    ----------
    program : Program
        At flat rates.
    net : (n,)
        Trades that are on a rung where any amount is allowed.
    price : (lots,)
        By which the lots of a security are ordered; the cheapest goes first.
    """
    fixed = at_modes(program, modes)
    lots = fixed.lots
    order = np.lexsort((np.arange(len(lots)), price, lots.security))
    both = np.concatenate([order, order])
    late = np.repeat([0, 1], len(order))
    width = np.where(late == 0, lots.floor[both], (lots.cap - lots.floor)[both])
    queue = np.lexsort((np.arange(len(both)), late, lots.security[both]))
    lot, width = both[queue], width[queue]
    slopes = [_sale(fixed, number)[lot] for number in range(len(fixed.rows))]
    slopes.append(lots.unit[lot])
    amount = np.concatenate([[0.0], np.cumsum(width)])
    first = np.searchsorted(lots.security[lot], np.arange(fixed.n))
    return Terrain(
        program=fixed,
        ladder=ladder_of(program, modes, net),
        order=order,
        amount=amount,
        sums=np.array([np.concatenate([[0.0], np.cumsum(width * s)]) for s in slopes]),
        begin=amount[first],
    )


def _sale(program: Program, number: int) -> Floats:
    """Return what a unit sold of each lot adds to a row, (lots,)."""
    row, lots = program.rows[number], program.lots
    gain = np.where(lots.long_term, row.long, row.short) * lots.gain
    found: Floats = row.sell + gain
    return found


@dataclass(frozen=True)
class Place:
    """Rungs of all securities, with the rows' values and the slope of the risk.

    ``rows`` (rows + 1,) has the tracking variance last.
    """

    rungs: Ints
    rows: Floats
    slope: Floats


def place_of(terrain: Terrain, rungs: Ints) -> Place:
    """Return where rungs lead to."""
    program, every = terrain.program, np.arange(terrain.program.n)
    active = program.held + terrain.ladder.net(every, rungs) - program.benchmark
    factor = program.exposures.T @ active
    variance = float(factor @ factor + program.specific @ active**2)
    offset = np.array([row.offset for row in program.rows])
    values = offset + terrain.own(every, rungs)[:-1].sum(axis=1)
    slope = 2.0 * (program.exposures @ factor + program.specific * active)
    return Place(rungs, np.append(values, variance), slope)


@dataclass(frozen=True, kw_only=True)
class Moves:
    """Moves of one security each to another rung; shapes (moves,).

    ``change`` is that of the objective, ``shift`` that of the weight; ``rows``
    (rows + 1, moves) has the variance last.
    """

    security: Ints
    rung: Ints
    shift: Floats
    change: Floats
    rows: Floats

    def only(self, keep: Ints) -> Moves:
        """Return some of the moves."""
        return Moves(
            security=self.security[keep],
            rung=self.rung[keep],
            shift=self.shift[keep],
            change=self.change[keep],
            rows=self.rows[:, keep],
        )


def moves_of(terrain: Terrain, place: Place, counts: list[Ints]) -> Moves:
    """Return the moves by some numbers of rungs, up and down, and to other kinds.

    Parameters
    ----------
    counts : list of (n,)
        How many rungs each security moves.
    """
    program, total = terrain.program, terrain.ladder.total
    every = np.arange(program.n)
    targets = [place.rungs + sign * count for count in counts for sign in (-1, 1)]
    targets += terrain.ladder.ends()
    rung = np.clip(np.concatenate(targets), 0, np.tile(total - 1, len(targets)))
    security = np.tile(every, len(targets))
    _, first = np.unique(security * (int(total.max()) + 1) + rung, return_index=True)
    at, rung = security[first], rung[first]
    moved = rung != place.rungs[at]
    at, rung = at[moved], rung[moved]
    here = terrain.own(every, place.rungs)[:, at]
    net = terrain.ladder.net
    shift = net(at, rung) - net(at, place.rungs[at])
    added = terrain.own(at, rung) - here
    own = np.einsum("ij,ij->i", program.exposures, program.exposures)
    variance = place.slope[at] * shift + (own + program.specific)[at] * shift**2
    return Moves(
        security=at,
        rung=rung,
        shift=shift,
        change=added[-1] + program.gamma * variance,
        rows=np.vstack([added[:-1], variance]),
    )
