# SPDX-License-Identifier: Apache-2.0
"""What a plan says of wash sales, the bill, budgets and thresholds."""

import dataclasses
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.jobs import ON, Kind, random_job

from di_optimizer.account import Account, AccountType, Activity, Restriction
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Budget, Cash, Harvest, Taxes, Wash
from di_optimizer.program.job import Job
from di_optimizer.tax.lots import Lot
from di_optimizer.wash_notes import WASH_NOTE


def job_of(**changes: object) -> Job:
    job = random_job(31, Kind(restrictions=False))
    policy = dataclasses.replace(job.policy, cash=Cash(minimum=0.0, maximum=1.0))
    return dataclasses.replace(job, policy=dataclasses.replace(policy, **changes))


def with_account(job: Job, **changes: object) -> Job:
    return dataclasses.replace(job, account=dataclasses.replace(job.account, **changes))


def starting(plan: Plan, text: str) -> str:
    """The one note that starts so."""
    [note] = [n for n in plan.notes if n.startswith(text)]
    return note


def past_loss(symbol: str, days: int) -> Activity:
    return Activity(
        symbol=symbol,
        on=ON - timedelta(days=days),
        side="sell",
        shares=Decimal(3),
        amount=Decimal(100),
        realised_gain=Decimal(-20),
    )


def recent_lot(symbol: str, days: int = 7, **changes: Any) -> Lot:
    """Five shares bought some days ago for 1."""
    day = ON - timedelta(days=days)
    values: dict[str, Any] = {
        "lot_id": "r",
        "symbol": symbol,
        "shares": Decimal(5),
        "cost_basis": Decimal(1),
        "acquired": day,
        "holding_start": day,
    }
    return Lot(**(values | changes))


def test_the_policy_is_named_with_the_accounts_it_looked_at() -> None:
    alone = rebalance_account(job_of())
    assert alone.notes[0] == (
        "Wash sales in this account are ruled out (wash.policy = disallow)."
    )
    job = job_of(wash=Wash(policy="trade_off"))
    other = Account(account="IRA", taxpayer=job.account.taxpayer)
    plan = rebalance_account(dataclasses.replace(job, related=(other,)))
    assert plan.figures.disallowed == 0
    assert plan.notes[0] == (
        "Wash sales over the taxpayer's 2 accounts are traded off (wash.policy = "
        "trade_off): no loss is disallowed today."
    )
    blind = rebalance_account(job_of(wash=Wash(policy="ignore")))
    assert blind.notes[0] == WASH_NOTE
    assert WASH_NOTE not in plan.notes


@pytest.mark.parametrize(("days", "closed"), [(30, True), (31, False)])
def test_what_is_closed_says_until_when_and_why(days: int, closed: bool) -> None:
    """Sold on 29 May: purchases are free from 29 June on."""
    job = with_account(job_of(), activity=(past_loss("S01", days),))
    plan = rebalance_account(job)
    text = "Not bought after loss sales, free from the date named: "
    notes = [n for n in plan.notes if n.startswith(text)]
    assert notes == ([text + "S01 from 2024-06-29 (sold on 2024-05-29)."] * closed)
    assert not closed or not [
        t for t in plan.trades if t.symbol == "S01" and t.side == "buy"
    ]


def test_losses_left_for_recent_shares_are_counted() -> None:
    """An IRA that cannot sell bought S01 a week ago: no loss in S01 is harvested."""
    job = job_of()
    recent = recent_lot("S01", cost_basis=Decimal(100))
    ira = Account(
        account="IRA",
        taxpayer=job.account.taxpayer,
        type=AccountType.TAX_DEFERRED,
        lots=(recent,),
    )
    price = job.market.price("S01")
    losses = [
        t.cost_basis - t.shares * price
        for t in job.account.lots
        if t.symbol == "S01" and t.cost_basis > t.shares * price
    ]
    assert losses
    plan = rebalance_account(dataclasses.replace(job, related=(ira,)))
    assert f"{len(losses)} lots with losses of {sum(losses):,.2f} were not " in (
        starting(plan, f"{len(losses)} lots with losses of")
    )
    assert starting(plan, f"{len(losses)} lots").endswith("S01 free from 2024-07-22.")
    sold = [t for t in plan.trades if t.symbol == "S01" and t.side == "sell"]
    assert all(t.realised_gain >= 0 for t in sold)


