# SPDX-License-Identifier: Apache-2.0
"""What the limits leave within reach: the least tracking error, the least tax.

A cap is never given up in silence. Where no plan keeps within the cap on tracking
error, the least variance within all other limits is found and bounded by the same
engine: the bound proves that the cap cannot be met, and the cap that is solved for
instead is the least that can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.groups import Group, Mode
from di_optimizer.program.netting import MAX_TAX
from di_optimizer.program.program import MAX_TE, Program
from di_optimizer.program.te_cap import te_cap, with_te_cap
from di_optimizer.solve.solution import Conflict, Solution, Status

HAIR = 1e-3  # of the least tracking error found: room for the plan that comes closest
TINY = 1e-6  # the same where that is 0, a hundredth of a bp
FINE = 1e-2  # γ × cap of the search for the least variance
SMALLEST = 1e-6  # variance (10 bp of tracking error): no cap is searched finer

Solve = Callable[[Program, Solution | None], Solution]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A program whose cap can be met, with its solution.

    ``least`` is the tracking error that no plan within the other limits is below,
    proven; None where the cap that was asked for is met.
    """

    program: Program
    solution: Solution
    least: float | None = None


def within_reach(solve: Solve, program: Program, *, closest: bool) -> Reach:
    """Solve a program; where its cap is out of reach, the closest one if wanted.

    Parameters
    ----------
    solve : callable
        Program and a start to a solution, by any engine.
    closest : bool
        Whether to move the cap out to the least tracking error that was found, and
        a thousandth.
    """
    first, cap = solve(program, None), te_cap(program)
    if np.isinf(cap) or first.buys is not None or _others(program, first):
        return Reach(program=program, solution=first)
    free = least_variance(program)
    least = solve(free, None)
    if least.buys is None or least.sells is None or least.bound is None:
        return Reach(program=program, solution=first)
    proven = proven_error(free, least)
    if not closest:
        return Reach(program=program, solution=_refused(first, proven - cap))
    found = float(np.sqrt(free.variance(least.buys, least.sells)))
    wider = with_te_cap(program, max(cap, found * (1.0 + HAIR) + TINY))
    return Reach(program=wider, solution=solve(wider, least), least=proven)


def _others(program: Program, first: Solution) -> bool:
    """Return whether limits other than the cap are in conflict by themselves.

    A cap that is a curb is rows like others where conflicts are looked for: then the
    least variance tells.
    """
    names = {conflict.name for conflict in first.conflicts}
    return program.measure is None and bool(names - {MAX_TE})


def risk_price(solution: Solution) -> float:
    """Return the price of variance that stands for its cap, years; 0 without one.

    That of the plan; without it the median of the leaves: one that excludes a choice
    may have any.
    """
    if solution.risk is not None:
        return solution.risk
    risks = [leaf.risk for leaf in solution.leaves]
    return float(np.median(risks)) if risks else 0.0


def _refused(first: Solution, missing: float) -> Solution:
    """Return the solution as proven infeasible where the cap is what is missed."""
    if missing <= 0.0:
        return first
    return replace(first, status=Status.INFEASIBLE, conflicts=(cap_conflict(missing),))


def cap_conflict(missing: float) -> Conflict:
    """Return the conflict of a cap that all plans miss; tracking error, annualised."""
    return Conflict(name=MAX_TE, amount=float(missing), alone=True)


def tax_conflict(missing: float) -> Conflict:
    """Return the conflict of a limit on the bill; fraction of base."""
    return Conflict(name=MAX_TAX, amount=float(missing), alone=True)


def proven_error(free: Program, least: Solution) -> float:
    """Return the tracking error that a solution of least variance is a bound for."""
    bound = 0.0 if least.bound is None else least.bound
    return float(np.sqrt(max(bound, 0.0) / free.gamma))


def least_variance(program: Program) -> Program:
    """Return the program that minimises tracking variance alone, without its cap.

    Its price of variance makes the gap target a thousandth of the cap.
    """
    free = _unpriced(program, 0.0)
    if free.netting is not None and np.isinf(free.netting.cap):
        free = replace(free, netting=None)
    gamma = FINE / max(min(te_cap(program) ** 2, 1.0), SMALLEST)
    risk = program.true_risk
    free = replace(free, exposures=risk.exposures, specific=risk.specific)
    return replace(with_te_cap(free, np.inf), gamma=gamma, measure=None)


def limits_tax(program: Program) -> bool:
    """Return whether tax is limited, flat or by the bill of the year."""
    netting = program.netting
    if netting is not None and np.isfinite(netting.cap):
        return True
    return any(row.name == MAX_TAX for row in program.rows)


def least_tax(program: Program) -> Program:
    """Return the program that minimises tax alone, without the limit on it."""
    free = replace(_unpriced(program, 1.0), gamma=0.0)
    if free.netting is not None:
        free = replace(free, netting=replace(free.netting, cap=np.inf))
    long_term = free.lots.long_term
    for row in free.rows:
        if row.name == MAX_TAX:
            rate = np.where(long_term, row.long, row.short)
            free = replace(free, lots=replace(free.lots, rate=rate))
    rows = tuple(row for row in free.rows if row.name != MAX_TAX)
    return replace(free, rows=rows)


def _unpriced(program: Program, tax: float) -> Program:
    """Return the program without flat taxes, costs, charges and tickets.

    ``tax`` is what the bill of the year counts. Limits stay as they are, so that
    cash still pays for costs and tickets.
    """
    none, netting, sizes = np.zeros(len(program.lots)), program.netting, program.sizes
    return replace(
        program,
        buy_cost=np.zeros(program.n),
        buy_charge=None,
        lots=replace(program.lots, sell_cost=none, charge=none, rate=none),
        groups=tuple(_free_group(group) for group in program.groups),
        netting=None if netting is None else replace(netting, weight=tax),
        sizes=None if sizes is None else replace(sizes, ticket=np.zeros(program.n)),
        constant=0.0,
        own=None if program.own is None else program.own.unpriced(),
    )


def _free_group(group: Group) -> Group:
    return replace(group, modes=tuple(_free_mode(mode) for mode in group.modes))


def _free_mode(mode: Mode) -> Mode:
    """Return a mode that charges nothing."""
    return replace(
        mode,
        buy_charge=np.zeros_like(mode.buy_charge),
        sell_charge=np.zeros_like(mode.sell_charge),
        constant=0.0,
    )
