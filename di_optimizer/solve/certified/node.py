# SPDX-License-Identifier: Apache-2.0
"""Values that nodes of the tree are made of: what is open, points, minima, picks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints
from di_optimizer.program.sizes import ANY, BUY, EXIT, HOLD, KINDS, SELL

BUYS, SALES = HOLD | BUY, EXIT | SELL | HOLD  # the two sides


@dataclass(frozen=True)
class Fixing:
    """What a node of the tree leaves open.

    ``kinds`` (n,) of trades, as bits; ``modes`` (groups,), −1 for all; weights from
    ``low`` to ``high``, (n,).
    """

    kinds: Ints
    modes: Ints
    low: Floats
    high: Floats

    @classmethod
    def of_sides(cls, sides: Ints, modes: Ints) -> Fixing:
        """Return a fixing of sides alone: +1 purchases, −1 sales, 0 both, (n,)."""
        kinds = np.array([SALES, ANY, BUYS])[sides + 1]
        none = np.full(len(sides), np.inf)
        return cls(kinds, modes, -none, none)

    @property
    def sides(self) -> Ints:
        """Return the sides that kinds are of: +1 purchases, −1 sales, else 0, (n,)."""
        buys = (self.kinds & (EXIT | SELL)) == 0
        sells = (self.kinds & BUY) == 0
        sides: Ints = np.where(buys, 1, 0) - np.where(sells, 1, 0)
        return sides

    @property
    def key(self) -> bytes:
        """Equal fixings have equal keys."""
        parts = (self.kinds, self.modes, self.low, self.high)
        return b"".join(part.tobytes() for part in parts)

    def with_kinds(self, security: int, kinds: int) -> Fixing:
        """Return the fixing with no other kinds of one security."""
        own = self.kinds.copy()
        own[security] &= kinds
        return replace(self, kinds=own)

    def with_mode(self, group: int, mode: int) -> Fixing:
        """Return the fixing with one more mode."""
        modes = self.modes.copy()
        modes[group] = mode
        return replace(self, modes=modes)

    def below(self, security: int, weight: float) -> Fixing:
        """Return the fixing with no more than a weight of one security."""
        high = self.high.copy()
        high[security] = min(high[security], weight)
        return replace(self, high=high)

    def above(self, security: int, weight: float) -> Fixing:
        """Return the fixing with no less than a weight of one security."""
        low = self.low.copy()
        low[security] = max(low[security], weight)
        return replace(self, low=low)


@dataclass(frozen=True)
class Point:
    """Where an iteration ended, and where another may start.

    ``factors`` (k,), ``rows`` (rows,) and ``risk``, of the cap on the variance, are
    multipliers; ``x`` (n,) and ``values`` (inner rows,) primal.
    """

    x: Floats
    factors: Floats
    rows: Floats
    values: Floats
    risk: float = 0.0


@dataclass(frozen=True)
class Minima:
    """Least of every block at one point's multipliers, by kind (4, blocks)."""

    blocks: Floats
    constant: float

    def open(self, kinds: Ints) -> Floats:
        """Return the least of every block among the open kinds, (blocks,)."""
        bits = kinds[None, :] & np.array(KINDS)[:, None]
        least: Floats = np.where(bits != 0, self.blocks, np.inf).min(axis=0)
        return least


@dataclass(frozen=True)
class Picks:
    """What a relaxed point is made of, by security.

    ``kind``, ``choice`` (3, n): of the piece it leans to, and of the two pieces it
    is mixed from. ``loss`` (n,): curve less envelope. ``kinked`` (n,). ``mixed`` (n,):
    whether the point is on a chord, and (2, n) between which ``ends``.
    """

    kind: Ints
    choice: Ints
    loss: Floats
    kinked: Flags
    mixed: Flags
    ends: Floats