def test_a_disallowed_loss_is_told() -> None:
    """All of S01 has to go while another account bought some of it a week ago."""
    job = job_of(wash=Wash(policy="trade_off"))
    out = Restriction(kind="no_hold", symbol="S01")
    other = Account(
        account="B", taxpayer=job.account.taxpayer, lots=(recent_lot("S01"),)
    )
    job = dataclasses.replace(with_account(job, restrictions=(out,)), related=(other,))
    plan = rebalance_account(job)
    lost = plan.figures.disallowed
    assert lost > 0
    assert plan.notes[0].endswith(f": losses of {lost:,} are disallowed today.")


@pytest.mark.parametrize("others", [0, 1])
def test_only_shares_of_other_purchases_are_a_reason_to_keep_a_loss(
    others: int,
) -> None:
    """First in, first out reaches a lone recent loss only after a large gain."""
    job = job_of(taxes=Taxes(relief="fifo"))
    price = job.market.price("S01")
    lots = (
        recent_lot("S01", days=400, lot_id="old", shares=Decimal(900)),
        recent_lot("S01", lot_id="bad", cost_basis=price * 6),
        *(recent_lot("S01", lot_id="more") for _ in range(others)),
    )
    first = ON - timedelta(days=30)
    rest = [t for t in job.account.lots if t.symbol != "S01" and t.acquired < first]
    plan = rebalance_account(with_account(job, lots=(*rest, *lots)))
    assert "bad" not in {t.lot_id for t in plan.trades}
    text = f"1 lot with a loss of {price:.2f} was not harvested: shares bought lately "
    said = [n for n in plan.notes if "not harvested" in n]
    assert said == [f"{text}would replace it: S01 free from 2024-07-22."] * others


def test_one_loss_below_the_thresholds_is_one() -> None:
    job = job_of(harvest=Harvest(minimum_loss=10_000.0))
    gains = [t for t in job.account.lots if t.cost_basis < worth(job, t)]
    lot = recent_lot("S01", cost_basis=job.market.price("S01") * 5 + Decimal("1.25"))
    plan = rebalance_account(with_account(job, lots=(*gains, lot)))
    assert "1 loss, 1.25, is below the harvest thresholds and counts as nothing." in (
        plan.notes
    )


def worth(job: Job, lot: Lot) -> Decimal:
    return lot.shares * job.market.price(lot.symbol)


def test_a_netted_bill_shows_where_the_year_stands() -> None:
    person = dataclasses.replace(
        job_of().account.taxpayer,
        tax_year=2024,
        filing_status="single",
        realised_long=Decimal(1_000),
        carry_short=Decimal(400),
    )
    plan = rebalance_account(with_account(job_of(), taxpayer=person))
    assert starting(plan, "Gains are netted") == (
        "Gains are netted over the tax year, which stands at -400.00 short-term and "
        f"1,000.00 long-term; the trades change its bill by {plan.figures.bill:,}."
    )
    assert f"{plan.figures.tax:,} (saved) netted over the year (flat:" in str(plan)
    assert plan.summary()["tax"] == plan.figures.bill
    flat = rebalance_account(
        with_account(job_of(taxes=Taxes(bill="flat")), taxpayer=person)
    )
    assert starting(flat, "Taxes are flat").endswith("were not netted (taxes.bill).")
    assert flat.figures.bill is None


def test_a_budget_that_binds_is_named_with_what_is_realised() -> None:
    budget = Budget(measure="loss", maximum=500.0)
    plan = rebalance_account(job_of(taxes=Taxes(budgets=(budget,))))
    note = starting(plan, "taxes.budgets[1] (total loss) maximum binds: ")
    realised = sum(-t.realised_gain for t in plan.trades if (t.realised_gain or 0) < 0)
    assert f"{realised:,.2f}" in note
    wide = Budget(measure="loss", maximum=5e6)
    free = rebalance_account(job_of(taxes=Taxes(budgets=(wide,))))
    assert not [n for n in free.notes if "binds" in n]


def test_losses_below_the_thresholds_are_summed_up() -> None:
    plan = rebalance_account(job_of(harvest=Harvest(minimum_loss=10_000.0)))
    before = plan.available_before
    total = before.short_loss + before.long_loss
    note = next(n for n in plan.notes if "below the harvest thresholds" in n)
    assert f"{total:,} in all" in note
    assert not any(t.reason.startswith("harvest") for t in plan.trades)


def test_available_losses_fall_by_what_is_realised() -> None:
    plan = rebalance_account(job_of())
    lost = sum(-t.realised_gain for t in plan.trades if (t.realised_gain or 0) < 0)
    before, after = plan.available_before, plan.available_after
    left = after.short_loss + after.long_loss
    assert float(before.short_loss + before.long_loss - lost) == pytest.approx(
        float(left), abs=0.1
    )
    assert f"short-term {before.short_loss:,} -> {after.short_loss:,}" in str(plan)
