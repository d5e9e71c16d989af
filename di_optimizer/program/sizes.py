# SPDX-License-Identifier: Apache-2.0
"""What amounts may be traded and held: grids, minimum trades, minimum holdings.

A security's trade is of one kind. With h its weight, t what is sold of it, u what is
bought, x what it weighs afterwards::

    exit   t is all of it: every lot whole, and x = 0       any size
    sale   t = k·step or t = what its floors force          t ≥ least_sell
    hold   t = u = 0                                        where no floor forces a sale
    buy    u = k·step                                       u ≥ least_buy

and after each of them x = 0 or x ≥ least_held. A step of 0 allows any amount.
See docs/method.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.groups import Flags, Floats, Ints

EXIT, SELL, HOLD, BUY = 1, 2, 4, 8  # kinds of trade, as bits, in order of the weight
KINDS = (EXIT, SELL, HOLD, BUY)
ANY = EXIT | SELL | HOLD | BUY
NEAR = 1e-6  # of a step: an amount this close to a whole number of steps is on it
DUST = 1e-12  # fraction of base; amounts below it are rounding of sums


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Limits of the size of trades and positions, by security; shapes (n,).

    Attributes
    ----------
    step : (n,)
        Weight of the smallest tradable amount; 0 where any amount may be traded.
    least_buy, least_sell : (n,)
        Least weight of a purchase, and of a sale that is no full exit.
    least_held : (n,)
        Least weight of a position that is held.
    ticket : (n,)
        Cost of a trade of any size, fraction of base. Part of the objective; where
        cash pays for it, the cash row's ``trades`` says so.
    """

    step: Floats
    least_buy: Floats
    least_sell: Floats
    least_held: Floats
    ticket: Floats

    @classmethod
    def any(cls, count: int) -> Sizes:
        """Return sizes that allow everything, for ``count`` securities."""
        none = np.zeros(count)
        return cls(
            step=none, least_buy=none, least_sell=none, least_held=none, ticket=none
        )

    @property
    def plain(self) -> Flags:
        """Where nothing is limited and no trade has a fixed cost, (n,)."""
        limits = (self.step, self.least_buy, self.least_sell, self.least_held)
        free = self.ticket == 0.0
        for limit in limits:
            free = free & (limit == 0.0)
        found: Flags = free
        return found


def off_grid(amounts: Floats, step: Floats) -> Floats:
    """Return how far amounts are from a whole number of steps, as part of a step.

    Where the step is 0 every amount is on the grid.

    Examples
    --------
    >>> off_grid(np.array([0.25, 0.3, 0.3]), np.array([0.125, 0.125, 0.0])).round(3)
    array([0. , 0.4, 0. ])
    """
    counted = amounts / np.where(step > 0.0, step, 1.0)
    found: Floats = np.where(step > 0.0, np.abs(counted - np.rint(counted)), 0.0)
    return found


def kinds_of(bought: Floats, sold: Floats, whole: Flags) -> Ints:
    """Return the kind of each security's trade, (n,).

    Parameters
    ----------
    bought, sold : (n,)
    whole : (n,)
        Whether what is sold is all of the position.
    """
    kinds = np.where(bought > 0.0, BUY, HOLD)
    return np.where(sold > 0.0, np.where(whole, EXIT, SELL), kinds).astype(np.int64)
