# SPDX-License-Identifier: Apache-2.0
"""What a program says of sizes: grids, least amounts, tickets and counts.

The ledger is worth 10,000: AAA 100 shares at 8, BBB 40 at 50, CCC 1 at 600, DDD none
at 100; cash 6,600.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from support.counted import FREE, ledger, with_policy

from di_optimizer.account import Restriction, Untraded
from di_optimizer.errors import InputError
from di_optimizer.market import Security
from di_optimizer.policy import Bounds, Counts, Taxes, Trading
from di_optimizer.program.build import build
from di_optimizer.program.size_rules import has_steps, in_any_amounts

PRICES = {"AAA": 8, "BBB": 50, "CCC": 600, "DDD": 100}
HELD = {"AAA": 100, "BBB": 40, "CCC": 1}
JOB = ledger(PRICES, 6_600, HELD)


def sizes(job):
    found = build(job).program.sizes
    assert found is not None
    return found


def trading(**settings):
    return with_policy(JOB, trading=replace(FREE, **settings))


def fractional(job, **settings):
    job = with_policy(job, trading=replace(job.policy.trading, **settings))
    return replace(job, account=replace(job.account, fractional=True))


def with_securities(job, **found):
    rows = {s: Security(symbol=s, **facts) for s, facts in found.items()}
    return replace(job, market=replace(job.market, securities=rows))


# D5, D6: grids


def test_whole_shares_without_fractions():
    """D5: a share of AAA is 8 of 10,000."""
    assert sizes(JOB).step == pytest.approx([8e-4, 5e-3, 6e-2, 1e-2])


def test_decimals_where_fractions_are_allowed():
    """D5: two decimals; steps of up to a millionth of the base are left out."""
    job = fractional(JOB, decimals=2)
    assert sizes(job).step == pytest.approx([8e-6, 5e-5, 6e-4, 1e-4])
    assert build(fractional(JOB, decimals=6)).program.sizes is None


def test_a_millionth_of_the_base_is_fine_and_more_is_not():
    job = ledger({"AAA": 100}, 100, account={"fractional": True})
    at = with_policy(job, trading=replace(FREE, decimals=6))
    assert build(at).program.sizes is None
    above = ledger({"AAA": 100.01}, 100, account={"fractional": True})
    above = with_policy(above, trading=replace(FREE, decimals=6))
    assert sizes(above).step[0] == pytest.approx(1.0001e-6)


def test_the_block_then_the_security_s_decimals_then_its_type_s_then_the_policy_s():
    """D6."""
    job = with_securities(
        JOB,
        AAA={"block": Decimal("0.5"), "decimals": 0, "type": "etf"},
        BBB={"decimals": 0, "type": "etf"},
        CCC={"type": "etf"},
    )
    job = fractional(job, decimals=3, type_decimals={"etf": 1})
    assert sizes(job).step == pytest.approx([4e-4, 5e-3, 6e-3, 1e-5])


def test_without_fractions_only_a_block_is_not_a_share():
    job = with_securities(
        JOB, AAA={"block": Decimal("0.5")}, BBB={"decimals": 2}, CCC={"type": "etf"}
    )
    job = with_policy(job, trading=replace(FREE, type_decimals={"etf": 1}))
    assert sizes(job).step == pytest.approx([4e-4, 5e-3, 6e-2, 1e-2])


# D11: the least trade is the fewest steps that are worth it


def test_least_trades_are_on_the_grid():
    """500 are 63 shares of AAA (504), 10 of BBB, one of CCC, 5 of DDD."""
    found = sizes(trading(min_trade=500))
    assert found.least_buy == pytest.approx([0.0504, 0.05, 0.06, 0.05])
    assert found.least_sell == pytest.approx(found.least_buy)
    at = sizes(trading(min_trade=504)).least_buy[0]
    above = sizes(trading(min_trade=504.01)).least_buy[0]
    assert (at, above) == pytest.approx((0.0504, 0.0512))


# D13: the least weight


def test_least_weights_are_those_of_nav():
    assert sizes(trading(min_holding=0.1)).least_held == pytest.approx([0.1] * 4)


@pytest.mark.parametrize(
    ("rules", "least"),
    [
        ((), 0.1),
        (("no_sell",), 0.1),
        (("no_buy",), 0.1),
        (("no_sell", "no_buy"), 0.08),
        (("no_trade",), 0.08),
    ],
)
def test_what_can_neither_leave_nor_grow_may_stay(rules, least):
    """AAA has 0.08."""
    found = tuple(Restriction(kind=kind, symbol="AAA") for kind in rules)
    job = trading(min_holding=0.1)
    job = replace(job, account=replace(job.account, restrictions=found))
    assert sizes(job).least_held[0] == pytest.approx(least)


@pytest.mark.parametrize(("most", "least"), [(0.1, 0.1), (0.0992, 0.08)])
def test_a_maximum_below_the_next_size_keeps_a_position_small(most, least):
    """125 shares of AAA are 0.1."""
    rules = (
        Restriction(kind="no_sell", symbol="AAA"),
        Restriction(kind="max", symbol="AAA", value=most),
    )
    job = trading(min_holding=0.1)
    job = replace(job, account=replace(job.account, restrictions=rules))
    assert sizes(job).least_held[0] == pytest.approx(least)


def test_kept_lots_and_minimums_are_no_way_out():
    rule = Restriction(kind="no_buy", symbol="AAA")
    job = trading(min_holding=0.1)
    job = replace(job, account=replace(job.account, restrictions=(rule,)))
    young = with_policy(job, taxes=Taxes(minimum_holding_days=600))
    assert sizes(young).least_held[0] == pytest.approx(0.08)
    bound = with_policy(job, bounds=Bounds(minimum=0.05))
    assert sizes(bound).least_held[0] == pytest.approx(0.08)


# What a ticket is: C4


def test_a_ticket_is_in_the_objective_and_in_cash():
    program = build(trading(ticket=5)).program
    assert program.sizes.ticket == pytest.approx([5e-4] * 4)
    assert program.rows[0].trades == pytest.approx([-5e-4] * 4)
    assert build(JOB).program.rows[0].trades is None
    buys, sells = np.array([0.0, 0.0, 0.0, 0.01]), np.zeros(3)
    assert program.cost(buys, sells) == pytest.approx(5e-4)
    assert program.row_value(program.rows[0], buys, sells) == pytest.approx(0.6495)


# D14, A17: counts


def test_counts_are_rows():
    job = with_policy(JOB, counts=Counts(min_names=2, max_names=3, max_trades=1))
    program = build(job).program
    names, trades = program.rows[1:]
    assert (names.lower, names.upper, names.offset) == (2.0, 3.0, 0.0)
    assert (names.lower_name, names.upper_name) == (
        "counts.min_names",
        "counts.max_names",
    )
    assert (trades.lower, trades.upper) == (-np.inf, 1.0)
    assert trades.upper_name == "counts.max_trades"
    none, sells = np.zeros(4), np.zeros(3)
    assert program.row_value(names, none, sells) == 3.0
    assert program.row_value(trades, none, sells) == 0.0
    buys, exit_ = np.array([0, 0, 0, 0.01]), np.array([0.08, 0.0, 0.0])
    assert program.row_value(names, buys, sells) == 4.0
    assert program.row_value(names, buys, exit_) == 3.0
    assert program.row_value(trades, buys, exit_) == 2.0


@pytest.mark.parametrize(
    ("symbol", "valued", "offset"), [("DDD", True, 0.0), ("EEE", False, 1.0)]
)
def test_positions_outside_of_the_program_are_names(symbol, valued, offset):
    held = Untraded(symbol=symbol, shares=Decimal(2), reason="none", valued=valued)
    job = with_policy(JOB, counts=Counts(max_names=4))
    job = replace(job, account=replace(job.account, untraded=(held,)))
    program = build(job).program
    row = program.rows[1]
    assert row.offset == offset
    assert program.row_value(row, np.zeros(4), np.zeros(3)) == 4.0


def test_a_name_is_told_from_none_by_a_step():
    """Where names are to be many, one of them is a share at least, or what is left."""
    job = with_policy(ledger(PRICES, 6_596, HELD | {"AAA": 100.5}), counts=MANY)
    assert sizes(job).least_held == pytest.approx([4e-4, 5e-3, 6e-2, 1e-2])
    penny = fractional(job, decimals=9)
    assert sizes(penny).least_held[3] == pytest.approx(1e-6)


MANY = Counts(min_names=1)


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        (Counts(min_names=5), "'counts.min_names': found 5; allowed: at most 4"),
        (
            Counts(min_names=3, max_names=2),
            "'counts.min_names': found 3, above counts.max_names = 2",
        ),
        (Counts(max_names=1), "'counts.max_names': found 1; allowed: at least 2"),
        (Counts(max_trades=0), "'counts.max_trades': found 0; allowed: at least 1"),
    ],
)
def test_counts_that_nothing_meets_are_refused(counts, text):
    rules = (
        Restriction(kind="no_sell", symbol="AAA"),
        Restriction(kind="no_trade", symbol="BBB"),
        Restriction(kind="no_hold", symbol="CCC"),
    )
    owner = replace(JOB.account, restrictions=rules if not counts.min_names else ())
    with pytest.raises(InputError) as refusal:
        build(replace(with_policy(JOB, counts=counts), account=owner))
    assert text in str(refusal.value)


@pytest.mark.parametrize(
    "counts",
    [Counts(min_names=4), Counts(min_names=2, max_names=2), Counts(max_trades=1)],
)
def test_counts_that_can_just_be_met_are_not_refused(counts):
    rule = Restriction(kind="no_hold", symbol="CCC")
    owner = (
        JOB.account
        if counts.min_names == 4
        else replace(JOB.account, restrictions=(rule,))
    )
    build(replace(with_policy(JOB, counts=counts), account=owner))


@pytest.mark.parametrize(("least", "passes"), [(0.25, True), (0.2501, False)])
def test_as_many_least_holdings_as_fit_into_nav(least, passes):
    job = with_policy(trading(min_holding=least), counts=Counts(min_names=4))
    if passes:
        assert sizes(job).least_held == pytest.approx([0.25] * 4)
        return
    with pytest.raises(InputError, match=r"4, each of trading\.min_holding = 0\.2501"):
        build(job)


def test_a_least_holding_above_the_most_is_refused():
    job = with_policy(trading(min_holding=0.2), bounds=Bounds(maximum=0.1))
    with pytest.raises(InputError, match=r"min_holding': found 0\.2, above bounds\.m"):
        build(job)


# F31: without steps


def test_steps_are_taken_out_and_all_else_stays():
    program = build(trading(min_trade=500, ticket=1)).program
    assert has_steps(program)
    free = in_any_amounts(program)
    assert not has_steps(free)
    assert free.sizes.step.tolist() == [0.0] * 4
    assert free.sizes.least_buy.tolist() == program.sizes.least_buy.tolist()
    assert in_any_amounts(build(JOB).program).sizes is None
    none = build(with_policy(JOB, trading=Trading(decimals=9)))
    assert in_any_amounts(none.program).sizes is None
