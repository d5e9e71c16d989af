# SPDX-License-Identifier: Apache-2.0
"""Soft limits: room in a row or curb that is bought at a price.

A limit with a finite price gets a column of its own, after those of the securities:
its amount is by how much the limit is missed. It has no weight, no risk and no name
that counts; in the objective it costs its price. Engines see one more security.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.groups import Floats
from di_optimizer.program.program import Program, Row, Slack
from di_optimizer.program.sizes import Sizes


@dataclass(frozen=True)
class _Room:
    """One end of a limit that may be missed: at what price, and by how much at most."""

    slack: Slack
    price: float
    most: float


def softened(program: Program) -> Program:
    """Return the program with a column for every limit that has a price.

    Parameters
    ----------
    program : Program
        Without such columns; its soft limits say their prices.
    """
    rooms = _rooms(program)
    if not rooms:
        return program
    extra, n = len(rooms), program.n
    prices = np.array([room.price for room in rooms])
    names = ("",) * extra
    charge = np.zeros(n) if program.buy_charge is None else program.buy_charge
    return replace(
        program,
        exposures=np.vstack(
            [program.exposures, np.zeros((extra, program.exposures.shape[1]))]
        ),
        specific=_longer(program.specific, extra),
        benchmark=_longer(program.benchmark, extra),
        held=_longer(program.held, extra),
        lower=_longer(program.lower, extra),
        upper=np.concatenate([program.upper, [room.most for room in rooms]]),
        lower_name=(*program.lower_name, *names),
        upper_name=(*program.upper_name, *names),
        buy_cost=np.concatenate([program.buy_cost, prices]),
        buy_charge=np.concatenate([charge, prices]),
        rows=tuple(_wider(row, j, rooms) for j, row in enumerate(program.rows)),
        curbs=tuple(curb.longer(extra) for curb in program.curbs),
        sizes=_longer_sizes(program.sizes, extra),
        measure=None if program.measure is None else program.measure.longer(extra),
        slacks=tuple(room.slack for room in rooms),
    )


def _rooms(program: Program) -> list[_Room]:
    found = []
    for j, row in enumerate(program.rows):
        for sign, limit, price in (
            (1, row.upper, row.upper_price),
            (-1, row.lower, row.lower_price),
        ):
            if np.isfinite(price) and np.isfinite(limit):
                slack = Slack(row=j, curb=-1, sign=sign)
                found.append(_Room(slack, price, _most(program, row, limit)))
    for j, curb in enumerate(program.curbs):
        if np.isfinite(curb.price):
            slack = Slack(row=-1, curb=j, sign=1)
            found.append(_Room(slack, curb.price, curb.most))
    return found


def _most(program: Program, row: Row, limit: float) -> float:
    """Return a number that no plan can miss a row's limit by."""
    sizes = np.abs(np.concatenate([row.buy, row.sell, [0.0]]))
    moved = 2.0 * max(1.0, float(program.held.sum()))
    return abs(row.offset - limit) + moved * float(sizes.max())


def _longer(array: Floats, extra: int) -> Floats:
    return np.concatenate([array, np.zeros(extra)])


def _wider(row: Row, number: int, rooms: Sequence[_Room]) -> Row:
    own = [-float(r.slack.sign) if r.slack.row == number else 0.0 for r in rooms]
    extra = len(rooms)
    return replace(
        row,
        buy=np.concatenate([row.buy, own]),
        names=None if row.names is None else _longer(row.names, extra),
        trades=None if row.trades is None else _longer(row.trades, extra),
    )


def _longer_sizes(sizes: Sizes | None, extra: int) -> Sizes | None:
    if sizes is None:
        return None
    return Sizes(
        step=_longer(sizes.step, extra),
        least_buy=_longer(sizes.least_buy, extra),
        least_sell=_longer(sizes.least_sell, extra),
        least_held=_longer(sizes.least_held, extra),
        ticket=_longer(sizes.ticket, extra),
    )


