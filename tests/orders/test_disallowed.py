# SPDX-License-Identifier: Apache-2.0
"""Disallowed losses of a list of trades: by hand, and against the program's own."""

import dataclasses
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from support.jobs import ON, Kind, random_job
from support.taxpayers import Past, random_person

from di_optimizer.account import Account, AccountType
from di_optimizer.one_account import rebalance_account
from di_optimizer.orders.disallowed import lost_shares, reported, with_disallowed
from di_optimizer.orders.trading import LotSale, buy_trade, sale_trade
from di_optimizer.orders.unrealised import unrealised
from di_optimizer.policy import Wash
from di_optimizer.program.build import build
from di_optimizer.program.job import Job
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term
from di_optimizer.wash_facts import WashFacts, wash_facts


def lot(lot_id: str, shares: int, unit: int, days: int, purchase: str = "") -> Lot:
    day = ON - timedelta(days=days)
    return Lot(
        lot_id=lot_id,
        symbol="S00",
        shares=Decimal(shares),
        cost_basis=Decimal(shares * unit),
        acquired=day,
        holding_start=day,
        purchase=purchase,
    )


def case(*lots: Lot, policy: str = "trade_off", related=()) -> tuple[Job, WashFacts]:
    job = random_job(1, Kind(restrictions=False))
    quote = dataclasses.replace(job.market.quotes["S00"], price=Decimal(10))
    market = dataclasses.replace(job.market, quotes={**job.market.quotes, "S00": quote})
    job = dataclasses.replace(
        job,
        account=dataclasses.replace(job.account, lots=lots),
        market=market,
        policy=dataclasses.replace(job.policy, wash=Wash(policy=policy)),
        related=related,
    )
    facts = wash_facts(
        job.account, market=market, policy=job.policy, related=job.related
    )
    return job, facts


def sell(job: Job, lot_id: str, shares: int):
    own = next(t for t in job.account.lots if t.lot_id == lot_id)
    return sale_trade(job, LotSale(lot=own, shares=Decimal(shares)))


def test_kept_recent_shares_then_todays_purchases() -> None:
    """30 sold at a loss of 5 each; 12 recent shares are kept of 20, 3 are bought."""
    job, facts = case(lot("old", 50, 15, 400), lot("new", 20, 11, 10))
    trades = (
        sell(job, "old", 30),
        sell(job, "new", 8),
        buy_trade(job, "S00", Decimal(3)),
    )
    assert lost_shares(job, facts, trades) == {"old": 15}
    old, new, bought = with_disallowed(job, facts, trades)
    assert (old.realised_gain, old.disallowed) == (Decimal("-150.00"), Decimal("75.00"))
    assert old.tax == Decimal("-17.85")  # 75 at 23.8 %
    assert (new.disallowed, bought.disallowed) == (0, 0)
    assert reported(job, facts, trades) == (Fraction(-8), Fraction(-75))


@pytest.mark.parametrize(("purchase", "lost"), [("one", {}), ("", {"a": 4})])
def test_shares_of_one_purchase_replace_no_others_of_it(purchase, lost) -> None:
    """Rev. Rul. 56-602."""
    job, facts = case(lot("a", 6, 15, 10, purchase), lot("b", 4, 8, 10, purchase))
    assert lost_shares(job, facts, (sell(job, "a", 6),)) == lost


@pytest.mark.parametrize(("days", "lost"), [(30, {"old": 5}), (31, {})])
def test_shares_elsewhere_count_within_the_window(days: int, lost: dict) -> None:
    ira = Account(
        account="ira",
        taxpayer=random_job(1).account.taxpayer,
        type=AccountType.TAX_DEFERRED,
        lots=(lot("r", 5, 12, days),),
    )
    job, facts = case(lot("old", 50, 15, 400), related=(ira,))
    assert lost_shares(job, facts, (sell(job, "old", 30),)) == lost


def test_other_policies_disallow_nothing() -> None:
    for policy in ("disallow", "ignore"):
        job, facts = case(lot("old", 5, 15, 400), lot("n", 5, 11, 9), policy=policy)
        trades = (sell(job, "old", 5),)
        assert with_disallowed(job, facts, trades) == trades


def test_trades_agree_with_the_program() -> None:
    """Random taxpayers: what the trades say is what the objective counted."""
    found = 0
    for seed in range(12):
        person = random_person(seed, Past(accounts=("A",)))
        policy = dataclasses.replace(person.policy, wash=Wash(policy="trade_off"))
        shared = person.with_policy(policy).shared
        [account] = person.accounts
        job = shared.job(account)
        plan, built = rebalance_account(job), build(job)
        moved = float(plan.figures.disallowed) * policy.wash.moved_value
        found += plan.figures.disallowed > 0
        rates = {Term.SHORT: 0.408, Term.LONG: 0.238}
        credit = sum(
            float(t.disallowed) * policy.wash.moved_value * rates[t.term]
            for t in plan.trades
            if t.disallowed
        )
        money = plan.figures.tax_term * float(built.base)
        assert money == pytest.approx(float(plan.figures.tax) - credit, abs=0.02)
        assert moved >= 0
    assert found >= 2


def test_what_can_still_be_realised() -> None:
    """Price 10: 50 lots at 15 are a loss of 250, of which 30 shares sold leave 100."""
    job, _ = case(lot("old", 50, 15, 400), lot("new", 20, 8, 10))
    before = unrealised(job)
    assert (before.long_loss, before.short_gain) == (Decimal(250), Decimal(40))
    assert (before.short_loss, before.long_gain) == (0, 0)
    after = unrealised(job, (sell(job, "old", 30), sell(job, "new", 20)))
    assert (after.long_loss, after.short_gain) == (Decimal(100), 0)
    assert np.isclose(float(before.long_loss - after.long_loss), 150.0)
