# SPDX-License-Identifier: Apache-2.0
"""One rounding: its grid, the way back to exact shares, and the moves that are open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.orders.grid import (
    SLACK,
    Grid,
    Steps,
    excess,
    row_values,
    sold_weight,
)
from di_optimizer.orders.moves import Moves, jumps, moves, variance_of, within_rows
from di_optimizer.program.cash import CASH
from di_optimizer.program.groups import Flags
from di_optimizer.program.job import Built
from di_optimizer.program.program import Floats, Ints

HALF_CENT = Decimal("0.005")


@dataclass(frozen=True, kw_only=True)
class Quantities:
    """Shares bought and sold by symbol, each a tradable quantity or a full exit."""

    buys: dict[str, Decimal]
    sells: dict[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Room:
    """Exact cash against its limits: ``short`` of the least, ``over`` the most.

    ``row`` is the row of the program whose lower limit is missed most.
    """

    short: Fraction
    over: Fraction
    row: str = CASH


CashCheck = Callable[[Quantities], Room]


@dataclass(frozen=True, kw_only=True)
class Rounder:
    """Everything one rounding needs, by security.

    ``steps`` holds shares a step, ``tradable`` the shares of its lots that may be
    sold at most, ``due`` those that must be.
    """

    built: Built
    steps: tuple[Decimal, ...]
    tradable: tuple[Decimal, ...]
    due: tuple[Decimal, ...]
    grid: Grid
    check: CashCheck

    def quantities(self, steps: Steps) -> Quantities:
        """Return steps as shares by symbol; what is worth no cent is left out."""
        buys, sells = {}, {}
        due = self.grid.due > 0.0
        moved = self.grid.step * steps.bought + sold_weight(self.grid, steps.sold)
        worth = moved >= self.weight(HALF_CENT)
        exits = (steps.sold > 0) & self.grid.ranges.leaves
        exits = exits & (steps.sold == -self.grid.ranges.whole)
        for i in np.flatnonzero((moved > 0) & (worth | exits | due)).tolist():
            symbol = self.built.universe.symbols[i]
            if steps.sold[i] > 0 or due[i]:
                sale = max(self.steps[i] * int(steps.sold[i]), self.due[i])
                part = min(sale, self.tradable[i])
                sells[symbol] = self.tradable[i] if exits[i] else part
            else:
                buys[symbol] = self.steps[i] * int(steps.bought[i])
        return Quantities(buys=buys, sells=sells)

    def room(self, steps: Steps) -> Room:
        """Return exact cash after these steps against its range."""
        return self.check(self.quantities(steps))

    def weight(self, money: Decimal | Fraction) -> float:
        """Return money as a fraction of base."""
        return float(Fraction(money) / Fraction(self.built.base))

    def gain(self, move: Moves, row: str) -> Floats:
        """Return what a move adds to a row about cash, (n,)."""
        if row == CASH:
            return move.cash
        [number] = [j for j, own in enumerate(self.grid.rows) if own.name == row]
        found: Floats = move.rows[number]
        return found

    def options(self, steps: Steps, count: Ints) -> tuple[Moves, ...]:
        """Return the moves from here that break no row or cap further than it is.

        See :func:`di_optimizer.orders.moves.moves`.
        """
        return self._open(steps, moves(self.built.program, self.grid, steps, count))

    def jumps(self, steps: Steps) -> tuple[Moves, ...]:
        """Return the same of exits and of trades taken back, where sizes matter."""
        if self.built.program.sizes is None:
            return ()
        return self._open(steps, jumps(self.built.program, self.grid, steps))

    def any_options(self, steps: Steps, count: Ints) -> tuple[Moves, ...]:
        """Return moves and jumps from here, whatever they do to rows."""
        program, grid = self.built.program, self.grid
        found = moves(program, grid, steps, count)
        jumped = () if program.sizes is None else jumps(program, grid, steps)
        return (*found, *jumped)

    def _open(self, steps: Steps, found: tuple[Moves, ...]) -> tuple[Moves, ...]:
        if not (self.grid.rows or self.capped):
            return found
        return tuple(
            replace(m, change=np.where(self._fits(steps, m), m.change, np.inf))
            for m in found
        )

    def _fits(self, steps: Steps, move: Moves) -> Flags:
        fits = within_rows(self.grid, steps, move)
        if self.capped:
            variance = self.variance(steps)
            most = max(self.built.program.variance_cap, variance)
            fits = fits & (variance + move.variance <= most)
        return fits

    @property
    def capped(self) -> bool:
        """Whether there is a cap on tracking variance."""
        return bool(np.isfinite(self.built.program.variance_cap))

    def variance(self, steps: Steps) -> float:
        """Return the tracking variance after some steps."""
        return variance_of(self.built.program, self.grid, steps)

    def worsens(self, steps: Steps, after: Steps) -> bool:
        """Return whether a row or the cap is broken further after than before."""
        cap = self.built.program.variance_cap
        if self.capped and self.variance(after) > max(cap, self.variance(steps)):
            return True
        old, new = (excess(self.grid, row_values(self.grid, s)) for s in (steps, after))
        return bool(np.any(new > old + SLACK))
