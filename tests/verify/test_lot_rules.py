# SPDX-License-Identifier: Apache-2.0
"""Which lots may be sold, which must be, in what order, and how much in all."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from support.verify import (
    CASE,
    ON,
    PLAN,
    buy,
    lot,
    mismatches,
    sale,
    washed,
    with_account,
    with_lots,
    with_payer,
    with_taxes,
    with_wash,
)

from di_optimizer.account import Account, AccountType, Restriction
from di_optimizer.policy import Budget

# Long-term lots of BBB (price 50) beside B1 (60 shares at 60, since 2025-01-02).
B2 = lot("B2", "BBB", "10", "200", date(2020, 1, 2))  # unit cost 20
B3 = lot("B3", "BBB", "10", "900", date(2021, 1, 2))  # unit cost 90
B4 = lot("B4", "BBB", "10", "350", date(2025, 3, 3))  # unit cost 35
MORE = with_lots(CASE, B2, B3, B4)
NAMES = ("B1", "B2", "B3", "B4")
HELD = {"B1": "60", "B2": "10", "B3": "10", "B4": "10"}


def rule(kind, lot_id, **changes):
    return replace(
        Restriction(kind=kind, lot_id=lot_id, source="rules.csv:7"), **changes
    )


def with_rules(case, *rules):
    return with_account(case, restrictions=rules)


# Restrictions on single lots


def test_a_lot_that_is_to_be_kept_is_not_sold():
    case = with_rules(MORE, rule("keep_lot", "B2", symbol="BBB"))
    assert mismatches(case, (sale(case, "B3", "10"),)) == []
    (line,) = mismatches(case, (sale(case, "B2", "0.0001"),))
    assert line == (
        "account X1, symbol BBB, lot B2: found 0.0001 shares sold; allowed: 0: "
        "keep_lot (rules.csv:7)"
    )


@pytest.mark.parametrize(("sold", "passes"), [("10", True), ("9.9999", False)])
def test_a_lot_that_is_to_be_sold_is_sold_whole(sold, passes):
    case = with_rules(MORE, rule("sell_lot", "B2"))
    lines = mismatches(case, (sale(case, "B2", sold),))
    text = "lot B2: found 9.9999 shares sold; allowed: 10: sell_lot (rules.csv:7)"
    assert [text in line for line in lines] == [True] * (not passes)
    (line,) = mismatches(case, ())
    assert "lot B2: found 0 shares sold; allowed: 10" in line


@pytest.mark.parametrize(
    ("days", "active"),
    [((0, None), True), ((1, None), False), ((None, 0), True), ((None, -1), False)],
)
@pytest.mark.parametrize("kind", ["sell_lot", "keep_lot"])
def test_rules_on_lots_hold_from_start_to_end(kind, days, active):
    start, end = (None if d is None else ON + timedelta(days=d) for d in days)
    case = with_rules(MORE, rule(kind, "B2", start=start, end=end))
    part = (sale(case, "B2", "5"),)
    assert len(mismatches(case, part)) == active


def test_rules_on_lots_that_are_gone_say_nothing():
    case = with_rules(CASE, rule("sell_lot", "Z9"), rule("keep_lot", "Z9"))
    assert mismatches(case, PLAN) == []


@pytest.mark.parametrize("kind", ["sell_lot", "keep_lot"])
def test_a_rule_on_no_lot_is_refused(kind):
    (line, *_) = mismatches(with_rules(CASE, rule(kind, None, symbol="AAA")), PLAN)
    assert "found restriction" in line
    assert line.endswith("a lot for sell_lot and keep_lot")


# Minimum holding: days since the purchase


@pytest.mark.parametrize(("age", "passes"), [(31, True), (30, False), (0, False)])
def test_a_lot_is_sold_no_sooner_than_after_the_minimum_holding(age, passes):
    case = with_taxes(with_wash(policy="ignore"), minimum_holding_days=31)
    acquired = ON - timedelta(days=age)
    young = replace(B3, acquired=acquired, holding_start=date(2019, 1, 2))
    case = with_lots(case, young)
    lines = mismatches(case, (sale(case, "B3", "1"),))
    text = f"lot B3: found a sale {age} days after purchase; allowed: 31 days or more"
    assert [line.endswith(text) for line in lines] == [True] * (not passes)


# Short-term gains that turn long within 30 days


@pytest.mark.parametrize(
    ("days", "passes"), [(0, True), (1, False), (30, False), (31, True)]
)
def test_a_gain_that_turns_long_soon_is_kept(days, passes):
    case = with_taxes(near_long="hold")
    since = date.fromordinal(ON.toordinal() + days - 366)
    case = with_lots(case, replace(B2, acquired=since, holding_start=since))
    lines = mismatches(case, (sale(case, "B2", "1"),))
    text = f"lot B2: found a short-term gain {days} days before it is long; allowed: "
    text += "none within 30 days: taxes.near_long"
    assert [line.endswith(text) for line in lines] == [True] * (not passes)
    assert (
        mismatches(with_taxes(case, near_long="sell"), (sale(case, "B2", "1"),)) == []
    )
    exempt = with_account(case, type=AccountType.EXEMPT)
    assert mismatches(exempt, (sale(exempt, "B2", "1"),)) == []


def test_a_loss_may_be_sold_before_it_turns_long():
    since = ON - timedelta(days=360)
    case = with_taxes(near_long="hold")
    case = with_lots(case, replace(B3, acquired=since, holding_start=since))
    assert mismatches(case, (sale(case, "B3", "1"),)) == []


# A fixed order: earlier lots whole before later ones. Unit costs 60, 20, 90, 35;
# lowest tax a share at rates 0.4 short, 0.2 long: B3 −8, B1 −4, B4 6, B2 6.
ORDERS = {
    "fifo": ("B2", "B3", "B1", "B4"),
    "lifo": ("B4", "B1", "B3", "B2"),
    "hifo": ("B3", "B1", "B4", "B2"),
    "lowest_tax": ("B3", "B1", "B2", "B4"),
}


@pytest.mark.parametrize("relief", ORDERS)
@pytest.mark.parametrize("full", range(4))
def test_sales_follow_the_fixed_order(relief, full):
    case, order = with_taxes(MORE, relief=relief), ORDERS[relief]
    sold = [sale(case, name, HELD[name]) for name in order[:full]]
    assert mismatches(case, sold) == []
    assert mismatches(case, [*sold, sale(case, order[full], "3")]) == []
    for later in order[full + 1 :]:
        (line,) = mismatches(case, [*sold, sale(case, later, "3")])
        assert line == (
            f"account X1, symbol BBB, lot {later}: found 3 shares sold, with lot "
            f"{order[full]} not sold whole; allowed: {relief} order"
        )


def test_a_lot_that_is_one_step_short_of_whole_stops_the_order():
    case = with_taxes(MORE, relief="fifo")
    short = (sale(case, "B2", "9.9999"), sale(case, "B3", "1"))
    (line,) = mismatches(case, short)
    assert "lot B3: found 1 shares sold, with lot B2 not sold whole" in line


def test_the_optimizer_and_untaxed_accounts_follow_no_order():
    last = (sale(MORE, "B4", "1"),)
    assert mismatches(MORE, last) == []
    case = with_account(with_taxes(MORE, relief="fifo"), type=AccountType.EXEMPT)
    assert mismatches(case, (sale(case, "B4", "1"),)) == []


@pytest.mark.parametrize(("start", "order"), [(None, "B3"), (date(2025, 7, 1), "B2")])
def test_an_order_passes_over_lots_that_are_to_be_kept(start, order):
    case = with_taxes(MORE, relief="fifo")
    case = with_rules(case, rule("keep_lot", "B2", start=start))
    assert mismatches(case, (sale(case, order, "5"),)) == []
    (line,) = mismatches(case, (sale(case, "B1", "5"),))
    assert f"with lot {order} not sold whole; allowed: fifo order" in line


def test_an_order_passes_over_lots_that_are_too_young_or_nearly_long():
    young = with_taxes(MORE, relief="lifo", minimum_holding_days=110)  # B4: 105 days
    assert mismatches(young, (sale(young, "B1", "5"),)) == []
    since = ON - timedelta(days=350)
    near = replace(B4, acquired=since, holding_start=since)
    case = with_lots(with_taxes(relief="hifo", near_long="hold"), B2, near)
    whole = sale(case, "B1", "60")
    assert mismatches(case, (whole, sale(case, "B2", "5"))) == []
    case = with_taxes(case, near_long="sell")
    assert "with lot B4 not" in mismatches(case, (whole, sale(case, "B2", "5")))[0]


def test_lots_that_are_to_be_sold_come_first_in_an_order():
    case = with_rules(with_taxes(MORE, relief="fifo"), rule("sell_lot", "B4"))
    forced = sale(case, "B4", "10")
    assert mismatches(case, (forced,)) == []
    assert mismatches(case, (forced, sale(case, "B2", "5"))) == []
    (line,) = mismatches(case, (forced, sale(case, "B3", "5")))
    assert "lot B3: found 5 shares sold, with lot B2 not sold whole" in line


# Budgets. The plan realises 400 long-term and −30 short-term.
AMOUNTS = {
    ("gain", "short"): "0",
    ("gain", "long"): "400",
    ("gain", "total"): "400",
    ("loss", "short"): "30",
    ("loss", "long"): "0",
    ("loss", "total"): "30",
    ("net", "short"): "-30",
    ("net", "long"): "400",
    ("net", "total"): "370",
}


def with_budget(case=CASE, **changes):
    return with_taxes(case, budgets=(Budget(maximum=1e9), Budget(**changes)))


@pytest.mark.parametrize(("measure", "term"), AMOUNTS)
@pytest.mark.parametrize("cents", [-1, 0, 1])
def test_a_budget_holds_to_the_cent(measure, term, cents):
    found = Decimal(AMOUNTS[measure, term])
    limit = float(found + Decimal(cents) / 100)
    name = f"taxes.budgets[2] ({term} {measure})"
    most = with_budget(measure=measure, term=term, maximum=limit)
    lines = mismatches(most, PLAN)
    assert len(lines) == (cents < 0)
    assert all(line.endswith(f"in {name}; allowed: at most {limit}") for line in lines)
    least = with_budget(measure=measure, term=term, minimum=limit)
    lines = mismatches(least, PLAN)
    assert len(lines) == (cents > 0)
    assert all(f"found {found:.2f} in {name}; allowed: at l" in line for line in lines)


def test_a_budget_of_the_year_starts_from_what_was_realised():
    case = with_payer(realised_short=Decimal(-70), realised_long=Decimal(5))
    for term, amount in (("short", -100), ("long", 405), ("total", 305)):
        year = {"measure": "net", "term": term, "period": "year"}
        assert mismatches(with_budget(case, maximum=amount, **year), PLAN) == []
        (line,) = mismatches(with_budget(case, maximum=amount - 0.01, **year), PLAN)
        assert f"found {amount}.00 in taxes.budgets[2] ({term} net)" in line


def test_what_other_accounts_realise_today_counts_in_the_year():
    other = Account(
        account="X2", taxpayer=CASE.account.taxpayer, lots=(CASE.account.lots[0],)
    )
    planned = (sale(replace(CASE, account=other), "A1", "20"),)
    case = replace(CASE, related=(other,), planned={"X2": planned})
    case = with_budget(case, period="year", maximum=769.99)
    (line,) = mismatches(case, PLAN)
    assert "found 770.00 in taxes.budgets[2] (total net)" in line
    assert mismatches(with_budget(case, maximum=370), PLAN) == []  # of the run


def test_budgets_count_disallowed_losses_as_realised():
    recent = lot("R1", "AAA", "5", "450", date(2025, 6, 2))
    case = with_lots(with_wash(policy="trade_off"), recent)
    trades = (washed(case, "A2", "10", "5"),)
    assert mismatches(with_budget(case, measure="loss", minimum=100), trades) == []
    case = with_budget(case, measure="loss", minimum=100.01)
    (line,) = mismatches(case, trades)
    assert "found 100.00 in taxes.budgets[2] (total loss); allowed: at least" in line


def test_budgets_are_for_taxable_accounts():
    case = with_account(with_budget(maximum=0), type=AccountType.TAX_DEFERRED)
    assert mismatches(case, (sale(case, "A1", "20"), buy(case, "CCC", "70"))) == []
