# SPDX-License-Identifier: Apache-2.0
"""Every amount that one security may trade, by loops: the rule of sizes once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Program, Row
from di_optimizer.program.sizes import BUY, EXIT, HOLD, SELL, Sizes

DUST = 1e-12


@dataclass(frozen=True)
class Option:
    """A kind of trade of one security, and the range of what it trades."""

    kind: int
    low: float
    high: float

    @property
    def open(self) -> bool:
        """Whether the amount is not settled."""
        return self.high > self.low


def options_of(program: Program, i: int) -> list[Option]:
    """Every kind and amount that security ``i`` may trade; no groups."""
    lots, sizes = program.lots, program.sizes or Sizes.any(program.n)
    own = lots.security == i
    held, step = float(program.held[i]), float(sizes.step[i])
    forced, most = float(lots.floor[own].sum()), float(lots.cap[own].sum())
    full = _full(program, i)
    least = max(float(program.lower[i]), float(sizes.least_held[i]))
    upper = float(program.upper[i])
    found: list[Option] = []
    if full and program.lower[i] <= DUST:
        found.append(Option(EXIT, held, held))
    low, high = max(forced, float(sizes.least_sell[i]), held - upper), held - least
    for option in _sales(step, forced, (low, min(high, most))):
        if option.high > DUST and not (full and option.low >= held - DUST):
            found.append(option)
    kept = held <= 0.0 or held >= sizes.least_held[i] - DUST
    if forced <= DUST and program.lower[i] - DUST <= held <= upper + DUST and kept:
        found.append(Option(HOLD, 0.0, 0.0))
    if not np.any(lots.floor[own] > 0.0):
        low = max(float(sizes.least_buy[i]), least - held, 0.0)
        found += _purchases(step, (low, upper - held))
    return found


def _full(program: Program, i: int) -> bool:
    """Whether all of a position may be sold, to the last lot."""
    lots, held = program.lots, float(program.held[i])
    own = lots.security == i
    free = bool(np.all(lots.cap[own] >= lots.weight[own] - DUST))
    return free and abs(held - float(lots.weight[own].sum())) <= DUST and held > DUST


def _sales(step: float, forced: float, ends: tuple[float, float]) -> Iterator[Option]:
    low, high = ends
    if step == 0.0:
        if low <= high + DUST:
            yield Option(SELL, max(low, 0.0), max(high, low, 0.0))
        return
    number = 1
    while number * step <= high + DUST:
        if number * step >= low - DUST:
            yield Option(SELL, number * step, number * step)
        number += 1
    off = abs(forced / step - round(forced / step)) > 1e-6
    if forced > DUST and off and low - DUST <= forced <= high + DUST:
        yield Option(SELL, forced, forced)


def _purchases(step: float, ends: tuple[float, float]) -> Iterator[Option]:
    low, high = ends
    if step == 0.0:
        if low <= high + DUST and high > DUST:
            yield Option(BUY, low, max(high, low))
        return
    number = 1
    while number * step <= high + DUST:
        if number * step >= low - DUST:
            yield Option(BUY, number * step, number * step)
        number += 1


def counted(program: Program, row: Row, i: int, option: Option) -> float:
    """What the kind of a trade adds to a row."""
    held = option.kind in (SELL, BUY) or (option.kind == HOLD and program.held[i] > 0.0)
    names = 0.0 if row.names is None else float(row.names[i]) * held
    traded = option.kind != HOLD
    return names + (0.0 if row.trades is None else float(row.trades[i]) * traded)


def ticket(program: Program, i: int, option: Option) -> float:
    if program.sizes is None or option.kind == HOLD:
        return 0.0
    return float(program.sizes.ticket[i])
