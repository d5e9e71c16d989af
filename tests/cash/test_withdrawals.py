# SPDX-License-Identifier: Apache-2.0
"""Money out: E1, E21, and the most there is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.cash import amount, fine, out, sides
from support.counted import FREE, ledger, traded
from support.jobs import ON, Kind, random_job

from di_optimizer.account import CashBalance, Flow, Restriction
from di_optimizer.errors import InfeasibleError, InputError
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Cash, Tracking, Trading
from di_optimizer.withdrawals import api
from di_optimizer.withdrawals.compare import compared
from di_optimizer.withdrawals.most import most_of, withdrawing

PRICES = {"AAA": 7, "BBB": 13, "CCC": 101}
HELD = {"AAA": 60, "BBB": 33, "CCC": 7}  # 420, 429, 707
EVEN = Cash(withdrawal="proportional", maximum=0.05)


def parts(plan, held=HELD) -> dict[str, Decimal]:
    """Return what part of each position is sold."""
    return {s: -traded(plan).get(s, Decimal(0)) / Decimal(n) for s, n in held.items()}


# E1


@pytest.mark.parametrize("withdrawn", [50, 300, 1500])
def test_cash_is_at_its_target_after_the_flow(withdrawn):
    cash = Cash(minimum=0.0, maximum=0.01, target=0.01)
    job = fine(PRICES, 0, HELD, {"flows": out(withdrawn)}, cash=cash)
    plan = rebalance_account(job)
    target = (1556 - withdrawn) / Decimal(100)
    assert (
        target <= plan.figures.cash_after <= target * Decimal("1.01") + Decimal("0.02")
    )


def test_a_withdrawal_is_raised_where_it_is_cheapest():
    """AAA was bought at twice its price, BBB and CCC at next to nothing."""
    job = fine(
        PRICES, 0, HELD, {"flows": out(100)}, cash=Cash(), tracking=Tracking(gamma=0.01)
    )
    basis = {"AAA": 14, "BBB": 1, "CCC": 1}
    lots = tuple(
        replace(t, cost_basis=t.shares * basis[t.symbol]) for t in job.account.lots
    )
    plan = rebalance_account(replace(job, account=replace(job.account, lots=lots)))
    assert {o.symbol for o in plan.orders if o.side == "sell"} == {"AAA"}
    assert plan.figures.tax < 0


def test_flows_count_from_their_date():
    later = (Flow(on=ON.replace(day=ON.day + 1), amount=Decimal(-100)),)
    job = fine(PRICES, 0, HELD, {"flows": later}, cash=Cash(scope="cash"))
    assert rebalance_account(job).trades == ()


# The most there is


COSTLY = Trading(spread_bp=10.0, ticket=1.5)


@pytest.mark.parametrize(
    ("cash", "kept"),
    [
        ({}, 0),
        ({"floor": 77.0}, 77),
        ({"minimum": 0.02}, Decimal("0.11")),
        ({"target": 0.01, "raise_extra": 0.2}, 0),  # neither holds money back
        ({"withdrawal": "proportional", "scope": "cash"}, 0),
    ],
)
def test_everything_is_sold_and_the_least_stays(cash, kept):
    """1556 and 50 of cash; 5 bp and three tickets are 5.28."""
    found = most_of(ledger(PRICES, 50, HELD, cash=Cash(**cash), trading=COSTLY))
    left = 1606 - Decimal("5.28") - found.amount
    assert left == kept
    assert found.cost == Decimal("5.28")
    assert found.plan.figures.cash_after == kept
    assert f"at most {found.amount:,} can be" in str(found)


def test_a_cent_more_cannot_be_taken_out():
    job = ledger(PRICES, 50, HELD, cash=Cash(minimum=0.02), trading=COSTLY)
    found = most_of(job)
    assert rebalance_account(withdrawing(job, found.amount)).trades
    with pytest.raises(InfeasibleError, match=r"cash\.minimum"):
        rebalance_account(withdrawing(job, found.amount + Decimal("0.01")))


def test_what_may_not_be_sold_stays():
    rules = (
        Restriction(kind="no_sell", symbol="CCC"),
        Restriction(kind="min", symbol="AAA", value=0.3),
    )
    found = most_of(ledger(PRICES, 50, HELD, {"restrictions": rules}, trading=FREE))
    assert traded(found.plan).keys() == {"AAA", "BBB"}
    left = (HELD["AAA"] + traded(found.plan)["AAA"]) * 7
    nav = 1606 - found.amount
    assert Decimal("0.3") * nav <= left < Decimal("0.3") * nav + 7
    assert found.amount == 50 + 429 + (420 - left)


def test_the_tax_bill_is_reported_and_not_taken_out():
    job = ledger(PRICES, 0, HELD, trading=FREE)
    lots = tuple(replace(t, cost_basis=Decimal(0)) for t in job.account.lots)
    found = most_of(replace(job, account=replace(job.account, lots=lots)))
    assert found.amount == 1556
    assert found.tax == Decimal("311.20")  # a fifth


def test_where_limits_of_other_kinds_bind_the_most_is_searched():
    """No more than 100 of gains may be realised."""
    job = fine(PRICES, 0, HELD, trading=FREE, cash=Cash())
    lots = tuple(replace(t, cost_basis=t.cost_basis / 2) for t in job.account.lots)
    taxes = replace(job.policy.taxes, max_tax=20.0)
    policy = replace(job.policy, taxes=taxes)
    job = replace(job, account=replace(job.account, lots=lots), policy=policy)
    found = most_of(job)
    assert 198 < found.amount <= 200  # half of it is gain, a fifth of that is tax
    assert found.tax <= 20


# E21


@pytest.mark.parametrize("withdrawn", [100, 777.77, 1500])
def test_the_same_part_of_every_position_is_sold(withdrawn):
    job = fine(PRICES, 50, HELD, {"flows": out(withdrawn)}, cash=EVEN, trading=COSTLY)
    plan = rebalance_account(job)
    assert sides(plan) == {"sell"}
    sold = parts(plan)
    assert max(sold.values()) - min(sold.values()) < Decimal("0.0001")
    assert 0 <= plan.figures.cash_after <= Decimal("0.02")
    said = f"{Decimal(str(withdrawn)) - 50:,.2f} is raised by the same part"
    assert any(note.startswith(said) for note in plan.notes)


def test_whole_shares_raise_enough_and_at_most_a_share_more():
    plan = rebalance_account(ledger(PRICES, 0, HELD, {"flows": out(500)}, cash=EVEN))
    part = Decimal(500) / 1556
    for symbol, held in HELD.items():
        assert abs(-traded(plan)[symbol] - part * held) <= 1
    assert 0 <= plan.figures.cash_after < 101


def test_cash_that_covers_it_leaves_positions_alone():
    for withdrawn in (49.99, 50):
        job = fine(PRICES, 50, HELD, {"flows": out(withdrawn)}, cash=EVEN)
        assert rebalance_account(job).trades == ()
    job = fine(PRICES, 50, HELD, {"flows": out(51)}, cash=EVEN)
    assert Decimal(1) <= amount(rebalance_account(job), "sell") <= Decimal("1.01")


def test_a_deposit_is_no_withdrawal():
    flows = (Flow(on=ON, amount=Decimal(100)),)
    job = fine(PRICES, 0, HELD, {"flows": flows}, cash=EVEN)
    assert "buy" in sides(rebalance_account(job))


def test_what_is_kept_is_left_out_and_others_sell_more():
    rules = (Restriction(kind="no_sell", symbol="CCC"),)
    job = fine(PRICES, 0, HELD, {"restrictions": rules, "flows": out(300)}, cash=EVEN)
    sold = parts(rebalance_account(job))
    assert sold["CCC"] == 0
    assert abs(sold["AAA"] - Decimal(300) / 849) < Decimal("0.0001")
    assert abs(sold["BBB"] - sold["AAA"]) < Decimal("0.0001")


def test_positions_too_small_for_an_order_are_left_out():
    """A tenth of AAA, or of BBB, is less than an order of 50."""
    trading = replace(FREE, min_trade=50)
    job = fine(PRICES, 0, HELD, {"flows": out(155)}, cash=EVEN, trading=trading)
    sold = parts(rebalance_account(job))
    assert sold["AAA"] == 0
    assert abs(sold["BBB"] - Decimal(155) / 1136) < Decimal("0.0001")
    assert abs(sold["CCC"] - sold["BBB"]) < Decimal("0.0001")


def test_the_difference_in_tax_is_reported():
    job = random_job(1, Kind(flow=-0.2, restrictions=False))
    found = compared(job)
    even, free = found.proportional.figures, found.optimal.figures
    assert found.tax_saved == even.tax - free.tax > 0
    assert found.amount == 50_000
    frame = found.to_frame()
    assert frame["withdrawal"].tolist() == ["optimal", "proportional"]
    assert frame["tax"].tolist() == [free.tax, even.tax]
    assert f"saves {found.tax_saved:,} of tax" in str(found)


def test_without_a_withdrawal_there_is_nothing_to_compare():
    with pytest.raises(InputError, match="allowed: a withdrawal"):
        compared(fine(PRICES, 50, HELD))
    with pytest.raises(InputError, match="amount: found -5; allowed: a number above 0"):
        api.compare_withdrawals(
            benchmark=None,
            risk=None,
            date=ON,
            amount=-5,
            lots="",
            accounts="",
            prices="",
        )


def test_targets_of_the_table_hold_nothing_back():
    own = (CashBalance(amount=Decimal(50), target=0.2, maximum=0.3),)
    found = most_of(ledger(PRICES, 0, HELD, {"cash": own}, trading=FREE))
    assert found.amount == 1606