def completed(program: Program, buys: Floats, sells: Floats) -> Floats:
    """Return purchases with the room that every soft limit needs, (n,).

    Parameters
    ----------
    buys : (securities,)
        Purchases of securities alone.
    sells : (lots,)
    """
    if not program.slacks:
        return buys
    whole = np.concatenate([buys, np.zeros(len(program.slacks))])
    needed = [missed(program, slack, whole, sells) for slack in program.slacks]
    return np.concatenate([buys, needed])


def missed(program: Program, slack: Slack, buys: Floats, sells: Floats) -> float:
    """Return by how much a plan misses a soft limit, its column being 0."""
    if slack.curb >= 0:
        curb = program.curbs[slack.curb]
        return max(curb.value(program.after(buys, sells)) - curb.limit, 0.0)
    row = program.rows[slack.row]
    value = program.row_value(row, buys, sells)
    over = value - row.upper if slack.sign > 0 else row.lower - value
    return max(over, 0.0)


def without_slacks(program: Program) -> Program:
    """Return the program of the securities alone; what was soft is no limit."""
    if not program.slacks:
        return program
    n = program.n - len(program.slacks)
    charge = program.buy_charge
    sizes = program.sizes
    return replace(
        program,
        exposures=program.exposures[:n],
        specific=program.specific[:n],
        benchmark=program.benchmark[:n],
        held=program.held[:n],
        lower=program.lower[:n],
        upper=program.upper[:n],
        lower_name=program.lower_name[:n],
        upper_name=program.upper_name[:n],
        buy_cost=program.buy_cost[:n],
        buy_charge=None if charge is None else charge[:n],
        rows=tuple(_own(row, j, n, program) for j, row in enumerate(program.rows)),
        curbs=tuple(
            curb.shorter(n) for curb in program.curbs if not np.isfinite(curb.price)
        ),
        sizes=None if sizes is None else _shorter_sizes(sizes, n),
        measure=None if program.measure is None else program.measure.shorter(n),
        slacks=(),
    )


def priced_at(program: Program, buys: Floats, sells: Floats) -> Program:
    """Return the program of the securities alone, soft limits as near a plan.

    The price of a limit on a row that the plan misses is part of the costs of what
    adds to that row; one that it keeps is kept.

    Parameters
    ----------
    buys : (n,)
    sells : (lots,)
    """
    n, alone = program.securities, without_slacks(program)
    own = np.concatenate([buys[:n], np.zeros(len(program.slacks))])
    for slack, price in zip(program.slacks, program.buy_cost[n:], strict=True):
        if slack.row < 0:
            continue
        if missed(program, slack, own, sells) > 0.0:
            alone = _charged(alone, slack, float(price))
        else:
            alone = _kept(alone, slack, program.rows[slack.row])
    return alone


def _charged(program: Program, slack: Slack, price: float) -> Program:
    row, slope = program.rows[slack.row], slack.sign * price
    lots = replace(program.lots, charge=program.lots.charge + slope * row.sell)
    charge = np.zeros(program.n) if program.buy_charge is None else program.buy_charge
    return replace(
        program,
        lots=lots,
        buy_cost=program.buy_cost + slope * row.buy,
        buy_charge=charge + slope * row.buy,
    )


def _kept(program: Program, slack: Slack, soft: Row) -> Program:
    rows = [*program.rows]
    low, high = rows[slack.row].lower, rows[slack.row].upper
    low, high = (low, soft.upper) if slack.sign > 0 else (soft.lower, high)
    rows[slack.row] = replace(rows[slack.row], lower=low, upper=high)
    return replace(program, rows=tuple(rows))


def _own(row: Row, number: int, n: int, program: Program) -> Row:
    signs = {slack.sign for slack in program.slacks if slack.row == number}
    return replace(
        row,
        buy=row.buy[:n],
        names=None if row.names is None else row.names[:n],
        trades=None if row.trades is None else row.trades[:n],
        lower=-np.inf if -1 in signs else row.lower,
        upper=np.inf if 1 in signs else row.upper,
    )


def _shorter_sizes(sizes: Sizes, n: int) -> Sizes:
    return Sizes(
        step=sizes.step[:n],
        least_buy=sizes.least_buy[:n],
        least_sell=sizes.least_sell[:n],
        least_held=sizes.least_held[:n],
        ticket=sizes.ticket[:n],
    )
