# SPDX-License-Identifier: Apache-2.0
"""Which groups are closed and which shares are recent, on both sides of each day."""

from datetime import date
from decimal import Decimal

import pytest
from support.wash import ON, TWINS, account, ago, ira, lot, market, past, policy, trade

from di_optimizer.account import Untraded
from di_optimizer.policy import Wash
from di_optimizer.wash_facts import WashFacts, is_loss_lot, purchases_of, wash_facts


def facts(owner, *related, margin=0.0, prices=None, **planned) -> WashFacts:
    return wash_facts(
        owner,
        market=market(prices),
        policy=policy(wash=Wash(margin=margin)),
        related=related,
        planned=planned,
    )


def sold(days: int, gain: object = -1, symbol: str = "CCC", **more):
    value = None if gain is None else Decimal(str(gain))
    return past("sell", symbol, days, realised_gain=value, **more)


@pytest.mark.parametrize(
    ("days", "closed"), [(31, False), (30, True), (29, True), (1, True), (0, True)]
)
def test_a_loss_sale_closes_for_thirty_days(days: int, closed: bool):
    """IRC 1091(a): sold on D − 30, a purchase on D is within 30 days; on D − 31 not."""
    found = facts(account("A", activity=(sold(days),)))
    assert ("CCC" in found.closed) is closed
    assert len(found.loss_sales) == closed


def test_what_is_said_of_a_loss_sale():
    (sale,) = facts(account("A", activity=(sold(30),))).loss_sales
    assert (sale.account, sale.symbol, sale.group) == ("A", "CCC", "CCC")
    assert (sale.on, sale.free) == (date(2024, 5, 29), date(2024, 6, 29))
    assert (sale.shares, sale.source) == (Decimal(10), "activity")


@pytest.mark.parametrize(
    ("gain", "margin", "closed"),
    [
        (None, 0.0, True),  # nobody said
        ("-0.01", 0.0, True),
        (0, 0.0, False),
        ("2.99", 0.003, True),  # 0.3 % of 1,000 is 3
        (3, 0.003, False),
        (-5, 0.003, True),
    ],
)
def test_what_counts_as_a_loss(gain: object, margin: float, closed: bool):
    found = facts(account("A", activity=(sold(1, gain),)), margin=margin)
    assert bool(found.closed) is closed


def test_purchases_and_sales_in_retirement_accounts_close_nothing():
    bought = past("buy", "CCC", 1)
    assert facts(account("A", activity=(bought,))).closed == {}
    assert facts(account("A"), ira("R", activity=(sold(1),))).closed == {}
    assert facts(ira("R", activity=(sold(1),))).closed == {}


def test_a_loss_closes_for_every_account_of_the_taxpayer():
    seller = account("B", activity=(sold(1),))
    assert list(facts(account("A"), seller).closed) == ["CCC"]
    assert list(facts(ira("R"), seller).closed) == ["CCC"]


def test_a_group_is_closed_as_a_whole_by_the_sale_that_frees_it_last():
    rows = (sold(3, symbol="AAA"), sold(20, symbol="AAB"))
    found = facts(account("A", activity=rows))
    assert list(found.closed) == [TWINS]
    assert found.closed[TWINS].on == ago(3)
    assert [sale.symbol for sale in found.loss_sales] == ["AAB", "AAA"]


def test_a_loss_that_is_replaced_already_still_closes():
    """Conservative on purpose: activity does not say what has replaced it."""
    lots = (lot("1", "CCC", 5, replacement=True),)
    found = facts(account("A", *lots, activity=(sold(8), past("buy", "CCC", 5))))
    assert list(found.closed) == ["CCC"]
    assert found.recent == ()


def test_planned_sales_of_others_close_and_planned_purchases_replace():
    other = account("B", lot("7", "CCC", 400))
    sale = trade("B", "sell", "CCC", lot_id="7", realised_gain=Decimal(-200))
    buy = trade("B", "buy", "AAB", shares=Decimal("2.5"))
    found = facts(account("A"), other, B=(sale, buy))
    assert found.closed["CCC"].source == "planned"
    assert found.closed["CCC"].on == ON
    (share,) = found.outside
    assert (share.group, share.shares, share.acquired) == (TWINS, Decimal("2.5"), ON)
    assert (share.lot_id, share.deferred) == (None, False)


@pytest.mark.parametrize(("unit", "closed"), [("100.0001", True), ("100", False)])
def test_a_planned_sale_is_judged_by_its_lot(unit: str, closed: bool):
    """A loss of a tenth of a cent is a loss, though the trade says 0.00."""
    other = account("B", lot("7", "CCC", 400, unit=Decimal(unit)))
    sale = trade("B", "sell", "CCC", lot_id="7", realised_gain=Decimal("0.00"))
    assert bool(facts(account("A"), other, B=(sale,)).closed) is closed


def test_a_planned_sale_without_its_lot_is_judged_by_its_gain():
    other = account("B")
    for gain, closed in ((Decimal("-0.01"), True), (Decimal(0), False), (None, True)):
        sale = trade("B", "sell", "CCC", realised_gain=gain)
        assert bool(facts(account("A"), other, B=(sale,)).closed) is closed


def test_own_plans_do_not_count_and_strangers_are_refused():
    own = trade("A", "sell", "CCC", lot_id="1")
    assert facts(account("A"), A=(own,)) == facts(account("A"))
    with pytest.raises(KeyError, match=r"not related: \['X'\]"):
        facts(account("A"), X=(own,))


