# SPDX-License-Identifier: Apache-2.0
"""One account from its job to a verified plan: the whole way in one short file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.answers import Answer, Start, sized
from di_optimizer.cap_notes import CapFacts, cap_notes, te_over_cap
from di_optimizer.claimed import case_of, claims_of
from di_optimizer.curb_notes import curb_notes
from di_optimizer.errors import EngineError
from di_optimizer.locked import locked_plan
from di_optimizer.nearest import nearest_plan, start_or_refuse
from di_optimizer.notes import notes_of
from di_optimizer.orders.cash_check import over_maximum
from di_optimizer.orders.reasons import explained
from di_optimizer.orders.trading import orders_of
from di_optimizer.orders.unrealised import unrealised
from di_optimizer.own_notes import below, own_notes, tilted
from di_optimizer.plan import BP, Certificate, Plan, figures_of
from di_optimizer.preference_notes import preference_notes
from di_optimizer.program.build import build
from di_optimizer.program.job import Built, Job
from di_optimizer.solve.cut_rows import with_cut_rows
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.reach import risk_price
from di_optimizer.solve.solution import Solution, Status
from di_optimizer.solve.widen import widened
from di_optimizer.trades import Figures
from di_optimizer.verify import verify
from di_optimizer.working import Desk, covered, pending, resolved
from di_optimizer.worth import worthwhile


def rebalance_account(job: Job) -> Plan:
    """Return the verified plan of one account.

    Where outstanding sales are counted as far as they are needed, a plan without them
    says how far, and the account is planned again with that much of them done.

    Raises
    ------
    InputError
        When the account has nothing to invest, its bill lacks a fact, or a working
        order cannot be taken into account.
    InfeasibleError
        When limits contradict each other; the message names them.
    EngineError
        When the engine ended without a plan, or no tradable sizes fit the limits.
    VerificationError
        When the plan's figures do not follow from the account and its trades.
    """
    job = replace(job, account=resolved([_desk(job)])[0])
    if job.account.locked(job.on):
        plan = locked_plan(job)
        check(job, plan)
        return plan
    plan = _planned(job)
    if job.policy.working.start == "present" and pending(job.account):
        account = covered(job.account, plan.trades, job.market)
        if account != job.account:
            return _planned(replace(job, account=account))
    return plan


def _desk(job: Job) -> Desk:
    return Desk(
        account=job.account,
        market=job.market,
        policy=job.policy,
        known=frozenset(job.risk.symbols),
    )


def _planned(job: Job) -> Plan:
    """Return the verified plan of an account beside its working orders."""
    if job.policy.conflict.plan == "nearest":
        plan = nearest_plan(job, _finished)
        if plan.relaxed:
            check(job, plan)
        return plan
    built = build(job)
    return _finished(job, built, start_or_refuse(job, built))


def _finished(job: Job, built: Built, start: Start) -> Plan:
    """Return the verified plan that a start leads to."""
    built = replace(built, program=start.reach.program)
    best = sized(job, tilted(built, start.reach.solution), start.reach)
    answer, free = worthwhile(job, built, best, start.free)
    plan = assemble(job, built, answer, free)
    check(job, plan)
    return plan


def assemble(job: Job, built: Built, answer: Answer, free: Solution) -> Plan:
    """Put trades, orders, figures, certificate and notes into a plan.

    The status is that of the plan as sized: rounding may reopen a gap that the
    engine had closed. ``free`` is the best plan in any amounts.
    """
    trades = explained(job, built, answer.sized.trades)
    figures = figures_of(job, built, trades, answer.sized.weights)
    certificate = _certificate(built, answer, figures, free)
    facts = CapFacts(least=answer.least, risk=risk_price(answer.solution))
    return Plan(
        account=job.account.account,
        on=job.on,
        status=str(_status(job, answer, certificate)),
        engine=answer.solution.engine,
        trades=trades,
        orders=orders_of(trades),
        figures=figures,
        certificate=certificate,
        policy=job.policy,
        notes=(
            *notes_of(job, built, answer.sized, certificate, figures),
            *cap_notes(job, built, figures, facts),
            *curb_notes(built, answer.sized.weights),
            *own_notes(job, built, figures),
            *preference_notes(job, built),
            *answer.notes,
        ),
        attempts=answer.attempts,
        seconds=answer.solution.seconds + answer.again,
        cash_over_maximum=over_maximum(job, built, trades),
        te_over_cap=te_over_cap(job, built, figures),
        available_before=unrealised(job),
        available_after=unrealised(job, trades),
        cancels=job.account.cancelled,
        outstanding=job.account.outstanding,
    )


def _status(job: Job, answer: Answer, certificate: Certificate) -> Status:
    """Return how the plan as sized ended."""
    search = job.policy.search
    given_up = search.fewer_trades_bp + answer.given_up_bp
    if certificate.gap_bp <= search.gap_bp + given_up:
        return Status.SOLVED
    ended = answer.solution.status
    return Status.TIME if ended is Status.TIME else Status.LIMIT


def _certificate(
    built: Built, answer: Answer, figures: Figures, free: Solution
) -> Certificate:
    """Bound the trades as sized: see :func:`di_optimizer.solve.widen.widened`."""
    solution, weights = answer.solution, answer.sized.weights
    if free.objective is None or free.buys is None or free.sells is None:
        raise EngineError("an engine returned a plan without objective")
    built = tilted(built, solution)
    wide = widened(built.program, weights.buys, weights.sells)
    program = with_cut_rows(wide, solution.cuts)
    bound = bound_of(program, solution.leaves) + below(built, weights)
    error = np.sqrt(built.program.true_variance(free.buys, free.sells))
    return Certificate(
        objective_bp=figures.objective * BP,
        bound_bp=bound * BP,
        rounding_bp=(figures.objective - free.objective) * BP,
        rounding_te_bp=(figures.te_after - float(error)) * BP,
    )


def check(job: Job, plan: Plan) -> None:
    """Let the independent check recompute the plan; it raises on any mismatch."""
    verify(case_of(job), plan.trades, plan.figures, claims_of(plan))
