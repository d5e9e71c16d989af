# SPDX-License-Identifier: Apache-2.0
"""Which amounts are open where sizes are limited or counted: ranges by kind of trade.

Kinds that cost and count the same and whose amounts follow on each other share a
range: what is part of both sides needs no choice of its own. Ranges and not kinds are
what the model branches on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import (
    BUY,
    DUST,
    EXIT,
    HOLD,
    NEAR,
    SELL,
    Sizes,
    off_grid,
)
from di_optimizer.solve.blocks import Blocks


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """Amounts that are open: of one block, on one side, in steps from low to high.

    Attributes
    ----------
    block, side : (ranges,)
        ``side`` is +1 buy, −1 sell, 0 no trade.
    kind : (ranges,)
        Kinds of trade in it, as bits.
    low, high : (ranges,)
        Least and most traded; both whole numbers of steps where there are steps.
    step : (ranges,)
        0 where any amount between low and high may be traded.
    """

    block: Ints
    side: Ints
    kind: Ints
    low: Floats
    high: Floats
    step: Floats


def is_sized(program: Program) -> bool:
    """Whether sizes are limited or counted at all."""
    return program.sizes is not None or any(row.stepped for row in program.rows)


@dataclass(frozen=True, kw_only=True)
class _Room:
    """What limits the trades of each block, (blocks,)."""

    held: Floats
    room: Floats
    spare: Floats
    forced: Floats
    whole: Floats
    full: Flags
    named: Flags
    counted: Flags
    sizes: Sizes
    buys: Flags


def ranges_of(program: Program, blocks: Blocks) -> Ranges:
    """Return the open ranges of every block: purchases first, by kind, then block."""
    at = _room(program, blocks)
    buy, sell, hold = _buys(at), _sales(at), _holds(at)
    leave, buy, sell = _exits(at), *_with_hold(at, buy, sell, hold)
    exits, sell = _with_exit(at, leave, sell)
    hold = _only(hold, ~(_has(buy, HOLD) | _has(sell, HOLD)))
    found = [_to_grid(part) for part in (buy, sell, hold)]
    return _joined([*found[:2], _just_forced(at), exits, found[2]])


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One range a block, where ``open``."""

    side: int
    kind: Ints
    low: Floats
    high: Floats
    step: Floats
    open: Flags


def _room(program: Program, blocks: Blocks) -> _Room:
    own, lots = blocks.security, program.lots
    sizes = program.sizes or Sizes.any(program.n)
    held = program.held[own]
    weight = blocks.per_block(lots.weight[blocks.lot])
    capped = np.bincount(
        blocks.owner,
        weights=blocks.cap < lots.weight[blocks.lot] - DUST,
        minlength=blocks.count,
    )
    names, trades = np.zeros(program.n, bool), np.zeros(program.n, bool)
    for row in program.rows:
        names |= False if row.names is None else row.names != 0.0
        trades |= False if row.trades is None else row.trades != 0.0
    return _Room(
        held=held,
        room=_snap(program.upper - program.held)[own],
        spare=_snap(program.held - program.lower)[own],
        forced=blocks.per_block(blocks.floor),
        whole=blocks.per_block(blocks.cap),
        full=(capped == 0) & (np.abs(held - weight) <= DUST) & (weight > DUST),
        named=names[own],
        counted=trades[own] | (sizes.ticket[own] != 0.0),
        sizes=Sizes(**{k: v[own] for k, v in vars(sizes).items()}),
        buys=blocks.buys,
    )


def _snap(amounts: Floats) -> Floats:
    return np.where(np.abs(amounts) <= DUST, 0.0, amounts)


def _buys(at: _Room) -> _Part:
    """Purchases above nothing; of no steps from 0+ on."""
    need = np.maximum(-at.spare, at.sizes.least_held - at.held)
    low = np.maximum(np.maximum(need, at.sizes.least_buy), 0.0)
    low = np.where(at.sizes.step > 0.0, np.maximum(low, at.sizes.step), low)
    return _Part(
        side=1,
        kind=np.full(len(low), BUY),
        low=low,
        high=at.room,
        step=at.sizes.step,
        open=at.buys & (at.room > DUST),
    )


def _sales(at: _Room) -> _Part:
    """Sales of a part: something is left."""
    low = np.maximum(np.maximum(at.forced, at.sizes.least_sell), -at.room)
    low = np.where(at.sizes.step > 0.0, np.maximum(low, at.sizes.step), low)
    most = at.held - at.sizes.least_held
    short = at.full & (at.sizes.step > 0.0) & (at.sizes.least_held <= 0.0)
    most = np.where(short, at.held - np.maximum(NEAR * at.sizes.step, 3 * DUST), most)
    return _Part(
        side=-1,
        kind=np.full(len(low), SELL),
        low=np.maximum(low, 0.0),
        high=np.minimum(np.minimum(at.whole, at.spare), most),
        step=at.sizes.step,
        open=(at.whole > DUST) & (at.spare > DUST),
    )


