# SPDX-License-Identifier: Apache-2.0
"""Plans on the grid: from any plan to a good one whose trades are of allowed sizes.

A heuristic: it proves nothing, and what it returns keeps every limit.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, Ints, Program, Row
from di_optimizer.program.sizes import DUST
from di_optimizer.solve.certified.board import Board, Goal, state_of
from di_optimizer.solve.certified.levels import (
    Levels,
    amounts_at,
    levels_of,
    nearest_places,
)
from di_optimizer.solve.certified.tariff import (
    Tariff,
    lots_in_order,
    lots_sold,
    tariff_of,
)
from di_optimizer.solve.certified.walk import walk

Trades = tuple[Floats, Floats]  # purchases (n,), sales (lots,)

MARGIN = 1e-8  # fraction of base: what rounding to cents may take of a row
GRAM = 1500  # securities up to which covariances are kept between all of them
WORTH = 1e-6  # fraction of base: what a plan without that margin has to be better by
ROUNDING = 1e-10  # of a count, and of a row that is tried without margin
LEAST = 1e-9  # of the price of a limit, where risk has none
TINY = 1e-5  # fraction of base: smaller steps make a fine grid
TYPICAL = 1e-4  # fraction of base: least trade that the price of a limit is about


def settle(
    program: Program, start: Trades, effort: int, mu: Floats | None = None
) -> Trades | None:
    """Return the best plan found with trades of allowed sizes, or None.

    Parameters
    ----------
    program : Program
        Without groups and netting, as of one choice of modes.
    start : (n,), (lots,)
        Purchases and sales of any plan, best that of a relaxation.
    effort : int
        Iterations; the same effort gives the same plan.
    mu : (rows,), optional
        Multipliers of the rows, for the order in which lots are sold.

    Returns
    -------
    (n,), (lots,) or None
        Purchases and sales, a whole number of steps each; an exit sells all lots.
        Where the step is 0 amounts are on a grid of 1e-7 of base.
    """
    levels = levels_of(program)
    if (levels.starts[:, -1] == 0).any():
        return None
    order = lots_in_order(program, mu)
    tariff = tariff_of(program, order)
    places = nearest_places(program, levels, program.after(*start))

    def searched(margin: float) -> Trades | None:
        board = _board(program, levels, tariff, places, margin)
        best = np.zeros(program.n, dtype=np.int64)
        plans = [start]
        if walk(board, effort, best) < np.inf:
            amounts = amounts_at(levels, best)
            sells = lots_sold(program, order, np.maximum(-amounts, 0.0))
            plans.insert(0, (np.maximum(amounts, 0.0), sells))
        kept = [plan for plan in plans if _keeps(program, plan, margin)]
        return min(kept, key=lambda plan: program.objective(*plan), default=None)

    exact = searched(0.0)
    if exact is None or _keeps(program, exact, MARGIN):
        return exact
    inside = searched(MARGIN)
    if inside is None:
        return exact
    worth = program.objective(*inside) - program.objective(*exact)
    return exact if worth > WORTH else inside


def _board(
    program: Program, levels: Levels, tariff: Tariff, places: Ints, margin: float
) -> Board:
    """Return a program as the search sees it."""
    exposures = np.ascontiguousarray(program.exposures, dtype=np.float64)
    diagonal = np.einsum("ik,ik->i", exposures, exposures) + program.specific
    gram = np.zeros((0, 0))
    if program.n <= GRAM:
        gram = exposures @ exposures.T
        np.fill_diagonal(gram, diagonal)
    low, high = _limits(program, margin)
    goal = Goal(
        gamma=program.gamma,
        target=program.benchmark,
        specific=program.specific,
        exposures=exposures,
        gram=gram,
        diagonal=diagonal,
        low=low,
        high=high,
        fine=levels.step < TINY,
        tied=_tied(program, tariff),
    )
    return Board(
        goal,
        levels,
        tariff,
        state_of(goal, tariff, places, _weights(program, diagonal)),
    )


def _tied(program: Program, tariff: Tariff) -> Ints:
    """Return where cash is among the rows of each security, (n,), or −1.

    Cash is what most purchases take from; of several such rows the narrowest.
    """
    found, narrowest = -1, np.inf
    for number, row in enumerate(program.rows):
        width = row.upper - row.lower
        if 2 * np.count_nonzero(row.buy < 0.0) > program.n and width < narrowest:
            found, narrowest = number, width
    entry = np.flatnonzero(tariff.row == found)
    owner = np.searchsorted(tariff.rows_from, entry, side="right") - 1
    tied = np.full(program.n, -1, dtype=np.int64)
    tied[owner] = entry - tariff.rows_from[owner]
    return tied


def _limits(program: Program, margin: float) -> tuple[Floats, Floats]:
    """Return limits of the rows without their offsets, and last of the variance.

    Counts are whole numbers: they need no margin, and rows without room have none.
    """
    low = np.array([row.lower - row.offset for row in program.rows] + [-np.inf])
    high = np.array([row.upper - row.offset for row in program.rows] + [np.inf])
    counts = [not _of_weights(row) for row in program.rows]
    tight = (high - low <= 4.0 * margin) | np.array([*counts, False])
    inset = np.where(tight, -ROUNDING, margin if margin > 0.0 else -ROUNDING)
    low, high = low + inset, high - inset
    high[-1] = program.variance_cap * (1.0 - MARGIN)
    return low, high


def _of_weights(row: Row) -> bool:
    """Return whether a row has any part that is no count."""
    return bool(row.buy.any() or row.sell.any() or row.short or row.long)


def _weights(program: Program, diagonal: Floats) -> Floats:
    """Return what missing a limit by a unit counts at first, (rows + 1,).

    About what a trade of a typical size costs in risk by itself, for as much as it
    changes the row by.
    """
    step = np.zeros(program.n) if program.sizes is None else program.sizes.step
    size = np.maximum.reduce([step, program.benchmark, program.held])
    size = np.maximum(size, TYPICAL)
    risk = program.gamma * diagonal * size**2
    weights = []
    for row in program.rows:
        per_lot = np.abs(row.sell) + max(abs(row.short), abs(row.long)) * np.abs(
            program.lots.gain
        )
        unit = np.abs(row.buy)
        np.maximum.at(unit, program.lots.security, per_lot)
        change = unit * size
        for counts in (row.names, row.trades):
            change = change if counts is None else change + np.abs(counts)
        some = change > 0.0
        weights.append(
            float(np.median(risk[some] / change[some])) if some.any() else 0.0
        )
    weights.append(program.gamma)
    return np.maximum(np.array(weights), LEAST)


def _keeps(program: Program, plan: Trades, margin: float) -> bool:
    """Return whether a plan keeps every limit, and rows by a margin."""
    buys, sells = plan
    lots, after = program.lots, program.after(buys, sells)
    sold = np.bincount(lots.security, weights=sells, minlength=program.n)
    low, high = _limits(program, margin)
    values = [program.row_value(row, buys, sells) - row.offset for row in program.rows]
    values.append(program.variance(buys, sells))
    boxes = (
        (buys, np.zeros(program.n), np.where(sold > 0.0, 0.0, np.inf)),
        (sells, lots.floor, lots.cap),
        (after, program.lower, program.upper),
        (np.array(values), low - ROUNDING, high + ROUNDING),
    )
    inside = all(
        bool(np.all((value >= least - DUST) & (value <= most + DUST)))
        for value, least, most in boxes
    )
    return inside and bool(of_allowed_size(program, buys, sells).all())
