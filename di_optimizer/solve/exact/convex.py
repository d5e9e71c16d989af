# SPDX-License-Identifier: Apache-2.0
"""The convex problem that is left once modes, sides and the piece are chosen.

SCIP's plan is right to its own tolerance; an interior-point solver over the same
choices is right to a thousandth of that, and knows the rows to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import clarabel
import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array, eye_array, hstack, vstack

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.model import unit_costs
from di_optimizer.solve.solution import Attempt

WEIGHT = 1e3  # one unit of a variable is a per mille of base
BP = 1e4  # one unit of the objective is a bp of base
TOLERANCES = (1e-10, 1e-9, 1e-8)
MARGINS = (1e-9, 0.0)  # rows are tightened, so that a clean-up cannot break them
SOLVED = "Solved"


@dataclass(frozen=True, kw_only=True)
class Convex:
    """Choices made: one cell a security, and a program with flat rates.

    ``cell`` (n,) is the cell of each security, ``sale`` the sales among those.
    """

    program: Program
    cells: Cells
    cell: Ints
    sale: Ints

    @property
    def buyer(self) -> Ints:
        """Securities on their buying side."""
        return np.flatnonzero(self.cells.side[self.cell] > 0)

    @property
    def lot(self) -> Ints:
        """Lot of each sale."""
        found: Ints = self.cells.lot[self.sale]
        return found


def convex_of(program: Program, cells: Cells, cell: Ints) -> Convex:
    """Return the problem over chosen cells, (n,); ``program`` has no netted bill."""
    inside = np.zeros(len(cells.block), dtype=np.bool_)
    inside[cell] = True
    return Convex(
        program=program,
        cells=cells,
        cell=cell,
        sale=np.flatnonzero(inside[cells.owner]),
    )


@dataclass(frozen=True)
class _Lines:
    """matrix z ≤ right; the first ``equal`` lines hold with equality."""

    matrix: csc_array
    right: Floats
    equal: int
    cone: int


def solve_convex(
    convex: Convex,
) -> tuple[tuple[Floats, Floats] | None, list[Attempt]]:
    """Return purchases (n,) and sales (lots,) or None, and what was tried."""
    attempts: list[Attempt] = []
    for margin in MARGINS:
        lines = _lines(convex, margin)
        for tolerance in TOLERANCES:
            status, point = _run(convex, lines, tolerance)
            solver = f"CLARABEL, {tolerance:g}, margin {margin:g}"
            attempts.append(Attempt(step="polish", solver=solver, status=status))
            if status == SOLVED:
                return _plan(convex, point), attempts
            if "Infeasible" in status:
                break
    return None, attempts


def _plan(convex: Convex, point: Floats) -> tuple[Floats, Floats]:
    program, count = convex.program, len(convex.buyer)
    buys, sells = np.zeros(program.n), np.zeros(len(program.lots))
    buys[convex.buyer] = point[:count] / WEIGHT
    sells[convex.lot] = point[count : count + len(convex.sale)] / WEIGHT
    return buys, sells


def _run(convex: Convex, lines: _Lines, tolerance: float) -> tuple[str, Floats]:
    """Return the status that Clarabel ends in, and its point."""
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    rest = len(lines.right) - lines.equal - lines.cone
    cones = [clarabel.ZeroConeT(lines.equal), clarabel.NonnegativeConeT(rest)]
    if lines.cone:
        cones.append(clarabel.SecondOrderConeT(lines.cone))
    quadratic, linear = _objective(convex)
    matrix = csc_array(lines.matrix)
    solver = clarabel.DefaultSolver(
        quadratic, linear, matrix, lines.right, cones, settings
    )
    solved = solver.solve()
    return str(solved.status), np.asarray(solved.x, dtype=np.float64)


def _objective(convex: Convex) -> tuple[csc_array, Floats]:
    """Quadratic in trades and factors; linear in purchases, sales and trades."""
    program, cells = convex.program, convex.cells
    active = program.held - program.benchmark
    specific = program.gamma * program.specific
    cost = cells.blocks.buy_cost[cells.block[convex.cell[convex.buyer]]]
    linear = np.concatenate(
        [
            cost,
            unit_costs(program, cells)[convex.sale],
            2.0 * specific * active,
            np.zeros(program.exposures.shape[1]),
        ]
    )
    free = len(convex.buyer) + len(convex.sale)
    factor = np.full(program.exposures.shape[1], program.gamma)
    square = np.concatenate([np.zeros(free), specific, factor])
    quadratic = csc_array(diags_array(2.0 * square * BP / WEIGHT**2))
    return quadratic, linear * (BP / WEIGHT)


def _move(convex: Convex) -> csr_array:
    """Return what purchases and sales add to every security's weight."""
    buyer = convex.buyer
    sold = convex.program.lots.security[convex.lot]
    row = np.concatenate([buyer, sold])
    sign = np.repeat(np.array([1.0, -1.0]), [len(buyer), len(sold)])
    shape = (convex.program.n, len(row))
    return csr_array((sign, (row, np.arange(len(row)))), shape=shape)


