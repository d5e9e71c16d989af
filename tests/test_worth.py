# SPDX-License-Identifier: Apache-2.0
"""Whether a plan is worth its trades: numbers by hand, on both sides of each."""

from dataclasses import replace
from decimal import Decimal

import pytest
from support.jobs import Kind, random_job
from support.preferences import FREE, book, traded

from di_optimizer.account import Flow, Restriction
from di_optimizer.one_account import check, rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Bounds, Cash, Drift, Taxes, Tracking, Trading, Worth
from di_optimizer.program.job import Job

STEP = 2e-6
HALVES = {"A": 0.5, "B": 0.5}
UNEVEN = {"A": 0.56, "B": 0.40}  # and 4 % in cash


def uneven(worth: Worth, **policy: object) -> Plan:
    """In units of 1 bp: no trade 136, all cash into B 72, both at the benchmark 0."""
    given = {"drift": Drift(absolute=1.0), "cash": Cash(minimum=0, maximum=0.05)}
    return rebalance_account(book(UNEVEN, HALVES, worth=worth, **(given | policy)))


NEVER = Worth(trade_bp=1e5, buy_bp=1e5, sell_bp=1e5)
ALL = {"A": -0.06, "B": 0.10}
SOME = {"B": 0.04}


@pytest.mark.parametrize(
    ("worth", "done", "objective"),
    [
        (Worth(), ALL, 0.0),
        (Worth(trade_bp=135.9), ALL, 0.0),
        (Worth(trade_bp=136.1), SOME, 72.0),
        (Worth(trade_bp=136.1, buy_bp=63.9), SOME, 72.0),
        (Worth(trade_bp=136.1, buy_bp=64.1), {}, 136.0),
        (Worth(sell_bp=71.9), ALL, 0.0),
        (Worth(sell_bp=72.1), SOME, 72.0),
        (Worth(sell_bp=72.1, buy_bp=63.9), SOME, 72.0),
        (Worth(sell_bp=72.1, buy_bp=64.1), {}, 136.0),
        (Worth(trade_bp=135.9, sell_bp=72.1), SOME, 72.0),
        (Worth(trade_bp=136.1, sell_bp=1.0), SOME, 72.0),
        (Worth(buy_bp=500.0), ALL, 0.0),
    ],
)
def test_full_then_purchases_then_nothing(worth, done, objective):
    plan = uneven(worth)
    assert traded(plan) == pytest.approx(done, abs=STEP)
    found = plan.certificate
    assert found.objective_bp == pytest.approx(objective, abs=0.01)
    assert found.bound_bp == pytest.approx(0.0, abs=0.01)  # of the whole program
    assert found.gap_bp == pytest.approx(objective, abs=0.01)
    assert found.rounding_bp == pytest.approx(0.0, abs=0.01)
    assert plan.status == "solved"


@pytest.mark.parametrize(
    ("worth", "notes"),
    [
        (Worth(), []),
        (
            Worth(trade_bp=1.0),
            [
                "Trading is worth 136.00 bp of the objective, more than "
                "worth.trade_bp, 1 bp."
            ],
        ),
        (
            Worth(trade_bp=1.0, sell_bp=100.0),
            [
                "Trading is worth 136.00 bp of the objective, more than "
                "worth.trade_bp, 1 bp.",
                "Selling is worth 72.00 bp of the objective, no more than "
                "worth.sell_bp, 100 bp.",
                "Nothing is sold: buying alone is worth 64.00 bp of the objective, "
                "more than worth.buy_bp, 0 bp.",
            ],
        ),
        (
            Worth(trade_bp=150.0, buy_bp=100.0),
            [
                "Trading is worth 136.00 bp of the objective, no more than "
                "worth.trade_bp, 150 bp.",
                "Nothing is traded: buying alone is worth 64.00 bp of the objective, "
                "no more than worth.buy_bp, 100 bp.",
            ],
        ),
        (
            Worth(trade_bp=150.0, buy_bp=140.0),  # even the bound says so: not solved
            [
                "Trading is worth 136.00 bp of the objective, no more than "
                "worth.trade_bp, 150 bp.",
                "Nothing is traded: buying alone is worth no more than worth.buy_bp, "
                "140 bp.",
            ],
        ),
        (
            Worth(buy_bp=1.0),
            ["worth.buy_bp was not asked: worth.trade_bp and worth.sell_bp are 0."],
        ),
    ],
)
def test_notes_say_which_rung_and_why(worth, notes):
    said = [n for n in uneven(worth).notes if "worth" in n]
    assert said == notes


def test_a_dividend_that_covers_what_is_missing_creates_no_sale():
    """Paid by A, held as cash; B is short by just that, C and D are 1 % apart."""
    held = {"A": 0.30, "B": 0.28, "C": 0.21, "D": 0.19}
    goal = {"A": 0.30, "B": 0.30, "C": 0.20, "D": 0.20}
    given = {"drift": Drift(absolute=1.0), "cash": Cash(minimum=0, maximum=0.001)}
    free = rebalance_account(book(held, goal, **given))
    assert traded(free) == pytest.approx({"B": 0.02, "C": -0.01, "D": 0.01}, abs=STEP)
    plan = rebalance_account(book(held, goal, worth=Worth(sell_bp=3.0), **given))
    sides = {trade.side for trade in plan.trades}
    assert (sides, plan.status) == ({"buy"}, "solved")
    assert sum(traded(plan).values()) == pytest.approx(0.02, abs=0.001)
    assert plan.certificate.gap_bp < 3.0
    covered = dict(goal) | {"B": 0.28}
    exact = rebalance_account(book(covered, goal, worth=Worth(sell_bp=0.01), **given))
    assert traded(exact) == pytest.approx({"B": 0.02}, abs=STEP)


