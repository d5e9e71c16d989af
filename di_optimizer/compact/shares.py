# SPDX-License-Identifier: Apache-2.0
"""An account that buys its benchmark from cash, in whole or fractional shares.

The program of it, and a plain plan to start from: targets rounded down, then one
share at a time bought or sold while the variance falls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.compact.task import NO_LOTS
from di_optimizer.program.program import Floats, Program, Row
from di_optimizer.program.sizes import NEAR, Sizes, off_grid

MOVES = 20  # of single shares for each security, at most
PAIRS = 60  # best sales and purchases that are tried with each other
BETTER = 1e-12  # relative: what counts as an improvement
CENT = 1e-9  # fraction of the account: how far cash may be off by rounding of sums


@dataclass(frozen=True, kw_only=True)
class Purse:
    """What is bought with what. Shapes: n securities, k factors.

    Attributes
    ----------
    step : (n,)
        Weight of the smallest amount that trades.
    most_cash : float
        Fraction of the account that may stay in cash.
    """

    exposures: Floats
    specific: Floats
    target: Floats
    step: Floats
    most_cash: float

    def variance(self, weights: Floats) -> float:
        """Return the tracking variance of weights (n,), annualised."""
        active = weights - self.target
        factor = self.exposures.T @ active
        return float(factor @ factor + self.specific @ active**2)

    def keeps(self, weights: Floats) -> bool:
        """Return whether weights are on the grid, and cash within its range."""
        cash = 1.0 - float(weights.sum())
        on_grid = bool(np.all(off_grid(weights, self.step) <= NEAR))
        return on_grid and -CENT <= cash <= self.most_cash + CENT


def program_of(purse: Purse, gamma: float) -> Program:
    """Return the purchase as a program whose objective is γ · variance."""
    n = len(purse.target)
    none = np.zeros(n)
    cash = Row(
        name="cash",
        buy=-np.ones(n),
        sell=np.zeros(0),
        offset=1.0,
        lower=0.0,
        upper=purse.most_cash,
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )
    return Program(
        gamma=gamma,
        exposures=purse.exposures,
        specific=purse.specific,
        benchmark=purse.target,
        held=none,
        lower=none,
        upper=np.ones(n),
        lower_name=("",) * n,
        upper_name=("",) * n,
        buy_cost=none,
        lots=NO_LOTS,
        rows=(cash,),
        sizes=replace(Sizes.any(n), step=purse.step),
    )


def plain_plan(purse: Purse) -> Floats:
    """Return weights on the grid with little variance; cash may be left over.

    Targets are rounded down, cash is spent on what helps most, and then shares are
    bought, sold, or one sold for another while the variance falls.
    """
    search = _Search(purse)
    search.spend()
    search.improve()
    found: Floats = search.count * purse.step
    return found


class _Search:
    """Numbers of steps held, and moves by one step."""

    def __init__(self, purse: Purse) -> None:
        self.purse = purse
        self.count = np.floor(purse.target / purse.step + NEAR)
        own = np.sum(purse.exposures**2, axis=1) + purse.specific
        self.bend = own * purse.step**2

    @property
    def cash(self) -> float:
        """What is not spent, fraction of the account."""
        return 1.0 - float(self.count @ self.purse.step)

    def slope(self) -> Floats:
        """Return the derivative of the variance in each number of steps, (n,)."""
        purse = self.purse
        active = self.count * purse.step - purse.target
        factor = purse.exposures @ (purse.exposures.T @ active)
        found: Floats = 2.0 * purse.step * (factor + purse.specific * active)
        return found

    def spend(self) -> None:
        """Buy what helps most for its price until cash is within its range."""
        step = self.purse.step
        for _ in range(MOVES * len(step)):
            cash = self.cash
            fits = step <= cash + CENT
            if cash <= self.purse.most_cash + CENT or not fits.any():
                return
            value = (self.slope() + self.bend) / step
            self.count[int(np.argmin(np.where(fits, value, np.inf)))] += 1.0

    def improve(self) -> None:
        """Take the best move, of one step or of two, while it helps."""
        for _ in range(MOVES * len(self.count)):
            least = -BETTER * self.purse.variance(self.count * self.purse.step)
            change, sold, bought = self._best_move()
            if not change < least:
                return
            if sold >= 0:
                self.count[sold] -= 1.0
            if bought >= 0:
                self.count[bought] += 1.0

    def _best_move(self) -> tuple[float, int, int]:
        """Return the best change of variance, what is sold and what is bought."""
        purse, slope = self.purse, self.slope()
        more = slope + self.bend
        less = np.where(self.count > 0.0, self.bend - slope, np.inf)
        sell = np.append(np.argsort(less, kind="stable")[:PAIRS], -1)
        buy = np.append(np.argsort(more, kind="stable")[:PAIRS], -1)
        step = np.append(purse.step, 0.0)  # −1 picks it: nothing is traded
        scaled = np.vstack(
            [purse.exposures * purse.step[:, None], 0.0 * purse.exposures[:1]]
        )
        change = np.append(less, 0.0)[sell][:, None] + np.append(more, 0.0)[buy][None]
        change -= 2.0 * scaled[sell] @ scaled[buy].T
        cash = self.cash + step[sell][:, None] - step[buy][None]
        fits = (cash >= -CENT) & (cash <= purse.most_cash + CENT)
        fits &= sell[:, None] != buy[None]
        change = np.where(fits, change, np.inf)
        row, column = divmod(int(np.argmin(change)), len(buy))
        return float(change[row, column]), int(sell[row]), int(buy[column])
