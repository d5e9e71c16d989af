# SPDX-License-Identifier: Apache-2.0
"""A netted bill for SCIP: exactly one of its pieces holds both totals of the year.

Totals of every piece are bounded by its own binary, which is the convex hull of the
pieces. They count the gains of the modes, as the bill does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyscipopt import Model as Scip
from pyscipopt import Variable, quicksum

from di_optimizer.program.netting import Netting
from di_optimizer.program.program import Program
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.units import BP, weighted


@dataclass(frozen=True, kw_only=True)
class Bill:
    """Variables of a netted bill: which piece holds, and its share of both totals."""

    pieces: Sequence[Variable] = ()
    shorts: Sequence[Variable] = ()
    longs: Sequence[Variable] = ()


def add_bill(
    scip: Scip, program: Program, cells: Cells, sales: Sequence[Variable]
) -> Bill:
    """Add the pieces of a netted bill: each holds both totals or nothing."""
    netting = program.netting
    if netting is None:
        return Bill()
    added = [_piece(scip, program, cells, p) for p in range(len(netting.pieces))]
    bill = Bill(
        pieces=[on for on, _, _ in added],
        shorts=[short for _, short, _ in added],
        longs=[long for _, _, long in added],
    )
    scip.addCons(quicksum(bill.pieces) == 1)
    for totals, before, long in (
        (bill.shorts, netting.short, False),
        (bill.longs, netting.long, True),
    ):
        own = program.lots.long_term[cells.lot] == long
        gain = np.where(own, cells.blocks.gain[cells.pair], 0.0)
        scip.addCons(quicksum(totals) - weighted(gain, sales) == BP * before)
    return bill


def _piece(
    scip: Scip, program: Program, cells: Cells, number: int
) -> tuple[Variable, Variable, Variable]:
    """Add a piece: whether it holds, and both totals where it does, else 0."""
    netting = _netting(program)
    piece, weight = netting.pieces[number], netting.weight
    on = scip.addVar(f"piece {number}", "B", obj=BP * weight * piece.constant)
    totals = []
    for long, rate in ((False, piece.short_rate), (True, piece.long_rate)):
        low, high = _range(program, cells, long=long)
        total = scip.addVar(f"total {number}", lb=None, ub=None, obj=weight * rate)
        scip.addCons(total >= BP * low * on)
        scip.addCons(total <= BP * high * on)
        totals.append(total)
    for a, b, c in netting.limits(number):
        scip.addCons(a * totals[0] + b * totals[1] - BP * c * on >= 0)
    return on, totals[0], totals[1]


def _netting(program: Program) -> Netting:
    if program.netting is None:
        raise ValueError("a program without netting has no pieces")
    return program.netting


def _range(program: Program, cells: Cells, *, long: bool) -> tuple[float, float]:
    """Return the least and the most that the total of one term can be."""
    netting, lots = _netting(program), program.lots
    own = lots.long_term[cells.lot] == long
    most = np.where(
        own, cells.blocks.gain[cells.pair] * cells.blocks.cap[cells.pair], 0
    )
    low, high = np.zeros(len(lots)), np.zeros(len(lots))
    np.minimum.at(low, cells.lot, most)
    np.maximum.at(high, cells.lot, most)
    before = netting.long if long else netting.short
    return before + float(low.sum()), before + float(high.sum())
