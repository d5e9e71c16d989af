# SPDX-License-Identifier: Apache-2.0
"""Sizes and counts around an elastic linear program, as a mixed-integer one.

Columns: those of the linear program (purchases, sales of lots, moved sales); then by
security whether it is bought, sold, sold just as forced, or exited, and how many
steps are bought and sold. Groups are relaxed; amounts are in thousandths of base,
since a solver's tolerances are absolute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array, diags_array, eye_array, hstack

from di_optimizer.program.program import Flags, Floats, Program
from di_optimizer.program.sizes import DUST, Sizes
from di_optimizer.solve.elastic import Box, Elastic, box_of, elastic_of
from di_optimizer.solve.groups import totals

SCALE = 1e3
FAR = 2.0  # fraction of base; nobody buys more
KINDS = 4  # columns of each security that say which kind of trade
COLUMNS = ("bought", "sold", "moved", "buy", "sale", "forced", "exit", "k", "m")


@dataclass(frozen=True)
class Ties:
    """low ≤ A z ≤ high: what ties amounts to kinds of trade."""

    matrix: csr_array
    low: Floats
    high: Floats


@dataclass(frozen=True)
class SizedModel:
    """The elastic lines with what counts add to each, and everything hard.

    ``counts`` (lines, 6n) by kinds and steps; ``offset`` (lines,) what counts add to
    a line as things are; ``high`` and ``whole`` by column.
    """

    elastic: Elastic
    counts: csc_array
    offset: Floats
    ties: tuple[Ties, ...]
    high: Floats
    whole: Flags


@dataclass(frozen=True)
class _Facts:
    """What of a program is needed by security, (n,) each but for the owners."""

    sizes: Sizes
    own: coo_array
    weight: Floats
    forced: Floats
    room: Floats
    held: Floats
    kept: Flags
    gridded: Flags


def sized_model(program: Program) -> SizedModel:
    """Return the mixed-integer program around a program's limits."""
    box = box_of(program)
    plain = (replace(row, names=None, trades=None) for row in program.rows)
    elastic = elastic_of(replace(program, rows=tuple(plain)))
    facts = _facts(program, box)
    high = _most(facts, elastic)
    counts, offset = _counts(program, elastic)
    return SizedModel(
        elastic=elastic,
        counts=counts,
        offset=offset,
        ties=tuple(_ties(facts)),
        high=high,
        whole=np.arange(len(high)) >= len(elastic.high),
    )


def _facts(program: Program, box: Box) -> _Facts:
    n, lots, count = program.n, program.lots, len(program.lots)
    sizes = program.sizes or Sizes.any(n)
    room = np.maximum(program.upper - program.held, 0.0)
    named = np.array([bool(name) for name in program.upper_name])
    grouped = np.zeros(n, dtype=np.bool_)
    for group in program.groups:
        grouped[group.securities] = True
    stays = (lots.weight - box.cap > DUST).astype(np.float64)
    return _Facts(
        sizes=sizes,
        own=coo_array((np.ones(count), (lots.security, np.arange(count))), (n, count)),
        weight=totals(lots.security, lots.weight, n),
        forced=totals(lots.security, box.floor, n),
        room=np.where(named, np.maximum(room, FAR), room),
        held=program.held,
        kept=totals(lots.security, stays, n) > 0.0,
        gridded=(sizes.step > 0.0) & ~grouped,
    )


def _most(facts: _Facts, elastic: Elastic) -> Floats:
    """Return the most of each column."""
    step = np.where(facts.sizes.step > 0.0, facts.sizes.step, np.inf)
    exits = ~facts.kept & (facts.weight > 0.0)
    exits &= np.abs(facts.held - facts.weight) <= DUST
    kinds = facts.room > 0.0, facts.weight > 0.0, facts.gridded & (facts.forced > 0.0)
    steps = (np.floor((most + DUST) / step) for most in (facts.room, facts.weight))
    return np.concatenate(
        [SCALE * elastic.high, *(k * 1.0 for k in (*kinds, exits)), *steps]
    )


