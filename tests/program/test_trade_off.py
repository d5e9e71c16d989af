# SPDX-License-Identifier: Apache-2.0
"""The two modes of trade_off: by hand, and never above the true cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wash import PERSON, account, ira, lot, market, past, policy
from support.wash_plans import accounts, built, plans, wash_of

from di_optimizer.policy import Harvest, Taxes, Wash
from di_optimizer.program.program import at_modes
from di_optimizer.program.wash_modes import (
    IN_PART,
    MOVED,
)

GAIN = 50  # unit cost at a price of 100
TRADE_OFF = policy(wash=Wash(policy="trade_off"))


def test_the_two_modes_of_trade_off_by_hand():
    """Ten old shares at a loss of 20 each, ten recent at a gain; base 3,000."""
    owner = account("A", lot("1", "CCC", 400), lot("2", "CCC", 3, GAIN))
    wash = Wash(policy="trade_off", moved_value=0.25)
    found = built(owner, policy=policy(wash=wash))
    assert found.base == 3000
    (group,) = found.program.groups
    moved, part = group.modes
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
    owner, other = account("A", lot("1", "CCC", 90)), lot("9", "CCC", 3)
    for maker, moved in ((account, 0.5), (ira, 0.0)):
        found = built(owner, related=(maker("B", other),), policy=TRADE_OFF)
        (group,) = found.program.groups
        assert group.wash is not None
        assert (group.wash.outside, group.wash.moved) == (10.0, moved)
        saved = 20 * 0.4 / 2000 * (1.0 - moved)
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
def test_one_of_the_two_modes_never_costs_more_than_the_truth(found, rules):
    owner, related = found
    person = replace(PERSON, filing_status="single", realised_short=Decimal(300))
    owner = replace(owner, taxpayer=person)
    program = built(owner, related=related, policy=rules).program
    if not program.groups:
        return
    modes = [at_modes(program, np.array([number])) for number in range(2)]
    for buys, sells in plans(program):
        true = program.objective(buys, sells)
        assert min(m.objective(buys, sells) for m in modes) <= true + 1e-12


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
