# SPDX-License-Identifier: Apache-2.0
"""The modes of trade_off: by hand, and never above the true cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wash import PERSON, account, ira, lot, market, past, policy
from support.wash_plans import accounts, built, plans, wash_of

from di_optimizer.policy import Harvest, Taxes, Wash
from di_optimizer.program.program import Program, at_modes
from di_optimizer.program.wash_modes import ALL_RECENT, IN_PART, MOVED, NO_LOSS

GAIN = 50  # unit cost at a price of 100
TRADE_OFF = policy(wash=Wash(policy="trade_off"))


def test_the_two_modes_of_trade_off_by_hand():
    """Ten old shares at a loss of 20 each, ten recent at a gain; base 3,000."""
    owner = account("A", lot("1", "CCC", 400), lot("2", "CCC", 3, GAIN))
    wash = Wash(policy="trade_off", moved_value=0.25)
    found = built(owner, policy=policy(wash=wash))
    assert found.base == 3000
    (group,) = found.program.groups
    moved, part, *_ = group.modes
    assert (moved.name, part.name) == (MOVED, IN_PART)
    assert moved.gain == pytest.approx([-0.2 * 0.25, 0.5])
    assert part.gain == pytest.approx([-0.2, 0.5])
    saved = 20 * 0.2 / 3000 * 0.75  # a share's long-term loss at 20 %, not moved
    assert part.constant == pytest.approx(10 * saved)
    assert part.sell_charge == pytest.approx([0.0, -30 * saved])  # 30 shares a unit
    assert part.buy_charge == pytest.approx([30 * saved])
    assert np.all(moved.buys)
    assert moved.constant == 0.0
    assert group.wash is not None
    assert (group.wash.moved, group.wash.outside) == (0.25, 0.0)


def test_outside_shares_are_charged_and_lose_what_they_replace():
    owner = account("A", lot("1", "CCC", 90, shares=Decimal(20)))
    other = lot("9", "CCC", 3)
    for maker, moved in ((account, 0.5), (ira, 0.0)):
        found = built(owner, related=(maker("B", other),), policy=TRADE_OFF)
        (group,) = found.program.groups
        assert group.wash is not None
        assert (group.wash.outside, group.wash.moved) == (10.0, moved)
        saved = 20 * 0.4 / 3000 * (1.0 - moved)
        assert group.modes[1].constant == pytest.approx(10 * saved)
        assert group.modes[0].gain == pytest.approx([-0.2 * moved])


def test_recent_losses_are_not_charged_for_what_they_may_not_replace():
    """A recent lot at a loss may stay the only one that is sold: 56-602."""
    owner = account("A", lot("1", "CCC", 90), lot("2", "CCC", 3))
    (group,) = built(owner, policy=TRADE_OFF).program.groups
    assert np.all(group.modes[1].sell_charge == 0.0)
    assert group.modes[1].constant == 0.0


def test_nothing_is_charged_where_the_bill_decides():
    person = replace(PERSON, tax_year=2024, filing_status="single")
    lots = (lot("1", "CCC", 90), lot("2", "CCC", 3, GAIN))
    found = built(account("A", *lots, taxpayer=person), policy=TRADE_OFF)
    assert found.program.netting is not None
    (group,) = found.program.groups
    assert group.modes[1].constant == 0.0
    assert not np.any(group.modes[1].buy_charge)
    assert not np.any(group.modes[1].sell_charge)


def test_a_closed_group_stays_closed_under_trade_off():
    rows = (past("sell", "AAB", 9, realised_gain=Decimal(-1)),)
    lots = (lot("1", "AAA", 90), lot("2", "AAB", 3, GAIN))
    found = built(account("A", *lots, activity=rows), policy=TRADE_OFF)
    (group,) = found.program.groups
    assert not any(np.any(mode.buys) for mode in group.modes)
    assert found.program.upper[:2].tolist() == found.program.held[:2].tolist()


SETTINGS = st.builds(
    policy,
    wash=st.builds(
        Wash, policy=st.just("trade_off"), moved_value=st.sampled_from([0.0, 0.5, 1.0])
    ),
    harvest=st.sampled_from([Harvest(), Harvest(minimum_loss=25)]),
    taxes=st.sampled_from([Taxes(bill="flat"), Taxes(bill="netting")]),
)


@given(accounts(), SETTINGS)
@settings(max_examples=40, deadline=None)
def test_one_of_the_modes_never_costs_more_than_the_truth(found, rules):
    owner, related = found
    person = replace(PERSON, filing_status="single", realised_short=Decimal(300))
    owner = replace(owner, taxpayer=person)
    program = built(owner, related=related, policy=rules).program
    if not program.groups:
        return
    for buys, sells in plans(program):
        true = program.objective(buys, sells)
        assert least(program, buys, sells) <= true + 1e-12


def least(program: Program, buys: Any, sells: Any) -> float:
    """Return what a plan costs in the cheapest of the modes whose box it is in."""
    (group,) = program.groups
    own, bought = sells[group.lots], buys[group.securities] > 0.0
    return min(
        at_modes(program, np.array([number])).objective(buys, sells)
        for number, mode in enumerate(group.modes)
        if np.all(own <= mode.cap + 1e-12)
        and np.all(own >= mode.floor - 1e-12)
        and not np.any(bought & ~mode.buys)
    )


def test_more_outside_shares_than_losses_leave_no_part_allowed():
    """Ten shares at a loss: of nine outside ones a part is left, of ten nothing."""
    owner = account("A", lot("1", "CCC", 90))
    for outside, names in ((9, [MOVED, IN_PART]), (10, [MOVED])):
        other = ira("B", lot("9", "CCC", 3, shares=Decimal(outside)))
        (group,) = built(owner, related=(other,), policy=TRADE_OFF).program.groups
        assert [mode.name for mode in group.modes] == [*names, NO_LOSS]


def test_outside_shares_are_charged_the_cheapest_losses_first():
    """Fifteen outside: ten at a loss of 1 a share, then five at a loss of 20."""
    lots = (lot("1", "CCC", 90, 101), lot("2", "CCC", 80, 120))
    other = account("B", lot("9", "CCC", 3, shares=Decimal(15)))
    found = built(account("A", *lots), related=(other,), policy=TRADE_OFF)
    (group,) = found.program.groups
    part = group.modes[1]
    dollar = 0.4 * 0.5 / float(found.base)  # of loss, short-term and half of it moved
    assert part.name == IN_PART
    assert part.constant == pytest.approx((10 * 1 + 5 * 20) * dollar)
    assert part.buy_charge == pytest.approx(20 * dollar * group.wash.buy_shares)


def test_a_lot_has_no_more_moved_than_can_replace_it():
    """Three recent shares at a gain; nothing of the security can be bought."""
    lots = (lot("1", "CCC", 90), lot("2", "CCC", 3, GAIN, shares=Decimal(3)))
    (group,) = built(account("A", *lots), policy=TRADE_OFF).program.groups
    moved = group.modes[0]
    assert moved.name == MOVED
    assert moved.cap * group.wash.lot_shares == pytest.approx([3.0, 3.0])


def test_a_twin_that_can_be_bought_replaces_any_number():
    owner = account("A", lot("1", "AAA", 90))
    (group,) = built(owner, policy=TRADE_OFF).program.groups
    assert group.modes[0].cap * group.wash.lot_shares == pytest.approx([10.0])


def test_modes_without_a_wash_sale_are_plans_to_start_from():
    lots = (lot("1", "CCC", 90), lot("2", "CCC", 3, GAIN))
    (group,) = built(account("A", *lots), policy=TRADE_OFF).program.groups
    names = [mode.name for mode in group.modes]
    assert names == [MOVED, IN_PART, NO_LOSS, ALL_RECENT]


@given(accounts())
@settings(max_examples=25, deadline=None)
def test_what_is_disallowed_is_that_of_plain_loops(found):
    owner, related = found
    program = built(owner, related=related, policy=TRADE_OFF).program
    for buys, sells in plans(program, (0.0, 0.3, 1.0)) if program.groups else ():
        (group,) = program.groups
        gains = (program.lots.gain * sells)[group.lots]
        lost = wash_of(program, buys, sells) / group.wash.lot_shares
        moved = group.wash.moved
        expected = gains - (1 - moved) * program.lots.gain[group.lots] * lost
        counted = program.counted(buys, sells)[group.lots]
        assert counted == pytest.approx(expected, abs=1e-12)


def test_a_market_of_another_price_moves_the_shares_of_a_unit():
    owner = account("A", lot("1", "CCC", 90, 60), lot("2", "CCC", 3, 20))
    found = built(owner, market=market({"CCC": 50}), policy=TRADE_OFF)
    (group,) = found.program.groups
    assert group.wash is not None
    assert group.wash.buy_shares == pytest.approx([float(found.base) / 50])
    assert group.wash.lot_shares == pytest.approx([float(found.base) / 50] * 2)