@pytest.mark.parametrize(
    ("days", "recent"), [(31, False), (30, True), (1, True), (0, True)]
)
@pytest.mark.parametrize("own", [True, False])
def test_lots_of_thirty_days_are_recent(days: int, recent: bool, own: bool):
    holder = account("B", lot("1", "CCC", days))
    found = facts(holder) if own else facts(account("A"), holder)
    shares = found.recent if own else found.outside
    assert len(shares) == recent
    assert len(found.recent) + len(found.outside) == recent


def test_a_lot_that_has_replaced_is_not_recent():
    holder = account("B", lot("1", "CCC", 3, replacement=True))
    assert facts(holder).recent == ()
    assert facts(account("A"), holder).outside == ()


@pytest.mark.parametrize(
    ("origin", "recent"),
    [
        ("purchase", True),
        ("transfer", True),
        ("rsu", True),
        ("gift", False),
        ("inheritance", False),
        ("spin_off", False),
    ],
)
def test_only_what_was_bought_replaces(origin: str, recent: bool):
    """IRC 1091(a): acquired by purchase or a fully taxed exchange."""
    holder = account("B", lot("1", "CCC", 3, origin=origin))
    assert len(facts(holder).recent) == recent
    assert len(facts(account("A"), holder).outside) == recent


def test_shares_in_a_retirement_account_are_deferred():
    (share,) = facts(account("A"), ira("R", lot("1", "AAA", 3))).outside
    assert (share.account, share.group, share.deferred) == ("R", TWINS, True)
    assert facts(account("A", lot("1", "AAA", 3))).recent[0].deferred is False


def test_the_date_of_purchase_counts_not_that_of_the_holding_period():
    tacked = lot("1", "CCC", 3, holding_start=ago(700))
    old = lot("2", "CCC", 700, holding_start=ago(3))
    assert [r.lot_id for r in facts(account("A", tacked, old)).recent] == ["1"]


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([("buy", 31)], []),
        ([("buy", 30)], [10]),
        ([("buy", 20), ("sell", 20)], [10]),  # same day: from which shares, unknown
        ([("buy", 20), ("sell", 19)], []),
        ([("buy", 20), ("buy", 10), ("sell", 9)], [10]),
        ([("sell", 21), ("buy", 20)], [10]),
    ],
)
def test_an_account_known_by_activity_alone(rows, left):
    activity = tuple(
        past(side, "CCC", days, realised_gain=None if side == "buy" else Decimal(1))
        for side, days in rows
    )
    found = facts(account("A"), account("B", activity=activity))
    assert [share.shares for share in found.outside] == left
    assert all(share.lot_id is None for share in found.outside)


def test_a_sale_that_names_a_lot_takes_from_that_lot_alone():
    rows = (
        past("buy", "CCC", 20, lot_id="1"),
        past("buy", "CCC", 10, lot_id="2", shares=Decimal(4)),
        past("sell", "CCC", 5, lot_id="2", shares=Decimal(3), realised_gain=Decimal(1)),
        past("sell", "CCC", 5, lot_id="9", shares=Decimal(3), realised_gain=Decimal(1)),
        past("sell", "AAA", 5, shares=Decimal(3), realised_gain=Decimal(1)),
    )
    found = facts(account("A"), account("B", activity=rows))
    assert [share.shares for share in found.outside] == [10, 1]


def test_activity_is_no_second_count_of_lots():
    holder = account("B", lot("1", "CCC", 3), activity=(past("buy", "CCC", 3),))
    (share,) = facts(account("A"), holder).outside
    assert share.lot_id == "1"


def test_own_untraded_shares_cannot_be_sold_so_they_are_outside():
    fixed = Untraded(symbol="AAB", shares=Decimal(10), reason="no basis", valued=True)
    owner = account("A", untraded=(fixed,), activity=(past("buy", "AAB", 3),))
    (share,) = facts(owner).outside
    assert (share.account, share.group) == ("A", TWINS)


def test_one_purchase_by_name_or_by_order_of_the_day():
    """Rev. Rul. 56-602: what belongs together never replaces each other."""
    lots = (
        lot("1", "CCC", 9, purchase="p"),
        lot("2", "CCC", 9, purchase="p"),
        lot("3", "CCC", 8),
        lot("4", "CCC", 8),
        lot("5", "CCC", 8),
        lot("6", "AAA", 9, purchase="p"),
        lot("7", "CCC", 8),
    )
    rows = [
        past("buy", "CCC", 8, lot_id=name, purchase_order=order)
        for name, order in (("3", 1), ("4", 1), ("5", 2), ("7", None))
    ]
    found = purchases_of(account("A", *lots, activity=tuple(rows)))
    assert found["1"] == found["2"]
    assert found["3"] == found["4"]
    assert len(set(found.values())) == 5


def test_the_order_of_rows_and_accounts_changes_nothing():
    rows = (sold(9), sold(9, symbol="AAA"), sold(2), past("buy", "BBB", 3))
    lots = (lot("1", "CCC", 3), lot("2", "AAA", 3), lot("3", "CCC", 9))
    others = (account("B", *lots), ira("R", *lots, activity=rows))
    turned = (
        ira("R", *lots[::-1], activity=rows[::-1]),
        account("B", *lots[::-1]),
    )
    one = facts(account("A", *lots, activity=rows), *others)
    two = facts(account("A", *lots[::-1], activity=rows[::-1]), *turned)
    assert one == two


@pytest.mark.parametrize(
    ("unit", "margin", "loss"),
    [
        ("100", 0.0, False),
        ("100.01", 0.0, True),
        ("99", 0.01, False),
        ("99.01", 0.01, 1),
    ],
)
def test_lots_at_a_loss(unit: str, margin: float, loss: bool):
    owned = lot("1", "CCC", 90, unit=Decimal(unit))
    assert is_loss_lot(owned, market(), Wash(margin=margin)) == loss
