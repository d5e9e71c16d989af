# SPDX-License-Identifier: Apache-2.0
"""From a program to the arrays of the kernels: blocks by security, pairs by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.groups import Group
from di_optimizer.program.program import Floats, Ints, Program
from di_optimizer.solve.certified.layout import Book
from di_optimizer.solve.certified.sized import sized_of

FREE = -1  # the choice of a security without group


@dataclass(frozen=True)
class Choices:
    """Every mode of every group, in order; arrays (choices,) and (groups + 1,)."""

    group: Ints
    mode: Ints
    first: Ints

    @property
    def count(self) -> int:
        """Number of modes of all groups."""
        return len(self.group)


def choices_of(program: Program) -> Choices:
    """Return the modes of all groups."""
    sizes = [len(group.modes) for group in program.groups]
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Choices(
        group=np.repeat(np.arange(len(sizes)), sizes).astype(np.int64),
        mode=np.arange(first[-1]) - np.repeat(first[:-1], sizes),
        first=first,
    )


@dataclass(frozen=True)
class _Columns:
    """Blocks and pairs before they are sorted; one entry a part."""

    security: list[Ints]
    choice: list[Ints]
    buys: list[np.ndarray]
    buy_cost: list[Floats]
    constant: list[Floats]
    block: list[Ints]
    lot: list[Ints]
    floor: list[Floats]
    cap: list[Floats]
    gain: list[Floats]
    charge: list[Floats]
    low: list[Floats]
    high: list[Floats]


def book_of(program: Program, linked: int = 0) -> tuple[Book, Ints]:
    """Return the arrays of a program without netting, and the lot of every pair.

    Parameters
    ----------
    program : Program
    linked : int
        Number of last rows that are limits of a piece of the bill: about the gains
        of the modes, while other rows are about the gains that truly count.
    """
    columns = _Columns(*([] for _ in range(13)))
    _ungrouped(program, columns)
    choices = choices_of(program)
    for number, group in enumerate(program.groups):
        for mode in range(len(group.modes)):
            _in_mode(program, group, mode, int(choices.first[number]) + mode, columns)
    return _sorted(program, columns, linked)


def _ungrouped(program: Program, columns: _Columns) -> None:
    """Add one block a security for those in no group."""
    alone = np.ones(program.n, dtype=np.bool_)
    for group in program.groups:
        alone[group.securities] = False
    security = np.flatnonzero(alone).astype(np.int64)
    number = np.cumsum(alone) - 1
    lots = program.lots
    lot = np.flatnonzero(alone[lots.security]).astype(np.int64)
    block, gain = number[lots.security[lot]], lots.gain[lot]
    forced = np.bincount(block, weights=lots.floor[lot], minlength=len(security))
    columns.security.append(security)
    columns.choice.append(np.full(len(security), FREE, dtype=np.int64))
    columns.buys.append(forced == 0.0)
    columns.buy_cost.append(program.buy_cost[security])
    columns.constant.append(np.zeros(len(security)))
    columns.block.append(block)
    columns.lot.append(lot)
    columns.floor.append(lots.floor[lot])
    columns.cap.append(lots.cap[lot])
    columns.gain.append(gain)
    columns.charge.append(lots.charge[lot])
    columns.low.append(gain)
    columns.high.append(gain)


def _in_mode(
    program: Program, group: Group, number: int, choice: int, columns: _Columns
) -> None:
    """Add one block a member of a group in one of its modes."""
    mode, count = group.modes[number], len(group.securities)
    place = np.zeros(program.n, dtype=np.int64)
    place[group.securities] = np.arange(count)
    member = place[program.lots.security[group.lots]]
    forced = np.bincount(member, weights=mode.floor, minlength=count)
    gain = program.lots.gain[group.lots]
    low, high = mode.gain, mode.gain
    if group.wash is not None:
        moved = np.where(group.wash.loss, group.wash.moved * gain, gain)
        low, high = np.minimum(gain, moved), np.maximum(gain, moved)
    columns.block.append(member + sum(len(part) for part in columns.security))
    columns.security.append(group.securities)
    columns.choice.append(np.full(count, choice, dtype=np.int64))
    columns.buys.append(mode.buys & (forced == 0.0))
    columns.buy_cost.append(program.buy_cost[group.securities] + mode.buy_charge)
    columns.constant.append(np.where(np.arange(count) == 0, mode.constant, 0.0))
    columns.lot.append(group.lots)
    columns.floor.append(mode.floor)
    columns.cap.append(mode.cap)
    columns.gain.append(mode.gain)
    columns.charge.append(program.lots.charge[group.lots] + mode.sell_charge)
    columns.low.append(low)
    columns.high.append(high)


def _sorted(program: Program, columns: _Columns, linked: int) -> tuple[Book, Ints]:
    """Sort blocks by security and choice, pairs by block and lot."""
    security, choice = np.concatenate(columns.security), np.concatenate(columns.choice)
    by_block = np.lexsort((choice, security))
    rank = np.empty(len(by_block), dtype=np.int64)
    rank[by_block] = np.arange(len(by_block))
    block, lot = rank[np.concatenate(columns.block)], np.concatenate(columns.lot)
    by_pair = np.lexsort((lot, block))
    block, lot = block[by_pair], lot[by_pair]
    floor, cap, gain, charge, low, high = (
        np.concatenate(parts)[by_pair]
        for parts in (
            columns.floor,
            columns.cap,
            columns.gain,
            columns.charge,
            columns.low,
            columns.high,
        )
    )
    security, lots = security[by_block], program.lots
    row_sell, row_gain = _row_values(program, linked, lot, gain, low, high)
    return Book(
        held=program.held,
        target=program.benchmark,
        lower=program.lower,
        upper=program.upper,
        specific=program.specific,
        blocks_from=_starts(security, program.n),
        choice=choice[by_block],
        buys=np.concatenate(columns.buys)[by_block],
        buy_cost=np.concatenate(columns.buy_cost)[by_block],
        constant=np.concatenate(columns.constant)[by_block],
        pairs_from=_starts(block, len(security)),
        floor=floor,
        cap=cap,
        unit=lots.rate[lot] * gain + lots.sell_cost[lot] + charge,
        row_buy=_table([row.buy[security] for row in program.rows], len(security)),
        row_sell=row_sell,
        row_gain=row_gain,
        low=low,
        high=high,
        ranged=np.flatnonzero(low < high),
        sized=sized_of(program, security, block, cap >= lots.weight[lot]),
    ), lot


def _starts(owner: Ints, count: int) -> Ints:
    """Return where each owner's entries begin, and their end, (count + 1,)."""
    return np.searchsorted(owner, np.arange(count + 1)).astype(np.int64)


def _table(rows: list[Floats], width: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _row_values(
    program: Program, linked: int, lot: Ints, gain: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Return the rows per unit sold, and per unit of gains known only by a range."""
    lots = program.lots
    sell, uncertain = [], []
    ranged = low < high
    for number, row in enumerate(program.rows):
        by_term = np.where(lots.long_term[lot], row.long, row.short)
        if number >= len(program.rows) - linked:
            sell.append(row.sell[lot] + by_term * gain)
            uncertain.append(np.zeros(len(lot)))
        else:
            sell.append(row.sell[lot] + np.where(ranged, 0.0, by_term * low))
            uncertain.append(np.where(ranged, by_term, 0.0))
    return _table(sell, len(lot)), _table(uncertain, len(lot))
