# SPDX-License-Identifier: Apache-2.0
"""Modes of little accounts written out by hand, and the two bounds of trade_off."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wash import PERSON, TWINS, account, ira, job, lot, market, past, policy
from support.wash import trade as planned_trade

from di_optimizer.account import Account, Restriction
from di_optimizer.errors import InfeasibleError
from di_optimizer.policy import Harvest, Taxes, Wash
from di_optimizer.program.build import Built, build
from di_optimizer.program.groups import Mode
from di_optimizer.program.program import Program, at_modes
from di_optimizer.program.wash_modes import (
    ALL_RECENT,
    IN_PART,
    MOVED,
    NO_LOSS,
    ONE_PURCHASE,
)

GAIN, LOSS = 50, 120  # unit costs at a price of 100
TRADE_OFF = policy(wash=Wash(policy="trade_off"))


def built(owner: Account, **more: Any) -> Built:
    return build(job(owner, **more))


def boxes(found: Built) -> dict[str, list[str]]:
    """Return, by mode, what each lot of the only group may do: 1=kept, 1=sold, 1=free.

    A member that may be bought is written as +SYMBOL.
    """
    (group,) = found.program.groups
    return {mode.name: words(found, group, mode) for mode in group.modes}


def words(found: Built, group: Any, mode: Mode) -> list[str]:
    weight = found.program.lots.weight[group.lots]
    said = []
    for at, number in enumerate(group.lots.tolist()):
        low, high = mode.floor[at], mode.cap[at]
        what = "kept" if high == 0.0 else "sold" if low == weight[at] else "free"
        assert (low, high) in {
            "kept": [(0.0, 0.0)],
            "sold": [(weight[at], weight[at])],
            "free": [(0.0, weight[at])],
        }[what]
        said.append(f"{found.lots[number].lot_id}={what}")
    symbols = found.universe.symbols
    bought = [f"+{symbols[i]}" for i in group.securities[mode.buys].tolist()]
    return said + bought


def no_groups(owner: Account, **more: Any) -> bool:
    return built(owner, **more).program.groups == ()


# --- where no modes are needed -----------------------------------------------------


@pytest.mark.parametrize("wash", ["disallow", "trade_off", "ignore"])
def test_old_losses_of_one_security_need_no_modes(wash):
    """Nothing recent, nothing outside: a security is never both bought and sold."""
    owner = account("A", lot("1", "CCC", 400), lot("2", "CCC", 90, GAIN))
    assert no_groups(owner, policy=policy(wash=Wash(policy=wash)))


@pytest.mark.parametrize(
    "owner",
    [
        account("A", lot("1", "CCC", 3, GAIN), lot("2", "CCC", 90, GAIN)),
        account("A", lot("1", "CCC", 3)),  # one purchase does not replace itself
        account(
            "A", lot("1", "CCC", 3, purchase="p"), lot("2", "CCC", 3, purchase="p")
        ),
        ira("A", lot("1", "CCC", 3), lot("2", "CCC", 90)),
        account("A", lot("1", "AAA", 90, GAIN), lot("2", "AAB", 3, GAIN)),
        account("A", lot("1", "CCC", 90), lot("2", "CCC", 3, replacement=True)),
        account("A", lot("1", "CCC", 90), lot("2", "CCC", 31, GAIN)),
    ],
)
def test_other_accounts_without_a_choice(owner):
    assert no_groups(owner)
    assert no_groups(owner, policy=TRADE_OFF)


def test_ignoring_wash_sales_needs_no_modes_and_closes_nothing():
    rows = (past("sell", "CCC", 3, realised_gain=Decimal(-1)),)
    owner = account("A", lot("1", "CCC", 90), lot("2", "CCC", 3), activity=rows)
    found = built(owner, policy=policy(wash=Wash(policy="ignore")))
    assert found.program.groups == ()
    assert np.all(found.program.upper == 1.0)
    assert list(found.facts.closed) == ["CCC"]


# --- disallow ----------------------------------------------------------------------


def test_recent_shares_at_a_gain():
    found = built(account("A", lot("1", "CCC", 90), lot("2", "CCC", 30, GAIN)))
    assert boxes(found) == {
        NO_LOSS: ["1=kept", "2=free", "+CCC"],
        ALL_RECENT: ["1=free", "2=sold"],
    }
    (group,) = found.program.groups
    assert (group.name, group.wash) == ("CCC", None)


def test_recent_shares_at_a_loss_are_a_purchase_of_their_own():
    found = built(account("A", lot("1", "CCC", 90), lot("2", "CCC", 3)))
    assert boxes(found) == {
        NO_LOSS: ["1=kept", "2=kept", "+CCC"],
        ALL_RECENT: ["1=free", "2=sold"],
        ONE_PURCHASE: ["1=kept", "2=free"],
    }


def test_two_recent_purchases_at_a_loss_replace_each_other():
    """Selling a part of either is a wash sale, selling both whole is none."""
    found = built(account("A", lot("1", "CCC", 9), lot("2", "CCC", 3)))
    assert boxes(found) == {
        NO_LOSS: ["1=kept", "2=kept", "+CCC"],
        ALL_RECENT: ["1=sold", "2=sold"],
    }


def test_revenue_ruling_56_602():
    """Of one purchase some may be sold at a loss; of another the rest has to go."""
    one = {"purchase": "p"}
    lots = (lot("1", "CCC", 9, **one), lot("2", "CCC", 9, GAIN, **one))
    assert no_groups(account("A", *lots))
    found = built(account("A", *lots, lot("3", "CCC", 3, GAIN)))
    assert boxes(found) == {
        NO_LOSS: ["1=kept", "2=free", "3=free", "+CCC"],
        ALL_RECENT: ["1=sold", "2=sold", "3=sold"],
        ONE_PURCHASE: ["1=free", "2=free", "3=sold"],
    }


@pytest.mark.parametrize(
    "other",
    [
        account("B", lot("9", "CCC", 3)),
        ira("B", lot("9", "CCC", 30)),
        account("B", activity=(past("buy", "CCC", 3),)),
    ],
)
def test_outside_shares_leave_no_loss_sale(other):
    owner = account("A", lot("1", "CCC", 90), lot("2", "CCC", 3))
    found = built(owner, related=(other,))
    assert boxes(found) == {NO_LOSS: ["1=kept", "2=kept", "+CCC"]}


def test_what_another_account_plans_to_buy_is_outside():
    plans = {"B": (planned_trade("B", "buy", "CCC"),)}
    related = (account("B"),)
    owner = account("A", lot("1", "CCC", 90))
    found = built(owner, related=related, planned=plans)
    assert boxes(found) == {NO_LOSS: ["1=kept", "+CCC"]}
    assert no_groups(owner, related=related)


def test_two_members_choose_between_losses_and_purchases():
    found = built(account("A", lot("1", "AAA", 90)))
    assert boxes(found) == {
        NO_LOSS: ["1=kept", "+AAA", "+AAB"],
        ALL_RECENT: ["1=free"],
    }
    assert found.program.groups[0].name == TWINS


def test_recent_shares_of_the_twin_replace_as_well():
    found = built(account("A", lot("1", "AAA", 90), lot("2", "AAB", 3, GAIN)))
    assert boxes(found) == {
        NO_LOSS: ["1=kept", "2=free", "+AAA", "+AAB"],
        ALL_RECENT: ["1=free", "2=sold"],
    }


@pytest.mark.parametrize("kind", [account, ira])
@pytest.mark.parametrize("days", [30, 31])
def test_a_closed_group_is_not_bought(kind, days):
    rows = (past("sell", "AAB", days, realised_gain=Decimal(-1)),)
    seller = account("B", activity=rows)
    found = built(kind("A", lot("1", "AAA", 90, GAIN)), related=(seller,))
    held, upper = found.program.held, found.program.upper
    closed = upper <= held
    assert closed.tolist() == (
        [True, True, False, False] if days == 30 else [False] * 4
    )
    if days == 30:
        assert found.program.upper_name[0] == (
            "wash sale: loss of AAB sold 2024-05-29 in account 'B', no purchase before "
            "2024-06-29 on AAA"
        )


def test_in_a_closed_group_old_losses_are_free():
    rows = (past("sell", "AAB", 9, realised_gain=Decimal(-1)),)
    assert no_groups(account("A", lot("1", "AAA", 90), activity=rows))
    recent = lot("2", "AAB", 3, GAIN)
    found = built(account("A", lot("1", "AAA", 90), recent, activity=rows))
    assert boxes(found) == {
        NO_LOSS: ["1=kept", "2=free"],
        ALL_RECENT: ["1=free", "2=sold"],
    }


@pytest.mark.parametrize(("unit", "needed"), [("98.99", False), ("99.01", True)])
def test_the_margin_makes_small_gains_losses(unit, needed):
    lots = (lot("1", "CCC", 90, unit=Decimal(unit)), lot("2", "CCC", 3, GAIN))
    rules = policy(wash=Wash(margin=0.01))
    assert no_groups(account("A", *lots), policy=rules) is not needed


def test_a_lot_that_may_not_be_sold_leaves_fewer_modes():
    """Kept recent shares would replace; a kept loss is none."""
    lots = (lot("1", "CCC", 90), lot("2", "CCC", 3, GAIN))
    keep = Restriction(kind="keep_lot", lot_id="2")
    found = built(account("A", *lots, restrictions=(keep,)))
    assert boxes(found) == {NO_LOSS: ["1=kept", "2=kept", "+CCC"]}
    keep = Restriction(kind="keep_lot", lot_id="1")
    assert no_groups(account("A", *lots, restrictions=(keep,)))


def test_a_security_that_may_not_be_sold_leaves_fewer_modes():
    lots = (lot("1", "AAA", 90), lot("2", "AAB", 3, GAIN))
    rule = Restriction(kind="no_sell", symbol="AAB")
    found = built(account("A", *lots, restrictions=(rule,)))
    assert list(boxes(found)) == [NO_LOSS]


def test_a_forced_loss_leaves_the_modes_with_losses():
    lots = (lot("1", "CCC", 90), lot("2", "CCC", 3, GAIN))
    sell = Restriction(kind="sell_lot", lot_id="1", source="rules.csv, row 2")
    owner = account("A", *lots, restrictions=(sell,))
    assert boxes(built(owner)) == {ALL_RECENT: ["1=sold", "2=sold"]}
    with pytest.raises(InfeasibleError) as caught:
        built(owner, related=(ira("R", lot("9", "CCC", 3)),))
    assert str(caught.value) == (
        "account 'A', wash-sale group 'CCC': no sale satisfies wash.policy = "
        '"disallow" and taxes.relief = "optimizer" together with:\n'
        "  sell_lot (rules.csv, row 2) on CCC lot 1"
    )


AGES = {"": (1, 5, 90, 500), "p": (5,)}  # what is one purchase has one date


def random_account(draw: Any) -> Account:
    lots = []
    for number in range(draw(st.integers(2, 5))):
        purchase = draw(st.sampled_from(["", "", "p"]))
        lots.append(
            lot(
                str(number),
                draw(st.sampled_from(["AAA", "AAB"])),
                draw(st.sampled_from(AGES[purchase])),
                draw(st.sampled_from([60, 110, 140])),
                purchase=purchase,
                shares=Decimal(draw(st.integers(1, 4))),
            )
        )
    return account("A", *lots)


@st.composite
def accounts(draw: Any) -> tuple[Account, tuple[Account, ...]]:
    other = ira("R", lot("9", "AAB", 3, shares=Decimal(draw(st.integers(1, 5)))))
    return random_account(draw), (other,) if draw(st.booleans()) else ()


def plans(program: Program, steps: tuple[float, ...] = (0.0, 0.5, 1.0)) -> Any:
    """Yield every plan on a grid that buys or sells each of the two members."""
    lots, count = program.lots, len(program.lots)
    for parts in itertools.product(steps, repeat=count):
        sells = np.array(parts) * lots.weight
        sold = np.bincount(lots.security, weights=sells, minlength=program.n)
        for extra in itertools.product((0.0, 0.01), repeat=2):
            buys = np.zeros(program.n)
            buys[:2] = extra
            if not np.any((buys > 0.0) & (sold > 0.0)):
                yield buys, sells


def inside(program: Program, mode: Mode, buys: Any, sells: Any) -> bool:
    (group,) = program.groups
    own, bought = sells[group.lots], buys[group.securities] > 0.0
    boxed = np.all((own >= mode.floor) & (own <= mode.cap))
    return bool(boxed and not np.any(bought & ~mode.buys))


@given(accounts())
@settings(max_examples=40, deadline=None)
def test_the_boxes_hold_exactly_the_plans_without_a_wash_sale(found):
    """Against the matching of shares, which knows no modes."""
    owner, related = found
    free = built(owner, related=related, policy=TRADE_OFF).program
    boxed = built(owner, related=related).program
    if not boxed.groups:
        assert not free.groups
        return
    (group,), (true,) = boxed.groups, free.groups
    assert np.array_equal(group.lots, true.lots)
    for buys, sells in plans(free):
        none = not np.any(wash_of(free, buys, sells))
        assert none == any(inside(boxed, mode, buys, sells) for mode in group.modes)


def wash_of(program: Program, buys: Any, sells: Any) -> Any:
    """Return what is disallowed, by matching share for share in plain loops."""
    (group,) = program.groups
    wash = group.wash
    own = sells[group.lots]
    spare = [
        [float((program.lots.weight[n] - sells[n]) * wash.lot_shares[i]), purchase]
        for i, (n, purchase) in enumerate(
            zip(group.lots.tolist(), wash.purchase.tolist(), strict=True)
        )
        if wash.replaces[i]
    ]
    bought = float(buys[group.securities] @ wash.buy_shares)
    spare += [[wash.outside, None], [bought, None]]
    lost = np.zeros(len(own))
    for i in range(len(own)):
        need = own[i] * wash.lot_shares[i] if wash.loss[i] else 0.0
        for item in spare:
            if item[1] is None or item[1] != wash.purchase[i]:
                used = min(need, item[0])
                lost[i], need, item[0] = lost[i] + used, need - used, item[0] - used
    return np.where(lost > 1e-9, lost, 0.0)


# --- trade_off ---------------------------------------------------------------------


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
