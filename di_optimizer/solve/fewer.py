# SPDX-License-Identifier: Apache-2.0
"""Fewer trades for the same quality: a price of each trade, as high as is allowed.

Among plans whose objective is within a stated tolerance of the best one found, one
with few trades: the program is solved again with a price on every trade, and the
price is raised while the true objective stays within the tolerance. The bound is that
of the program without the price, so that the gap says what was given up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Program
from di_optimizer.program.sizes import HOLD, Sizes
from di_optimizer.solve.solution import Settings, Solution, Status

TRIES = 6  # prices that are tried
NODES = 40  # of each
FIRST = 4.0  # times the tolerance a trade: the first price
STEP = 4.0  # by which the price moves at first

Solve = Callable[[Program, Settings, Solution | None], Solution]


def with_fewer_trades(
    solve: Solve, program: Program, settings: Settings, found: Solution
) -> Solution:
    """Return a solution within ``settings.fewer_trades`` of another, with few trades.

    Parameters
    ----------
    solve : callable
        The engine.
    found : Solution
        Its answer to the program.

    Returns
    -------
    Solution
        With the bound and the leaves of ``found``; ``found`` itself where nothing
        with fewer trades was found.
    """
    tolerance = settings.fewer_trades
    if tolerance <= 0.0 or found.objective is None or trades_of(program, found) < 2:
        return found
    most = found.objective + tolerance
    closer = replace(
        settings, gap=min(settings.gap, 0.25 * tolerance), nodes=NODES, fewer_trades=0.0
    )
    best, low, high = found, 0.0, np.inf
    price = FIRST * tolerance / trades_of(program, found)
    for _ in range(TRIES):
        priced = solve(at_price(program, price), closer, None)
        value = _value(program, priced)
        if value <= most:
            low = price
            if _is_better(program, priced, best):
                best = _judged(program, found, priced, value)
        else:
            high = price
        price = _between(low, high, price)
    return _finished(best, settings)


def at_price(program: Program, price: float) -> Program:
    """Return the program with a price of each trade, in the objective alone."""
    sizes = program.sizes or Sizes.any(program.n)
    prices = np.where(np.arange(program.n) < program.securities, price, 0.0)
    return replace(program, sizes=replace(sizes, ticket=sizes.ticket + prices))


def trades_of(program: Program, solution: Solution) -> int:
    """Return how many securities a solution trades."""
    if solution.buys is None or solution.sells is None:
        return 0
    kinds = program.kinds(solution.buys, solution.sells)[: program.securities]
    return int((kinds != HOLD).sum())


def _value(program: Program, solution: Solution) -> float:
    if solution.buys is None or solution.sells is None:
        return np.inf
    return program.objective(solution.buys, solution.sells)


def _is_better(program: Program, one: Solution, other: Solution) -> bool:
    """Return whether one solution has fewer trades, or as many at a better value."""
    first = trades_of(program, one), _value(program, one)
    return first < (trades_of(program, other), _value(program, other))


def _between(low: float, high: float, price: float) -> float:
    """Return the next price: further out, or in the middle on the scale of factors."""
    if high == np.inf:
        return STEP * price
    if low == 0.0:
        return price / STEP
    return float(np.sqrt(low * high))


def _judged(
    program: Program, found: Solution, priced: Solution, value: float
) -> Solution:
    """Return the priced solution's plan with what is proven of the program itself."""
    assert priced.buys is not None
    assert priced.sells is not None
    return replace(
        found,
        buys=priced.buys,
        sells=priced.sells,
        sides=priced.sides,
        modes=priced.modes,
        others=(),
        objective=value,
        risk=priced.risk,
        terms=program.terms(priced.buys, priced.sells),
        iterations=found.iterations + priced.iterations,
        nodes=found.nodes + priced.nodes,
        seconds=found.seconds + priced.seconds,
    )


def _finished(best: Solution, settings: Settings) -> Solution:
    """Return the solution as solved where no more than the tolerance was given up."""
    gap = best.gap
    within = gap is not None and gap <= settings.gap + settings.fewer_trades
    if within and best.status is Status.LIMIT:
        return replace(best, status=Status.SOLVED)
    return best
