# SPDX-License-Identifier: Apache-2.0
"""Shares of NAV between which a position is left alone, and least trades outside."""

from fractions import Fraction

import pytest
from support.ruled import buy, job, policy, refusals, rule, sell, traded

from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Trading
from di_optimizer.program.thresholds import Band, band_of, limits_of

LOW = rule("threshold_min", "AAA", value=0.04, source="rules.csv, row 1")
HIGH = rule("threshold_max", "AAA", value=0.07, source="rules.csv, row 2")
AT_5 = {"AAA": 0.05, "BBB": 0.45, "CCC": 0.30, "DDD": 0.20}
REST = {"BBB": 450, "CCC": 300, "DDD": 180}


def held(shares: float) -> dict[str, float]:
    return {"AAA": shares, **REST}


def test_the_formulas_of_the_source():
    """PV 100,000, target 5 %, min 4 %, max 7 %: buys exceed 1,000, sales 2,000."""
    band = Band(low=Fraction(4, 100), high=Fraction(7, 100), name="")
    assert limits_of(band, Fraction(5, 100), Fraction(100_000)) == (1_000, 2_000)


@pytest.mark.parametrize("shares", [40, 40.0001, 55, 69.9999, 70])
def test_a_position_inside_is_left_alone(shares: float):
    plan = rebalance_account(job(held(shares), LOW, HIGH, benchmark=AT_5))
    assert "AAA" not in traded(plan)
    assert "1 security is inside of the thresholds and left alone." in plan.notes


@pytest.mark.parametrize(("shares", "sign"), [(39.9999, 1), (70.0001, -1)])
def test_a_position_outside_is_traded_by_more_than_the_least(shares: float, sign: int):
    plan = rebalance_account(job(held(shares), LOW, HIGH, benchmark=AT_5))
    money = traded(plan)["AAA"]
    assert sign * money > (1_000 if sign > 0 else 2_000)
    assert sign * money == pytest.approx(1_000 if sign > 0 else 2_000, abs=60)


@pytest.mark.parametrize("fractional", [True, False])
def test_the_least_trade_is_strictly_more(fractional: bool):
    """Whole shares: 1,000 is 10 of them, so 11; fractions: 10.0001."""
    given = job(
        {"AAA": 39, "BBB": 451, "CCC": 300, "DDD": 200},
        LOW,
        HIGH,
        benchmark=AT_5,
        fractional=fractional,
    )
    plan = rebalance_account(given)
    assert traded(plan)["AAA"] >= (1_000.01 if fractional else 1_100)


@pytest.mark.parametrize(
    ("shares", "trade", "refused"),
    [
        (39, buy("AAA", 10), True),
        (39, buy("AAA", 10.0001), False),
        (40, buy("AAA", 10.0001), True),
        (55, buy("AAA", 30), True),
    ],
)
def test_the_check_refuses_small_purchases(shares, trade, refused):
    given = job(held(shares), LOW, HIGH, benchmark=AT_5)
    assert bool(refusals(given, (trade,), "threshold")) is refused


@pytest.mark.parametrize(
    ("shares", "sold", "refused"),
    [
        (71, 20, True),
        (71, 20.0001, False),
        (71, 71, False),
        (70, 20.0001, True),
        (30, 5, False),  # the target is nearer to the maximum: 2,000 are asked for
    ],
)
def test_the_check_refuses_small_sales(shares, sold, refused):
    given = job(held(shares), LOW, HIGH, benchmark=AT_5)
    wrong = refusals(given, (sell(given, "AAA-main", sold),), "threshold")
    assert bool(wrong) is (refused or shares == 30)


def test_a_full_exit_may_be_small():
    """Below the minimum and not wanted: a sale of 300 is far from 7,000, but all."""
    none = {"AAA": 0.0, "BBB": 0.5, "CCC": 0.3, "DDD": 0.2}
    given = job(held(3), LOW, HIGH, benchmark=none)
    assert traded(rebalance_account(given))["AAA"] == -300
    assert refusals(given, (sell(given, "AAA-main", 2.9999),), "threshold") != []
    assert refusals(given, (sell(given, "AAA-main", 3),), "threshold") == []


@pytest.mark.parametrize(
    "rules", [(LOW,), (LOW, rule("threshold_max", "AAA", value=0))]
)
def test_without_a_maximum_nothing_is_filtered(rules):
    plan = rebalance_account(job(held(45), *rules, benchmark=AT_5))
    assert traded(plan)["AAA"] == pytest.approx(500, abs=60)


def test_a_missing_minimum_is_none():
    """Nothing held is inside [0, max]: nothing is bought."""
    plan = rebalance_account(job({**REST, "BBB": 520}, HIGH, benchmark=AT_5))
    assert "AAA" not in traded(plan)


def test_a_sectors_thresholds_are_those_of_each_symbol():
    rules = (
        rule("threshold_min", sector="Energy", value=0.2),
        rule("threshold_max", sector="Energy", value=0.3),
    )
    plan = rebalance_account(
        job({"AAA": 280, "BBB": 150, "CCC": 300, "DDD": 260}, *rules)
    )
    moves = traded(plan)
    assert "AAA" not in moves
    assert moves["BBB"] > 5_000


@pytest.mark.parametrize(
    "out", [rule("no_hold", "AAA"), rule("sell_lot", lot_id="AAA-main")]
)
def test_what_has_to_leave_leaves(out):
    plan = rebalance_account(job(held(55), LOW, HIGH, out, benchmark=AT_5))
    assert traded(plan)["AAA"] == -5_500


def test_the_minimum_trade_of_policy_counts_as_well():
    """min_trade 1,500 is above the 1,000 of the thresholds, and below the 2,000."""
    settings = policy(trading=Trading(min_trade=1_500))
    given = job(held(39), LOW, HIGH, benchmark=AT_5, settings=settings)
    assert traded(rebalance_account(given)).get("AAA", 1_500) >= 1_500
    given = job(held(71), LOW, HIGH, benchmark=AT_5, settings=settings)
    assert traded(rebalance_account(given)).get("AAA", -2_001) < -2_000


def test_of_several_ranges_the_tightest_counts():
    wide = [
        rule("threshold_min", "A", value=0.1),
        rule("threshold_max", "A", value=0.5),
    ]
    tight = [
        rule("threshold_min", sector="E", value=0.2),
        rule("threshold_max", sector="E", value=0.3),
    ]
    band = band_of([*wide, *tight])
    assert band is not None
    assert (band.low, band.high) == (Fraction(1, 5), Fraction(3, 10))
    assert band.name == "threshold_max sector E"
