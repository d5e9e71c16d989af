# SPDX-License-Identifier: Apache-2.0
"""Plans: every kink and every mode fixed, the convex rest solved exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from di_optimizer.program.groups import Mode
from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import ANY, BUY
from di_optimizer.solve.certified.book import FREE
from di_optimizer.solve.certified.node import BUYS, SALES, Fixing, Minima, Picks, Point
from di_optimizer.solve.certified.outer import (
    SCALE,
    Effort,
    Limits,
    Relaxed,
    maximise_outer,
)
from di_optimizer.solve.certified.relaxation import FINE, FIXED, Relaxation

Trades = tuple[Floats, Floats]  # purchases (n,), sales (lots,)

MARGIN = 1e-8  # fraction of base: what rounding to cents may take of a row
FEASIBLE = 1e-9  # fraction of base; rows may be missed by this
TRIES = 4  # times that sides are fixed which came out mixed
EXACT = Effort(FIXED, FINE, 60, trades=True)


@dataclass(frozen=True)
class Plan:
    """A feasible plan: purchases (n,), sales (lots,), what was fixed, its value.

    ``risk`` is the multiplier of the cap on the variance that it came with; ``point``
    has all multipliers, and ``loose`` (n,) is where a weight may still give way, of
    plans that a relaxation ended in.
    """

    buys: Floats
    sells: Floats
    fixing: Fixing
    objective: float
    risk: float = 0.0
    point: Point | None = None
    loose: Flags | None = None


@dataclass(frozen=True)
class Task:
    """A relaxation with its outer limits, and the program that plans are judged by.

    ``limits`` are without those on numbers of names and trades.
    """

    relaxation: Relaxation
    limits: Limits
    judge: Program


def leaning(task: Task, fixing: Fixing, picks: Picks, minima: Minima) -> Fixing:
    """Return a fixing of every kink and every mode that a point leans to.

    Where multipliers are searched from outside, other curves have kinks at other
    multipliers: then all sides are fixed; where kinds of trades are told apart, so
    are all kinds.

    Modes go by what is least for the whole group at the multipliers, which for a
    security alone in its group is what its point leans to.
    """
    relaxation = task.relaxation
    modes = _modes(relaxation, fixing, picks, minima)
    sized = relaxation.book.sized.on
    kinked = picks.kinked | (task.limits.count > 0) | sized
    lead = np.where(kinked, _lead(relaxation, picks), ANY)
    choice = picks.choice[0]
    grouped = choice != FREE
    if grouped.any():
        other = grouped.copy()
        owner = relaxation.choices.group[choice[grouped]]
        other[grouped] = relaxation.choices.mode[choice[grouped]] != modes[owner]
        lead = np.where(other, ANY, lead)
    kinds = (fixing.kinds & lead).astype(np.int64)
    return replace(fixing, kinds=kinds, modes=modes)


def _modes(
    relaxation: Relaxation, fixing: Fixing, picks: Picks, minima: Minima
) -> Ints:
    choices = relaxation.choices
    if not choices.count:
        return fixing.modes
    values = relaxation.by_choice(minima.open(fixing.kinds[relaxation.security]))
    values = np.where(relaxation.open(fixing), values, np.inf)
    modes = fixing.modes.copy()
    for group, members in enumerate(relaxation.program.groups):
        if modes[group] != FREE:
            continue
        own = slice(choices.first[group], choices.first[group + 1])
        if len(members.securities) == 1:
            modes[group] = choices.mode[picks.choice[0, members.securities[0]]]
        else:
            modes[group] = int(np.argmin(values[own]))
    return modes


def solve_fixed(task: Task, fixing: Fixing, start: Point, margin: float) -> Plan | None:
    """Solve with modes and kinds fixed; what still comes out mixed gets fixed.

    Parameters
    ----------
    margin : float
        By which rows are tightened, so that cents cannot break them.

    Returns
    -------
    Plan or None
        None where nothing fits the limits.
    """
    task.relaxation.tighten(margin)
    plan = _solve(task, fixing, start)
    task.relaxation.tighten(0.0)
    return plan


def _solve(task: Task, fixing: Fixing, start: Point) -> Plan | None:
    relaxation = task.relaxation
    for _ in range(TRIES):
        found = maximise_outer(relaxation, task.limits, fixing, start, EXACT)
        if not found:
            return None
        mixed = np.zeros(relaxation.program.n, dtype=np.bool_)
        kinds = fixing.kinds.copy()
        for relaxed in found:
            own = relaxed.picks.mixed & ~mixed
            kinds[own] &= _lead(relaxation, relaxed.picks)[own]
            mixed |= own
        if not mixed.any():
            return _plan(task, fixing, found)
        fixing, start = replace(fixing, kinds=kinds), found[0].point
    return None


def _lead(relaxation: Relaxation, picks: Picks) -> Ints:
    """Return the kinds that a point leans to: one, or a side, (n,)."""
    side = np.where(picks.kind[0] == BUY, BUYS, SALES)
    return np.where(relaxation.book.sized.on, picks.kind[0], side).astype(np.int64)


def _plan(task: Task, fixing: Fixing, found: list[Relaxed]) -> Plan | None:
    """Return the best plan of the relaxations' trades and their mixture, or None.

    Of equals the first counts: a limit that does not bind changes nothing.
    """
    columns = [relaxed.trades for relaxed in found if relaxed.trades is not None]
    loose = task.relaxation.frame.state.weight > 0.0
    if task.limits.count:
        weights = _mixture(task.relaxation.program, task.limits, columns)
        columns += [_mixed(weights, columns)] if len(weights) else []
    plans = [
        Plan(
            *trades,
            fixing,
            task.judge.objective(*trades),
            found[0].point.risk,
            found[0].point,
            loose,
        )
        for trades in columns
        if keeps(task.judge, *trades)
    ]
    return min(plans, key=lambda plan: plan.objective, default=None)


def _mixed(weights: Floats, columns: list[Trades]) -> Trades:
    buys = np.einsum("c,ci->i", weights, np.array([column[0] for column in columns]))
    sells = np.einsum("c,ci->i", weights, np.array([column[1] for column in columns]))
    return buys, sells


def _mixture(program: Program, limits: Limits, columns: list[Trades]) -> Floats:
    """Return weights of columns that keep the outer limits at the least cost, or none.

    With sides and modes fixed the plans are a convex set and the objective and the
    variance are convex: a mixture costs no more than the mean of its parts.
    """
    values = np.array(
        [[program.row_value(program.rows[j], *c) for j in limits.rows] for c in columns]
    ).reshape(len(columns), -1)
    if limits.capped:
        own = [[program.variance(*c)] for c in columns]
        values = np.hstack([values, own])
    cost = np.array([program.objective(*c) for c in columns])
    above, below = np.isfinite(limits.high), np.isfinite(limits.low)
    found = linprog(
        (cost - cost.min()) * SCALE,
        A_ub=np.vstack([values.T[above], -values.T[below]]),
        b_ub=np.concatenate([limits.high[above], -limits.low[below]]),
        A_eq=np.ones((1, len(columns))),
        b_eq=[1.0],
        bounds=(0.0, 1.0),
        method="highs",
    )
    return np.zeros(0) if found.x is None else found.x / found.x.sum()


def keeps(program: Program, buys: Floats, sells: Floats) -> bool:
    """Return whether a plan keeps the rows and the caps on variance and bill."""
    for row in program.rows:
        value = program.row_value(row, buys, sells)
        if not row.lower - FEASIBLE <= value <= row.upper + FEASIBLE:
            return False
    netting = program.netting
    if netting is not None and np.isfinite(netting.cap):
        bill = netting.bill(*program.realised(buys, sells))
        if bill > netting.cap + FEASIBLE:
            return False
    most = program.variance_cap
    return np.isinf(most) or program.variance(buys, sells) <= most + FEASIBLE * most


def hoped(relaxation: Relaxation, plan: Plan) -> Floats:
    """Return what each group truly costs beyond what its mode says, (groups,)."""
    program = relaxation.program
    counted = program.counted(plan.buys, plan.sells)
    beyond = np.zeros(len(program.groups))
    for number, group in enumerate(program.groups):
        if group.wash is None:
            continue
        mode, own = group.modes[plan.fixing.modes[number]], group.lots
        sold, bought = plan.sells[own], plan.buys[group.securities]
        gained = program.lots.rate[own] @ (counted[own] - mode.gain * sold)
        charged = mode.sell_charge @ sold + mode.buy_charge @ bought
        beyond[number] = gained - charged - mode.constant
    return beyond


def is_exact(mode: Mode, gain: Floats) -> bool:
    """Return whether a mode counts the lots' own gains and charges nothing."""
    charges = mode.buy_charge.any() or mode.sell_charge.any() or mode.constant != 0.0
    return bool(np.array_equal(mode.gain, gain) and not charges)
