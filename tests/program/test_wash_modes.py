# SPDX-License-Identifier: Apache-2.0
"""Modes of little accounts under disallow, written out by hand and proven."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from support.wash import TWINS, account, ira, lot, past, policy
from support.wash import trade as planned_trade
from support.wash_plans import accounts, built, plans, wash_of

from di_optimizer.account import Account, Restriction
from di_optimizer.errors import InfeasibleError
from di_optimizer.policy import Wash
from di_optimizer.program.build import Built
from di_optimizer.program.groups import Mode
from di_optimizer.program.program import Program
from di_optimizer.program.wash_modes import (
    ALL_RECENT,
    NO_LOSS,
    ONE_PURCHASE,
)

GAIN = 50  # unit cost at a price of 100
TRADE_OFF = policy(wash=Wash(policy="trade_off"))


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
        '"disallow" together with:\n'
        "  sell_lot (rules.csv, row 2) on CCC lot 1"
    )


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
