# SPDX-License-Identifier: Apache-2.0
"""Plans that do less than the best one: none of its trades, or purchases alone.

Limits come first: where one of them forces a trade or a sale, there is no such plan,
and what is returned says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.answers import PLANS, Answer, sized, solved
from di_optimizer.errors import EngineError
from di_optimizer.orders.excess import broken, excess_of
from di_optimizer.orders.settled import settle
from di_optimizer.orders.sizing import Sized, Weights
from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.groups import Group
from di_optimizer.program.job import Built, Job
from di_optimizer.program.program import Flags, Floats, Ints, Program, at_modes
from di_optimizer.program.size_rules import has_steps, in_any_amounts
from di_optimizer.program.soft import completed
from di_optimizer.solve.reach import Reach
from di_optimizer.solve.solution import Attempt, Candidate, Solution
from di_optimizer.solve.widen import misfit

CLOSED = "worth.sell_bp"  # what closes sales of the plan that only buys
OUTSIDE = 1e-9  # weight; a position this far outside of a limit is rounding
SAME = 1e-12  # of a row's value, likewise
SHOWN = 3  # limits that one reason names


@dataclass(frozen=True, kw_only=True)
class Lesser:
    """A plan that does less, and the best like it in any amounts; or why none is.

    ``attempts`` are the solver calls it took.
    """

    sized: Sized | None = None
    free: Solution | None = None
    attempts: tuple[Attempt, ...] = ()
    why_not: str = ""

    @classmethod
    def none(cls, reasons: Iterator[str] | tuple[str, ...]) -> Lesser:
        """Return what stands for a plan that limits do not allow."""
        named = [*dict.fromkeys(name for name in reasons if name)]
        more = len(named) - SHOWN
        text = ", ".join(named[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        return cls(why_not=text or "the other limits")


def idle(job: Job, built: Built, answer: Answer) -> Lesser:
    """Return the plan without any trade, if every limit holds as things are."""
    program = built.program
    sells = np.zeros(len(program.lots))
    buys = completed(program, np.zeros(program.securities), sells)
    reasons = [*_at_rest(built, buys, sells)]
    if reasons:
        return Lesser.none(tuple(reasons))
    none = np.zeros(program.n, dtype=np.int64)
    plan = Candidate(buys, sells, none, _modes_at_rest(program))
    relief = job.policy.taxes.relief != "optimizer"
    objective = program.objective(buys, sells)
    resting = Sized(
        trades=(),
        weights=Weights(buys=buys, sells=sells),
        objective=objective,
        settled=settle(built, plan, relief=relief),
        excess=excess_of(built, buys, sells),
    )
    free = replace(answer.solution, buys=buys, sells=sells, objective=objective)
    return Lesser(sized=resting, free=free)


def _modes_at_rest(program: Program) -> Ints:
    """Return the mode of each group that sales and purchases of nothing fit best."""
    best = [
        int(np.argmin([_misfit(group, n) for n in range(len(group.modes))]))
        for group in program.groups
    ]
    return np.array(best, dtype=np.int64)


def _misfit(group: Group, number: int) -> float:
    none = np.zeros(len(group.securities)), np.zeros(len(group.lots))
    return misfit(group.modes[number], *none)


def _at_rest(built: Built, buys: Floats, sells: Floats) -> Iterator[str]:
    """Yield the names of limits that trading nothing breaks."""
    program = built.program
    yield from forced_sales(program)
    yield from _names(program.lower_name, program.lower > program.held + OUTSIDE)
    modes = _modes_at_rest(program)
    settled = at_modes(program, modes)
    for group, number in zip(program.groups, modes.tolist(), strict=True):
        if _misfit(group, number) > 0.0:
            yield group.name
    if not of_allowed_size(settled, buys, sells).all():
        yield "trading.min_holding"
    for row in program.rows:
        value = program.row_value(row, buys, sells)
        if value > row.upper + SAME:
            yield row.upper_name
        if value < row.lower - SAME:
            yield row.lower_name
    yield from (name for name, _ in broken(program, excess_of(built, buys, sells)))


def forced_sales(program: Program) -> Iterator[str]:
    """Yield the names of limits that force a sale."""
    yield from _names(program.lots.floor_name, program.lots.floor > 0.0)
    yield from _names(program.upper_name, program.upper < program.held - OUTSIDE)
    for group in program.groups:
        if all(bool(np.any(mode.floor > 0.0)) for mode in group.modes):
            yield group.name


def _names(names: tuple[str, ...], chosen: Flags) -> Iterator[str]:
    return (names[i] or "a limit of weights" for i in np.flatnonzero(chosen).tolist())


def without_sales(program: Program) -> Program:
    """Return the program that buys only; modes that force a sale are left out."""
    none = np.zeros(len(program.lots))
    names = (CLOSED,) * len(program.lots)
    return replace(
        program,
        lots=replace(program.lots, cap=none, cap_name=names),
        groups=tuple(_kept(group) for group in program.groups),
    )


def _kept(group: Group) -> Group:
    none = np.zeros(len(group.lots))
    open_ = [mode for mode in group.modes if not np.any(mode.floor > 0.0)]
    return replace(group, modes=tuple(replace(mode, cap=none) for mode in open_))


def buying(job: Job, built: Built, answer: Answer) -> Lesser:
    """Return the best plan that sells nothing, if there is one within the limits."""
    reasons = tuple(forced_sales(built.program))
    if reasons:
        return Lesser.none(reasons)
    program = without_sales(built.program)
    warm = None if program.groups else answer.solution
    free = solved(job, in_any_amounts(program), warm)
    found = solved(job, program, free) if has_steps(program) else free
    if found.status not in PLANS:
        names = tuple(c.name for c in found.conflicts if c.name != CLOSED)
        return Lesser.none(names)
    try:
        own = replace(built, program=program)
        bought = sized(job, own, Reach(program=program, solution=found))
    except EngineError:
        return Lesser.none(("tradable sizes",))
    if not bought.sized.fits:
        return Lesser.none(("tradable sizes",))
    tries = tuple(replace(a, step=f"{a.step}, buying alone") for a in bought.attempts)
    return Lesser(sized=bought.sized, free=_better(free, found), attempts=tries)


def _better(free: Solution, found: Solution) -> Solution:
    """Return the better plan in any amounts; one in steps is one of them."""
    if free.objective is None or found.objective is None:
        return found
    return free if free.objective <= found.objective else found
