# SPDX-License-Identifier: Apache-2.0
"""Whole shares, least trades and holdings, tickets, counts: little ledgers, end to end.

Every plan passes the check before the door, which knows these limits by itself.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.counted import FREE, best_of_all, ledger, traded
from support.sizes import sized_job

from di_optimizer.account import Restriction
from di_optimizer.errors import EngineError, InfeasibleError, InputError
from di_optimizer.market import Security
from di_optimizer.one_account import rebalance_account
from di_optimizer.orders.grid import grid_of, nearby
from di_optimizer.policy import Cash, Counts, Tracking
from di_optimizer.program.build import build

CLOSE = Tracking(gamma=1_000.0)


# D5, D6, D7: what trades


def test_three_hundred_at_eight_are_37_shares():
    """D7: 37.5 are wanted, and never more than what is wanted is bought."""
    job = ledger({"AAA": 8}, 300)
    assert traded(rebalance_account(job)) == {"AAA": Decimal(37)}
    built = build(job)
    grid = grid_of(built.program, np.array([8 / 300]))
    for wanted, shares in ((300, 37), (303.99, 37), (304, 38), (7.99, 0), (8, 1)):
        amounts = np.array([wanted / 300]), np.zeros(0)
        wide = replace(built.program, upper=np.array([2.0]))
        grid = grid_of(wide, np.array([8 / 300]))
        assert nearby(wide, grid, *amounts).bought.tolist() == [shares]


@pytest.mark.parametrize(
    ("facts", "fractional", "shares"),
    [
        ({}, False, "37"),
        ({}, True, "37.5"),
        ({"decimals": 0}, True, "37"),
        ({"block": Decimal(10)}, True, "30"),
        ({"block": Decimal("0.25"), "decimals": 0}, False, "37.5"),
        ({"block": Decimal("0.4")}, False, "37.2"),
    ],
)
def test_blocks_fractions_and_whole_shares(facts, fractional, shares):
    """D5, D6: of 300 as much as trades."""
    job = ledger(
        {"AAA": 8},
        300,
        account={"fractional": fractional},
        securities={"AAA": Security(symbol="AAA", **facts)},
        tracking=CLOSE,
    )
    [(_, found)] = traded(rebalance_account(job)).items()
    assert Decimal(shares) - Decimal("0.001") <= found <= Decimal(shares)


def test_a_position_leaves_as_it_is():
    """D12: 0.37 shares in an account of whole ones, below any least trade."""
    job = ledger(
        {"AAA": 8, "BBB": 10},
        1_000,
        {"BBB": 0.37},
        account={"restrictions": (Restriction(kind="no_hold", symbol="BBB"),)},
        trading=replace(FREE, min_trade=100),
    )
    assert traded(rebalance_account(job))["BBB"] == Decimal("-0.37")


# D11: least trades


@pytest.mark.parametrize(("least", "trades"), [(400, True), (400.01, False)])
def test_an_order_is_worth_the_least_trade_or_is_none(least, trades):
    """Half of 800 is wanted of each of two names: 4 shares at 100, no fifth."""
    job = ledger(
        {"AAA": 100, "BBB": 100},
        400,
        {"AAA": 4},
        account={"restrictions": (Restriction(kind="no_sell", symbol="AAA"),)},
        trading=replace(FREE, min_trade=least),
        tracking=CLOSE,
    )
    assert bool(traded(rebalance_account(job))) is trades


# D13: least holdings


@pytest.mark.parametrize(("least", "left"), [(0.011, 0), (0.01, 1), (0.009, 1)])
def test_a_small_position_that_may_not_grow_goes(least, left):
    """One share of BBB is 0.01; it is less than wanted, and no more may be bought."""
    rule = Restriction(kind="no_buy", symbol="BBB")
    job = ledger(
        {"AAA": 10, "BBB": 10},
        0,
        {"AAA": 99, "BBB": 1},
        account={"restrictions": (rule,)},
        trading=replace(FREE, min_holding=least),
    )
    assert traded(rebalance_account(job)).get("BBB", 0) == left - 1


def test_a_small_position_that_may_not_be_sold_grows_to_the_least():
    rule = Restriction(kind="no_sell", symbol="BBB")
    job = ledger(
        {"AAA": 10, "BBB": 10},
        100,
        {"AAA": 89, "BBB": 1},
        account={"restrictions": (rule,)},
        trading=replace(FREE, min_holding=0.02),
    )
    assert traded(rebalance_account(job))["BBB"] >= 1


# D14, A17: counts


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_at_most_so_many_names(most):
    prices = dict.fromkeys(("AAA", "BBB", "CCC", "DDD"), 10.0)
    job = ledger(prices, 1_000, counts=Counts(max_names=most), tracking=CLOSE)
    assert len(traded(rebalance_account(job))) == most


@pytest.mark.parametrize("most", [0, 1, 2, 4])
def test_at_most_so_many_orders(most):
    prices = dict.fromkeys(("AAA", "BBB", "CCC", "DDD"), 10.0)
    job = ledger(prices, 1_000, counts=Counts(max_trades=most), tracking=CLOSE)
    assert len(rebalance_account(job).orders) == most


# Tickets, C4


def test_a_ticket_is_paid_on_both_sides_and_from_cash():
    """70 of AAA and 30 of BBB become 49 and 49; two tickets of 7 leave 6 of cash."""
    job = ledger(
        {"AAA": 10, "BBB": 10},
        0,
        {"AAA": 70, "BBB": 30},
        trading=replace(FREE, ticket=7),
        tracking=CLOSE,
    )
    plan = rebalance_account(job)
    assert plan.figures.cost == 7 * len(plan.orders) == 14
    change = sum(n for n in traded(plan).values())
    assert plan.figures.cash_after == -10 * change - 14 >= 0


@pytest.mark.parametrize(("ticket", "orders"), [(0.01, 2), (1_000, 0)])
def test_a_ticket_may_cost_more_than_a_trade_is_worth(ticket, orders):
    job = ledger(
        {"AAA": 10, "BBB": 10},
        5_000,
        {"AAA": 70, "BBB": 30},
        trading=replace(FREE, ticket=ticket),
        tracking=Tracking(gamma=0.5),
        cash=Cash(minimum=0.0, maximum=1.0),
    )
    assert len(rebalance_account(job).orders) == orders


# F31: what sizes cost


def test_what_whole_shares_cost_is_measured_against_any_amounts():
    """299 are in one name at 8 whole shares: 37 of 37.375 are held, 1 % is cash."""
    job = ledger({"AAA": 8}, 299, tracking=Tracking(gamma=10))
    plan = rebalance_account(job)
    active = 1 - 296 / 299
    variance = active**2 * (0.04 + 0.02)
    certificate = plan.certificate
    assert certificate.rounding_bp == pytest.approx(10 * variance * 1e4, abs=0.02)
    assert certificate.rounding_te_bp == pytest.approx(variance**0.5 * 1e4, abs=0.2)
    row = plan.summary()
    assert row["rounding_bp"] == certificate.rounding_bp
    assert row["rounding_te_bp"] == certificate.rounding_te_bp
    assert any(note.startswith("Tradable sizes cost 0.6") for note in plan.notes)
    fine = replace(job, account=replace(job.account, fractional=True))
    assert rebalance_account(fine).certificate.rounding_bp < 0.01


def test_cash_above_its_maximum_where_no_share_fits():
    """One share at 600 does not fit into 500: all stays cash, and is reported."""
    job = ledger({"AAA": 600}, 500, cash=Cash(minimum=0.0, maximum=0.01))
    plan = rebalance_account(job)
    assert plan.trades == ()
    assert plan.cash_over_maximum == Decimal(495)


# M8: from existing holdings, with sales and fees, against every plan


@pytest.mark.parametrize("seed", range(12))
def test_close_to_the_best_of_all_plans(seed):
    rng = np.random.default_rng(seed)
    prices = {s: float(rng.integers(20, 200)) for s in ("AAA", "BBB", "CCC")}
    held = {s: int(rng.integers(0, 5)) for s in prices}
    job = ledger(
        prices,
        float(rng.integers(20, 400)),
        {s: n for s, n in held.items() if n},
        trading=replace(
            FREE,
            spread_bp=10.0,
            ticket=float(rng.choice([0, 1])),
            min_trade=float(rng.choice([0, 120])),
            min_holding=float(rng.choice([0, 0.15])),
        ),
        cash=Cash(minimum=0.0, maximum=float(rng.choice([0.3, 1.0]))),
        counts=Counts(max_names=int(rng.integers(2, 4))),
    )
    built = build(job)
    best = best_of_all(job, built)
    plan = rebalance_account(job)
    if np.isfinite(best) and plan.cash_over_maximum == 0:
        assert plan.certificate.objective_bp >= best * 1e4 - 1e-6
        assert plan.certificate.bound_bp <= best * 1e4 + 1e-6
        assert plan.certificate.objective_bp <= best * 1e4 + 60


# prices from a cent to 600,000, decimals from none to nine


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 100_000))
def test_every_plan_verifies_or_says_why_not(seed):
    """No cent too much is spent and no amount is off its grid: the check sees both."""
    job = sized_job(seed)
    try:
        plan = rebalance_account(job)
    except (InputError, InfeasibleError, EngineError):
        return
    least = Decimal(str(job.policy.cash.minimum)) * plan.figures.nav
    assert plan.figures.cash_after >= least