def _counts(program: Program, elastic: Elastic) -> tuple[csc_array, Floats]:
    """Return what the counts of rows add to lines, and what they are as it is."""
    n, lines = program.n, len(elastic.names)
    held, offset = program.held > 0.0, np.zeros(lines)
    columns: list[Floats] = []
    places: list[int] = []
    for line in np.flatnonzero(elastic.row >= 0).tolist():
        row, sign = program.rows[elastic.row[line]], float(elastic.sign[line])
        each = np.zeros((KINDS + 2, n))
        if row.names is not None:
            each[0] += np.where(held, 0.0, row.names)
            each[KINDS - 1] -= np.where(held, row.names, 0.0)
            offset[line] = sign * float(row.names @ held)
        if row.trades is not None:
            each[:KINDS] += row.trades
        if each.any():
            places.append(line)
            columns.append(sign * each.ravel())
    table = np.array(columns).reshape(-1, (KINDS + 2) * n)
    rows = np.repeat(np.array(places, dtype=np.int64), table.shape[1])
    entries = np.tile(np.arange(table.shape[1]), len(places))
    matrix = coo_array((table.ravel(), (rows, entries)), (lines, table.shape[1]))
    return csc_array(matrix), offset


def _ties(facts: _Facts) -> Iterator[Ties]:
    """Yield what an amount of each kind may be, and what may be left afterwards."""
    sizes, own, held = facts.sizes, facts.own, facts.held > 0.0
    one = eye_array(len(held))
    kept = sizes.least_held
    yield _tie(facts, 0.0, 1.0, buy=one, sale=one, forced=one, exit=one)
    yield _tie(facts, -np.inf, 0.0, bought=one, buy=_times(-facts.room))
    yield _tie(facts, 0.0, np.inf, bought=one, buy=_times(-sizes.least_buy))
    all_, least = _times(-facts.weight), _times(-sizes.least_sell)
    yield _tie(facts, -np.inf, 0.0, sold=own, sale=all_, forced=all_, exit=all_)
    yield _tie(facts, 0.0, np.inf, sold=own, sale=least, forced=least)
    yield _tie(facts, 0.0, np.inf, sold=own, exit=all_)
    yield _tie(
        facts,
        SCALE * (np.where(held, kept, 0.0) - facts.held),
        np.inf,
        bought=one,
        sold=-own,
        exit=_times(np.where(held, kept, 0.0)),
        buy=_times(np.where(held, 0.0, -kept)),
    )
    yield from _steps(facts)


def _steps(facts: _Facts) -> Iterator[Ties]:
    """Yield that amounts are steps; an exit is any amount, a forced one its own."""
    grid, one = facts.sizes.step > 0.0, eye_array(len(facts.held))
    step = _times(-facts.sizes.step)
    yield _some(_tie(facts, 0.0, 0.0, bought=one, k=step), grid)
    yield _some(_tie(facts, 0.0, np.inf, k=one, buy=-one), grid)
    apart = {"exit": _times(-facts.weight), "forced": _times(-facts.forced)}
    sold = _tie(facts, 0.0, 0.0, sold=facts.own, m=step, **apart)
    yield _some(sold, facts.gridded)
    most = np.floor((facts.weight + DUST) / np.where(grid, facts.sizes.step, np.inf))
    yield _some(_tie(facts, 0.0, np.inf, m=one, sale=-one), facts.gridded)
    most_steps = _tie(facts, -np.inf, 0.0, m=one, sale=diags_array(-most))
    yield _some(most_steps, facts.gridded)


def _times(amounts: Floats) -> Any:
    return diags_array(SCALE * amounts)


def _tie(
    facts: _Facts, low: float | Floats, high: float | Floats, **parts: Any
) -> Ties:
    """Return one line a security from what it has in some columns."""
    n, lots = facts.own.shape
    wide, none = coo_array((n, lots)), coo_array((n, n))
    empty = {"sold": wide, "moved": wide}
    blocks = [parts.get(name, empty.get(name, none)) for name in COLUMNS]
    ends = (np.broadcast_to(end, n).astype(np.float64) for end in (low, high))
    return Ties(csr_array(hstack(blocks)), *ends)


def _some(ties: Ties, rows: Flags) -> Ties:
    """Return some of the lines."""
    return Ties(
        csr_array(ties.matrix[np.flatnonzero(rows)]), ties.low[rows], ties.high[rows]
    )