def _lines(convex: Convex, margin: float) -> _Lines:
    """Links of trades and factors, boxes, rows, and the cap on the variance."""
    program, move = convex.program, _move(convex)
    n, k = program.exposures.shape
    free = move.shape[1]
    start = program.exposures.T @ (program.held - program.benchmark)
    links = [
        hstack([move, -eye_array(n), csr_array((n, k))]),
        hstack([csr_array((k, free)), csr_array(program.exposures.T), -eye_array(k)]),
    ]
    boxes, ends = _boxes(convex, move)
    rows, limits = _rows(convex, margin)
    wide = [hstack([part, csr_array((part.shape[0], n + k))]) for part in (boxes, rows)]
    cone, point = _cone(convex, free)
    return _Lines(
        matrix=csc_array(vstack([*links, *wide, cone])),
        right=np.concatenate([np.zeros(n), -WEIGHT * start, ends, limits, point]),
        equal=n + k,
        cone=len(point),
    )


def _boxes(convex: Convex, move: csr_array) -> tuple[csr_array, Floats]:
    """Limits of each purchase and sale, and of what each security trades."""
    cells = convex.cells
    pair = cells.pair[convex.sale]
    bought = convex.cell[convex.buyer]
    low = np.concatenate([cells.low[bought], cells.blocks.floor[pair]])
    high = np.concatenate([cells.high[bought], cells.blocks.cap[pair]])
    each = eye_array(move.shape[1], format="csr")
    seller = np.flatnonzero(cells.side[convex.cell] < 0)
    sold = csr_array(-move[seller])
    own = convex.cell[seller]
    parts = [(each, high, 1), (each, low, -1)]
    parts += [(sold, cells.high[own], 1), (sold, cells.low[own], -1)]
    matrix = csr_array(vstack([sign * part for part, _, sign in parts]))
    ends = np.concatenate([sign * WEIGHT * end for _, end, sign in parts])
    return matrix, ends


def _rows(convex: Convex, margin: float) -> tuple[csr_array, Floats]:
    """Every finite end of a row, tightened; on the gains of the modes."""
    program, lots = convex.program, convex.program.lots
    gain = convex.cells.blocks.gain[convex.cells.pair[convex.sale]]
    lines, ends = [], []
    for row in program.rows:
        by_term = np.where(lots.long_term[convex.lot], row.long, row.short)
        sell = row.sell[convex.lot] + by_term * gain
        line = np.concatenate([row.buy[convex.buyer], sell])
        kept = min(margin, (row.upper - row.lower) / 4)
        for sign, end in ((1.0, row.upper), (-1.0, row.lower)):
            if np.isfinite(end):
                lines.append(sign * line)
                ends.append(WEIGHT * (sign * (end - row.offset) - kept))
    shape = (len(ends), len(convex.buyer) + len(convex.sale))
    return csr_array(np.array(lines).reshape(shape)), np.array(ends)


def _cone(convex: Convex, free: int) -> tuple[csr_array, Floats]:
    """‖(y, √d (x − b))‖ ≤ √cap, scaled to a right-hand side of one."""
    program = convex.program
    n, k = program.exposures.shape
    if not np.isfinite(program.variance_cap):
        return csr_array((0, free + n + k)), np.zeros(0)
    error = max(float(np.sqrt(program.variance_cap)), 1e-5)
    root = np.sqrt(program.specific) / error
    active = program.held - program.benchmark
    trades = hstack([csr_array((n, free)), diags_array(-root), csr_array((n, k))])
    factors = hstack([csr_array((k, free + n)), -eye_array(k) / error])
    top = csr_array((1, free + n + k))
    scaled = np.sqrt(program.variance_cap) / error * WEIGHT
    right = np.concatenate([[scaled], WEIGHT * root * active, np.zeros(k)])
    return csr_array(vstack([top, trades, factors])), right