def test_limits_come_before_thresholds():
    """Cash above its maximum has to be spent; what may not be held has to go."""
    tight = Cash(minimum=0, maximum=0.01)
    plan = uneven(Worth(trade_bp=1e4), cash=tight)
    assert traded(plan) == pytest.approx(ALL, abs=STEP)
    said = (
        "worth.trade_bp holds nothing back: trading nothing would break cash.maximum."
    )
    assert said in plan.notes
    buys = uneven(NEVER, cash=tight)
    assert traded(buys) == pytest.approx(SOME, abs=STEP)
    [note] = [n for n in buys.notes if n.startswith("Nothing is sold")]
    assert note == "Nothing is sold; trading nothing would break cash.maximum."


def with_rules(job: Job, *rules: Restriction) -> Job:
    return replace(job, account=replace(job.account, restrictions=rules))


def test_sales_that_are_forced_are_made_whatever_they_are_worth():
    given = {"drift": Drift(absolute=1.0), "cash": Cash(minimum=0, maximum=1)}
    job = book({"A": 0.5, "B": 0.45}, {"B": 1.0}, worth=NEVER, **given)
    assert rebalance_account(job).trades == ()
    forced = with_rules(job, Restriction(kind="no_hold", symbol="A"))
    plan = rebalance_account(forced)
    assert traded(plan)["A"] == pytest.approx(-0.5, abs=STEP)
    assert any("would break" in n and "no_hold" in n for n in plan.notes)
    assert any("sales are forced by" in n and "no_hold" in n for n in plan.notes)
    lot = with_rules(job, Restriction(kind="sell_lot", lot_id="LA"))
    assert traded(rebalance_account(lot))["A"] == pytest.approx(-0.5, abs=STEP)


def test_a_withdrawal_that_cash_does_not_cover_is_sold_for():
    given = {"drift": Drift(absolute=1.0), "cash": Cash(minimum=0, maximum=1)}
    for amount, sells in ((-39_000, False), (-41_000, True)):
        job = book(UNEVEN, HALVES, worth=NEVER, **given)
        flow = Flow(on=job.on, amount=Decimal(amount))
        job = replace(job, account=replace(job.account, flows=(flow,)))
        plan = rebalance_account(job)
        assert any(t.side == "sell" for t in plan.trades) == sells


def test_holdings_below_their_minimum_are_no_rest():
    given = {"drift": Drift(absolute=1.0), "cash": Cash(minimum=0, maximum=1)}
    held = {"A": 0.5, "B": 0.45, "C": 0.002}
    job = book(held, HALVES, worth=NEVER, **given)
    assert rebalance_account(job).trades == ()
    least = replace(job.policy, trading=replace(FREE, min_holding=0.003))
    plan = rebalance_account(replace(job, policy=least))
    assert traded(plan)["C"] == pytest.approx(0.001, abs=STEP)  # topped up, not sold
    assert any("would break trading.min_holding" in n for n in plan.notes)


def test_a_cap_on_tracking_error_keeps_nothing_from_being_traded():
    job = random_job(3, Kind(restrictions=False))
    te = rebalance_account(job).figures
    wide = replace(job.policy, bounds=Bounds(), cash=Cash(minimum=0, maximum=1))
    rest = replace(wide, worth=NEVER)
    assert rebalance_account(replace(job, policy=rest)).trades == ()
    cap = te.te_before * 1e4
    for factor, trades in ((1.01, False), (0.99, True)):
        capped = replace(rest, tracking=Tracking(max_te_bp=cap * factor))
        assert bool(rebalance_account(replace(job, policy=capped)).trades) == trades


@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_random_accounts_take_the_rung_that_their_figures_say(seed, fractional):
    """Thresholds just below and above what the plans themselves are apart."""
    job = random_job(seed, Kind(restrictions=False, fractional=fractional))
    plain = replace(
        job.policy,
        bounds=Bounds(),
        cash=Cash(minimum=0, maximum=1),
        taxes=Taxes(relief=("optimizer", "fifo")[seed % 2]),
    )
    job = replace(job, policy=plain)
    full = rebalance_account(job).certificate.objective_bp
    none, some = (
        rebalance_account(
            replace(job, policy=replace(plain, trading=Trading(sides=sides)))
        ).certificate.objective_bp
        for sides in ("none", "buy_only")
    )
    for name, apart in (("trade_bp", none - full), ("sell_bp", some - full)):
        for factor, same in ((0.98, True), (1.02, False)):
            worth = Worth(**{name: apart * factor})
            plan = rebalance_account(replace(job, policy=replace(plain, worth=worth)))
            sold = any(t.side == "sell" for t in plan.trades)
            assert sold == same
            assert plan.certificate.bound_bp <= full + 1e-6
            if not same:
                assert plan.certificate.objective_bp == pytest.approx(some, abs=0.2)


def test_a_threshold_that_is_not_reached_changes_no_trade():
    job = random_job(4)
    plan = rebalance_account(job)
    worth = replace(job.policy, worth=Worth(trade_bp=0.01, sell_bp=0.01))
    again = rebalance_account(replace(job, policy=worth))
    assert again.trades == plan.trades
    assert again.certificate == plan.certificate
    check(job, again)


def test_the_same_account_takes_the_same_rung():
    job = random_job(2)
    worth = replace(job.policy, worth=Worth(trade_bp=30, sell_bp=20, buy_bp=1))
    first, second = (rebalance_account(replace(job, policy=worth)) for _ in range(2))
    assert (first.trades, first.notes) == (second.trades, second.notes)
