# SPDX-License-Identifier: Apache-2.0
"""One order for securities, lots and groups, whatever order they came in.

Sums of floating-point numbers depend on their order. Sorted by what they are, the
same account gives the same trades bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from di_optimizer.program.groups import Group
from di_optimizer.program.program import Floats, Ints, LotArrays, Program, Row
from di_optimizer.program.sizes import Sizes


@dataclass(frozen=True)
class Canonical:
    """A program in canonical order, and where each part was.

    ``securities`` (n,), ``lots`` (lots,) and ``groups`` (groups,) are old numbers in
    the new order.
    """

    program: Program
    securities: Ints
    lots: Ints
    groups: Ints


def canonical(program: Program) -> Canonical:
    """Return a program with its securities, lots and groups in canonical order.

    The names of limits, which messages need and the engine does not, are left out.
    """
    securities = _security_order(program)
    place = _inverse(securities)
    lots = _lot_order(program, place)
    groups = np.argsort(
        [place[group.securities].min() for group in program.groups], kind="stable"
    ).astype(np.int64)
    lot_place = _inverse(lots)
    sorted_program = replace(
        program,
        exposures=np.ascontiguousarray(program.exposures[securities]),
        specific=program.specific[securities],
        benchmark=program.benchmark[securities],
        held=program.held[securities],
        lower=program.lower[securities],
        upper=program.upper[securities],
        lower_name=("",) * program.n,
        upper_name=("",) * program.n,
        buy_cost=program.buy_cost[securities],
        lots=_sorted_lots(program.lots, lots, place),
        rows=tuple(_sorted_row(row, securities, lots) for row in program.rows),
        groups=tuple(
            _sorted_group(program.groups[g], place, lot_place) for g in groups.tolist()
        ),
        sizes=_sorted_sizes(program.sizes, securities),
    )
    return Canonical(sorted_program, securities, lots, groups)


def _inverse(order: Ints) -> Ints:
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def _security_order(program: Program) -> Ints:
    """Sort securities by everything that tells them apart; none of it is a sum."""
    first = [program.specific, program.held, program.benchmark]
    order = np.lexsort(first)
    ties = np.all([key[order[1:]] == key[order[:-1]] for key in first], axis=0)
    if not ties.any():
        return order
    keys: list[Floats | Ints] = [
        _ranks(program),
        *_stepped(program),
        *(row.buy for row in program.rows),
        *program.exposures.T[::-1],
        program.buy_cost,
        program.upper,
        program.lower,
        *first,
    ]
    return np.lexsort(keys)


def _stepped(program: Program) -> list[Floats]:
    """Return everything that sizes and counts say of the securities, (n,) each."""
    sizes = program.sizes
    own: list[Floats | None] = [row.names for row in program.rows]
    own += [row.trades for row in program.rows]
    if sizes is not None:
        own += [sizes.ticket, sizes.least_held, sizes.least_sell]
        own += [sizes.least_buy, sizes.step]
    return [values for values in own if values is not None]


def _ranks(program: Program) -> Ints:
    """Rank securities by the names of their groups and by their lots, (n,)."""
    lots = program.lots
    columns = (lots.gain, lots.weight, lots.rate, lots.floor, lots.cap, lots.charge)
    own: list[list[tuple[float, ...]]] = [[] for _ in range(program.n)]
    for security, *values in zip(
        lots.security.tolist(), *(column.tolist() for column in columns), strict=True
    ):
        own[security].append(tuple(values))
    names = [""] * program.n
    for group in program.groups:
        for security in group.securities.tolist():
            names[security] = group.name
    keys = [(name, sorted(parts)) for name, parts in zip(names, own, strict=True)]
    distinct: list[tuple[str, list[tuple[float, ...]]]] = []
    for key in sorted(keys):
        if not distinct or key != distinct[-1]:
            distinct.append(key)
    return np.array([distinct.index(key) for key in keys], dtype=np.int64)


def _lot_order(program: Program, place: Ints) -> Ints:
    """Sort lots by security, then in a group by its order, then by what they are."""
    lots = program.lots
    within = np.zeros(len(lots), dtype=np.int64)
    for group in program.groups:
        within[group.lots] = np.arange(len(group.lots))
    return np.lexsort(
        (
            *(row.sell for row in program.rows),
            lots.charge,
            lots.cap,
            lots.floor,
            lots.sell_cost,
            lots.long_term,
            lots.rate,
            lots.weight,
            lots.gain,
            within,
            place[lots.security],
        )
    )


def _sorted_lots(lots: LotArrays, order: Ints, place: Ints) -> LotArrays:
    return LotArrays(
        security=place[lots.security[order]],
        weight=lots.weight[order],
        gain=lots.gain[order],
        rate=lots.rate[order],
        long_term=lots.long_term[order],
        sell_cost=lots.sell_cost[order],
        floor=lots.floor[order],
        cap=lots.cap[order],
        floor_name=("",) * len(order),
        cap_name=("",) * len(order),
        charge=lots.charge[order],
    )


def _sorted_row(row: Row, securities: Ints, lots: Ints) -> Row:
    return replace(
        row,
        buy=row.buy[securities],
        sell=row.sell[lots],
        names=None if row.names is None else row.names[securities],
        trades=None if row.trades is None else row.trades[securities],
    )


def _sorted_sizes(sizes: Sizes | None, order: Ints) -> Sizes | None:
    if sizes is None:
        return None
    return Sizes(
        step=sizes.step[order],
        least_buy=sizes.least_buy[order],
        least_sell=sizes.least_sell[order],
        least_held=sizes.least_held[order],
        ticket=sizes.ticket[order],
    )


def _sorted_group(group: Group, place: Ints, lot_place: Ints) -> Group:
    """Sort the members of a group; its lots stay in their own order."""
    order = np.argsort(place[group.securities])
    wash = group.wash
    if wash is not None:
        wash = replace(wash, buy_shares=wash.buy_shares[order])
    return replace(
        group,
        securities=place[group.securities][order],
        lots=lot_place[group.lots],
        modes=tuple(
            replace(mode, buys=mode.buys[order], buy_charge=mode.buy_charge[order])
            for mode in group.modes
        ),
        wash=wash,
    )


def restored(values: NDArray[Any], order: Ints) -> NDArray[Any]:
    """Return values in the order that they came in."""
    out = np.empty_like(values)
    out[order] = values
    return out
