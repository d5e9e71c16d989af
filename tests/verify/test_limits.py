# SPDX-License-Identifier: Apache-2.0
"""Restrictions and weight limits: both sides of each, and positions outside them.

The ledger holds AAA 0.4 (benchmark 0.5), BBB 0.3 (0.3), CCC 0.1 (0), DDD 0 (0.2) of
10000; one share of AAA is 0.01, of BBB 0.005, of CCC 0.002, of DDD 0.001.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from support.verify import (
    CASE,
    buy,
    lot,
    mismatches,
    sale,
    with_account,
    with_policy,
)

from di_optimizer.account import Flow, Restriction, Untraded
from di_optimizer.policy import Bounds

DAY = timedelta(days=1)


def restricted(*rules: Restriction, case=CASE):
    return with_account(case, restrictions=rules)


def rule(kind: str, symbol: str | None = None, **more) -> Restriction:
    return Restriction(kind=kind, symbol=symbol, **more)


@pytest.mark.parametrize("kind", ["no_buy", "no_trade", "no_hold"])
def test_what_may_not_be_bought_is_not(kind):
    case = restricted(rule(kind, "DDD", source="rules.csv, row 2"))
    assert mismatches(case, ()) == []
    line, *more = mismatches(case, (buy(case, "DDD", "1"),))
    assert line.endswith(
        f"symbol DDD: found a buy; allowed: none: {kind} (rules.csv, row 2)"
    )
    assert len(more) == (kind == "no_hold")


@pytest.mark.parametrize("kind", ["no_sell", "no_trade"])
def test_what_may_not_be_sold_is_not(kind):
    case = restricted(rule(kind, "AAA"))
    assert mismatches(case, ()) == []
    (line,) = mismatches(case, (sale(case, "A1", "1"),))
    assert line.endswith(f"symbol AAA: found a sell; allowed: none: {kind}")


def test_each_side_alone_is_free():
    assert (
        mismatches(restricted(rule("no_sell", "AAA")), (buy(CASE, "AAA", "1"),)) == []
    )
    free = restricted(rule("no_buy", "AAA"))
    assert mismatches(free, (sale(free, "A1", "1"),)) == []


@pytest.mark.parametrize(
    "scope", [{"symbol": "AAA"}, {"sector": "tech"}, {"group": "G1"}]
)
def test_a_rule_covers_a_symbol_a_sector_or_a_group(scope):
    case = restricted(Restriction(kind="no_buy", **scope))
    (line,) = mismatches(case, (buy(case, "AAA", "1"), buy(case, "CCC", "1")))
    assert "symbol AAA" in line


def test_a_sector_rule_leaves_others_and_what_has_no_sector_alone():
    case = restricted(rule("no_buy", sector="tech"))
    trades = (buy(case, "BBB", "1"), buy(case, "CCC", "1"), buy(case, "DDD", "1"))
    (line,) = mismatches(case, trades)
    assert "symbol BBB" in line
    grouped = restricted(rule("no_buy", group="G1"))
    assert mismatches(grouped, trades) == []


@pytest.mark.parametrize(
    ("start", "end", "active"),
    [
        (CASE.on, CASE.on, True),
        (None, CASE.on, True),
        (CASE.on, None, True),
        (CASE.on + DAY, None, False),
        (None, CASE.on - DAY, False),
    ],
)
def test_a_rule_holds_from_its_first_to_its_last_day(start, end, active):
    case = restricted(rule("no_buy", "DDD", start=start, end=end))
    assert (mismatches(case, (buy(case, "DDD", "1"),)) != []) is active


# no_hold


def test_no_hold_is_sold_to_the_last_share():
    case = restricted(rule("no_hold", "CCC"))
    assert mismatches(case, (sale(case, "C1", "50"),)) == []
    (line,) = mismatches(case, (sale(case, "C1", "49.9999"),))
    assert line.endswith("CCC: found 0.0001 shares after trading; allowed: 0: no_hold")
    (line,) = mismatches(case, ())
    assert line.endswith("CCC: found 50.0 shares after trading; allowed: 0: no_hold")


@pytest.mark.parametrize("kind", ["no_sell", "no_trade"])
def test_no_hold_that_cannot_be_sold_is_only_not_bought(kind):
    case = restricted(rule("no_hold", "CCC"), rule(kind, "CCC"))
    assert mismatches(case, ()) == []
    assert mismatches(case, (buy(case, "CCC", "1"),)) != []
    assert mismatches(case, (sale(case, "C1", "50"),)) != []


def test_no_hold_of_an_untraded_position_waits():
    held = Untraded(symbol="DDD", shares=Decimal(5), reason="no basis", valued=True)
    case = with_account(restricted(rule("no_hold", "DDD")), untraded=(held,))
    assert mismatches(case, ()) == []


def test_lower_limits_give_way_to_no_hold():
    case = with_policy(restricted(rule("no_hold", "AAA")), bounds=Bounds(multiple=0.1))
    whole = (sale(case, "A1", "30"), sale(case, "A2", "10"))
    assert [x for x in mismatches(case, whole) if "AAA" in x] == []


# min and max by restriction: BBB from 0.3 (60 shares), 0.005 a share


def test_a_minimum_holds_to_the_share():
    case = restricted(rule("min", "BBB", value=0.2, source="rules.csv, row 3"))
    assert mismatches(case, (sale(case, "B1", "20"),)) == []
    (line,) = mismatches(case, (sale(case, "B1", "20.0001"),))
    assert "symbol BBB: found weight 0.1999995 after trading; allowed: " in line
    assert line.endswith("at least 0.2 (min (rules.csv, row 3))")


def test_a_maximum_holds_to_the_share():
    case = restricted(rule("max", "BBB", value=0.35))
    assert mismatches(case, (buy(case, "BBB", "10"),)) == []
    (line,) = mismatches(case, (buy(case, "BBB", "10.0001"),))
    assert "found weight 0.3500005 after trading; allowed: at most 0.35 (max)" in line


def test_a_limit_of_a_sector_is_on_each_of_its_names():
    case = restricted(rule("max", sector="tech", value=0.41))  # AAA and BBB: 0.7
    assert mismatches(case, (buy(case, "AAA", "1"), buy(case, "BBB", "22"))) == []
    (line,) = mismatches(case, (buy(case, "BBB", "22.01"),))
    assert "symbol BBB: found weight 0.41005 after" in line


# Lots 8000 and cash 1500 are 9500; a flow of −9000 leaves NAV 500 and base 9500.
# Limits are fractions of NAV: 0.5 of 500 are 250, or 25 shares of DDD.
def test_limits_shrink_with_nav_when_base_does_not():
    case = with_account(flows=(Flow(on=CASE.on, amount=Decimal(-9000)),))
    case = restricted(rule("max", "DDD", value=0.5), case=case)
    for shares, passes in (("25", True), ("25.001", False)):
        lines = mismatches(case, (buy(case, "DDD", shares),))
        weight = [line for line in lines if "weight" in line]
        assert (weight == []) is passes


def test_below_a_minimum_nothing_is_sold_but_it_is_not_forced_up():
    case = restricted(rule("min", "BBB", value=0.4))
    assert mismatches(case, ()) == []
    assert mismatches(case, (buy(case, "BBB", "1"),)) == []
    (line,) = mismatches(case, (sale(case, "B1", "0.0001"),))
    assert line.endswith("at least 0.4 (min), breached by 0.3 held: no sale")


def test_above_a_maximum_nothing_is_bought_but_it_is_not_forced_down():
    case = restricted(rule("max", "BBB", value=0.2))
    assert mismatches(case, ()) == []
    assert mismatches(case, (sale(case, "B1", "1"),)) == []
    (line,) = mismatches(case, (buy(case, "BBB", "0.0001"),))
    assert line.endswith("at most 0.2 (max), breached by 0.3 held: no purchase")


def test_a_name_not_held_is_not_forced_in_by_its_minimum():
    case = with_policy(bounds=Bounds(multiple=0.5))  # DDD at least 0.1
    assert mismatches(case, ()) == []
    assert mismatches(case, (buy(case, "DDD", "5"),)) == []


# Policy bounds. BBB: benchmark 0.3, 0.005 a share; DDD: 0.05 below, 0.001 a share.


@pytest.mark.parametrize(
    ("bounds", "most"),
    [
        (Bounds(maximum=0.1), 100),
        (Bounds(active=0.1), 150),
        (Bounds(multiple=0.5), 75),
        (Bounds(maximum=0.04, active=0.05, multiple=0.5), 40),
        (Bounds(maximum=0.09, active=0.02, multiple=0.5), 70),
    ],
)
def test_the_least_upper_bound_counts(bounds, most):
    weights = {"AAA": 0.5, "BBB": 0.45, "DDD": 0.05}
    case = with_policy(replace(CASE, benchmark=weights), bounds=bounds)
    assert mismatches(case, (buy(case, "DDD", str(most)),)) == []
    (line,) = mismatches(case, (buy(case, "DDD", f"{most}.001"),))
    assert "symbol DDD" in line
    assert "allowed: at most 0." in line


@pytest.mark.parametrize(
    ("bounds", "least", "name"),
    [
        (Bounds(minimum=0.1), 20, "minimum"),
        (Bounds(active=0.1), 40, "active"),
        (Bounds(multiple=0.75), 15, "multiple"),
        (Bounds(minimum=0.1, active=0.15, multiple=0.75), 30, "active"),
        (Bounds(multiple=1.5), 0, ""),
        (Bounds(active=1.0), 0, ""),
    ],
)
def test_the_greatest_lower_bound_counts(bounds, least, name):
    case = with_policy(bounds=bounds)
    assert mismatches(case, (sale(case, "B1", str(60 - least)),)) == []
    if least:
        (line,) = mismatches(case, (sale(case, "B1", f"{60 - least}.001"),))
        assert "symbol BBB" in line
        assert line.endswith(f" (policy bounds.{name})")


def test_the_tolerance_is_1e_9_of_base_and_nothing_more():
    for excess, passes in ((0.9e-9, True), (1.1e-9, False)):
        top = restricted(rule("max", "BBB", value=0.35 - excess))
        assert (mismatches(top, (buy(top, "BBB", "10"),)) == []) is passes
        low = restricted(rule("min", "BBB", value=0.25 + excess))
        assert (mismatches(low, (sale(low, "B1", "10"),)) == []) is passes


def test_untraded_shares_count_in_weights():
    held = Untraded(symbol="DDD", shares=Decimal(1000), reason="no basis", valued=True)
    case = with_account(untraded=(held,))  # 10000 of 20000
    case = with_policy(case, bounds=Bounds(maximum=0.45))
    assert mismatches(case, ()) == []
    case = restricted(rule("max", "BBB", value=0.15), case=case)
    (line,) = mismatches(case, (buy(case, "BBB", "1"),))
    assert "found weight 0.1525 after" in line


def test_positions_below_zero_are_refused():
    text = "\n".join(mismatches(CASE, (sale(CASE, "C1", "51"),)))
    assert "symbol CCC: found -1.0 shares after trading; allowed: 0 or more" in text
    assert (
        "found weight -0.002 after trading; allowed: at least 0.0 (long only)" in text
    )


def test_long_lots_do_not_hide_behind_others():
    extra = lot("C2", "CCC", "10", "100", date(2020, 1, 2))
    case = replace(
        CASE, account=replace(CASE.account, lots=(*CASE.account.lots, extra))
    )
    (line,) = mismatches(case, (sale(case, "C1", "55"),))  # 60 held in all
    assert "lot C1: found 55 shares sold; allowed: up to 50" in line
