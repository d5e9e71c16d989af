# SPDX-License-Identifier: Apache-2.0
"""Shares, cash and basis are conserved by working orders, and the check sees if not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.jobs import Kind, random_job
from support.orders import order, random_orders, ready, simple, weighted, working

from di_optimizer.account import Account, CashBalance, Flow
from di_optimizer.errors import (
    EngineError,
    InfeasibleError,
    InputError,
    VerificationError,
)
from di_optimizer.one_account import check, rebalance_account
from di_optimizer.program.job import Job
from di_optimizer.trades import Trade
from di_optimizer.verify import Case
from di_optimizer.verify.check import booked
from di_optimizer.verify.working_checks import check_working
from di_optimizer.working import covered, pending

CENT = Decimal("0.01")
FEW = settings(max_examples=60, deadline=None)


def case_of(job: Job, account: Account) -> Case:
    """The case of an account as it is to be traded."""
    return Case(
        account=account,
        market=job.market,
        benchmark=job.benchmark,
        risk=job.risk,
        policy=job.policy,
        on=job.on,
    )


def complaints(job: Job, account: Account) -> list[str]:
    """What the check says of an account beside its orders."""
    case = case_of(job, account)
    return check_working(case, booked(case, ()))


@FEW
@given(st.integers(0, 10**6), st.booleans())
def test_nothing_is_lost_or_made(seed, fractional):
    """Shares and basis go over to lots or leave with gains; money only at its price."""
    job = random_orders(seed, random_job(seed % 97, Kind(fractional=fractional)))
    account = ready(job)
    assert complaints(job, account) == []
    sold = [i for i in account.outstanding if i.order.side == "sell"]
    person, before = account.taxpayer, job.account.taxpayer
    gain = person.realised_short - before.realised_short
    gain += person.realised_long - before.realised_long
    done = account if job.policy.working.start == "expected" else None
    if done is not None:
        basis = sum((t.cost_basis for t in job.account.lots), Decimal(0))
        left = sum((t.cost_basis for t in account.lots), Decimal(0))
        bought = sum(i.amount for i in account.outstanding if i.order.side == "buy")
        proceeds = sum((i.amount for i in sold), Decimal(0))
        out = basis + bought - left  # the basis that sales took with them
        assert abs(proceeds - out - gain) <= CENT * (2 + 6 * len(job.account.lots))
    assert account.cash_amount() == job.account.cash_amount() + sum(
        i.cash
        for i in account.outstanding
        if i.order.side in ("buy", "sell") and i.counted
    )


@FEW
@given(st.integers(0, 10**6), st.data())
def test_what_is_counted_of_sales_is_sold_at_their_terms(seed, data):
    """Whatever a plan sells: the check adds the parts up in fractions."""
    job = random_orders(seed, random_job(seed % 89))
    account = ready(job)
    plan = [
        _sale(symbol, held * data.draw(st.integers(0, 4)) / 4)
        for symbol, held in account.positions().items()
    ]
    after = covered(account, plan, job.market) if pending(account) else account
    assert complaints(job, after) == []
    again = Decimal(0)
    for item in pending(account):
        (same,) = [i for i in after.outstanding if i.order == item.order]
        assert 0 <= same.counted <= item.shares
        again += same.counted
    sold = sum(account.positions().values()) - sum(after.positions().values())
    assert sold == again


def _sale(symbol: str, shares: Decimal) -> Trade:
    money = {"price": CENT, "amount": CENT}
    return Trade(account="A", symbol=symbol, side="sell", shares=shares, **money)


def mutations(account: Account):
    """Accounts that do not follow from the tables and the orders."""
    lot, *rest = account.lots
    more = replace(lot, shares=lot.shares + 1)
    yield "shares beside working orders", replace(account, lots=(more, *rest))
    yield "shares beside working orders", replace(account, lots=tuple(rest))
    cash = (*account.cash, CashBalance(amount=CENT))
    yield "cash", replace(account, cash=cash)
    flow = Flow(on=account.lots[-1].acquired, amount=CENT)
    yield "flow", replace(account, flows=(*account.flows, flow))
    cheap = replace(account.lots[-1], cost_basis=account.lots[-1].cost_basis + 1)
    yield (
        "a lot of no working order",
        replace(account, lots=(*account.lots[:-1], cheap)),
    )
    richer = replace(lot, cost_basis=lot.cost_basis + 1)
    yield "a part of the lot of the tables", replace(account, lots=(richer, *rest))
    yield "no no_sell beside", replace(account, restrictions=())
    yield "that stay", replace(account, outstanding=account.outstanding[1:])
    (first, *others) = account.outstanding
    less = replace(first, counted=first.counted - 1)
    yield "counted", replace(account, outstanding=(less, *others))


def busy() -> Job:
    return working(
        weighted(simple(1_000, {"AAA": 50, "BBB": 50}), AAA=0.5, BBB=0.5),
        order("1", "buy", "AAA", shares=10),
        order("2", "withdraw", amount=50),
        order("3", "sell", "BBB", shares=20),
    )


@pytest.mark.parametrize("number", range(9))
def test_another_account_than_the_tables_say_is_refused(number):
    job = busy()
    account = ready(job)
    assert complaints(job, account) == []
    text, wrong = list(mutations(account))[number]
    assert any(text in line for line in complaints(job, wrong))


def test_the_door_refuses_a_plan_of_another_account():
    """End to end: a plan beside a cent too much of cash does not leave."""
    job = busy()
    account = ready(job)
    plan = rebalance_account(replace(job, account=account))
    check(replace(job, account=account), plan)
    wrong = replace(account, cash=(*account.cash, CashBalance(amount=CENT)))
    with pytest.raises(VerificationError, match="beside working orders"):
        check(replace(job, account=wrong), plan)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_random_orders_end_in_verified_plans_or_documented_errors(seed):
    job = random_orders(seed, random_job(seed % 61, Kind(securities=5)))
    try:
        plan = rebalance_account(job)
    except (InputError, InfeasibleError, EngineError):
        return
    bought = {i.order.symbol for i in plan.outstanding if i.order.side == "buy"}
    sales = {t.symbol for t in plan.trades if t.side == "sell"}
    if job.policy.working.start == "present":
        assert not bought & sales
