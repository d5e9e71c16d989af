# SPDX-License-Identifier: Apache-2.0
"""Weight limits: each unit system, both sides, and positions already outside."""

import dataclasses
from datetime import date, timedelta

import pytest
from support.jobs import ON, Kind, random_job

from di_optimizer.account import Restriction
from di_optimizer.policy import Bounds
from di_optimizer.program.build import build
from di_optimizer.program.limits import Weights, limits, restricted

FREE = Bounds()


def limit_pair(held: float, bounds: Bounds, *rules: Restriction, b: float = 0.04):
    found = limits(Weights(held=held, benchmark=b, most=1.0), bounds, rules, 1.0)
    return found.lower.weight, found.upper.weight


def test_long_only_and_all_of_nav_by_default() -> None:
    assert limit_pair(0.03, FREE) == (0.0, 1.0)


def test_multiple_of_the_benchmark() -> None:
    """A benchmark weight of 4 % with ±50 % gives 2 to 6 %."""
    assert limit_pair(0.04, Bounds(multiple=0.5)) == pytest.approx((0.02, 0.06))
    assert limit_pair(0.04, Bounds(multiple=3.0)) == pytest.approx((0.0, 0.16))


def test_active_and_absolute() -> None:
    assert limit_pair(0.04, Bounds(active=0.01)) == pytest.approx((0.03, 0.05))
    assert limit_pair(0.04, Bounds(minimum=0.01, maximum=0.1)) == (0.01, 0.1)


def test_the_tightest_counts() -> None:
    both = Bounds(multiple=0.5, active=0.005, maximum=0.042)
    assert limit_pair(0.04, both) == pytest.approx((0.035, 0.042))


def test_outside_a_limit_may_stay_but_not_move_out() -> None:
    below = limits(
        Weights(held=0.01, benchmark=0.04, most=1.0), Bounds(multiple=0.5), (), 1.0
    )
    assert (below.lower.weight, below.upper.weight) == (0.01, pytest.approx(0.06))
    assert below.breached == ("bounds.multiple",)
    above = limits(
        Weights(held=0.07, benchmark=0.04, most=1.0), Bounds(multiple=0.5), (), 1.0
    )
    assert (above.lower.weight, above.upper.weight) == (pytest.approx(0.02), 0.07)
    assert above.breached == ("bounds.multiple",)


def test_every_breached_limit_is_named_closed_sides_are_not() -> None:
    """A list that closes a side does not hide the limit that is broken."""
    closed = Restriction(kind="no_buy", symbol="X")
    most = Restriction(kind="max", symbol="X", value=0.05)
    weights = Weights(held=0.07, benchmark=0.04, most=1.0)
    found = limits(weights, Bounds(maximum=0.06), (closed, most), 1.0)
    assert found.breached == ("bounds.maximum", "max")
    assert limits(weights, FREE, (closed,), 1.0).breached == ()
    out = Restriction(kind="no_hold", symbol="X")
    assert limits(weights, Bounds(maximum=0.06), (out,), 1.0).breached == ()


@pytest.mark.parametrize(("excess", "outside"), [(1e-13, False), (1e-11, True)])
def test_a_rounding_error_is_not_outside(excess: float, outside: bool) -> None:
    weights = Weights(held=0.06 + excess, benchmark=0.04, most=1.0)
    found = limits(weights, Bounds(maximum=0.06), (), 1.0)
    assert (found.breached != ()) is outside
    assert found.upper.weight == 0.06 + excess


def test_on_the_limit_is_not_outside() -> None:
    found = limits(
        Weights(held=0.06, benchmark=0.04, most=1.0), Bounds(maximum=0.06), (), 1.0
    )
    assert found.breached == ()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("no_buy", (0.0, 0.03)),
        ("no_sell", (0.03, 1.0)),
        ("no_trade", (0.03, 0.03)),
        ("no_hold", (0.0, 0.0)),
    ],
)
def test_lists(kind: str, expected: tuple[float, float]) -> None:
    assert limit_pair(0.03, FREE, Restriction(kind=kind, symbol="X")) == expected


def test_no_hold_that_may_not_be_sold_stays() -> None:
    rules = (
        Restriction(kind="no_hold", symbol="X"),
        Restriction(kind="no_sell", symbol="X"),
    )
    assert limit_pair(0.03, FREE, *rules) == (0.03, 0.03)


def test_min_and_max() -> None:
    low = Restriction(kind="min", symbol="X", value=0.02)
    high = Restriction(kind="max", symbol="X", value=0.05)
    assert limit_pair(0.03, FREE, low, high) == (0.02, 0.05)


@pytest.mark.parametrize(
    ("on", "active"),
    [(-1, False), (0, True), (5, True), (10, True), (11, False)],
)
def test_dates_of_a_restriction_are_inclusive(on: int, active: bool) -> None:
    start = date(2024, 3, 1)
    rule = Restriction(
        kind="no_buy", symbol="X", start=start, end=start + timedelta(days=10)
    )
    assert rule.active(start + timedelta(days=on)) is active


def test_sector_rule_reaches_every_symbol_of_the_sector() -> None:
    job = random_job(0, Kind(securities=9))
    rule = Restriction(kind="no_buy", sector="Energy")
    account = dataclasses.replace(job.account, restrictions=(rule,))
    assert sorted(restricted(account, job.market)) == ["S00", "S03", "S06"]


def test_wider_multiple_never_narrows() -> None:
    for held in (0.0, 0.02, 0.09):
        last = (1.0, 0.0)
        for k in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 2.0):
            low, high = limit_pair(held, Bounds(multiple=k))
            assert low <= last[0]
            assert high >= last[1]
            last = (low, high)


def test_program_limits_carry_the_security_and_the_source() -> None:
    job = random_job(3, Kind(securities=6))
    rule = Restriction(kind="no_buy", symbol="S01", source="rules.csv, row 4")
    account = dataclasses.replace(job.account, restrictions=(rule,))
    policy = dataclasses.replace(job.policy, bounds=FREE)
    built = build(dataclasses.replace(job, account=account, policy=policy))
    assert built.program.upper_name[1] == "no_buy (rules.csv, row 4) on S01"
    assert built.program.upper_name[0] == ""
    assert job.on == ON
