# SPDX-License-Identifier: Apache-2.0
"""One account from its job to a verified plan: the whole way in one short file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial

from di_optimizer.cap_notes import CapFacts, cap_notes, te_over_cap
from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.exact import ZERO, cents, cents_up, exact
from di_optimizer.notes import notes_of
from di_optimizer.orders.excess import broken, tightened
from di_optimizer.orders.reasons import explained
from di_optimizer.orders.settled import candidates_of
from di_optimizer.orders.sizing import Sized, cash_room, size_plan
from di_optimizer.orders.trading import orders_of
from di_optimizer.orders.unrealised import unrealised
from di_optimizer.plan import BP, Certificate, Plan, figures_of
from di_optimizer.program.build import build
from di_optimizer.program.job import Built, Job
from di_optimizer.program.program import MAX_TE, Program
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.reach import Reach, risk_price, within_reach
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Attempt, Conflict, Settings, Solution, Status
from di_optimizer.solve.widen import widened
from di_optimizer.trades import Figures
from di_optimizer.verify import Case, Claims, verify

SHOWN = 12  # limits in conflict that a message names
TIGHTENINGS = 4  # solves with limits moved in, after rounding broke them
PLANS = (Status.SOLVED, Status.LIMIT, Status.TIME)


def rebalance_account(job: Job) -> Plan:
    """Return the verified plan of one account.

    Raises
    ------
    InputError
        When the account has nothing to invest, or its bill lacks a fact.
    InfeasibleError
        When limits contradict each other; the message names them.
    EngineError
        When the engine ended without a plan, or no tradable sizes fit the limits.
    VerificationError
        When the plan's figures do not follow from the account and its trades.
    """
    built = build(job)
    reach = within_reach(
        partial(solved, job),
        built.program,
        closest=job.policy.tracking.unreachable == "closest",
    )
    if reach.solution.status not in PLANS:
        raise refusal(job, built, reach.solution)
    built = replace(built, program=reach.program)
    answer = sized(job, built, reach)
    plan = assemble(job, built, answer)
    check(job, plan)
    return plan


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


def refusal(job: Job, built: Built, solution: Solution) -> Exception:
    """Return the error for a solution without a plan, in account language."""
    name = job.account.account
    if solution.status is not Status.INFEASIBLE:
        tries = Counter(f"{a.step}: {a.status}" for a in solution.attempts)
        tried = ", ".join(
            f"{text} ({n} times)" if n > 1 else text for text, n in tries.items()
        )
        return EngineError(
            f"account '{name}': {solution.engine} engine ended as "
            f"'{solution.status}' ({solution.message}; {tried})"
        )
    return InfeasibleError(_conflict_text(job, built, solution.conflicts))


def _conflict_text(job: Job, built: Built, conflicts: tuple[Conflict, ...]) -> str:
    """Name the limits in conflict, those of the whole account first.

    A group in conflict is named by the settings that it has modes for.
    """
    groups = {g.name: f"{job.mode_settings} in {g.name}" for g in built.program.groups}
    rows = {n for r in built.program.rows for n in (r.lower_name, r.upper_name)}
    ranked = sorted(conflicts, key=lambda c: c.name not in rows)
    alone = all(c.alone for c in conflicts)
    lines = [
        f"account '{job.account.account}': no trade list satisfies every limit. "
        + ("Relaxing any one of these is enough:" if alone else "Relax all of these:")
    ]
    lines += [
        f"  {groups.get(c.name, c.name)}: by {_amount(built, c)}"
        for c in ranked[:SHOWN]
    ]
    if len(ranked) > SHOWN:
        lines.append(f"  … or one of {len(ranked) - SHOWN} more")
    if any(c.name == "cash.minimum" for c in conflicts):
        lines.append("  (trading costs are paid from cash)")
    return "\n".join(lines)


def _amount(built: Built, conflict: Conflict) -> str:
    """Return by how much a limit has to give way: money, or tracking error."""
    if conflict.name == MAX_TE:
        return f"{conflict.amount * BP:.2f} bp of tracking error"
    money = cents_up(exact(conflict.amount) * built.base)
    return f"{money:,} ({conflict.amount:.4%} of {built.base:,.2f})"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The engine's first answer and the best of its plans in tradable sizes.

    ``attempts`` are all solver calls, those after a limit was tightened included.
    ``least`` is the least tracking error in reach where the cap is not.
    """

    solution: Solution
    sized: Sized
    attempts: tuple[Attempt, ...]
    least: float | None = None


