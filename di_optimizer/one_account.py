# SPDX-License-Identifier: Apache-2.0
"""One account from its job to a verified plan: the whole way in one short file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.exact import ZERO, cents, cents_up, exact
from di_optimizer.notes import notes_of
from di_optimizer.orders.reasons import Context, with_reasons
from di_optimizer.orders.rounding import Quantities, Room, round_solution
from di_optimizer.orders.sizes import step
from di_optimizer.orders.trading import (
    Line,
    lines_of,
    money_of,
    orders_of,
    trades_of,
)
from di_optimizer.plan import (
    BP,
    Certificate,
    Plan,
    cash_limits,
    figures_of,
    sized,
)
from di_optimizer.program.build import Built, Job, build
from di_optimizer.solve.dual import dual_value, widened
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Conflict, Settings, Solution, Status
from di_optimizer.trades import Figures, Trade
from di_optimizer.verify import Case, Claims, verify

SHOWN = 12  # limits in conflict that a message names


def rebalance_account(job: Job) -> Plan:
    """Return the verified plan of one account.

    Raises
    ------
    InputError
        When the account has nothing to invest.
    InfeasibleError
        When limits contradict each other; the message names them.
    EngineError
        When the engine ended without a plan, or no tradable sizes fit the cash.
    VerificationError
        When the plan's figures do not follow from the account and its trades.
    """
    built = build(job)
    search = job.policy.search
    settings = Settings(gap=search.gap_bp / BP, flips=search.flips)
    solution = engine(job.policy.engine)(built.program, settings)
    if solution.status not in (Status.SOLVED, Status.LIMIT):
        raise refusal(job, built, solution)
    trades = sized_trades(job, built, solution)
    plan = assemble(job, built, solution, trades)
    check(job, plan)
    return plan


def refusal(job: Job, built: Built, solution: Solution) -> Exception:
    """Return the error for a solution without a plan, in account language."""
    name = job.account.account
    if solution.status is not Status.INFEASIBLE:
        tried = ", ".join(f"{a.step}: {a.status}" for a in solution.attempts)
        return EngineError(
            f"account '{name}': {solution.engine} engine ended as "
            f"'{solution.status}' ({solution.message}; {tried})"
        )
    return InfeasibleError(_conflict_text(name, built, solution.conflicts))


def _conflict_text(name: str, built: Built, conflicts: tuple[Conflict, ...]) -> str:
    """Name the limits in conflict, those of the whole account first."""
    rows = {n for r in built.program.rows for n in (r.lower_name, r.upper_name)}
    ranked = sorted(conflicts, key=lambda c: c.name not in rows)
    alone = all(c.alone for c in conflicts)
    lines = [
        f"account '{name}': no trade list satisfies every limit. "
        + ("Relaxing any one of these is enough:" if alone else "Relax all of these:")
    ]
    lines += [
        f"  {c.name}: by {cents_up(exact(c.amount) * built.base):,} "
        f"({c.amount:.4%} of {built.base:,.2f})"
        for c in ranked[:SHOWN]
    ]
    if len(ranked) > SHOWN:
        lines.append(f"  … or one of {len(ranked) - SHOWN} more")
    if any(c.name == "cash.minimum" for c in conflicts):
        lines.append("  (trading costs are paid from cash)")
    return "\n".join(lines)


def sized_trades(job: Job, built: Built, solution: Solution) -> tuple[Trade, ...]:
    """Round a solution to tradable sizes and return its lot-level trades."""
    solved = solution.sells
    if solved is None:
        raise EngineError("a solution without a plan cannot be traded")
    symbols = built.universe.symbols
    steps = tuple(step(job.account, job.market, job.policy, s) for s in symbols)

    def room(quantities: Quantities) -> Room:
        lines = lines_of(built, quantities, solved)
        return _room(job, built, cash_after(job, lines))

    quantities = round_solution(built, solution, steps, room)
    trades = trades_of(job, built, quantities, solved)
    return with_reasons(trades, _contexts(job, built, trades))


def cash_after(job: Job, lines: Sequence[Line]) -> Decimal:
    """Return cash after the due flow, these trades and their cost."""
    start = job.account.cash_amount() + job.account.flow_due(job.on)
    return start + money_of(job, lines).net


def _room(job: Job, built: Built, cash: Decimal) -> Room:
    low, high = cash_limits(job, built.nav)
    return Room(short=low - cash, over=cash - high)


def _contexts(job: Job, built: Built, trades: Sequence[Trade]) -> dict[str, Context]:
    program = built.program
    forced = program.upper < program.held
    short = _room(job, built, cash_after(job, ())).short > 0
    sells = any(trade.side == "sell" for trade in trades)
    return {
        symbol: Context(
            held=float(program.held[i]),
            benchmark=float(program.benchmark[i]),
            flow=job.account.flow_due(job.on),
            forced=bool(forced[i]),
            short_of_cash=short,
            sells=sells,
        )
        for i, symbol in enumerate(built.universe.symbols)
    }


def assemble(
    job: Job, built: Built, solution: Solution, trades: tuple[Trade, ...]
) -> Plan:
    """Put trades, orders, figures, certificate and notes into a plan.

    The status is that of the plan as sized: rounding may reopen a gap that the
    engine had closed.
    """
    figures = figures_of(job, built, trades)
    certificate = _certificate(built, solution, figures, trades)
    closed = certificate.gap_bp <= job.policy.search.gap_bp
    over = max(_room(job, built, figures.cash_after).over, ZERO)
    return Plan(
        account=job.account.account,
        on=job.on,
        status=str(Status.SOLVED if closed else Status.LIMIT),
        engine=solution.engine,
        trades=trades,
        orders=orders_of(trades),
        figures=figures,
        certificate=certificate,
        policy=job.policy,
        notes=notes_of(job, built, certificate, cents(over)),
        attempts=solution.attempts,
        seconds=solution.seconds,
        cash_over_maximum=cents(over),
    )


def _certificate(
    built: Built, solution: Solution, figures: Figures, trades: Sequence[Trade]
) -> Certificate:
    """Bound the trades as sized: see :func:`di_optimizer.solve.dual.widened`."""
    if solution.objective is None:
        raise EngineError("an engine returned a plan without objective")
    size = sized(built, trades)
    program = widened(built.program, size.buys, size.sells)
    bound = max(dual_value(program, leaf) for leaf in solution.leaves)
    return Certificate(
        objective_bp=figures.objective * BP,
        bound_bp=bound * BP,
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
    )
    claims = Claims(
        objective=plan.certificate.objective_bp / BP,
        bound=plan.certificate.bound_bp / BP,
        cash_over_maximum=plan.cash_over_maximum,
    )
    verify(case, plan.trades, plan.figures, claims)
