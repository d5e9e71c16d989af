# SPDX-License-Identifier: Apache-2.0
"""Positions that leave over days, sides that do not trade, holdings elsewhere."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from support.ruled import ON, buy, job, policy, refusals, rule, sell, traded

from di_optimizer.account import Untraded
from di_optimizer.errors import DiOptimizerError, InfeasibleError
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Bounds, Cash, Trading

ANY_CASH = Cash(minimum=0.0, maximum=1.0)
HELD = {"AAA": 250, "BBB": 250, "CCC": 250, "DDD": 250}


def by(days: int, symbol: str = "AAA", **more: object):
    day = ON + timedelta(days=days)
    return rule("no_hold", symbol, by=day, source="rules.csv, row 2", **more)


@pytest.mark.parametrize(
    ("days", "due"), [(4, 50), (1, 125), (0, 250), (-1, 250), (249, 1)]
)
def test_each_day_its_part_goes(days: int, due: float):
    """250 shares; with 4 days left after today a fifth of them goes today."""
    plan = rebalance_account(job(HELD, by(days)))
    assert traded(plan)["AAA"] == pytest.approx(-100 * due, abs=0.02)
    assert traded(plan)["AAA"] <= -100 * due


def test_the_days_sell_all_of_it():
    """Run on each of the days, whole shares: nothing is left on the last."""
    left, sold = Decimal(250), []
    for days in (4, 3, 2, 1, 0):
        shares = {**HELD, "AAA": float(left)}
        given = job(shares, by(days), fractional=False)
        plan = rebalance_account(given)
        sold.append(-traded(plan).get("AAA", 0) / 100)
        left -= Decimal(sold[-1])
    assert (sold, left) == ([50, 50, 50, 50, 50], 0)


def test_whole_shares_round_the_part_up():
    """A fifth of 11 is 2.2 shares: 3 go."""
    given = job({**HELD, "AAA": 11}, by(4), fractional=False)
    assert traded(rebalance_account(given))["AAA"] == -300
    assert refusals(given, (sell(given, "AAA-main", 2),), "no_hold") != []
    assert refusals(given, (sell(given, "AAA-main", 3),), "no_hold") == []


@pytest.mark.parametrize(("sold", "refused"), [(49.9999, True), (50, False)])
def test_the_check_counts_the_part(sold: float, refused: bool):
    given = job(HELD, by(4))
    wrong = refusals(given, (sell(given, "AAA-main", sold),), "no_hold")
    assert bool(wrong) is refused
    if wrong:
        assert wrong[0].endswith("allowed: 200: no_hold, 4 days left")


def test_it_is_never_bought_and_more_may_go():
    """Beyond what is due the optimizer decides: here nothing of AAA is wanted."""
    none = {"AAA": 0.0, "BBB": 0.4, "CCC": 0.3, "DDD": 0.3}
    plan = rebalance_account(job(HELD, by(4), benchmark=none))
    assert traded(plan)["AAA"] < -5_000
    given = job({**HELD, "AAA": 0}, by(4))
    assert "AAA" not in traded(rebalance_account(given))
    assert refusals(given, (buy("AAA", 1),), "no_hold") != []


def test_the_soonest_of_several_days_counts_and_is_named():
    rules = (by(9), rule("no_hold", sector="Energy", by=ON + timedelta(days=1)))
    plan = rebalance_account(job(HELD, *rules))
    assert traded(plan)["AAA"] == -12_500
    assert any(
        note.startswith("no_hold by 2024-06-29 sector Energy on AAA: at least 1/2")
        for note in plan.notes
    )


def test_lower_limits_give_way_to_an_exit():
    settings = policy(bounds=Bounds(multiple=0.1), cash=ANY_CASH)
    plan = rebalance_account(job(HELD, by(1), settings=settings))
    assert traded(plan)["AAA"] == -12_500


def test_what_may_not_be_sold_stays_and_the_note_says_so():
    plan = rebalance_account(
        job(HELD, by(4), rule("no_sell", "AAA", source="rules.csv, row 9"))
    )
    assert "AAA" not in traded(plan)
    assert (
        "no_hold by 2024-07-02 (rules.csv, row 2) on AAA is not carried out: no_sell "
        "(rules.csv, row 9); none is bought." in plan.notes
    )


MIXED = {"AAA": 300, "BBB": 200, "CCC": 250, "DDD": 240}  # and 1,000 in cash


@pytest.mark.parametrize(
    ("sides", "buys", "sales"),
    [
        ("both", True, True),
        ("buy_only", True, False),
        ("sell_only", False, True),
        ("none", False, False),
    ],
)
def test_sides(sides, buys: bool, sales: bool):
    settings = policy(trading=Trading(sides=sides), cash=ANY_CASH)
    moves = traded(rebalance_account(job(MIXED, settings=settings))).values()
    assert (any(m > 0 for m in moves), any(m < 0 for m in moves)) == (buys, sales)


@pytest.mark.parametrize("sides", ["both", "buy_only", "sell_only", "none"])
def test_the_check_knows_the_sides(sides):
    given = job(MIXED, settings=policy(trading=Trading(sides=sides), cash=ANY_CASH))
    bought = refusals(given, (buy("BBB", 1),), "trading.sides")
    sold = refusals(given, (sell(given, "AAA-main", 1),), "trading.sides")
    assert bool(bought) is (sides in ("sell_only", "none"))
    assert bool(sold) is (sides in ("buy_only", "none"))


def test_a_lot_that_has_to_go_against_buy_only_is_a_named_conflict():
    settings = policy(trading=Trading(sides="buy_only"), cash=ANY_CASH)
    sale = rule("sell_lot", lot_id="AAA-main", source="rules.csv, row 4")
    with pytest.raises(InfeasibleError) as caught:
        rebalance_account(job(MIXED, sale, settings=settings))
    assert (
        "sell_lot (rules.csv, row 4) on AAA lot AAA-main against trading.sides"
        in str(caught.value)
    )


def test_an_exit_against_buy_only_waits():
    settings = policy(trading=Trading(sides="buy_only"), cash=ANY_CASH)
    plan = rebalance_account(job(MIXED, rule("no_hold", "AAA"), settings=settings))
    assert "AAA" not in traded(plan)
    assert any("not carried out: trading.sides" in note for note in plan.notes)


def test_cash_that_no_side_may_raise_is_named():
    settings = policy(trading=Trading(sides="buy_only"), cash=Cash(minimum=0.5))
    with pytest.raises(DiOptimizerError, match=r"cash\.minimum"):
        rebalance_account(job(MIXED, settings=settings))


def outside(symbol: str, shares: int) -> Untraded:
    return Untraded(
        symbol=symbol,
        shares=Decimal(shares),
        reason="outside holding: stock plan",
        valued=True,
        closed=False,
    )


def test_holdings_elsewhere_count_and_are_not_traded():
    """300 outside AAA are 30 % of NAV where 25 % are wanted: all own ones go."""
    given = job(
        {"AAA": 100, "BBB": 200, "CCC": 200, "DDD": 190},
        untraded=(outside("AAA", 300),),
    )
    plan = rebalance_account(given)
    assert float(plan.figures.nav) == pytest.approx(130_000)
    assert -10_000 <= traded(plan)["AAA"] < -7_000
    without = rebalance_account(
        replace(given, account=replace(given.account, untraded=()))
    )
    assert traded(without)["AAA"] > 0
    assert "AAA: 300 shares held untraded (outside holding: stock plan)." in plan.notes


def test_own_shares_beside_outside_ones_trade_both_ways():
    few = job(
        {"AAA": 10, "BBB": 330, "CCC": 330, "DDD": 320}, untraded=(outside("AAA", 10),)
    )
    assert traded(rebalance_account(few))["AAA"] > 20_000


def test_what_is_outside_of_a_name_that_may_not_be_held_stays():
    given = job(HELD, rule("no_hold", "AAA"), untraded=(outside("AAA", 40),))
    plan = rebalance_account(given)
    assert traded(plan)["AAA"] == -25_000
    assert any("on AAA: 40 shares held outside" in note for note in plan.notes)
    assert refusals(given, (sell(given, "AAA-main", 249),), "no_hold") != []


def test_a_name_that_is_only_held_outside():
    given = job({"BBB": 330, "CCC": 330, "DDD": 330}, untraded=(outside("AAA", 400),))
    plan = rebalance_account(given)
    assert "AAA" not in traded(plan)


def test_beside_what_is_outside_a_part_of_a_share_stays():
    """10.5 own whole-share shares and 20 outside: 10 go, for no position leaves."""
    given = job(
        {**HELD, "AAA": 10.5},
        rule("no_hold", "AAA"),
        untraded=(outside("AAA", 20),),
        fractional=False,
    )
    assert traded(rebalance_account(given))["AAA"] == -1_000
    assert refusals(given, (sell(given, "AAA-main", 9),), "no_hold") != []


def test_all_own_shares_beside_outside_ones_are_no_full_exit():
    """Their sale for 300 is below the least order of 400, as part of a position."""
    settings = policy(trading=Trading(min_trade=400), cash=ANY_CASH)
    none = {"AAA": 0.0, "BBB": 0.4, "CCC": 0.3, "DDD": 0.3}
    few = {"AAA": 3, "BBB": 390, "CCC": 300, "DDD": 300}
    alone = job(few, benchmark=none, settings=settings)
    assert traded(rebalance_account(alone))["AAA"] == -300
    beside = job(few, benchmark=none, settings=settings, untraded=(outside("AAA", 1),))
    assert "AAA" not in traded(rebalance_account(beside))
