# SPDX-License-Identifier: Apache-2.0
"""The same program in another order, or with a lot in two parts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from di_optimizer.program.groups import Group, Mode
from di_optimizer.program.program import Ints, LotArrays, Program, Row
from di_optimizer.program.sizes import Sizes

BY_MEMBER, BY_LOT = ("buys", "buy_charge"), ("floor", "cap", "gain", "sell_charge")


@dataclass(frozen=True)
class Order:
    """Old numbers in the new order: securities (n,), lots (lots,), groups (groups,)."""

    securities: Ints
    lots: Ints
    groups: Ints


def random_order(program: Program, seed: int) -> Order:
    """Any order in which lots stay with their security, and those sorted."""
    rng = np.random.default_rng(seed)
    securities = rng.permutation(program.n)
    place = np.argsort(securities)
    lots = rng.permutation(len(program.lots))
    lots = lots[np.argsort(place[program.lots.security[lots]], kind="stable")]
    return Order(securities, lots, rng.permutation(len(program.groups)))


def permuted(program: Program, order: Order) -> Program:
    """The program in another order; lots of a group and modes keep theirs."""
    place, lot_place = np.argsort(order.securities), np.argsort(order.lots)
    lots = _taken(program.lots, order.lots)
    groups = [_renamed(program.groups[g], place, lot_place) for g in order.groups]
    arrays = (
        "exposures",
        "specific",
        "benchmark",
        "held",
        "lower",
        "upper",
        "buy_cost",
    )
    names = ("lower_name", "upper_name")
    return replace(
        program,
        **{name: getattr(program, name)[order.securities] for name in arrays},
        **{
            name: tuple(getattr(program, name)[i] for i in order.securities)
            for name in names
        },
        lots=replace(lots, security=place[lots.security]),
        rows=tuple(_row(row, order) for row in program.rows),
        groups=tuple(groups),
        sizes=_sizes(program.sizes, order.securities),
    )


def _row(row: Row, order: Order) -> Row:
    own = order.securities
    return replace(
        row,
        buy=row.buy[own],
        sell=row.sell[order.lots],
        names=None if row.names is None else row.names[own],
        trades=None if row.trades is None else row.trades[own],
    )


def _sizes(sizes: Sizes | None, order: Ints) -> Sizes | None:
    if sizes is None:
        return None
    return Sizes(**{f.name: getattr(sizes, f.name)[order] for f in fields(sizes)})


def _taken(lots: LotArrays, order: Ints) -> LotArrays:
    columns = {}
    for field in fields(lots):
        column = getattr(lots, field.name)
        if isinstance(column, tuple):
            columns[field.name] = tuple(column[i] for i in order)
        else:
            columns[field.name] = column[order]
    return LotArrays(**columns)


def _renamed(group: Group, place: Ints, lot_place: Ints) -> Group:
    """Number a group's securities and lots anew; its members in reverse order."""
    turn = np.arange(len(group.securities))[::-1]
    wash = group.wash
    if wash is not None:
        wash = replace(wash, buy_shares=wash.buy_shares[turn])
    modes = tuple(
        replace(mode, **{name: getattr(mode, name)[turn] for name in BY_MEMBER})
        for mode in group.modes
    )
    return replace(
        group,
        securities=place[group.securities][turn],
        lots=lot_place[group.lots],
        modes=modes,
        wash=wash,
    )


def split_lot(program: Program, lot: int, part: float) -> Program:
    """The same account with one lot as two: a part of it and the rest, in a row."""
    twice = np.sort(np.append(np.arange(len(program.lots)), lot))
    share = np.ones(len(twice))
    share[lot], share[lot + 1] = part, 1.0 - part
    lots = _taken(program.lots, twice)
    lots = replace(
        lots, weight=lots.weight * share, floor=lots.floor * share, cap=lots.cap * share
    )
    rows = tuple(replace(row, sell=row.sell[twice]) for row in program.rows)
    groups = tuple(_split_in(group, lot, part) for group in program.groups)
    return replace(program, lots=lots, rows=rows, groups=groups)


def _split_in(group: Group, lot: int, part: float) -> Group:
    """A group's lots after one of all lots is two; of one purchase, as it was."""
    shifted = group.lots + (group.lots > lot)
    found = np.flatnonzero(group.lots == lot)
    if not len(found):
        return replace(group, lots=shifted)
    where = int(found[0])
    twice = np.sort(np.append(np.arange(len(shifted)), where))
    shifted = shifted[twice]
    shifted[where + 1] += 1
    share = np.ones(len(twice))
    share[where], share[where + 1] = part, 1.0 - part
    wash = group.wash
    if wash is not None:
        columns = ("loss", "replaces", "purchase", "lot_shares")
        wash = replace(wash, **{name: getattr(wash, name)[twice] for name in columns})
    modes = tuple(_split_mode(mode, twice, share) for mode in group.modes)
    return replace(group, lots=shifted, modes=modes, wash=wash)


def _split_mode(mode: Mode, twice: Ints, share: np.ndarray) -> Mode:
    columns = {name: getattr(mode, name)[twice] for name in BY_LOT}
    columns["floor"], columns["cap"] = columns["floor"] * share, columns["cap"] * share
    return replace(mode, **columns)
