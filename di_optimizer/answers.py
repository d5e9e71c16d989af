# SPDX-License-Identifier: Apache-2.0
"""The engine's answers to an account's program, and the best of them in exact sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from di_optimizer.errors import EngineError
from di_optimizer.orders.excess import broken, tightened
from di_optimizer.orders.rounding import CashError
from di_optimizer.orders.settled import candidates_of
from di_optimizer.orders.sizing import Sized, size_plan
from di_optimizer.program.cash import CASH_ROWS
from di_optimizer.program.job import Built, Job
from di_optimizer.program.program import Program, Row
from di_optimizer.program.size_rules import has_steps, in_any_amounts
from di_optimizer.refusals import BP, unfit_text
from di_optimizer.solve.reach import Reach, risk_price, within_reach
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Attempt, Candidate, Settings, Solution, Status

TIGHTENINGS = 4  # solves with limits moved in, after rounding broke them
WORTH_SOLVING = 1e-6  # objective lost to a few cents that makes another solve worth it
PLANS = (Status.SOLVED, Status.LIMIT, Status.TIME)


def solved(job: Job, program: Program, warm: Solution | None = None) -> Solution:
    """Return the engine's answer to a program; ``warm`` is one to a program like it."""
    search = job.policy.search
    settings = Settings(
        gap=search.gap_bp / BP,
        flips=search.flips,
        nodes=search.nodes,
        seconds=search.seconds,
        fewer_trades=search.fewer_trades_bp / BP,
    )
    return engine(job.policy.engine)(program, settings, warm)


@dataclass(frozen=True, kw_only=True)
class Start:
    """The program that can be met, with its solution, and the best in any amounts.

    ``free`` is the solution of the same program without steps: what tradable sizes
    are measured against. Where the program has no steps it is the same.
    """

    reach: Reach
    free: Solution


def started(job: Job, built: Built) -> Start:
    """Solve a program, first in any amounts, from there in tradable ones.

    Raises
    ------
    EngineError
        When there are plans in any amounts and no tradable sizes fit.
    """
    program, free = built.program, None
    if has_steps(program):
        free = solved(job, in_any_amounts(program))
    warm = free if free is not None and free.buys is not None else None

    def solve(asked: Program, start: Solution | None) -> Solution:
        return solved(job, asked, warm if start is None else start)

    closest = job.policy.tracking.unreachable == "closest"
    reach = within_reach(solve, program, closest=closest)
    if free is None:
        return Start(reach=reach, free=reach.solution)
    if reach.solution.status not in PLANS:
        return _rescued(job, built, Start(reach=reach, free=free))
    if program.own is not None and warm is not None:
        reach = replace(reach, solution=beside(reach.solution, candidates_of(warm)))
    if reach.program is not program:
        free = solved(job, in_any_amounts(reach.program), reach.solution)
    return Start(reach=reach, free=_better(free, reach.solution))


def beside(solution: Solution, plans: tuple[Candidate, ...]) -> Solution:
    """Return a solution with further plans that are worth sizing."""
    return replace(solution, others=(*solution.others, *plans))


def _better(free: Solution, stepped: Solution) -> Solution:
    """Return the better plan in any amounts; one in steps is one of them."""
    if free.objective is None or stepped.objective is None:
        return stepped
    return free if free.objective <= stepped.objective else stepped


def _rescued(job: Job, built: Built, start: Start) -> Start:
    """Return a start with a plan where only tradable sizes have none.

    Whole shares may leave more cash than its maximum. The plan in any amounts, rounded,
    says how much; with that allowed the program is solved again.
    """
    free = start.free
    if free.status not in PLANS:
        return start
    rounded = Reach(program=built.program, solution=free)
    weights = sized(job, built, rounded).sized.weights
    row = most_cash(built.program)
    cash = built.program.row_value(row, weights.buys, weights.sells)
    if cash <= row.upper:
        return Start(reach=rounded, free=free)
    wide = replace(row, upper=cash)
    rows = tuple(wide if r is row else r for r in built.program.rows)
    program = replace(built.program, rows=rows)
    again = solved(job, program, free)
    found = Reach(program=program, solution=again)
    return Start(reach=found if again.status in PLANS else rounded, free=free)


