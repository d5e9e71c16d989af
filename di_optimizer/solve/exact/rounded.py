# SPDX-License-Identifier: Apache-2.0
"""A point in whole steps near one that is not: rows first, then the objective.

Trades move by a step or to another kind, one at a time or two against each other. A
plain descent: it gives SCIP's own search something to start from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import NEAR
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.counts import whole
from di_optimizer.solve.exact.ends import ends_of
from di_optimizer.solve.exact.moves import Moves, Table, table_of, weight_of_rows
from di_optimizer.solve.exact.picked import Picked
from di_optimizer.solve.groups import totals
from di_optimizer.solve.pieces import at_piece

KEPT = 1e-10  # fraction of base; rows are kept to this
BETTER = 1e-10  # fraction of base; a gain below it is none
STEPS = 400  # of repair, and of the descent
PAIRS = 600  # moves that are tried against each other


@dataclass
class _State:
    """Where the descent is."""

    table: Table
    now: Moves
    price: Floats
    added: Floats
    rows: Floats
    factors: Floats
    weight: Floats

    def take(self, security: int, move: Moves) -> None:
        """Move one security."""
        table = self.table
        delta = table.trade(move)[0] - table.trade(self.now.at(np.array([security])))[0]
        self.now.cell[security], self.now.amount[security] = (
            move.cell[0],
            move.amount[0],
        )
        added = table.rows(move)[:, 0]
        self.rows += added - self.added[:, security]
        self.added[:, security] = added
        self.price[security] = table.price(move)[0]
        self.factors += delta * table.program.exposures[security]

    def missed(self, rows: Floats) -> Floats:
        """Return by how much rows are missed, for (rows, ...) values."""
        shape = (-1, *([1] * (rows.ndim - 1)))
        low, high = self.table.lower.reshape(shape), self.table.upper.reshape(shape)
        outside = np.maximum(np.maximum(low - rows, rows - high), 0.0)
        found: Floats = np.tensordot(self.weight, outside, axes=1)
        return found


def rounded(program: Program, cells: Cells, picked: Picked) -> Picked:
    """Return a point like this one in whole steps that keeps the rows if it can.

    The point is returned as it is where an amount without steps is open: these are
    solved for later, and take up what rounding leaves.
    """
    cell = picked.cell
    stepped = whole(cells)[cell] | (cells.low[cell] == cells.high[cell])
    if not stepped.all():
        return picked
    state = _start(at_piece(program, picked.piece), cells, picked)
    _repair(state)
    _descend(state)
    side = cells.side[state.now.cell]
    buys = np.where(side > 0, state.now.amount, 0.0)
    return replace(
        picked,
        buys=buys,
        sells=_spread(program, cells, state.now),
        cell=state.now.cell,
        sides=side.astype(np.int64),
    )


def _spread(program: Program, cells: Cells, now: Moves) -> Floats:
    """Return sales by lot that add up; which lots they are is solved for later."""
    lots = program.lots
    sold = np.where(cells.side[now.cell] < 0, now.amount, 0.0)
    weight = totals(lots.security, lots.weight, program.n)
    part = sold / np.where(weight > 0.0, weight, 1.0)
    found: Floats = part[lots.security] * lots.weight
    return found


def _start(program: Program, cells: Cells, picked: Picked) -> _State:
    table = table_of(program, cells)
    now = Moves(picked.cell.copy(), ends_of(program, cells, picked)[0])
    added = table.rows(now)
    active = program.held - program.benchmark + table.trade(now)
    return _State(
        table=table,
        now=now,
        price=table.price(now),
        added=added,
        rows=added.sum(axis=1),
        factors=program.exposures.T @ active,
        weight=weight_of_rows(program),
    )


@dataclass(frozen=True)
class _Options:
    """Moves from where the descent is: of a security, and what they change."""

    security: Ints
    moves: Moves
    delta: Floats
    gain: Floats
    rows: Floats


def _options(state: _State) -> _Options:
    """Return a step up, a step down, and the nearest end of every other cell."""
    table, cells, now = state.table, state.table.cells, state.now
    step, low, high = (a[now.cell] for a in (cells.step, cells.low, cells.high))
    up, down = now.amount + step, now.amount - step
    some = step > 0.0
    fits = [some & (up <= high + NEAR * step), some & (down >= low - NEAR * step)]
    several = np.arange(len(now.cell))
    inside = cells.choice == cells.choice[now.cell][cells.security]
    other = np.flatnonzero(
        inside & (now.cell[cells.security] != np.arange(len(inside)))
    )
    at = table.trade(now)[cells.security[other]]
    near = np.clip(cells.side[other] * at, cells.low[other], cells.high[other])
    near = np.where(cells.step[other] > 0.0, cells.low[other], near)
    security = [several[fits[0]], several[fits[1]], cells.security[other]]
    moves = Moves(
        np.concatenate([now.cell[fits[0]], now.cell[fits[1]], other]),
        np.concatenate(
            [np.minimum(up, high)[fits[0]], np.maximum(down, low)[fits[1]], near]
        ),
    )
    return _valued(state, np.concatenate(security), moves)


def _valued(state: _State, security: Ints, moves: Moves) -> _Options:
    table, program = state.table, state.table.program
    delta = table.trade(moves) - table.trade(state.now)[security]
    lines = program.exposures[security]
    shared = 2.0 * (lines @ state.factors) * delta
    shared += np.sum(lines**2, axis=1) * delta**2
    gain = table.price(moves) - state.price[security] + program.gamma * shared
    rows = table.rows(moves) - state.added[:, security]
    return _Options(security, moves, delta, gain, rows)


def _repair(state: _State) -> None:
    """Take the moves that cost least for what they mend, until the rows are kept."""
    for _ in range(STEPS):
        missed = float(state.missed(state.rows))
        if missed <= KEPT:
            return
        found = _options(state)
        mended = missed - state.missed(state.rows[:, None] + found.rows)
        useful = np.flatnonzero(mended > 1e-3 * KEPT)
        if not len(useful):
            return
        best = useful[np.argmin(found.gain[useful] / mended[useful])]
        state.take(int(found.security[best]), found.moves.at(np.array([best])))


def _descend(state: _State) -> None:
    """Take the best single move or pair of moves until there is none."""
    for _ in range(STEPS):
        most = max(float(state.missed(state.rows)), KEPT)
        found = _options(state)
        fits = state.missed(state.rows[:, None] + found.rows) <= most
        chosen = _single(found, fits)
        if not len(chosen):
            chosen = _pair(state, found, most)
        if not len(chosen):
            return
        for one in chosen:
            state.take(int(found.security[one]), found.moves.at(np.array([one])))


def _single(found: _Options, fits: Flags) -> Ints:
    value = np.where(fits, found.gain, np.inf)
    best = int(np.argmin(value)) if len(value) else -1
    return np.array([best] if best >= 0 and value[best] < -BETTER else [], dtype=int)


def _pair(state: _State, found: _Options, most: float) -> Ints:
    """Return the best two moves, of the moves that promise most at the best price."""
    program = state.table.program
    price = _price_of_rows(found)
    order = np.argsort(found.gain + price @ found.rows, kind="stable")[:PAIRS]
    lines = program.exposures[found.security[order]] * found.delta[order][:, None]
    value = found.gain[order][:, None] + found.gain[order][None, :]
    value = value + 2.0 * program.gamma * (lines @ lines.T)
    own = found.security[order]
    value[own[:, None] == own[None, :]] = np.inf
    value = np.triu(value, 1) + np.tril(np.full_like(value, np.inf))
    first, second = np.nonzero(value < -BETTER)
    if not len(first):
        return np.zeros(0, dtype=np.int64)
    rows = found.rows[:, order]
    after = state.rows[:, None] + rows[:, first] + rows[:, second]
    total = np.where(state.missed(after) <= most, value[first, second], np.inf)
    best = int(np.argmin(total))
    if not np.isfinite(total[best]):
        return np.zeros(0, dtype=np.int64)
    pair: Ints = order[[first[best], second[best]]]
    return pair


def _price_of_rows(found: _Options) -> Floats:
    """Return the prices of rows at which the moves' gains are most even, (rows,)."""
    if not found.rows.size:
        return np.zeros(len(found.rows))
    prices = -np.linalg.lstsq(found.rows.T, found.gain, rcond=None)[0]
    return np.asarray(prices, dtype=np.float64)
