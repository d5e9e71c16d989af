# SPDX-License-Identifier: Apache-2.0
"""Locked accounts have no orders; locked sleeves count and are never traded."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.jobs import Kind, random_job
from support.ruled import (
    ON,
    SYMBOLS,
    buy,
    cash,
    job,
    lot,
    policy,
    refusals,
    rule,
    sell,
    traded,
)
from support.ruled import risk as market_risk

import di_optimizer as di
from di_optimizer.account import CashBalance, Restriction
from di_optimizer.errors import InputError
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Bounds, Cash, Counts, Tracking, Wash

LOCK = rule("lock", source="rules.csv, row 1")
SAFE = rule("lock", sleeve="safe", source="rules.csv, row 3")
FEW = {"AAA": 300, "BBB": 100}  # and 60,000 in cash


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10_000),
    weights=st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4),
    amount=st.integers(-5_000, 90_000),
)
def test_random_targets_zero_orders(seed: int, weights: list[float], amount: int):
    total = sum(weights)
    target = {s: w / total for s, w in zip(SYMBOLS, weights, strict=True)}
    rng = seed % 7
    strict = policy(
        cash=Cash(minimum=0.1, maximum=0.2),
        bounds=Bounds(maximum=0.05),
        counts=Counts(min_names=rng),
    )
    owned = job(FEW, LOCK, benchmark=target, settings=strict)
    owned = replace(owned, account=replace(owned.account, cash=(cash(amount),)))
    plan = rebalance_account(owned)
    assert (plan.trades, plan.orders) == ((), ())
    assert plan.figures.cash_after == plan.figures.cash_before == amount
    assert plan.certificate.gap_bp == 0.0


def test_the_note_says_that_cash_is_not_invested():
    plan = rebalance_account(job(FEW, LOCK))
    assert plan.notes == (
        "lock (rules.csv, row 1): nothing is traded; 60,000.00 of cash stays.",
    )


@pytest.mark.parametrize(
    "limits",
    [
        {"cash": Cash(minimum=0.9)},
        {"counts": Counts(min_names=4)},
        {"counts": Counts(max_names=0)},
        {"tracking": Tracking(max_te_bp=0.0, unreachable="refuse")},
    ],
)
def test_no_limit_makes_a_locked_account_infeasible(limits):
    assert rebalance_account(job(FEW, LOCK, settings=policy(**limits))).trades == ()


def test_neither_does_a_rule():
    rules = (rule("no_hold", "AAA"), rule("max", "BBB", value=0.01))
    assert rebalance_account(job(FEW, LOCK, *rules)).trades == ()


def test_the_check_refuses_every_trade():
    owned = job(FEW, LOCK)
    assert refusals(owned, (buy("CCC", 1),), "lock") != []
    assert refusals(owned, (sell(owned, "AAA-main", 1),), "lock") != []
    assert refusals(owned, (), "found") == []


def test_a_lock_has_days():
    ended = rule("lock", end=ON - timedelta(days=1))
    assert rebalance_account(job(FEW, ended)).trades != ()
    assert rebalance_account(job(FEW, rule("lock", end=ON))).trades == ()


def test_a_locked_account_without_value_is_refused():
    owned = job({}, LOCK)
    owned = replace(owned, account=replace(owned.account, cash=()))
    with pytest.raises(InputError, match="a net asset value of 0"):
        rebalance_account(owned)


def with_safe(*rules: Restriction, money: float = 0.0):
    """250 AAA in the safe sleeve; 100 AAA, 300 BBB and 350 in cash outside of it."""
    lots = (lot("AAA", 250, "safe"), lot("AAA", 100), lot("BBB", 300))
    balances = (cash(35_000), *([cash(money, "safe")] if money else []))
    owned = job({}, *rules)
    return replace(owned, account=replace(owned.account, lots=lots, cash=balances))


def test_lots_of_a_locked_sleeve_count_and_stay():
    """AAA is 35 % where 25 % are wanted: the 10 % outside of the sleeve go."""
    plan = rebalance_account(with_safe(SAFE))
    sold = {t.lot_id: t.shares for t in plan.trades if t.side == "sell"}
    assert "AAA-safe" not in sold
    assert float(sold["AAA-main"]) == pytest.approx(100, abs=1)
    assert float(plan.figures.nav) == 100_000
    assert (
        "lock sleeve safe (rules.csv, row 3): lots of 25,000.00 and cash of 0.00 "
        "count and stay as they are." in plan.notes
    )
    assert not any("traded as one account" in note for note in plan.notes)


def test_unlocked_the_sleeve_would_trade():
    none = {"AAA": 0.0, "BBB": 0.4, "CCC": 0.3, "DDD": 0.3}
    free = replace(with_safe(), benchmark=none)
    assert "AAA-safe" in {t.lot_id for t in rebalance_account(free).trades}
    shut = replace(with_safe(SAFE), benchmark=none)
    assert "AAA-safe" not in {t.lot_id for t in rebalance_account(shut).trades}


def test_the_check_refuses_sales_from_a_locked_sleeve():
    owned = with_safe(SAFE)
    assert refusals(owned, (sell(owned, "AAA-safe", 1),), "in sleeve safe") != []
    assert refusals(owned, (sell(owned, "AAA-main", 1),), "in sleeve safe") == []


@pytest.mark.parametrize("money", [10_000, 40_000])
def test_cash_of_a_locked_sleeve_counts_and_is_not_spent(money: float):
    plan = rebalance_account(with_safe(SAFE, money=money))
    assert float(plan.figures.nav) == pytest.approx(100_000 + money)
    assert float(plan.figures.cash_after) >= money
    assert float(plan.figures.cash_after) < money + 300
    free = rebalance_account(with_safe(money=money))
    assert float(free.figures.cash_after) < money


def test_an_exit_leaves_what_is_locked():
    owned = with_safe(SAFE, rule("no_hold", "AAA"))
    plan = rebalance_account(owned)
    assert traded(plan)["AAA"] == -10_000
    assert any("on AAA: 250 shares held outside or in locked" in n for n in plan.notes)


def test_recent_purchases_in_a_locked_sleeve_still_replace():
    """10 AAA bought in it a week ago: a loss of AAA would be a wash sale."""
    week = ON - timedelta(days=7)
    recent = replace(lot("AAA", 10, "safe"), acquired=week, holding_start=week)
    loss = replace(lot("AAA", 300), cost_basis=Decimal(60_000))
    target = {"AAA": 0.3, "BBB": 0.3, "CCC": 0.2, "DDD": 0.2}
    strict = policy(wash=Wash(policy="disallow"))
    found = {}
    for name, lots in {"with": (recent, loss), "without": (loss,)}.items():
        owned = job({}, SAFE, benchmark=target, settings=strict)
        account = replace(
            owned.account, lots=lots, cash=(CashBalance(amount=Decimal(70_000)),)
        )
        plan = rebalance_account(replace(owned, account=account))
        found[name] = sum(t.shares for t in plan.trades if t.side == "sell")
    assert (float(found["with"]) == 0, found["without"] > 0) == (True, True)


@pytest.mark.parametrize("seed", range(6))
def test_random_accounts_with_a_locked_sleeve(seed: int):
    made = random_job(seed, Kind(fractional=seed % 2 == 0))
    lots = tuple(
        replace(each, sleeve="safe" if number % 3 == 0 else "main")
        for number, each in enumerate(made.account.lots)
    )
    balances = (*made.account.cash, cash(9_000, "safe"))
    lock = Restriction(kind="lock", sleeve="safe")
    rules = (*made.account.restrictions, lock)
    account = replace(made.account, lots=lots, cash=balances, restrictions=rules)
    plan = rebalance_account(replace(made, account=account))
    locked = {each.lot_id for each in lots if each.sleeve == "safe"}
    assert not locked & {trade.lot_id for trade in plan.trades}
    assert plan.figures.cash_after >= 9_000


def book_of(*accounts: str) -> dict:
    count = len(accounts)
    return {
        "accounts": pd.DataFrame(
            {
                "account": accounts,
                "group": [name.lower() for name in accounts],
                "type": ["exempt"] * count,
                "cash": [5_000] * count,
            }
        ),
        "lots": pd.DataFrame(
            {
                "account": accounts,
                "lot_id": ["1"] * count,
                "symbol": ["AAA"] * count,
                "shares": [100] * count,
                "cost_basis": [9_000] * count,
                "acquired": ["2020-01-31"] * count,
            }
        ),
        "prices": pd.DataFrame({"symbol": SYMBOLS, "price": [100] * 4}),
        "restrictions": pd.DataFrame({"account": ["group:a"], "kind": ["lock"]}),
    }


def test_a_run_over_tables_leaves_the_locked_account_alone():
    even = di.Benchmark.from_weights(dict.fromkeys(SYMBOLS, 0.25), name="even")
    run = di.rebalance_many(
        benchmark=even, risk=market_risk(), date=ON, **book_of("A", "B")
    )
    assert run.ok
    assert set(run.trades["account"]) == {"B"}
    summary = run.summary.set_index("account")
    assert (summary.loc["A", "status"], summary.loc["A", "engine"]) == (
        "solved",
        "none",
    )
    assert "nothing is traded; 5,000.00 of cash stays." in summary.loc["A", "message"]


def test_a_frontier_of_a_locked_account_is_one_point():
    even = di.Benchmark.from_weights(dict.fromkeys(SYMBOLS, 0.25), name="even")
    curve = di.frontier(
        benchmark=even, risk=market_risk(), date=ON, points=2, **book_of("A")
    )
    errors = {round(point.te_bp, 6) for point in curve.points}
    assert len(errors) == 1
