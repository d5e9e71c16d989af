# SPDX-License-Identifier: Apache-2.0
"""Why no plan exists: the named limits in conflict, each with an amount.

An elastic linear program lets every named limit give way at a price of one per unit
of base and minimises the total. Where that total is above zero, no plan exists (the
linear program admits more than the account does), and the limits with a price are
the ones in conflict. Each of them is then tried alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import (
    coo_array,
    csc_array,
    csr_array,
    diags_array,
    eye_array,
    hstack,
    vstack,
)

from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.solution import Conflict

Flags = NDArray[np.bool_]

SMALL = 1e-9  # fraction of base; below it a limit counts as met
MOST = 25  # limits tried alone


@dataclass(frozen=True)
class Elastic:
    """G z ≤ g with named rows: z = (purchases, lot sales), one slack a named row."""

    matrix: csc_array
    right: Floats
    names: tuple[str, ...]
    cap: Floats


def find_conflicts(program: Program) -> tuple[Conflict, ...]:
    """Return the limits in conflict, those that suffice alone first; () if none.

    Amounts are fractions of base. Where no single limit suffices, every returned
    one has to give way by its amount, together.
    """
    elastic = _elastic(program)
    named = np.flatnonzero([bool(name) for name in elastic.names])
    together, prices = _least_slack(elastic, named)
    if together is None or together.sum() <= SMALL:
        return ()
    suspects = named[(prices > SMALL) | (together > SMALL)]
    alone = []
    for row in suspects[:MOST]:
        slack, _ = _least_slack(elastic, np.array([row]))
        if slack is not None:
            alone.append(_conflict(elastic.names[row], slack[0], alone=True))
    if alone:
        return tuple(sorted(alone, key=lambda c: (c.amount, c.name)))
    return tuple(
        _conflict(elastic.names[row], amount, alone=False)
        for row, amount in zip(named, together, strict=True)
        if amount > SMALL
    )


def _conflict(name: str, amount: float, *, alone: bool) -> Conflict:
    return Conflict(name=name, amount=float(amount), alone=alone)


def _elastic(program: Program) -> Elastic:
    """All limits as rows G z ≤ g; natural ones (no name) cannot give way.

    Each security's limit is put on the side it closes, so that buying and selling
    the same security cannot stand in for a trade that is not allowed.
    """
    count, lots = program.n, len(program.lots)
    owners = (np.ones(lots), (program.lots.security, np.arange(lots)))
    sold = csc_array(
        hstack(
            [coo_array((count, count)), coo_array(owners, shape=(count, lots))],
        )
    )
    bought = csc_array(hstack([eye_array(count), coo_array((count, lots))]))
    room, spare = program.upper - program.held, program.held - program.lower
    rows = [
        _chosen(room >= 0.0, bought, -sold),  # may buy up to the limit, or must sell
        _chosen(spare >= 0.0, sold, -bought),
        *_rows_of(program),
    ]
    right = [room, spare]
    names = [*program.upper_name, *program.lower_name]
    for row in program.rows:
        right.append(np.array([row.upper - row.offset, row.offset - row.lower]))
        names += [row.upper_name, row.lower_name]
    limits = np.concatenate(right)
    finite = np.isfinite(limits)
    return Elastic(
        csc_array(csr_array(vstack(rows))[finite]),
        limits[finite],
        tuple(name for name, keep in zip(names, finite, strict=True) if keep),
        _caps(program, room, spare),
    )


def _caps(program: Program, room: Floats, spare: Floats) -> Floats:
    """Most of each purchase and lot sale; what must be sold down is not bought."""
    buys = np.where(room >= 0.0, np.inf, 0.0)
    closed = spare[program.lots.security] < 0.0
    return np.concatenate([buys, np.where(closed, 0.0, program.lots.weight)])


def _chosen(flags: Flags, yes: csc_array, no: csc_array) -> csc_array:
    """Return the rows of ``yes`` where the flag is set, of ``no`` elsewhere."""
    pick = flags.astype(np.float64)
    return csc_array(diags_array(pick) @ yes + diags_array(1.0 - pick) @ no)


def _rows_of(program: Program) -> list[csc_array]:
    """Return each row of the program twice: against its upper and lower limit."""
    lines = [np.concatenate([row.buy, row.sell]) for row in program.rows]
    return [csc_array(np.vstack([line, -line])) for line in lines]


def _least_slack(elastic: Elastic, free: Ints) -> tuple[Floats | None, Floats]:
    """Least total slack when the rows in ``free`` may give way; and row prices.

    Returns (None, prices) where even that leaves no point.
    """
    rows, columns = elastic.matrix.shape
    entries = (-np.ones(len(free)), (free, np.arange(len(free))))
    slack = coo_array(entries, shape=(rows, len(free)))
    matrix = csc_array(hstack([elastic.matrix, slack]))
    answer: Any = linprog(  # type: ignore[call-overload]
        np.concatenate([np.zeros(columns), np.ones(len(free))]),
        A_ub=matrix,
        b_ub=elastic.right,
        bounds=np.column_stack(
            [
                np.zeros(columns + len(free)),
                np.concatenate([elastic.cap, np.full(len(free), np.inf)]),
            ]
        ),
        method="highs",
    )
    if answer.status != 0:
        return None, np.zeros(len(free))
    return answer.x[columns:], -answer.ineqlin.marginals[free]
