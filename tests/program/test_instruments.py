# SPDX-License-Identifier: Apache-2.0
"""A14, E19: instruments with multipliers, and futures that take no cash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.counted import ledger, traded
from support.jobs import Kind, random_job

from di_optimizer.account import AccountType, Restriction
from di_optimizer.errors import (
    EngineError,
    InfeasibleError,
    InputError,
    VerificationError,
)
from di_optimizer.market import Security
from di_optimizer.one_account import check, rebalance_account
from di_optimizer.orders.trading import Line, money_of
from di_optimizer.policy import Cash, Tracking, Trading
from di_optimizer.program.build import build
from di_optimizer.program.job import Job, value_of

D = Decimal
CLOSE = Tracking(gamma=100_000.0)
TYPES = ("stock", "etf", "fund", "bond", "option", "forex")


def contract(symbol: str, kind: str, multiplier: str = "50") -> dict[str, Security]:
    """One security of a type."""
    return {
        symbol: Security(symbol=symbol, type=kind, multiplier=D(multiplier)),
    }


def job_of(kind: str, money: float, held=None, **more) -> Job:
    """A stock at 10 and a contract quoted at 4 with multiplier 50: 200 each."""
    policy = {"tracking": CLOSE, **more}
    return ledger(
        {"AAA": 10, "XYZ": 4},
        money,
        held,
        account={"type": AccountType.EXEMPT},
        securities=contract("XYZ", kind),
        **policy,
    )


def weighted(job: Job, **weights: float) -> Job:
    """The job with another benchmark."""
    return replace(job, benchmark=weights)


# A14: what a position is worth


@pytest.mark.parametrize("kind", TYPES)
def test_a_position_is_worth_shares_times_price_times_multiplier(kind):
    """3 contracts of 200 and 400 of cash are 1,000; 60 % in the contract is held."""
    job = weighted(job_of(kind, 400, {"XYZ": 3}), AAA=0.4, XYZ=0.6)
    assert value_of(job.account, job.market) == 1_000
    plan = rebalance_account(job)
    assert plan.figures.nav == 1_000
    assert traded(plan) == {"AAA": D(40)}
    assert plan.figures.te_after == pytest.approx(0.0, abs=1e-12)


def test_purchases_and_sales_move_price_times_multiplier():
    """Both sides: 5 contracts for 1,000, and back."""
    job = weighted(job_of("option", 1_000), XYZ=1.0)
    plan = rebalance_account(job)
    (bought,) = plan.trades
    assert (bought.shares, bought.price, bought.amount) == (5, 200, D("1000.00"))
    assert plan.figures.cash_after == 0
    back = rebalance_account(weighted(job_of("option", 0, {"XYZ": 5}), AAA=1.0))
    assert traded(back) == {"XYZ": D(-5), "AAA": D(100)}
    assert back.figures.cash_after == 0


def test_spreads_are_of_price_times_multiplier():
    """Half of 20 bp of 1,000."""
    trading = Trading(spread_bp=20.0)
    job = weighted(job_of("option", 1_010, trading=trading), XYZ=1.0)
    plan = rebalance_account(job)
    assert traded(plan) == {"XYZ": D(5)}
    assert plan.figures.cost == 1
    assert plan.figures.cash_after == 9


def test_gains_are_of_price_times_multiplier():
    """Held at a basis of 500, sold for 1,000, long-term at 20 %."""
    job = weighted(job_of("option", 0, {"XYZ": 5}), AAA=1.0)
    lots = tuple(replace(lot, cost_basis=D(500)) for lot in job.account.lots)
    taxed = replace(job.account, lots=lots, type=AccountType.TAXABLE)
    plan = rebalance_account(replace(job, account=taxed))
    (sale,) = [t for t in plan.trades if t.side == "sell"]
    assert (sale.realised_gain, sale.tax) == (500, 100)


def test_a_plan_at_the_quote_is_refused():
    """The check has its own product of price and multiplier."""
    job = weighted(job_of("option", 1_000), XYZ=1.0)
    plan = rebalance_account(job)
    cheap = [replace(t, price=D(4), amount=D(20)) for t in plan.trades]
    with pytest.raises(VerificationError, match="found price 4; allowed: 200"):
        check(job, replace(plan, trades=tuple(cheap)))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["0.01", "0.5", "10", "100"]))
def test_quoting_in_other_units_changes_no_trade(seed, size):
    """Price / m at multiplier m is the same security."""
    job = random_job(seed % 53, Kind(securities=5))
    many = D(size)
    quotes = {s: replace(q, price=q.price / many) for s, q in job.market.quotes.items()}
    securities = {
        s: replace(x, multiplier=many) for s, x in job.market.securities.items()
    }
    market = replace(job.market, quotes=quotes, securities=securities)
    try:
        plan = rebalance_account(job)
    except (InfeasibleError, EngineError, InputError) as error:
        with pytest.raises(type(error)):
            rebalance_account(replace(job, market=market))
        return
    other = rebalance_account(replace(job, market=market))
    assert traded(other) == traded(plan)
    assert other.figures == plan.figures


# E19: what futures do


@pytest.mark.parametrize(
    ("charged", "side", "change"),
    [
        ("later", "buy", "0"),
        ("immediate", "buy", "-3.20"),
        ("later", "sell", "0"),
        ("immediate", "sell", "0"),
    ],
)
def test_what_futures_do_to_cash(charged, side, change):
    """Two contracts of 200 at half of 100 bp and a ticket of 1.20: 2.00 + 1.20."""
    trading = Trading(spread_bp=100.0, ticket=1.2, futures_cost=charged)
    job = job_of("future", 1_000, {"XYZ": 5}, trading=trading)
    assert money_of(job, [Line("XYZ", side, D(2))]).net == D(change)


def test_the_value_of_futures_is_no_part_of_nav():
    """5 contracts are exposure of 1,000 on 1,000 of cash."""
    job = job_of("future", 1_000, {"XYZ": 5})
    assert value_of(job.account, job.market) == 1_000
    built = build(job)
    assert built.base == 1_000
    assert built.program.held[built.universe.position["XYZ"]] == pytest.approx(1.0)
    option = job_of("option", 1_000, {"XYZ": 5})
    assert value_of(option.account, option.market) == 2_000


@pytest.mark.parametrize(("charged", "left"), [("later", "500"), ("immediate", "499")])
def test_futures_are_bought_beside_what_cash_buys(charged, left):
    """Half in stocks, half in futures: the cash of the second half stays.

    Two contracts of 200 and half of 50 bp of 400: 1.00, where it is charged.
    """
    trading = Trading(spread_bp=50.0, futures_cost=charged)
    job = weighted(job_of("future", 1_000, trading=trading), AAA=0.6, XYZ=0.4)
    job = replace(job, market=_free(job, "AAA"))
    plan = rebalance_account(job)
    assert traded(plan) == {"AAA": D(60), "XYZ": D(2)}
    assert plan.figures.cash_after == D(left) - 100
    assert plan.figures.cost == D(500) - D(left)
    assert plan.figures.cost_term == pytest.approx(1 / 1_000)


def _free(job: Job, symbol: str):
    quotes = dict(job.market.quotes)
    quotes[symbol] = replace(quotes[symbol], spread_bp=D(0))
    return replace(job.market, quotes=quotes)


def test_sales_of_futures_raise_no_cash():
    """A withdrawal is raised by stocks alone."""
    held = {"AAA": 60, "XYZ": 5}
    job = weighted(job_of("future", -100, held), AAA=0.5, XYZ=0.5)
    assert value_of(job.account, job.market) == 500
    plan = rebalance_account(job)
    assert traded(plan)["AAA"] <= -10
    assert plan.figures.cash_after == 10 * -traded(plan)["AAA"] - 100


def test_weights_add_up_to_more_than_one():
    """All in stocks, and futures on top where the model wants them: leverage."""
    job = job_of("future", 0, {"AAA": 100, "XYZ": 4})
    built = build(weighted(job, AAA=0.6, XYZ=0.4))
    assert built.program.held.sum() == pytest.approx(1.8)
    rules = (Restriction(kind="no_trade", symbol="AAA"),)
    account = replace(job.account, restrictions=rules)
    risk = replace(job.risk, exposures=np.array([[1.0], [-1.0]]))
    hedged = weighted(replace(job, account=account, risk=risk), AAA=0.6, XYZ=0.4)
    plan = rebalance_account(hedged)
    after = 1.0 + 0.2 * float(4 + traded(plan).get("XYZ", D(0)))
    assert after > 1.0


def test_a_future_that_would_be_taxed_is_refused_or_closed():
    job = weighted(job_of("future", 1_000, {"XYZ": 5}), AAA=0.5, XYZ=0.5)
    taxed = replace(job.account, type=AccountType.TAXABLE)
    with pytest.raises(InputError, match="the future XYZ in a taxable account"):
        rebalance_account(replace(job, account=taxed))
    shut = (Restriction(kind="no_trade", symbol="XYZ"),)
    closed = replace(taxed, restrictions=shut)
    plan = rebalance_account(replace(job, account=closed))
    assert "XYZ" not in traded(plan)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["later", "immediate"]))
def test_random_accounts_with_futures_verify(seed, charged):
    """Some of the names are futures; every plan passes the check."""
    kind = Kind(securities=6, type=AccountType.TAX_DEFERRED)
    job = random_job(seed % 71, kind)
    rng = np.random.default_rng(seed)
    securities = {
        s: replace(
            x,
            type="future" if rng.random() < 0.4 else x.type,
            multiplier=D(str(rng.choice(["1", "10", "0.1"]))),
        )
        for s, x in job.market.securities.items()
    }
    trading = replace(job.policy.trading, futures_cost=charged, ticket=1.0)
    cash = Cash(minimum=0.0, maximum=1.0)
    job = replace(
        job,
        market=replace(job.market, securities=securities),
        policy=replace(job.policy, trading=trading, cash=cash),
    )
    try:
        plan = rebalance_account(job)
    except (InfeasibleError, EngineError, InputError):
        return
    paid = [t for t in plan.trades if not job.market.is_future(t.symbol)]
    net = sum(t.amount if t.side == "sell" else -t.amount for t in paid)
    f = plan.figures
    assert f.cash_after == f.cash_before + f.flow + net - f.cost
