# SPDX-License-Identifier: Apache-2.0
"""The competitor: two convex solves by cvxpy and Clarabel, as fast as they get.

The relaxation has the convex envelope of every security as pieces, and the modes of
groups in perspective form. Modes and sides are then fixed to where it leans, and the
problem is solved again. What it proves is the better of the two dual values.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.engines.chains import Bridges, bridges_of, chains_of
from benchmarks.engines.convex import FASTEST, Answer, Way, solve
from benchmarks.engines.matrices import (
    BP,
    WEIGHT,
    Conic,
    Model,
    cells_of,
    conic_of,
    shares,
)
from benchmarks.engines.pieces import pieces_of, traded
from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.blocks import FREE, Blocks, blocks_of, open_modes
from di_optimizer.solve.dual import dual_value
from di_optimizer.solve.groups import sums_before
from di_optimizer.solve.reference.cells import unit_costs
from di_optimizer.solve.reference.purify import missed
from di_optimizer.solve.solution import Leaf

DUST = 1e-9  # fraction of base; ends of ranges this near are taken


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The baseline's plan. Objective and bound are fractions of base.

    ``seconds`` is from the program to the plan; ``compile`` and ``solve`` are the
    parts of it in cvxpy and in Clarabel, for both solves. The bound is not in it.
    ``missed`` is by how much the plan misses limits.
    """

    buys: Floats
    sells: Floats
    objective: float
    bound: float
    missed: float
    seconds: float
    compile: float
    solve: float
    iterations: int


@dataclass(frozen=True)
class _Solved:
    """One of the two solves."""

    model: Model
    conic: Conic
    answer: Answer

    @property
    def leaf(self) -> Leaf:
        """Return the multipliers."""
        program = self.model.program
        y = self.answer.v[self.conic.columns.factor]
        return Leaf(
            factors=2.0 * np.sqrt(program.gamma / BP) * y,
            rows=self.answer.rows,
            sides=np.zeros(program.n, dtype=np.int64),
            modes=open_modes(program),
        )


def solve_baseline(program: Program, way: Way = FASTEST) -> Plan:
    """Return the plan of two convex solves; ``way`` is how they get to Clarabel.

    Raises
    ------
    NotCoveredError
        For programs with more than flat rates, affine rows and plain modes.
    FailedError
        When Clarabel fails.
    """
    started = time.perf_counter()
    hull = _hull(program, way)
    solves, chains = [hull], hull.model.chains
    if np.any(chains.kinked) or program.groups:
        modes, sides = _leaning(hull)
        solves.append(_fixed(program, modes, sides, way))
    buys, sells = _plan(solves[-1])
    seconds = time.perf_counter() - started
    return Plan(
        buys=buys,
        sells=sells,
        objective=program.objective(buys, sells),
        bound=max(dual_value(program, found.leaf) for found in solves),
        missed=missed(program, buys, sells),
        seconds=seconds,
        compile=sum(found.answer.compile for found in solves),
        solve=sum(found.answer.solve for found in solves),
        iterations=sum(found.answer.iterations for found in solves),
    )


def _hull(program: Program, way: Way) -> _Solved:
    """Solve the relaxation over the convex hull of every security and group."""
    blocks = blocks_of(program, open_modes(program))
    chains = chains_of(program, blocks)
    alone, none = chains.choice < 0, np.zeros(chains.count, dtype=np.int64)
    bridges = bridges_of(chains)
    pieces = pieces_of(chains, bridges, none, alone)
    model = Model(program, blocks, chains, bridges, pieces, cells_of(chains))
    return _solve(model, way)


def _fixed(program: Program, modes: Ints, sides: Ints, way: Way) -> _Solved:
    """Solve with every group in a mode and every kinked security on a side."""
    blocks = blocks_of(program, modes)
    chains = chains_of(program, blocks)
    alone = np.full(chains.count, FREE, dtype=np.int64)  # one mode is no choice
    chains = replace(chains, choice=alone)
    none = Bridges(*np.zeros((3, chains.count)))
    every = np.ones(chains.count, dtype=np.bool_)
    side = np.where(chains.kinked, sides[chains.security], 0)
    pieces = pieces_of(chains, none, side, every)
    model = Model(program, blocks, chains, none, pieces, cells_of(chains))
    return _solve(model, way)


def _solve(model: Model, way: Way) -> _Solved:
    conic, rows = conic_of(model), len(model.program.rows)
    return _Solved(model, conic, solve(conic, rows, way))


def _leaning(hull: _Solved) -> tuple[Ints, Ints]:
    """Return the mode of each group and the side of each security it leans to.

    Modes by their share; sides by that as well, which on a bridge is the nearer end.
    """
    model, blocks, chains = hull.model, hull.model.blocks, hull.model.chains
    at, v = hull.conic.columns, hull.answer.v
    share, lean = shares(model, at, v)
    modes = np.zeros(len(model.program.groups), dtype=np.int64)
    if len(share):
        order = np.lexsort((-np.arange(len(share)), share))
        modes[blocks.group[order]] = blocks.mode[order]  # the last one written stays
    moved = v[at.weight][chains.security] / WEIGHT - chains.held
    middle = (model.bridges.bought - model.bridges.sold) / 2.0
    lean = np.where(chains.choice < 0, moved - middle, lean)
    sides, chosen = np.zeros(model.program.n, dtype=np.int64), blocks.at(modes)
    sides[chains.security[chosen]] = np.where(lean[chosen] > 0.0, 1, -1)
    return modes, sides


def _plan(found: _Solved) -> tuple[Floats, Floats]:
    """Return purchases (n,) and lot sales (lots,) without an interior point's dust."""
    model, chains = found.model, found.model.chains
    program, own = model.program, chains.security
    z = found.answer.v[found.conic.columns.piece] / WEIGHT
    z = np.where(z <= DUST, 0.0, z)
    z = np.where(model.pieces.width - z <= DUST, model.pieces.width, z)
    bought, sold = traded(chains, model.pieces, z)
    both = np.minimum(bought, np.maximum(sold - chains.forced, 0.0))
    buys = np.zeros(program.n)
    buys[own] = bought - both
    return buys, _lots(program, model.blocks, sold - both)


def _lots(program: Program, blocks: Blocks, sold: Floats) -> Floats:
    """Spread the sales of blocks over their lots, floors first, then by price."""
    unit = unit_costs(program, blocks)
    order = np.lexsort((unit, blocks.owner))
    owner, floor = blocks.owner[order], blocks.floor[order]
    width = blocks.cap[order] - floor
    rest = (sold - blocks.per_block(blocks.floor))[owner]
    sells = np.zeros(len(program.lots))
    sells[blocks.lot[order]] = floor + np.clip(
        rest - sums_before(owner, width), 0.0, width
    )
    return sells
