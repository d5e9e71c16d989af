# SPDX-License-Identifier: Apache-2.0
"""The price that holds a risk within its limit, and plans that just keep it.

Every price of :mod:`di_optimizer.solve.risk_curbs` proves a bound; the one with the
highest is searched. Rows alone would come close to a risk one direction at a time.

Reference: Geoffrion (1974), Lagrangean relaxation for integer programming.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.curbs import RiskCurb
from di_optimizer.program.program import Program
from di_optimizer.solve.risk_curbs import at_price
from di_optimizer.solve.solution import Settings, Solution

Solve = Callable[[Program, Settings, Solution | None], Solution]

ROUNDS = 16
STEP = 4.0  # factor by which the price moves until it is known from both sides
SHORT = 1.3  # the same where it is known about, squared with every step
SAME = 0.05  # of nearness, between the two sides: choices jump over the limit here


@dataclass(frozen=True)
class Held:
    """The price of a risk that bounds most, and the plans nearest to the limit.

    ``inside`` are plans that keep it, ``spent`` all that were found.
    """

    price: float
    inside: tuple[Solution, ...]
    spent: tuple[Solution, ...]


def held(
    solve: Solve,
    program: Program,
    settings: Settings,
    about: tuple[RiskCurb, float, float],
    ceiling: float = np.inf,
) -> Held:
    """Search the price that holds a risk within its limit.

    Parameters
    ----------
    program : Program
        Without curbs.
    about : tuple
        The curb; about what price it has, years (0 where nothing is known); and how
        near to its limit a plan within it has to be, relative.
    ceiling : float
        More than any plan costs: a higher bound ends the search.
    """
    curb, guess, near = about
    price, step = guess or max(program.gamma, 1.0), SHORT if guess else STEP
    low, high = (0.0, np.inf), (np.inf, 0.0)  # (price, risk) on either side
    best, inside, every = (-np.inf, 0.0), list[Solution](), list[Solution]()
    for _ in range(ROUNDS):
        found = solve(at_price(program, curb, price), settings, None)
        if found.buys is None or found.sells is None or found.bound is None:
            break
        every.append(found)
        best = max(best, (found.bound, price))
        if found.bound > ceiling:
            break
        risk = curb.value(program.after(found.buys, found.sells))
        if risk > curb.limit:
            low = (price, risk)
        else:
            high = (price, risk)
            inside.append(found)
        on_it = curb.limit * (1.0 - near) <= risk <= curb.limit
        if on_it or high[0] <= low[0] * (1.0 + SAME * near):
            break
        price = _between(low, high, curb.limit * (1.0 - near / 2.0), step)
        step = min(step * step, STEP)
    return Held(best[1], tuple(inside), tuple(every))


def _between(
    low: tuple[float, float], high: tuple[float, float], aim: float, step: float
) -> float:
    """Return the next price: a step outwards, or between the two sides.

    Where both are known, logarithms of price and risk are taken as a line, from which
    the aim is read, but for a tenth of the way from either end.
    """
    if not np.isfinite(high[0]):
        return low[0] * step
    if low[0] == 0.0:
        return high[0] / step
    way = 0.5
    if high[1] > 0.0 and low[1] > high[1]:
        way = float(np.log(low[1] / aim) / np.log(low[1] / high[1]))
    way = min(max(way, 0.1), 0.9)
    return float(low[0] * (high[0] / low[0]) ** way)
