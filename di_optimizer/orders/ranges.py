# SPDX-License-Identifier: Apache-2.0
"""How many steps of each security may be traded, and the nearest such number.

Steps are counted up in purchases and down in sales. In order: all of the position
sold, a sale of part of it, nothing, a purchase; between them are gaps, trades and
positions that are too small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.groups import Flags, Floats, Ints
from di_optimizer.program.program import Program
from di_optimizer.program.sizes import DUST, Sizes

ROUND = 1e-9  # a quantity this close to a whole step counts as that step
NOISE = 1e-14  # rounding of sums of weights, and relative of numbers of steps
NEVER = 2**62  # steps; an end of an empty range


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """Allowed numbers of steps: ``low`` to ``high`` of four ranges, (4, n).

    A range whose low is above its high is empty. ``leaves`` (n,) says where the
    first one, all of the position, is open.
    """

    low: Ints
    high: Ints

    @property
    def leaves(self) -> Flags:
        """Where all of the position may be sold, (n,)."""
        found: Flags = self.low[0] <= self.high[0]
        return found

    @property
    def whole(self) -> Ints:
        """The number of steps that sells all of the position, (n,)."""
        found: Ints = self.low[0]
        return found

    @property
    def idle(self) -> Flags:
        """Where no more need be traded than what is due, (n,)."""
        found: Flags = self.low[2] <= self.high[2]
        return found

    def at_least(self, steps: Ints) -> Ints:
        """Return the least allowed numbers from ``steps`` up, NEVER where none is."""
        found = np.maximum(self.low, steps)
        least: Ints = np.min(np.where(found <= self.high, found, NEVER), axis=0)
        return least

    def at_most(self, steps: Ints) -> Ints:
        """Return the largest allowed numbers up to ``steps``, −NEVER where none is."""
        found = np.minimum(self.high, steps)
        most: Ints = np.max(np.where(found >= self.low, found, -NEVER), axis=0)
        return most

    def nearest(self, steps: Ints) -> Ints:
        """Return the allowed numbers nearest to ``steps``; of two the lower one."""
        above, below = self.at_least(steps), self.at_most(steps)
        return np.where(above - steps < steps - below, above, below)

    def up(self, steps: Ints, count: Ints) -> Ints:
        """Return the numbers ``count`` steps further up, or as close as may be.

        Sales are not turned into purchases, but where one of them has to be.
        """
        wanted = steps + count
        wanted = np.where(steps < 0, np.minimum(wanted, 0), wanted)
        found = self.at_least(wanted)
        return np.where(found < NEVER, found, self.at_most(wanted))

    def down(self, steps: Ints, count: Ints) -> Ints:
        """Return the numbers ``count`` steps further down, or as close as may be."""
        wanted = steps - count
        wanted = np.where(steps > 0, np.maximum(wanted, 0), wanted)
        found = self.at_most(wanted)
        return np.where(found > -NEVER, found, self.at_least(wanted))


@dataclass(frozen=True, kw_only=True)
class Room:
    """What there is to trade of each security, (n,): weights.

    ``step`` is that of one step; ``due`` of the lots must be sold and ``tradable``
    may. ``leaves`` are positions that may be sold whole.
    """

    step: Floats
    due: Floats
    tradable: Floats
    leaves: Flags


def ranges_of(program: Program, room: Room) -> Ranges:
    """Return the allowed numbers of steps of a program without choices.

    Where nothing is allowed at all the sale that comes closest is.
    """
    sizes = program.sizes or Sizes.any(program.n)
    held, step, due = program.held, room.step, room.due
    forced = np.maximum(held - program.upper, 0.0)
    forced = _up(np.where(forced <= due + ROUND * step, 0.0, forced) / step)
    stays = (held <= 0.0) | (held >= sizes.least_held - DUST)
    hold = np.where((due <= 0.0) & stays & (forced == 0), 0, 1)
    sale = _sale(program, room, sizes, forced)
    purchase = _purchase(program, room, sizes)
    whole = np.where(room.leaves, -_up(room.tradable / step), 1)
    low = np.array([whole, -sale[1], hold, purchase[0]])
    high = np.array([np.minimum(whole, 0), -sale[0], 0 * hold, purchase[1]])
    none = np.all(low > high, axis=0)
    spare = np.minimum(held - program.lower, room.tradable)
    closest = -np.maximum(np.minimum(sale[0], _down(spare / step)), 0)
    low[1], high[1] = (np.where(none, closest, end[1]) for end in (low, high))
    return Ranges(low=low, high=high)


def _sale(
    program: Program, room: Room, sizes: Sizes, forced: Ints
) -> tuple[Ints, Ints]:
    """Return the least and most steps sold of a position that stays.

    The steps that fit into what is due stand for just that.
    """
    held, step, due = program.held, room.step, room.due
    just_due = (due > 0.0) & (due >= sizes.least_sell - DUST) & (forced == 0)
    just_due = just_due & (held - due >= sizes.least_held - DUST)
    least = np.maximum(_up(np.maximum(sizes.least_sell, due) / step), 1)
    least = np.where(just_due, _down(due / step), np.maximum(least, forced))
    spare = np.minimum(held - program.lower, room.tradable)
    most = _down(np.minimum(spare, held - sizes.least_held) / step)
    whole = _up(room.tradable / step)
    most = np.where(room.leaves, np.minimum(most, whole - 1), most)
    return least, np.where(just_due, np.maximum(most, least), most)


def _purchase(program: Program, room: Room, sizes: Sizes) -> tuple[Ints, Ints]:
    """Return the least and most steps bought; none where something must be sold."""
    missing = np.maximum(sizes.least_buy, sizes.least_held - program.held)
    most = _down(np.maximum(program.upper - program.held, 0.0) / room.step)
    least = np.maximum(_up(missing / room.step), 1)
    return least, np.where(room.due > 0.0, 0, most)


def _up(steps: Floats) -> Ints:
    return np.maximum(np.ceil(steps - _slack(steps)), 0.0).astype(np.int64)


def _down(steps: Floats) -> Ints:
    return np.floor(steps + _slack(steps)).astype(np.int64)


def _slack(steps: Floats) -> Floats:
    """Return what whole numbers of steps may be off: of millions, more than of few."""
    found: Floats = ROUND + NOISE * np.abs(steps)
    return found
