# SPDX-License-Identifier: Apache-2.0
"""The most cash that can be taken out of an account, and the plan that raises it.

Everything that may be sold is sold, what that costs is paid, the least cash stays. The
plan is one of an ordinary rebalance with that withdrawal, so the check before the door
has seen it. Targets and buffers of cash do not hold money back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.account import Flow
from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.exact import CENT, ZERO, floor_to
from di_optimizer.one_account import rebalance_account
from di_optimizer.orders.cash_check import cash_room
from di_optimizer.orders.lots import lot_shares
from di_optimizer.orders.trading import Line
from di_optimizer.plan import Plan
from di_optimizer.program.build import build
from di_optimizer.program.job import Built, Job, value_of
from di_optimizer.program.sizes import DUST
from di_optimizer.program.steps import step

ROUNDS = 60  # of a withdrawal that frees weight limits, which free cash
NEARBY = (0, 1, 2, 5, 10, 50)  # cents below the first guess that are tried


@dataclass(frozen=True, kw_only=True)
class MaxWithdrawal:
    """The most cash that can be taken out: ``amount`` beside the flows that are due.

    ``plan`` has its trades; ``tax`` is the bill that they leave, paid from elsewhere.
    """

    account: str
    on: date
    amount: Decimal
    plan: Plan

    @property
    def tax(self) -> Decimal:
        """Tax of the sales; negative is a saving."""
        return self.plan.figures.tax

    @property
    def cost(self) -> Decimal:
        """What the sales cost."""
        return self.plan.figures.cost

    def __str__(self) -> str:
        return (
            f"Account {self.account} on {self.on}: at most {self.amount:,} can be "
            f"taken out; {len(self.plan.orders)} orders, cost {self.cost:,}, "
            f"tax {self.tax:,}; cash left {self.plan.figures.cash_after:,}"
        )


def most_of(job: Job) -> MaxWithdrawal:
    """Return the most cash that can be taken out of an account.

    Raises
    ------
    InputError
        When the account has nothing to invest.
    InfeasibleError, EngineError
        When limits leave no plan even without a withdrawal.
    """
    job = _freed(job)
    guess = _guess(job)
    for cents in NEARBY:
        amount = guess - cents * CENT
        plan = _tried(job, amount) if amount >= 0 else None
        if plan is not None:
            return _result(job, amount, plan)
    return _searched(job, guess)


def withdrawing(job: Job, amount: Decimal) -> Job:
    """Return the job with a further withdrawal that is due."""
    flow = Flow(on=job.on, amount=-amount)
    account = replace(job.account, flows=(*job.account.flows, flow))
    return replace(job, account=account)


def _freed(job: Job) -> Job:
    """Return the job with no more asked of cash than its least."""
    cash = replace(
        job.policy.cash,
        target=None,
        drag=0.0,
        scope="all",
        raise_extra=0.0,
        raise_extra_amount=0.0,
        keep_back=0.0,
        keep_back_amount=0.0,
        withdrawal="optimal",
    )
    balances = tuple(replace(c, target=None) for c in job.account.cash)
    account = replace(job.account, cash=balances)
    return replace(job, account=account, policy=replace(job.policy, cash=cash))


def _guess(job: Job) -> Decimal:
    """Return what all sales that limits of weights and lots allow leave, in cents."""
    amount = ZERO
    for _ in range(ROUNDS):
        tried = withdrawing(job, amount)
        if value_of(tried.account, tried.market) < 0:
            break
        built = build(tried)
        left = -cash_room(tried, built, all_sales(tried, built)).short
        more = floor_to(_decimal(left), CENT)
        if more <= 0:
            break
        amount += more
    return amount


def _decimal(money: Fraction) -> Decimal:
    """Return money rounded down to the cent."""
    return Decimal(money.numerator * 100 // money.denominator).scaleb(-2)


def all_sales(job: Job, built: Built) -> list[Line]:
    """Return everything that limits of weights and lots allow to be sold."""
    program, lines = built.program, list[Line]()
    shares = lot_shares(built, program.lots.cap)
    for i, symbol in enumerate(built.universe.symbols):
        own = np.flatnonzero(program.lots.security == i).tolist()
        room = float(program.held[i] - program.lower[i])
        if room >= float(program.lots.cap[own].sum()) - DUST:
            lines += [Line(symbol, "sell", shares[j]) for j in own if shares[j] > 0]
        elif room > DUST:
            size = step(job.account, job.market, job.policy, symbol)
            count = int(room / float(size * job.market.price(symbol) / built.base))
            lines += [Line(symbol, "sell", count * size)] if count else []
    return lines


def _tried(job: Job, amount: Decimal) -> Plan | None:
    """Return the plan of a withdrawal, or None where it cannot be raised."""
    try:
        return rebalance_account(withdrawing(job, amount))
    except (InfeasibleError, EngineError):
        return None


def _searched(job: Job, guess: Decimal) -> MaxWithdrawal:
    """Halve the way between what can be raised and what cannot, to the cent."""
    low, high = ZERO, guess
    best = rebalance_account(withdrawing(job, low))
    while high - low > CENT:
        middle = floor_to((low + high) / 2, CENT)
        plan = _tried(job, middle)
        if plan is None:
            high = middle
        else:
            low, best = middle, plan
    return _result(job, low, best)


def _result(job: Job, amount: Decimal, plan: Plan) -> MaxWithdrawal:
    return MaxWithdrawal(
        account=job.account.account, on=job.on, amount=amount, plan=plan
    )
