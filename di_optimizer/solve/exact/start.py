# SPDX-License-Identifier: Apache-2.0
"""A known plan as a start for SCIP: every variable of the model at that plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from pyscipopt import Variable
from pyscipopt.scip import Solution as Point

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.blocks import FREE
from di_optimizer.solve.exact.cells import NONE, cell_of, chosen
from di_optimizer.solve.exact.model import Model
from di_optimizer.solve.exact.sized import is_sized
from di_optimizer.solve.exact.units import BP
from di_optimizer.solve.groups import totals
from di_optimizer.solve.solution import Solution

ABOVE = 1.0 + 1e-12  # squares are bounded from above: a rounding must not cut them

Value = tuple[Variable, float]


def offer(model: Model, program: Program, warm: Solution) -> bool:
    """Offer a plan to SCIP before it runs; return whether it was taken.

    A plan of another size, or in modes that this program does not have, is none.
    """
    buys, sells, modes = warm.buys, warm.sells, warm.modes
    if buys is None or sells is None or modes is None or not _fits(program, warm):
        return False
    cell = _cell(model, program, (buys, sells), modes)
    if cell is None:
        return False
    point = model.scip.createSol()
    place(model, program, (buys, sells), cell, point)
    return bool(model.scip.addSol(point))


def _cell(
    model: Model, program: Program, plan: tuple[Floats, Floats], modes: Ints
) -> Ints | None:
    """Return the cell of each security's trade; None where one has none."""
    buys, sells = plan
    if not is_sized(program):
        sides = np.where(buys > 0.0, 1, -1).astype(np.int64)
        try:
            return chosen(model.cells, modes, sides)
        except ValueError:
            return None
    sold = totals(program.lots.security, sells, program.n)
    amounts, kinds = np.where(buys > 0.0, buys, sold), program.kinds(buys, sells)
    cell = cell_of(model.cells, modes, kinds, amounts)
    return None if np.any(cell == NONE) else cell


def place(
    model: Model,
    program: Program,
    plan: tuple[Floats, Floats],
    cell: Ints,
    point: Point,
) -> None:
    """Set every variable of a point of SCIP's to a plan: purchases and sales.

    Parameters
    ----------
    cell : (n,)
        The cell of each security.
    """
    for variable, value in _values(model, program, plan, cell):
        model.scip.setSolVal(point, variable, value)


def _fits(program: Program, warm: Solution) -> bool:
    shapes = (warm.buys, program.n), (warm.sells, len(program.lots))
    same = all(found is not None and len(found) == count for found, count in shapes)
    modes = warm.modes
    if not same or modes is None or len(modes) != len(program.groups):
        return False
    pairs = zip(program.groups, modes.tolist(), strict=True)
    return all(0 <= mode < len(group.modes) for group, mode in pairs)


def _values(
    model: Model, program: Program, plan: tuple[Floats, Floats], cell: Ints
) -> Iterator[Value]:
    buys, sells = plan
    cells, tracking = model.cells, model.tracking
    on = np.zeros(len(cells.block), dtype=np.bool_)
    on[cell] = True
    taken = np.zeros(len(model.modes))
    taken[cells.choice[on & (cells.choice != FREE)]] = 1.0
    yield from _each(model.modes, taken)
    shares = zip(model.shares, on.tolist(), strict=True)
    yield from ((s, float(o)) for s, o in shares if not isinstance(s, float))
    amounts = np.zeros(len(on))
    sold = totals(program.lots.security, sells, program.n)
    own = cells.security
    amounts[on] = np.where(cells.side > 0, buys[own], sold[own])[on]
    yield from _each(model.amounts, BP * amounts)
    step = np.where(cells.step > 0.0, cells.step, 1.0)
    numbers = np.rint(amounts / step)
    yield from ((v, float(numbers[i])) for i, v in model.steps.items())
    sales = np.where(on[cells.owner], sells[cells.lot], 0.0)
    yield from _each(model.sales, BP * sales)
    gains = cells.blocks.gain[cells.pair] * sales
    yield from ((v, BP * float(gains[j])) for j, v in model.truths.items())
    yield from _bill(model, program, gains)
    if not tracking.trades:
        return
    trades = BP * (program.after(buys, sells) - program.held)
    yield from _each(tracking.trades, trades)
    active = trades + BP * (program.held - program.benchmark)
    factors = np.sqrt(tracking.price / BP) * (program.exposures.T @ active)
    yield from _each(tracking.factors, factors)
    yield from _each(tracking.squares, ABOVE * factors**2)
    scale = tracking.price * program.specific[own] / BP
    risks = zip(tracking.risks, scale * (BP * amounts) ** 2, strict=True)
    yield from ((v, ABOVE * float(risk)) for v, risk in risks if v is not None)


def _bill(model: Model, program: Program, gains: Floats) -> Iterator[Value]:
    """Yield the totals of the year in the piece they are in, 0 in all others."""
    netting = program.netting
    if netting is None:
        return
    long = program.lots.long_term[model.cells.lot]
    short_gain, long_gain = float(gains[~long].sum()), float(gains[long].sum())
    holds = netting.piece_of(short_gain, long_gain)
    for number, one in enumerate(model.bill.pieces):
        here = float(number == holds)
        yield one, here
        yield model.bill.shorts[number], here * BP * (netting.short + short_gain)
        yield model.bill.longs[number], here * BP * (netting.long + long_gain)


def _each(variables: Iterable[Variable], values: Floats) -> Iterator[Value]:
    yield from zip(variables, values.tolist(), strict=True)