def most_cash(program: Program) -> Row:
    """Return the row that says how much cash there may be at most."""
    rows = (row for row in program.rows if row.name in CASH_ROWS)
    return next(row for row in rows if row.upper < math.inf)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The engine's first answer and the best of its plans in tradable sizes.

    ``attempts`` are all solver calls, those after a limit was tightened included.
    ``least`` is the least tracking error in reach where the cap is not; ``again`` are
    the seconds of solves after the first.
    ``given_up_bp`` is what thresholds let a plan that does less be worse by, and
    ``notes`` say why it was chosen: see :mod:`di_optimizer.worth`.
    """

    solution: Solution
    sized: Sized
    attempts: tuple[Attempt, ...]
    least: float | None = None
    again: float = 0.0
    given_up_bp: float = 0.0
    notes: tuple[str, ...] = ()


def sized(job: Job, built: Built, reach: Reach) -> Answer:
    """Size every plan of a solution and keep the best one that fits.

    Where rounding breaks a limit that ties securities together, that limit is moved
    in by the excess and the program solved again; so is cash where cents that were
    missing cost a step of something dear. Where policy wants the closest plan, a cap on
    tracking error may stay exceeded by what rounding adds.

    Raises
    ------
    EngineError
        When no tradable sizes fit; the message names what they break.
    """
    program, answer = built.program, reach.solution
    again = 0.0
    attempts, near, fitting = [*answer.attempts], list[Sized](), list[Sized]()
    for number in range(TIGHTENINGS + 1):
        plans, error = _sized_plans(job, built, answer)
        near += [plan for plan in plans if not plan.excess.in_money]
        fitting += [plan for plan in plans if plan.fits]
        if fitting and (number > 0 or not _cents_cost(built, fitting, answer)):
            break
        if near and reach.least is not None and not fitting:
            break
        program = _tightened(program, plans, error)
        answer = solved(job, program)
        attempts += _named(answer.attempts, built, plans)
        again += answer.seconds
        if answer.status not in PLANS:
            break
    if fitting:
        return replace(_answer(reach, _best(fitting), attempts), again=again)
    if near and job.policy.tracking.unreachable == "closest":
        return replace(_answer(reach, _best(near), attempts), again=again)
    if error is not None:
        raise EngineError(str(error))
    raise EngineError(unfit_text(job, built, broken(built.program, plans[0].excess)))


def _cents_cost(built: Built, plans: list[Sized], answer: Solution) -> bool:
    """Return whether missing cents made the best plan worse than the engine's."""
    best = _best(plans)
    if best.missing <= 0.0 or not has_steps(built.program) or answer.objective is None:
        return False
    return best.objective - answer.objective > WORTH_SOLVING


def _tightened(
    program: Program, plans: list[Sized], error: CashError | None
) -> Program:
    """Return the program with limits moved in by what the first plan broke.

    Cash is moved in by what was missing before steps were moved.
    """
    missing = plans[0].missing if plans else 0.0
    if error is not None:
        missing = error.weight
    rows = tuple(
        _raised(row, missing) if row.name in CASH_ROWS else row for row in program.rows
    )
    program = replace(program, rows=rows)
    return tightened(program, plans[0].excess) if plans else program


def _raised(row: Row, missing: float) -> Row:
    least = row.lower + missing
    return replace(row, lower=least, upper=max(row.upper, least))


def _named(
    attempts: tuple[Attempt, ...], built: Built, plans: list[Sized]
) -> list[Attempt]:
    """Return solver calls that say which limits were tightened for them."""
    broke = broken(built.program, plans[0].excess) if plans else []
    names = ", ".join(name for name, _ in broke) or "cash.minimum"
    return [replace(a, step=f"{a.step}, {names} tightened") for a in attempts]


def _answer(reach: Reach, best: Sized, attempts: list[Attempt]) -> Answer:
    return Answer(
        solution=reach.solution,
        sized=best,
        attempts=tuple(attempts),
        least=reach.least,
    )


def _best(plans: list[Sized]) -> Sized:
    """Return the plan that exceeds the cap least, of those the best."""
    return min(plans, key=lambda plan: (plan.excess.error, plan.objective))


def _sized_plans(
    job: Job, built: Built, answer: Solution
) -> tuple[list[Sized], CashError | None]:
    """Return the plans that can be sized; the error of the first if none can."""
    found, errors = [], []
    risk = risk_price(answer)
    for plan in candidates_of(answer):
        try:
            found.append(size_plan(job, built, plan, risk))
        except CashError as error:
            errors.append(error)
    return found, None if found else errors[0]
