# SPDX-License-Identifier: Apache-2.0
"""The program as SCIP has it: a linear objective over squares in perspective form.

One unit of a variable is a bp of base, one of the objective a bp as well: SCIP's
absolute tolerance of 1e-6 is 1e-10 of base. A cell's share is 0 or 1, and its
specific risk is bounded from below by the cone amount² ≤ risk · share, which is the
convex hull of the security: without it the relaxation of an index-sized account is
hundreds of times further away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from pyscipopt import Model as Scip
from pyscipopt import Variable, quicksum

from di_optimizer.program.program import Floats, Program, Row
from di_optimizer.solve.blocks import FREE
from di_optimizer.solve.exact.bill import Bill, add_bill
from di_optimizer.solve.exact.cells import Cells
from di_optimizer.solve.exact.counts import (
    add_steps,
    counted,
    counts_alone,
    tickets,
    whole,
)
from di_optimizer.solve.exact.tracking import Tracking, add_tracking
from di_optimizer.solve.exact.units import BP, Share, weighted


@dataclass(frozen=True, kw_only=True)
class Model:
    """SCIP's problem and its variables.

    ``truths`` are gains a row counts apart, ``steps`` the whole numbers of cells.
    """

    scip: Scip
    cells: Cells
    modes: Sequence[Variable]
    shares: Sequence[Share]
    amounts: Sequence[Variable]
    sales: Sequence[Variable]
    tracking: Tracking
    bill: Bill
    truths: dict[int, Variable] = field(default_factory=dict)
    steps: dict[int, Variable] = field(default_factory=dict)


def model_of(program: Program, cells: Cells) -> Model:
    """Return the whole program as a problem for SCIP."""
    scip = Scip("program")
    modes = _modes(scip, program, cells)
    shares = _shares(scip, program, cells, modes)
    amounts = _amounts(scip, program, cells, shares)
    steps = add_steps(scip, cells, shares, amounts)
    sales = _sales(scip, program, cells, shares, amounts)
    tracking = add_tracking(scip, program, cells, shares, amounts)
    truths = _truths(scip, program, cells, sales)
    bill = add_bill(scip, program, cells, sales)
    model = Model(
        scip=scip,
        cells=cells,
        modes=modes,
        shares=shares,
        amounts=amounts,
        sales=sales,
        tracking=tracking,
        bill=bill,
        truths=truths,
        steps=steps,
    )
    for row in program.rows:
        _limit(model, program, row)
    scip.addObjoffset(BP * constant_of(program))
    return model


def constant_of(program: Program) -> float:
    """Return what no variable decides, fraction of base."""
    active = program.held - program.benchmark
    risk = float(program.gamma * (program.specific @ active**2))
    netting = program.netting
    before = 0.0 if netting is None else netting.weight * netting.before
    return program.constant + risk - before


def _modes(scip: Scip, program: Program, cells: Cells) -> list[Variable]:
    """Add one binary a mode, one of them in each group."""
    blocks = cells.blocks
    closed = np.zeros(len(blocks.constant), dtype=np.bool_)
    closed[blocks.choice[cells.dead][blocks.choice[cells.dead] != FREE]] = True
    modes = [
        scip.addVar(f"mode {c}", "B", ub=0.0 if closed[c] else 1.0, obj=BP * cost)
        for c, cost in enumerate(blocks.constant.tolist())
    ]
    for number in range(len(program.groups)):
        own = np.flatnonzero(blocks.group == number).tolist()
        scip.addCons(quicksum(modes[c] for c in own) == 1)
    return modes


def _shares(
    scip: Scip, program: Program, cells: Cells, modes: Sequence[Variable]
) -> list[Share]:
    """Add the shares of cells: those of a block add up to that of its mode."""
    all_: list[Share] = [*modes, 1.0]  # −1, a block in no group, picks the last
    shares: list[Share] = [all_[c] for c in cells.choice.tolist()]
    price = tickets(program, cells)
    several = np.bincount(cells.block, minlength=cells.blocks.count) > 1
    paid = np.bincount(cells.block, weights=price, minlength=cells.blocks.count) > 0.0
    for block in np.flatnonzero(several | (paid & (cells.blocks.choice != FREE))):
        own = np.flatnonzero(cells.block == block)
        pair = [scip.addVar(f"side {i}", "B", obj=BP * float(price[i])) for i in own]
        scip.addCons(quicksum(pair) == all_[cells.blocks.choice[block]])
        for i, one in zip(own.tolist(), pair, strict=True):
            shares[i] = one
    alone = [isinstance(share, float) for share in shares]
    scip.addObjoffset(BP * float(price[alone].sum()))
    return shares


def _within(
    scip: Scip, amount: Variable, low: float, high: float, share: Share
) -> None:
    """Keep an amount between low and high times a share that is not always one."""
    if isinstance(share, float) or high == 0.0:
        return
    if low == high:
        scip.addCons(amount == BP * high * share)
        return
    scip.addCons(amount <= BP * high * share)
    if low > 0.0:
        scip.addCons(amount >= BP * low * share)


def _amounts(
    scip: Scip, program: Program, cells: Cells, shares: Sequence[Share]
) -> list[Variable]:
    """Add what each cell trades in all, at the cost of a purchase and of drift."""
    own = cells.security
    active = (program.held - program.benchmark)[own]
    drift = 2.0 * program.gamma * program.specific[own] * active * cells.side
    cost = drift + np.where(cells.side > 0, cells.blocks.buy_cost[cells.block], 0.0)
    amounts, stepped = [], whole(cells)
    for i, share in enumerate(shares):
        low, high = float(cells.low[i]), float(cells.high[i])
        least = BP * low if isinstance(share, float) else 0.0
        one = scip.addVar(f"amount {i}", lb=least, ub=BP * high, obj=float(cost[i]))
        if not stepped[i]:  # its number of steps is between ends of its own
            _within(scip, one, low, high, share)
        amounts.append(one)
    return amounts


def _sales(
    scip: Scip,
    program: Program,
    cells: Cells,
    shares: Sequence[Share],
    amounts: Sequence[Variable],
) -> list[Variable]:
    """Add the sale of each lot in each selling cell; they add up to its amount."""
    blocks, unit = cells.blocks, unit_costs(program, cells)
    sales: list[Variable] = []
    parts: list[list[Variable]] = [[] for _ in shares]
    for j, (i, pair) in enumerate(
        zip(cells.owner.tolist(), cells.pair.tolist(), strict=True)
    ):
        low, high = float(blocks.floor[pair]), float(blocks.cap[pair])
        least = BP * low if isinstance(shares[i], float) else 0.0
        one = scip.addVar(f"sale {j}", lb=least, ub=BP * high, obj=float(unit[j]))
        _within(scip, one, low, high, shares[i])
        sales.append(one)
        parts[i].append(one)
    for i in np.flatnonzero(cells.side < 0).tolist():
        scip.addCons(quicksum(parts[i]) - amounts[i] == 0)
    return sales


def unit_costs(program: Program, cells: Cells) -> Floats:
    """Return the objective per unit sold, (sales,); with no tax on a netted bill."""
    blocks, lot = cells.blocks, cells.lot
    cost = blocks.charge[cells.pair] + program.lots.sell_cost[lot]
    if program.netting is not None:
        return cost
    return cost + program.lots.rate[lot] * blocks.gain[cells.pair]


def _truths(
    scip: Scip, program: Program, cells: Cells, sales: Sequence[Variable]
) -> dict[int, Variable]:
    """Add the gain that truly counts where it may differ from the mode's.

    It lies between that of a loss that counts and that of one which is disallowed,
    so that rows on gains exclude no plan.
    """
    if not any(row.short or row.long for row in program.rows):
        return {}
    low, high = cells.blocks.low[cells.pair], cells.blocks.high[cells.pair]
    found = {}
    for j in np.flatnonzero(low < high).tolist():
        found[j] = scip.addVar(f"gain {j}", lb=None, ub=None)
        scip.addCons(found[j] >= float(low[j]) * sales[j])
        scip.addCons(found[j] <= float(high[j]) * sales[j])
    return found


def _limit(model: Model, program: Program, row: Row) -> None:
    """Add a row's limits."""
    cells, lots = model.cells, program.lots
    buyers = np.flatnonzero(cells.side > 0).tolist()
    by_term = np.where(lots.long_term[cells.lot], row.long, row.short)
    apart = np.zeros(len(model.sales), dtype=np.bool_)
    apart[list(model.truths)] = True
    sell = row.sell[cells.lot]
    sell = sell + np.where(apart, 0.0, by_term * cells.blocks.gain[cells.pair])
    value = weighted(sell, model.sales)
    buys = row.buy[cells.security[buyers]]
    value = value + weighted(buys, [model.amounts[i] for i in buyers])
    value = value + weighted(by_term[apart], model.truths.values())
    offset, scale = row.offset, 1.0 if counts_alone(row) else BP
    if row.stepped:
        kinds, constant = counted(program, cells, row, model.shares, scale)
        value, offset = value + kinds, offset + constant
    for end, most in ((row.upper, True), (row.lower, False)):
        if np.isfinite(end):
            limit = scale * (end - offset)
            model.scip.addCons(value <= limit if most else value >= limit)
