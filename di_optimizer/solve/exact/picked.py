# SPDX-License-Identifier: Apache-2.0
"""What a point of SCIP's decides: modes, sides, the piece of a netted bill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from pyscipopt import Variable
from pyscipopt.scip import Solution as Point

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.exact.cells import NONE
from di_optimizer.solve.exact.model import Model
from di_optimizer.solve.exact.units import BP
from di_optimizer.solve.groups import totals


@dataclass(frozen=True)
class Picked:
    """Modes (groups,), sides (n,), a piece (−1 for none), and the point's amounts.

    ``cell`` (n,) is the cell of each security, −1 where its group's mode has none.
    """

    modes: Ints
    sides: Ints
    piece: int
    buys: Floats
    sells: Floats
    cell: Ints


def picked(program: Program, model: Model, point: Point | None) -> Picked:
    """Return what a point decides, or the relaxation at the node SCIP is at (None).

    The largest share counts, which in a plan is the only one.
    """
    cells, blocks = model.cells, model.cells.blocks
    modes = np.full(len(program.groups), -1, dtype=np.int64)
    order = np.argsort(_values(model, point, model.modes), kind="stable")
    modes[blocks.group[order]] = blocks.mode[order]  # the last one counts
    share = _shares(model, point)
    cell: Ints = np.full(program.n, NONE, dtype=np.int64)
    inside = np.flatnonzero(blocks.at(modes)[cells.block])
    order = inside[np.argsort(share[inside], kind="stable")]
    cell[cells.security[order]] = order
    sides = np.where(cell != NONE, cells.side[cell], 0).astype(np.int64)
    amounts, buyer = _values(model, point, model.amounts), cells.side > 0
    buys = totals(cells.security[buyer], amounts[buyer], program.n)
    sold = _values(model, point, model.sales)
    sells = totals(cells.lot, sold, len(program.lots))
    pieces = _values(model, point, model.bill.pieces)
    piece = int(np.argmax(pieces)) if len(pieces) else -1
    return Picked(modes, sides, piece, buys / BP, sells / BP, cell)


def _shares(model: Model, point: Point | None) -> Floats:
    scip = model.scip
    found = [
        share if isinstance(share, float) else float(scip.getSolVal(point, share))
        for share in model.shares
    ]
    return np.array(found, dtype=np.float64)


def _values(model: Model, point: Point | None, variables: Iterable[Variable]) -> Floats:
    found = [float(model.scip.getSolVal(point, one)) for one in variables]
    return np.array(found, dtype=np.float64)
