# SPDX-License-Identifier: Apache-2.0
"""Plans within an active share, and the cut that proves how good they are.

For any widths a > 0, |t| ≤ t² / 2a + a / 2, with equality at |t| = a. So a price of
active share becomes a price of squared active weights, which every engine knows; the
widths follow the plan, and the price follows the active share. Where they settle,
t / 2a of each security is the cut that holds the plan.

Reference: Hunter and Lange (2004), A tutorial on MM algorithms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from di_optimizer.program.curbs import ActiveCurb
from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.solution import Cut, Settings, Solution

Solve = Callable[[Program, Settings, Solution | None], Solution]

ROUNDS = 12
NARROWEST = 1e-6  # width, fraction of base
STEP = 5.0  # factor by which the price moves until it is known from both sides
NEAR = 0.995  # of the limit: close enough
FIRST = 0.01  # price of a unit of active share where nothing is known of it


def approached(
    solve: Solve,
    program: Program,
    settings: Settings,
    about: tuple[int, ActiveCurb, float, Solution],
) -> tuple[Cut, list[Solution]]:
    """Return the cut of a curb that binds, and plans on the way to it.

    Parameters
    ----------
    program : Program
        Without curbs.
    about : tuple
        Number of the curb, the curb, about what a unit of active share is worth,
        fraction of base (0 where nothing is known), and a plan that breaks it.
    """
    number, curb, guess, start = about
    assert start.buys is not None
    assert start.sells is not None
    price, low, high = guess or FIRST, 0.0, np.inf
    active = curb.active(program.after(start.buys, start.sells))
    plans, direction = list[Solution](), 0.5 * np.sign(active)
    for _ in range(ROUNDS):
        widths = np.maximum(np.abs(active), NARROWEST)
        found = solve(_priced(program, curb, price / (4.0 * widths)), settings, None)
        if found.buys is None or found.sells is None:
            break
        plans.append(found)
        active = curb.active(program.after(found.buys, found.sells))
        direction = np.clip(0.5 * active / widths, -0.5, 0.5)
        share = 0.5 * float(np.abs(active).sum())
        if NEAR * curb.limit <= share <= curb.limit:
            break
        # widths move what a price does, so that an old side may have to be forgotten
        if share > curb.limit:
            low, high = price, high if high > price else np.inf
        else:
            low, high = low if low < price else 0.0, price
        price = _between(low, high, price)
    return Cut(number, direction), plans


def _between(low: float, high: float, price: float) -> float:
    """Return the next price: further out, or in the middle on the scale of factors."""
    if high == np.inf:
        return STEP * price
    return price / STEP if low == 0.0 else float(np.sqrt(low * high))


def _priced(program: Program, curb: ActiveCurb, prices: Floats) -> Program:
    """Return the program with a price on each squared active weight as well."""
    extra = np.where(np.arange(program.n) < curb.count, prices, 0.0)
    if program.gamma > 0.0:
        return replace(program, specific=program.specific + extra / program.gamma)
    none = np.zeros_like(program.exposures)
    return replace(program, gamma=1.0, exposures=none, specific=extra)
