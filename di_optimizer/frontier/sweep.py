# SPDX-License-Identifier: Apache-2.0
"""One account at one price of tracking variance, or one cap, after another.

Each point is solved from the one before. Then every point takes the best plan of the
whole sweep: the limits of all points are the same but for the cap, so a plan found at
one is a plan at another. That closes gaps and makes the curve monotone, whatever the
engine left open: of one set of plans, a higher price never picks more variance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

import numpy as np

from di_optimizer.answers import PLANS, solved
from di_optimizer.exact import cents, exact
from di_optimizer.frontier.curve import Frontier, FrontierPoint
from di_optimizer.program.aversion import at_gamma
from di_optimizer.program.build import build
from di_optimizer.program.job import Built, Job
from di_optimizer.program.program import Floats, Program
from di_optimizer.program.size_rules import in_any_amounts
from di_optimizer.program.te_cap import te_cap, with_te_cap
from di_optimizer.refusals import refusal
from di_optimizer.solve.reach import within_reach
from di_optimizer.solve.solution import Solution, Status
from di_optimizer.tax.term import Term

BP = 1e4
WITHIN = 1e-7  # relative to the cap: an engine's plan may be above it by its tolerance
RISK = ("factor", "specific")
NOTES = (
    "Points are before rounding to tradable sizes.",
    "Each point is the best of all plans that the sweep found; the bound is its own.",
)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A point to be solved: price of variance in years, cap in bp or None."""

    gamma: float
    max_te_bp: float | None = None


@dataclass(frozen=True)
class _Found:
    """A plan of the sweep: its variance, and what it pays; fractions of base."""

    buys: Floats
    sells: Floats
    variance: float
    price: float
    point: FrontierPoint


def sweep(job: Job, stops: Sequence[Stop], tick: Callable[[int], None]) -> Frontier:
    """Solve every stop and return the curve, from far to close.

    Raises
    ------
    InfeasibleError, EngineError
        When the account has no plan even at the policy's own price and cap.
    """
    built = build(job)
    built = replace(built, program=in_any_amounts(built.program))
    closest = job.policy.tracking.unreachable == "closest"
    reach = within_reach(partial(solved, job), built.program, closest=closest)
    if reach.solution.status not in PLANS:
        raise refusal(job, built, reach.solution)
    built = replace(built, program=reach.program)
    last, answers = reach.solution, []
    found = _plans(job, built, last)
    for number, stop in enumerate(stops, start=1):
        answer = solved(job, program_at(job, built, stop), last)
        answers.append(answer)
        found += _plans(job, built, answer)
        last = answer if answer.buys is not None else last
        tick(number)
    return Frontier(
        account=job.account.account,
        on=job.on,
        nav=built.nav,
        te_before_bp=_error(built.program, np.zeros(built.program.n)) * BP,
        points=tuple(
            _point(job, built, (stop, answer), found)
            for stop, answer in zip(stops, answers, strict=True)
        ),
        notes=NOTES,
    )


def program_at(job: Job, built: Built, stop: Stop) -> Program:
    """Return the account's program at a stop; its own cap holds as well."""
    program = at_gamma(job, built.universe, built.program, stop.gamma)
    if stop.max_te_bp is None:
        return program
    scale = max(float(built.nav / built.base), 0.0)
    cap = stop.max_te_bp / BP * scale
    return with_te_cap(program, min(cap, te_cap(program)))


def _error(program: Program, buys: np.ndarray) -> float:
    return float(np.sqrt(program.true_variance(buys, np.zeros(len(program.lots)))))


def _plans(job: Job, built: Built, answer: Solution) -> list[_Found]:
    """Return the plan of a solution with all that does not depend on the stop."""
    buys, sells, program = answer.buys, answer.sells, built.program
    if buys is None or sells is None:
        return []
    terms = program.terms(buys, sells)
    variance = program.true_variance(buys, sells)
    price = sum(value for name, value in terms.items() if name not in RISK)
    short, long = program.realised(buys, sells)
    money = partial(_money, built)
    point = FrontierPoint(
        gamma=program.gamma,
        max_te_bp=None,
        status="",
        te_bp=float(np.sqrt(variance)) * BP,
        price_bp=price * BP,
        tax=money(_tax(job, program, short, long)),
        cost=money(terms["cost"]),
        gain_short=money(short),
        gain_long=money(long),
        turnover=float(buys.sum() + sells.sum()) / 2.0,
    )
    return [_Found(buys, sells, variance, price, point)]


def _money(built: Built, amount: float) -> Decimal:
    return cents(exact(amount) * built.base)


def _tax(job: Job, program: Program, short: float, long: float) -> float:
    """Return the tax itself, whatever it counts in the objective."""
    if program.netting is not None:
        return program.netting.bill(short, long)
    rate = job.account.tax_rate
    return rate(Term.SHORT) * short + rate(Term.LONG) * long


def _point(
    job: Job, built: Built, solved_at: tuple[Stop, Solution], found: Sequence[_Found]
) -> FrontierPoint:
    """Return the best plan at a stop; of equals the one of less variance."""
    stop, answer = solved_at
    program = program_at(job, built, stop)
    cap = te_cap(program) ** 2 * (1.0 + WITHIN)
    inside = [plan for plan in found if plan.variance <= cap]
    bound = answer.bound
    empty = FrontierPoint(
        gamma=stop.gamma,
        max_te_bp=stop.max_te_bp,
        status=str(answer.status),
        seconds=answer.seconds,
        engine=answer.engine,
        bound_bp=None if bound is None or not np.isfinite(bound) else bound * BP,
    )
    if not inside or answer.status is Status.INFEASIBLE:
        return empty
    worth = {id(plan): _worth(program, plan) for plan in inside}
    best = min(inside, key=lambda p: (worth[id(p)], p.variance, p.price))
    objective = worth[id(best)] * BP
    gap = None if empty.bound_bp is None else objective - empty.bound_bp
    return replace(
        best.point,
        gamma=stop.gamma,
        max_te_bp=stop.max_te_bp,
        status=_status(job, answer, gap),
        objective_bp=objective,
        bound_bp=empty.bound_bp,
        gap_bp=gap,
        seconds=empty.seconds,
        engine=empty.engine,
    )


def _worth(program: Program, plan: _Found) -> float:
    """Return the objective of a plan at a stop, fraction of base."""
    return program.gamma * program.variance(plan.buys, plan.sells) + plan.price


def _status(job: Job, answer: Solution, gap: float | None) -> str:
    """Return how the best plan stands to the bound of its point."""
    if gap is not None and gap <= job.policy.search.gap_bp:
        return str(Status.SOLVED)
    return str(Status.TIME if answer.status is Status.TIME else Status.LIMIT)
