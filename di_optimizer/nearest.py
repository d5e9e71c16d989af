# SPDX-License-Identifier: Apache-2.0
"""The nearest plan: limits that cannot be met together give way as little as they can.

The account is planned as one that asks for less, and the check is told by how much.
What is reported is what the trades need, not what they were given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from di_optimizer.answers import PLANS, Start, started
from di_optimizer.claimed import case_of
from di_optimizer.eased import Asked
from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.plan import Plan
from di_optimizer.program.build import build
from di_optimizer.program.job import Built, Job
from di_optimizer.refusals import SHOWN, refusal
from di_optimizer.relaxing import Amounts, counted, immovable, relaxation
from di_optimizer.solve.solution import Cut
from di_optimizer.verify import needed

ROUNDS = 8  # times that limits give way further, until there is a plan
HAIRS = (1e-3, 1e-2, 0.1, 1.0)  # of an amount: what is given beyond the least
LEAST_HAIR = 1e-6  # fraction of base, at least
MOVES = 60  # times that linear limits give way further
RELAXED = "relaxed"
STUCK = "\nThese are in conflict by themselves and cannot give way:"

Finish = Callable[[Job, Built, Start], Plan]


def start_or_refuse(job: Job, built: Built) -> Start:
    """Return the engine's answer, or refuse with the limits in conflict.

    Raises
    ------
    InfeasibleError
        Naming them, and what is least to give way in the order of the policy.
    EngineError
        Where the engine ended without a plan.
    """
    start = started(job, built)
    if start.reach.solution.status in PLANS:
        return start
    error = refusal(job, built, start.reach.solution)
    if isinstance(error, InfeasibleError):
        raise InfeasibleError(str(error) + _least(job, built, start)) from error
    raise error


def _least(job: Job, built: Built, start: Start) -> str:
    """Say what has to give way at least, where policy has an order."""
    if not job.policy.conflict.keep:
        return ""
    amounts = _linear(job, {}) or relaxation(job, built, start.reach.solution.cuts)
    if amounts is None:
        return _stuck(job, built, start.reach.solution.cuts)
    lines = [f"\n  {said(job, name, amount)}" for name, amount in amounts.items()]
    if not lines:
        return ""
    return "\nIn the order of conflict.keep, the least to give way:" + "".join(lines)


def _stuck(job: Job, built: Built, cuts: Sequence[Cut]) -> str:
    """Name what would have to give way and cannot."""
    found, base = immovable(job, built, cuts), float(built.base)
    lines = [f"\n  {name}: by {amount * base:,.2f}" for name, amount in found.items()]
    more = len(lines) - SHOWN
    tail = [f"\n  … and {more} more"] if more > 0 else []
    return STUCK + "".join(lines[:SHOWN] + tail)


def nearest_plan(job: Job, finish: Finish) -> Plan:
    """Return the plan of an account whose limits give way as little as they can.

    Parameters
    ----------
    finish : callable
        Sizes, assembles and checks the plan of a job, its program and a start.

    Raises
    ------
    InfeasibleError
        Where limits that cannot give way are in conflict.
    """
    for hair in HAIRS[:-1]:
        try:
            return _planned(job, finish, hair)
        except EngineError:
            continue  # no plan was found that close: give engine and sizes more room
    return _planned(job, finish, HAIRS[-1])


def _planned(job: Job, finish: Finish, hair: float) -> Plan:
    amounts: Amounts = {}
    for _ in range(ROUNDS):
        given = _with_hair(build(job), amounts, hair)
        eased = asking_less(job, given)
        built = build(eased)
        start = started(eased, built)
        solution = start.reach.solution
        if solution.status in PLANS:
            return _finished(job, finish(eased, built, start), given)
        error = refusal(eased, built, solution)
        if not isinstance(error, InfeasibleError):
            raise error
        more = _linear(job, amounts) if not amounts else {}
        more = more or relaxation(eased, built, solution.cuts)
        if more is not None and not more:
            more = counted(solution.conflicts, job.policy.conflict.keep)
        if not more:
            stuck = _stuck(eased, built, solution.cuts) if more is None else ""
            raise InfeasibleError(f"{error}{stuck}")
        amounts = _plus(given if amounts else amounts, more)
    raise error


def _linear(job: Job, amounts: Amounts) -> Amounts | None:
    """Return the least by which linear limits give way; None where they cannot.

    Again and again: a weight that is outside of its limit may stay there, so that a
    limit moves nothing for it until it has passed it.
    """
    for _ in range(MOVES):
        eased = asking_less(job, amounts)
        more = relaxation(eased, build(eased), ())
        if not more:
            return amounts if more is not None else None
        amounts = _plus(amounts, more)
    return amounts


def _plus(amounts: Amounts, more: Amounts) -> Amounts:
    names = sorted({*amounts, *more})
    return {name: amounts.get(name, 0.0) + more.get(name, 0.0) for name in names}


def _with_hair(built: Built, amounts: Amounts, hair: float) -> Amounts:
    """Return amounts with a little more, so that engines have room to move in."""
    return {
        name: amount
        if name.startswith("counts.")
        else amount * (1.0 + hair) + _least_hair(built, name)
        for name, amount in amounts.items()
    }


def _least_hair(built: Built, name: str) -> float:
    """Return the least that is given beyond an amount, in the unit of its limit."""
    if name.startswith("taxes.") or name == "cash.floor":
        return LEAST_HAIR * float(built.base)
    return LEAST_HAIR * (1e4 if name.startswith("risk_limits") else 1.0)


def asking_less(job: Job, amounts: Amounts) -> Job:
    """Return the job with limits moved out by amounts."""
    asked = Asked(job.policy, job.account).eased(amounts)
    return replace(job, policy=asked.policy, account=asked.account)


def _finished(job: Job, plan: Plan, amounts: Amounts) -> Plan:
    """Return the plan as one of the account as it is, with what gave way."""
    if not amounts:
        return plan
    relaxed = needed(case_of(job), plan.trades, tuple(sorted(amounts.items())))
    notes = tuple(f"Relaxed: {said(job, name, amount)}." for name, amount in relaxed)
    return replace(
        plan,
        status=RELAXED,
        policy=job.policy,
        relaxed=relaxed,
        notes=(*notes, *plan.notes),
    )


def said(job: Job, name: str, amount: float) -> str:
    """Return in words how far a limit gives way."""
    asked = Asked(job.policy, job.account)
    eased = asked.eased({name: amount})
    before, after = asked.value(name), eased.value(name)
    return f"{name} by {amount:.6g}, from {before:.6g} to {after:.6g}"