def sized(job: Job, built: Built, reach: Reach) -> Answer:
    """Size every plan of a solution and keep the best one that fits.

    Where rounding breaks a limit that ties securities together, that limit is moved
    in by the excess and the program solved again. Where policy wants the closest
    plan, a cap on tracking error may stay exceeded by what rounding adds.

    Raises
    ------
    EngineError
        When no tradable sizes fit; the message names what they break.
    """
    solution = reach.solution
    program, answer, attempts = built.program, solution, [*solution.attempts]
    broke: list[tuple[str, float]] = []
    near: list[Sized] = []
    for _ in range(TIGHTENINGS + 1):
        plans = _sized_plans(job, built, answer)
        near += [plan for plan in plans if not plan.excess.in_money]
        fitting = [plan for plan in plans if plan.fits]
        if fitting:
            return _answer(reach, _best(fitting), attempts)
        if near and reach.least is not None:
            break
        broke = broken(built.program, plans[0].excess)
        program = tightened(program, plans[0].excess)
        answer = solved(job, program)
        names = ", ".join(name for name, _ in broke)
        attempts += [
            replace(a, step=f"{a.step}, {names} tightened") for a in answer.attempts
        ]
        if answer.status not in PLANS:
            break
    if near and job.policy.tracking.unreachable == "closest":
        return _answer(reach, _best(near), attempts)
    raise EngineError(_unfit_text(job, built, broke))


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


def _sized_plans(job: Job, built: Built, answer: Solution) -> list[Sized]:
    """Return the plans that can be sized; the error of the first if none can."""
    found, errors = [], []
    risk = risk_price(answer)
    for plan in candidates_of(answer):
        try:
            found.append(size_plan(job, built, plan, risk))
        except EngineError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def _unfit_text(job: Job, built: Built, broke: list[tuple[str, float]]) -> str:
    limits = ", ".join(
        f"{name} by {_amount(built, Conflict(name=name, amount=over, alone=True))}"
        for name, over in broke
    )
    return (
        f"account '{job.account.account}': no tradable sizes were found that keep "
        f"within every limit; the last ones break {limits}. Allow fractional shares, "
        "smaller blocks or wider limits"
    )


def assemble(job: Job, built: Built, answer: Answer) -> Plan:
    """Put trades, orders, figures, certificate and notes into a plan.

    The status is that of the plan as sized: rounding may reopen a gap that the
    engine had closed.
    """
    trades = explained(job, built, answer.sized.trades)
    figures = figures_of(job, built, trades, answer.sized.weights)
    certificate = _certificate(built, answer, figures)
    facts = CapFacts(least=answer.least, risk=risk_price(answer.solution))
    over = max(cash_room(job, built, figures.cash_after).over, ZERO)
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
        ),
        attempts=answer.attempts,
        seconds=answer.solution.seconds,
        cash_over_maximum=cents(over),
        te_over_cap=te_over_cap(job, built, figures),
        available_before=unrealised(job),
        available_after=unrealised(job, trades),
    )


def _status(job: Job, answer: Answer, certificate: Certificate) -> Status:
    """Return how the plan as sized ended."""
    if certificate.gap_bp <= job.policy.search.gap_bp:
        return Status.SOLVED
    ended = answer.solution.status
    return Status.TIME if ended is Status.TIME else Status.LIMIT


def _certificate(built: Built, answer: Answer, figures: Figures) -> Certificate:
    """Bound the trades as sized: see :func:`di_optimizer.solve.widen.widened`."""
    solution, weights = answer.solution, answer.sized.weights
    if solution.objective is None:
        raise EngineError("an engine returned a plan without objective")
    program = widened(built.program, weights.buys, weights.sells)
    return Certificate(
        objective_bp=figures.objective * BP,
        bound_bp=bound_of(program, solution.leaves) * BP,
        rounding_bp=(figures.objective - solution.objective) * BP,
    )


def check(job: Job, plan: Plan) -> None:
    """Let the independent check recompute the plan; it raises on any mismatch."""
    case = Case(
        account=job.account,
        market=job.market,
        benchmark=job.benchmark,
        risk=job.risk,
        policy=job.policy,
        on=job.on,
        related=job.related,
        planned=job.planned,
    )
    claims = Claims(
        objective=plan.certificate.objective_bp / BP,
        bound=plan.certificate.bound_bp / BP,
        cash_over_maximum=plan.cash_over_maximum,
        te_over_cap=plan.te_over_cap,
    )
    verify(case, plan.trades, plan.figures, claims)