def _holds(at: _Room) -> _Part:
    """No trade at all."""
    nothing = np.zeros(len(at.held))
    kept = (at.held <= 0.0) | (at.held >= at.sizes.least_held - DUST)
    inside = (at.room >= 0.0) & (at.spare >= 0.0)
    return _Part(
        side=0,
        kind=np.full(len(nothing), HOLD),
        low=nothing,
        high=nothing,
        step=nothing,
        open=(at.forced <= DUST) & inside & kept,
    )


def _exits(at: _Room) -> _Part:
    """All of it, whatever the size."""
    return _Part(
        side=-1,
        kind=np.full(len(at.held), EXIT),
        low=at.whole,
        high=at.whole,
        step=np.zeros(len(at.held)),
        open=at.full & (at.spare >= at.held - DUST),
    )


def _with_hold(at: _Room, buy: _Part, sell: _Part, hold: _Part) -> tuple[_Part, _Part]:
    """Let both sides begin at no trade where that is no choice of its own."""
    free = hold.open & ~at.counted
    none = at.sizes.step
    new = (at.held <= 0.0) & (at.named | (at.sizes.least_held > 0.0))
    bought = free & buy.open & (buy.low <= none) & ~new
    sold = free & sell.open & (sell.low <= none)
    return _from_nothing(buy, bought), _from_nothing(sell, sold)


def _from_nothing(part: _Part, where: Flags) -> _Part:
    return _Part(
        side=part.side,
        kind=np.where(where, part.kind | HOLD, part.kind),
        low=np.where(where, 0.0, part.low),
        high=part.high,
        step=part.step,
        open=part.open,
    )


def _with_exit(at: _Room, leave: _Part, sell: _Part) -> tuple[Ranges, _Part]:
    """Let sales end at all of it where that is no choice of its own."""
    on = off_grid(at.whole, at.sizes.step) <= NEAR
    joined = leave.open & sell.open & ~at.named & on & (at.sizes.least_held <= 0.0)
    joined &= sell.low <= at.whole + DUST
    nothing_left = at.full & (sell.low >= at.whole - DUST)
    sold = _Part(
        side=-1,
        kind=np.where(joined, sell.kind | EXIT, sell.kind),
        low=sell.low,
        high=np.where(joined, at.whole, sell.high),
        step=sell.step,
        open=sell.open & (joined | ~nothing_left),
    )
    return _to_grid(_only(leave, ~joined)), sold


def _just_forced(at: _Room) -> Ranges:
    """Sales of what the floors force and no more, where that is off the grid."""
    left, forced = at.held - at.forced, at.forced
    off = (at.sizes.step > 0.0) & (off_grid(forced, at.sizes.step) > NEAR)
    gone = at.full & (left <= 2 * DUST)
    enough = (forced >= at.sizes.least_sell - DUST) & (forced >= -at.room - DUST)
    kept = (left >= at.sizes.least_held - DUST) & (forced <= at.spare + DUST)
    part = _Part(
        side=-1,
        kind=np.full(len(forced), SELL),
        low=forced,
        high=forced,
        step=np.zeros(len(forced)),
        open=(forced > DUST) & off & ~gone & enough & kept,
    )
    return _to_grid(part)


def _has(part: _Part, kind: int) -> Flags:
    found: Flags = part.open & (part.kind & kind > 0)
    return found


def _only(part: _Part, where: Flags) -> _Part:
    return _Part(**(vars(part) | {"open": part.open & where}))


def _to_grid(part: _Part) -> Ranges:
    """Return the open ranges, ends moved in to whole steps; without empty ones."""
    step = np.where(part.step > 0.0, part.step, 1.0)
    low = np.where(part.step > 0.0, np.ceil((part.low - DUST) / step) * step, part.low)
    most = np.floor((part.high + DUST) / step) * step
    whole = (part.kind & EXIT > 0) & (part.step > 0.0)  # sold lot by lot, to the last
    high = np.where((part.step > 0.0) & ~whole, most, part.high)
    low = np.where(np.abs(low - high) <= DUST, high, low)
    own = np.flatnonzero(part.open & (low <= high))
    one = (low == high)[own]
    return Ranges(
        block=own,
        side=np.full(len(own), part.side),
        kind=part.kind[own],
        low=low[own],
        high=high[own],
        step=np.where(one, 0.0, part.step[own]),
    )


def _joined(parts: list[Ranges]) -> Ranges:
    names = ("block", "side", "kind", "low", "high", "step")
    return Ranges(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})
