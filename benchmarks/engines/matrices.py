# SPDX-License-Identifier: Apache-2.0
"""The convex problem as one vector and its matrices, in per mille and bp.

Securities outside groups are pieces; a group's modes are cells with a share each, in
perspective form (second-order cones). The factors are variables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from benchmarks.engines.chains import Bridges, Chains
from benchmarks.engines.entries import Entries
from benchmarks.engines.pieces import Pieces
from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.groups import totals

WEIGHT = 1e3  # one unit of a weight variable is a per mille of base
BP = 1e4  # one unit of the objective is a bp of base
MARGIN = 2e-7  # rows are tightened by this, so that clean-up cannot break them


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Cells of the blocks in groups: one a block, or one a side where it is kinked.

    ``owner`` and ``link`` are the cell and the chain link of each sale, (sales,).
    """

    block: Ints
    side: Ints
    owner: Ints
    link: Ints

    def __len__(self) -> int:
        return len(self.block)


def cells_of(chains: Chains) -> Cells:
    """Return the cells of all blocks in groups."""
    grouped = chains.choice >= 0
    single = np.flatnonzero(grouped & ~chains.kinked)
    double = np.flatnonzero(grouped & chains.kinked)
    block = np.concatenate([single, double, double])
    ones = np.ones(len(double), dtype=np.int64)
    side = np.concatenate([np.zeros(len(single), dtype=np.int64), ones, -ones])
    seller = np.full(chains.count, -1, dtype=np.int64)
    seller[block[side <= 0]] = np.flatnonzero(side <= 0)
    link = np.flatnonzero(seller[chains.owner] >= 0)
    return Cells(block=block, side=side, owner=seller[chains.owner[link]], link=link)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where each kind of variable is in the vector."""

    piece: Ints
    mode: Ints
    share: Ints
    buy: Ints
    sale: Ints
    risk: Ints
    weight: Ints
    factor: Ints

    @classmethod
    def of(cls, sizes: dict[str, int]) -> Columns:
        """Place kinds of variables behind each other."""
        ends = np.cumsum([*sizes.values()])
        spans = zip(sizes, ends, sizes.values(), strict=True)
        return cls(**{name: np.arange(end - n, end) for name, end, n in spans})

    @property
    def count(self) -> int:
        """Length of the vector."""
        return int(self.factor[-1]) + 1 if len(self.factor) else len(self.weight)


@dataclass(frozen=True, kw_only=True)
class Conic:
    """minimise ½vᵀPv + qᵀv with Av = b, Hv ≤ h, and cones.

    ``square`` is the diagonal of P. The last rows of H are row limits: ``limits``
    has each one's row and sign. Cone i: ‖(middle, last)ᵢ v‖ ≤ firstᵢ v.
    """

    columns: Columns
    square: Floats
    linear: Floats
    equal: csr_array
    equal_side: Floats
    below: csr_array
    below_side: Floats
    limits: tuple[tuple[int, int], ...]
    first: csr_array
    middle: csr_array
    last: csr_array


@dataclass(frozen=True)
class Model:
    """What a conic problem is made from."""

    program: Program
    blocks: Blocks
    chains: Chains
    bridges: Bridges
    pieces: Pieces
    cells: Cells


def conic_of(model: Model) -> Conic:
    """Return the matrices of a problem."""
    program, cells, groups = model.program, model.cells, len(model.cells) > 0
    at = Columns.of(
        {
            "piece": len(model.pieces),
            "mode": len(model.blocks.constant) if groups else 0,
            "share": len(cells),
            "buy": len(cells),
            "sale": len(cells.owner),
            "risk": len(cells),
            "weight": program.n,
            "factor": program.exposures.shape[1],
        }
    )
    below, limits = _below(model, at)
    first, middle, last = _cones(model, at)
    equal = _equal(model, at)
    square, linear = _objective(model, at)
    return Conic(
        columns=at,
        square=square,
        linear=linear,
        equal=equal.matrix(at.count),
        equal_side=equal.side(),
        below=below.matrix(at.count),
        below_side=below.side(),
        limits=limits,
        first=first,
        middle=middle,
        last=last,
    )


def _objective(model: Model, at: Columns) -> tuple[Floats, Floats]:
    chains, pieces, cells = model.chains, model.pieces, model.cells
    square, linear = np.zeros(at.count), np.zeros(at.count)
    square[at.piece] = 2.0 * pieces.square * BP / WEIGHT**2
    square[at.factor] = 2.0
    linear[at.piece] = pieces.slope * BP / WEIGHT
    if len(cells):
        linear[at.mode] = model.blocks.constant * BP
    linear[at.share] = chains.paid[cells.block] * BP
    linear[at.buy] = chains.buy_cost[cells.block] * BP / WEIGHT
    linear[at.sale] = chains.unit[cells.link] * BP / WEIGHT
    linear[at.risk] = 1.0
    return square, linear


def _equal(model: Model, at: Columns) -> Entries:
    """Tie x to pieces and cells and y to x; let shares add up."""
    program, chains, cells = model.program, model.chains, model.cells
    found, own = Entries(), chains.security
    every = np.arange(program.n)
    found.put(every, at.weight, 1.0)
    found.put(own[model.pieces.block], at.piece, -model.pieces.sign)
    found.put(own[cells.block], at.buy, -1.0)
    found.put(own[cells.block[cells.owner]], at.sale, 1.0)
    found.put(own[cells.block], at.share, WEIGHT * chains.forced[cells.block])
    start = program.held.copy()
    plain = ~np.isnan(model.pieces.start)
    start[own[plain]] = model.pieces.start[plain]
    found.end(WEIGHT * start)
    target = np.sqrt(program.gamma * BP) / WEIGHT * program.exposures.T
    k, n = target.shape
    found.put(np.arange(k), at.factor, 1.0)
    found.put(np.repeat(np.arange(k), n), np.tile(at.weight, k), -target.ravel())
    found.end(-target @ (WEIGHT * program.benchmark))
    if len(cells):
        _shares(model, at, found)
    return found


def _shares(model: Model, at: Columns, found: Entries) -> None:
    """Modes of a group add up to one, sides of a block to its mode."""
    blocks, cells = model.blocks, model.cells
    found.put(blocks.group, at.mode, 1.0)
    found.end(np.ones(len(model.program.groups)))
    grouped = np.flatnonzero(model.chains.choice >= 0)
    place = np.full(model.chains.count, -1, dtype=np.int64)
    place[grouped] = np.arange(len(grouped))
    found.put(place[cells.block], at.share, 1.0)
    found.put(np.arange(len(grouped)), at.mode[model.chains.choice[grouped]], -1.0)
    found.end(np.zeros(len(grouped)))


def _below(model: Model, at: Columns) -> tuple[Entries, tuple[tuple[int, int], ...]]:
    found = Entries()
    each = np.arange(len(model.pieces))
    found.put(each, at.piece, 1.0)
    found.end(WEIGHT * model.pieces.width)
    found.put(each, at.piece, -1.0)
    found.end(np.zeros(len(each)))
    if len(model.cells):
        _boxes(model, at, found)
    return found, _rows(model, at, found)


def _boxes(model: Model, at: Columns, found: Entries) -> None:
    """Limits of what cells buy and sell, times their share."""
    chains, cells = model.chains, model.cells
    each, sales, block = np.arange(len(cells)), np.arange(len(at.sale)), cells.block
    room = np.where(cells.side >= 0, np.maximum(chains.room[block], 0.0), 0.0)
    must = np.where(cells.side >= 0, chains.must[block], 0.0)
    found.put(each, at.share, -1.0)
    found.end(np.zeros(len(each)))
    for sign, limit in ((1.0, room), (-1.0, must)):
        found.put(each, at.buy, sign)
        found.put(each, at.share, -sign * WEIGHT * limit)
        found.end(np.zeros(len(each)))
    found.put(sales, at.sale, -1.0)
    found.end(np.zeros(len(sales)))
    found.put(sales, at.sale, 1.0)
    found.put(sales, at.share[cells.owner], -WEIGHT * chains.width[cells.link])
    found.end(np.zeros(len(sales)))
    first = np.where(cells.side <= 0, chains.first[block], 0.0)
    if np.any(first > 0.0):
        found.put(cells.owner, at.sale, -1.0)
        found.put(each, at.share, WEIGHT * first)
        found.end(np.zeros(len(each)))


def _rows(model: Model, at: Columns, found: Entries) -> tuple[tuple[int, int], ...]:
    """Both ends of every row, tightened by the margin."""
    limits = []
    for number, row in enumerate(model.program.rows):
        margin = min(MARGIN, (row.upper - row.lower) / 4.0)
        offset = row.offset + model.pieces.offset[number]
        for sign, limit in ((1, row.upper - margin), (-1, row.lower + margin)):
            if np.isfinite(limit):
                _row(model, at, found, (number, sign))
                found.end(np.array([sign * WEIGHT * (limit - offset)]))
                limits.append((number, sign))
    return tuple(limits)


def _row(model: Model, at: Columns, found: Entries, which: tuple[int, int]) -> None:
    number, sign = which
    chains, cells = model.chains, model.cells
    buy, sell = chains.row_buy[number], chains.row_sell[number]
    parts = (
        (at.piece, model.pieces.rows[number]),
        (at.buy, buy[cells.block]),
        (at.sale, sell[cells.block[cells.owner]]),
        (at.share, WEIGHT * (sell * chains.forced)[cells.block]),
    )
    for columns, values in parts:
        found.put(np.zeros(len(columns), dtype=np.int64), columns, sign * values)


def _cones(model: Model, at: Columns) -> tuple[csr_array, csr_array, csr_array]:
    """(r + λ, 2√γd (active·λ + bought − sold), r − λ): specific risk of each cell."""
    chains, cells = model.chains, model.cells
    each, block = np.arange(len(cells)), cells.block
    root = np.sqrt(chains.curvature[block] * BP) / WEIGHT
    first, middle, last = Entries(), Entries(), Entries()
    for sign, entries in ((1.0, first), (-1.0, last)):
        entries.put(each, at.risk, 1.0)
        entries.put(each, at.share, sign)
        entries.end(np.zeros(len(each)))
    middle.put(each, at.share, 2.0 * root * WEIGHT * chains.active[block])
    middle.put(each, at.buy, 2.0 * root)
    middle.put(cells.owner, at.sale, -2.0 * root[cells.owner])
    middle.end(np.zeros(len(each)))
    return first.matrix(at.count), middle.matrix(at.count), last.matrix(at.count)


def shares(model: Model, at: Columns, v: Floats) -> tuple[Floats, Floats]:
    """Return the share of each mode (choices,), and where blocks lean, (blocks,)."""
    cells = model.cells
    lean = totals(cells.block, cells.side * v[at.share], model.chains.count)
    return v[at.mode], lean
