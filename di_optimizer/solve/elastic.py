# SPDX-License-Identifier: Apache-2.0
"""All limits of a program as one linear program in which named ones may give way.

It admits more than the account does: groups are relaxed to what some mode of them
allows, sizes are left out and counts may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
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

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.solve.blocks import blocks_of, open_modes
from di_optimizer.solve.uncounted import uncounted


@dataclass(frozen=True)
class Elastic:
    """G z ≤ g with 0 ≤ z ≤ high; z = (purchases, lot sales, moved lot sales).

    ``names`` is what each line is called, '' where it cannot give way; ``row`` the
    program's row behind it, −1 for none, and ``sign`` −1 where that is a lower limit.
    """

    matrix: csc_array
    right: Floats
    names: tuple[str, ...]
    row: Ints
    sign: Ints
    high: Floats


@dataclass(frozen=True)
class Box:
    """What all modes together allow: least floor, most cap, purchases, gains.

    A lot's gain that counts is between ``least_gain`` and ``most_gain`` per unit.
    """

    floor: Floats
    cap: Floats
    floor_name: tuple[str, ...]
    cap_name: tuple[str, ...]
    buys: Flags
    buy_name: tuple[str, ...]
    least_gain: Floats
    most_gain: Floats


def box_of(program: Program) -> Box:
    """Relax every group to what some mode of it allows."""
    blocks, lots = blocks_of(program, open_modes(program)), program.lots
    floor, least = np.full(len(lots), np.inf), np.full(len(lots), np.inf)
    cap, most = np.full(len(lots), -np.inf), np.full(len(lots), -np.inf)
    np.minimum.at(floor, blocks.lot, blocks.floor)
    np.maximum.at(cap, blocks.lot, blocks.cap)
    np.minimum.at(least, blocks.lot, np.minimum(blocks.gain, blocks.low))
    np.maximum.at(most, blocks.lot, np.maximum(blocks.gain, blocks.high))
    buys = np.zeros(program.n, dtype=np.bool_)
    buys[blocks.security[blocks.buys]] = True
    floor_name, cap_name = list(lots.floor_name), list(lots.cap_name)
    buy_name = [""] * program.n
    for group in program.groups:
        for lot in group.lots.tolist():
            floor_name[lot] = _kept(floor, lots.floor, floor_name, lot, group.name)
            cap_name[lot] = _kept(cap, lots.cap, cap_name, lot, group.name)
        for security in group.securities.tolist():
            buy_name[security] = group.name
    return Box(
        floor=floor,
        cap=cap,
        floor_name=tuple(floor_name),
        cap_name=tuple(cap_name),
        buys=buys,
        buy_name=tuple(buy_name),
        least_gain=least,
        most_gain=most,
    )


def _kept(mode: Floats, own: Floats, names: list[str], lot: int, group: str) -> str:
    """Return what set a lot's limit: the lot's own name, or the group's."""
    return names[lot] if mode[lot] == own[lot] else group


@dataclass(frozen=True)
class _Lines:
    """Some lines of G z ≤ g with their names."""

    matrix: csc_array
    right: Floats
    names: tuple[str, ...]
    row: int = -1
    sign: int = 1


def elastic_of(program: Program) -> Elastic:
    """All limits as rows G z ≤ g; natural ones (no name) cannot give way."""
    program = uncounted(program)
    box = box_of(program)
    lines = [
        *_weight_lines(program),
        *_row_lines(program, box),
        *_box_lines(program, box),
    ]
    limits = np.concatenate([line.right for line in lines])
    sizes = [len(line.right) for line in lines]
    names = [name for line in lines for name in line.names]
    keep = np.isfinite(limits)
    return Elastic(
        matrix=csc_array(csr_array(vstack([line.matrix for line in lines]))[keep]),
        right=limits[keep],
        names=tuple(n for n, kept in zip(names, keep, strict=True) if kept),
        row=np.repeat([line.row for line in lines], sizes)[keep],
        sign=np.repeat([line.sign for line in lines], sizes)[keep],
        high=_most(program, box),
    )


def _weight_lines(program: Program) -> Iterator[_Lines]:
    """Put each security's limit on the side it closes.

    So that buying and selling the same security cannot stand in for a trade that is
    not allowed: up to the limit may be bought, or down to it must be sold.
    """
    count, lots = program.n, len(program.lots)
    owners = (np.ones(lots), (program.lots.security, np.arange(lots)))
    none = coo_array((count, lots))
    sales = coo_array(owners, shape=(count, lots))
    sold = csc_array(hstack([coo_array((count, count)), sales, none]))
    bought = csc_array(hstack([eye_array(count), none, none]))
    room, spare = program.upper - program.held, program.held - program.lower
    yield _Lines(_chosen(room >= 0.0, bought, -sold), room, program.upper_name)
    yield _Lines(_chosen(spare >= 0.0, sold, -bought), spare, program.lower_name)


def _row_lines(program: Program, box: Box) -> Iterator[_Lines]:
    """Return each row of the program twice: against its upper and lower limit."""
    long_term = program.lots.long_term
    for number, row in enumerate(program.rows):
        rate = np.where(long_term, row.long, row.short)
        spread = rate * (box.most_gain - box.least_gain)
        line = np.concatenate([row.buy, row.sell + rate * box.least_gain, spread])
        matrix = csc_array(line[None, :])
        yield _Lines(
            matrix, np.array([row.upper - row.offset]), (row.upper_name,), number
        )
        yield _Lines(
            -matrix, np.array([row.offset - row.lower]), (row.lower_name,), number, -1
        )


def _box_lines(program: Program, box: Box) -> Iterator[_Lines]:
    """Return limits of single lots and purchases, and v ≤ s of moved lot sales."""
    count, lots = program.n, len(program.lots)
    every = csr_array(eye_array(count + 2 * lots))
    sales, moved = every[count : count + lots], every[count + lots :]
    yield _Lines(csc_array(-sales), -box.floor, box.floor_name)
    yield _Lines(csc_array(sales), box.cap, box.cap_name)
    yield _Lines(csc_array(moved - sales), np.zeros(lots), ("",) * lots)
    closed = np.flatnonzero(~box.buys)
    names = tuple(box.buy_name[i] for i in closed.tolist())
    yield _Lines(csc_array(every[closed]), np.zeros(len(closed)), names)


def _most(program: Program, box: Box) -> Floats:
    """Return the most of each z; what must be sold down is not bought, vice versa."""
    room, spare = program.upper - program.held, program.held - program.lower
    lots = program.lots
    buys = np.where(room >= 0.0, np.inf, 0.0)
    sells = np.where(spare[lots.security] < 0.0, 0.0, lots.weight)
    moved = np.where(box.most_gain > box.least_gain, lots.weight, 0.0)
    return np.concatenate([buys, sells, moved])


def _chosen(flags: Flags, yes: csc_array, no: csc_array) -> csc_array:
    """Return the rows of ``yes`` where the flag is set, of ``no`` elsewhere."""
    pick = flags.astype(np.float64)
    return csc_array(diags_array(pick) @ yes + diags_array(1.0 - pick) @ no)


def least_slack(elastic: Elastic, free: Ints) -> tuple[Floats | None, Floats]:
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
                np.concatenate([elastic.high, np.full(len(free), np.inf)]),
            ]
        ),
        method="highs",
    )
    if answer.status != 0:
        return None, np.zeros(len(free))
    return answer.x[columns:], -answer.ineqlin.marginals[free]
