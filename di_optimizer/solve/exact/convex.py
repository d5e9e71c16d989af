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
from di_optimizer.solve.exact.counts import counts, counts_alone
from di_optimizer.solve.exact.model import unit_costs
from di_optimizer.solve.exact.sized import is_sized
from di_optimizer.solve.groups import totals
from di_optimizer.solve.solution import Attempt

WEIGHT = 1e3  # one unit of a variable is a per mille of base
BP = 1e4  # one unit of the objective is a bp of base
TOLERANCES = (1e-10, 1e-9, 1e-8)
MARGINS = (1e-9, 0.0)  # rows are tightened, so that a clean-up cannot break them
SOLVED = "Solved"


@dataclass(frozen=True, kw_only=True)
class Convex:
    """Choices made: one cell a security, and a program with flat rates.

    ``cell`` (n,) is the cell of each security, ``sale`` the sales among those, ``low``
    and ``high`` (n,) the least and most that each trades. Rows are tightened by the
    ``margin``, if that is possible.
    """

    program: Program
    cells: Cells
    cell: Ints
    sale: Ints
    low: Floats
    high: Floats
    margin: float = 0.0

    @property
    def buyer(self) -> Ints:
        """Securities on their buying side."""
        return np.flatnonzero(self.cells.side[self.cell] > 0)

    @property
    def lot(self) -> Ints:
        """Lot of each sale."""
        found: Ints = self.cells.lot[self.sale]
        return found


def convex_of(
    program: Program,
    cells: Cells,
    cell: Ints,
    ends: tuple[Floats, Floats] | None = None,
) -> Convex:
    """Return the problem over chosen cells, (n,); ``program`` has no netted bill.

    ``ends`` are the least and most that each security trades, (n,), where that is
    less than what its cell allows.
    """
    low, high = (cells.low[cell], cells.high[cell]) if ends is None else ends
    fine = np.where(high > low, cells.step[cell], 0.0)
    inside = np.zeros(len(cells.block), dtype=np.bool_)
    inside[cell] = True
    return Convex(
        program=program,
        cells=cells,
        cell=cell,
        sale=np.flatnonzero(inside[cells.owner]),
        low=low,
        high=high,
        margin=float(fine.sum()),
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
    for margin in (max(MARGINS[0], convex.margin), *MARGINS[1:]):
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
    boxes = _boxes(convex, move)
    links = [
        hstack([move, -eye_array(n), csr_array((n, k))]),
        hstack([csr_array((k, free)), csr_array(program.exposures.T), -eye_array(k)]),
    ]
    rows, limits = _rows(convex, margin)
    wide = [
        hstack([part, csr_array((part.shape[0], n + k))])
        for part in (boxes.fixed, boxes.matrix, rows)
    ]
    cone, point = _cone(convex, free)
    right = [np.zeros(n), -WEIGHT * start, boxes.exact, boxes.right, limits, point]
    return _Lines(
        matrix=csc_array(vstack([*links, *wide, cone])),
        right=np.concatenate(right),
        equal=n + k + len(boxes.exact),
        cone=len(point),
    )


@dataclass(frozen=True)
class _Boxes:
    """matrix z ≤ right, and fixed z = exact."""

    matrix: csr_array
    right: Floats
    fixed: csr_array
    exact: Floats


def _boxes(convex: Convex, move: csr_array) -> _Boxes:
    """Limits of each purchase and sale, and of what each security trades.

    Where sizes are limited, what has no room left is an equation of its own.
    """
    cells, bought = convex.cells, convex.buyer
    pair = cells.pair[convex.sale]
    low = np.concatenate([convex.low[bought], cells.blocks.floor[pair]])
    high = np.concatenate([convex.high[bought], cells.blocks.cap[pair]])
    each = eye_array(move.shape[1], format="csr")
    seller = np.flatnonzero(cells.side[convex.cell] < 0)
    sold, least, most = (
        csr_array(-move[seller]),
        convex.low[seller],
        convex.high[seller],
    )
    stuck, tied, idle = (
        np.zeros(len(part), dtype=np.bool_) for part in (low, seller, seller)
    )
    if is_sized(convex.program):
        stuck, tied = high <= low, least >= most
        own = convex.program.lots.security[convex.lot]
        loose = np.where(stuck[len(bought) :], 0.0, 1.0)
        idle = totals(own, loose, convex.program.n)[seller] == 0.0  # lot by lot
    own_room, rest = ~stuck, ~(tied | idle)
    parts = [
        (each[own_room], high[own_room], 1),
        (each[own_room], low[own_room], -1),
        (sold[rest], most[rest], 1),
        (sold[rest], least[rest], -1),
    ]
    equal = tied & ~idle
    return _Boxes(
        csr_array(vstack([sign * part for part, _, sign in parts])),
        np.concatenate([sign * WEIGHT * end for _, end, sign in parts]),
        csr_array(vstack([each[stuck], sold[equal]])),
        WEIGHT * np.concatenate([high[stuck], most[equal]]),
    )


def _rows(convex: Convex, margin: float) -> tuple[csr_array, Floats]:
    """Every finite end of a row, tightened; on the gains of the modes."""
    program, lots = convex.program, convex.program.lots
    gain = convex.cells.blocks.gain[convex.cells.pair[convex.sale]]
    lines, ends = [], []
    for row in program.rows:
        if counts_alone(row):
            continue
        offset = row.offset
        if row.stepped:
            offset += float(counts(program, convex.cells, row)[convex.cell].sum())
        by_term = np.where(lots.long_term[convex.lot], row.long, row.short)
        sell = row.sell[convex.lot] + by_term * gain
        line = np.concatenate([row.buy[convex.buyer], sell])
        kept = min(margin, (row.upper - row.lower) / 4)
        for sign, end in ((1.0, row.upper), (-1.0, row.lower)):
            if np.isfinite(end):
                lines.append(sign * line)
                ends.append(WEIGHT * (sign * (end - offset) - kept))
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
