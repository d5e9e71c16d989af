# SPDX-License-Identifier: Apache-2.0
"""What cash has to be, from balances alone: E2 to E6, E8, E20."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from di_optimizer.cash_aim import Buffer, Wish, aim_of, to_raise, usable

ZERO = Decimal(0)
TEN = Decimal(10)
PLAIN = Wish(minimum=ZERO, maximum=Decimal("0.01"))
ALONE = replace(PLAIN, only_cash=True)
NAV = Decimal(1000)


def part(text: str) -> Buffer:
    return Buffer(part=Decimal(text), amount=TEN)


@pytest.mark.parametrize(("p", "raised"), [("0.02", 110), ("0.20", 120)])
def test_a_negative_balance_is_raised_with_its_buffer(p, raised):
    """E3: |b| + max(p |b|, a); at 2 % the 10 counts, at 20 % the part."""
    assert to_raise(Decimal(100), part(p)) == raised


@pytest.mark.parametrize(("p", "used"), [("0.02", 90), ("0.20", 80)])
def test_a_positive_balance_is_used_without_its_buffer(p, used):
    """E4: b − max(p b, a)."""
    assert usable(Decimal(100), part(p)) == used


@pytest.mark.parametrize(("balance", "used"), [(11, 1), (10, 0), (9, 0), (0, 0)])
def test_what_is_usable_is_never_below_0(balance, used):
    assert usable(Decimal(balance), part("0.02")) == used


def test_either_buffer_may_be_none():
    """E5: the larger of the two, None is 0."""
    hundred = Decimal(100)
    assert Buffer().of(hundred) == 0
    assert Buffer(part=Decimal("0.05")).of(hundred) == 5
    assert Buffer(amount=TEN).of(hundred) == 10
    assert Buffer(part=Decimal("0.1"), amount=TEN).of(hundred) == 10
    assert not Buffer(part=ZERO)


@pytest.mark.parametrize(
    ("cash", "state", "low"),
    [
        ("5", "inside", "0"),
        ("10", "inside", "0"),
        ("10.01", "surplus", "0"),
        ("15", "surplus", "0"),
        ("0", "inside", "0"),
        ("-0.01", "short", "0"),
    ],
)
def test_outside_of_its_range_cash_returns_to_its_target(cash, state, low):
    """E2: 0 to 10 is allowed, 0 is wanted; both ends are inside."""
    aim = aim_of(Decimal(cash), NAV, ALONE)
    assert (aim.state, aim.low) == (state, Decimal(low))
    assert aim.high == (aim.low if state != "inside" else 10)


def test_back_to_the_target_and_not_to_the_band_edge():
    wish = replace(ALONE, minimum=Decimal("0.01"), maximum=Decimal("0.05"))
    wish = replace(wish, target=Decimal("0.03"))
    for cash in (9, 51):
        aim = aim_of(Decimal(cash), NAV, wish)
        assert (aim.low, aim.high) == (30, 30)


def test_buffers_count_from_the_target():
    wish = replace(ALONE, target=Decimal("0.005"), extra=part("0.2"), keep=part("0.2"))
    short = aim_of(Decimal(-95), NAV, wish)
    assert short.low == 5 + 20  # 100 are short
    over = aim_of(Decimal(105), NAV, wish)
    assert over.low == 5 + 20  # 100 too much, 80 are used
    assert aim_of(Decimal("13"), NAV, wish).low == Decimal(13)  # 8 − 10 is nothing


def test_a_rebalance_of_everything_leaves_the_target():
    """E6: 1 % of 1000; the maximum still holds where it is the larger one."""
    wish = replace(PLAIN, target=Decimal("0.01"))
    aim = aim_of(Decimal(300), NAV, wish)
    assert (aim.low, aim.high) == (10, Decimal("10.1"))
    wide = aim_of(Decimal(300), NAV, replace(wish, maximum=Decimal("0.02")))
    assert (wide.low, wide.high) == (10, 20)


@pytest.mark.parametrize(
    ("floor", "least", "name"),
    [("19.99", 20, "cash.minimum"), ("20.01", Decimal("20.01"), "cash.floor")],
)
def test_the_larger_of_minimum_and_floor(floor, least, name):
    """E20: 2 % of 1000, or money."""
    wish = Wish(minimum=Decimal("0.02"), maximum=Decimal("0.05"), floor=Decimal(floor))
    aim = aim_of(Decimal(500), NAV, wish)
    assert (aim.least, aim.low, aim.low_name) == (least, least, name)


money = st.integers(-500_000, 500_000).map(lambda n: Decimal(n).scaleb(-2))
parts = st.integers(0, 100).map(lambda n: Decimal(n).scaleb(-2))


@given(money, parts, parts, parts, money, st.booleans())
def test_ends_are_in_order(cash, one, other, share, amount, only):
    """Nothing is raised beyond its buffer, and nothing bought that is not there."""
    buffer = Buffer(part=share, amount=abs(amount))
    wish = Wish(
        minimum=min(one, other),
        maximum=max(one, other),
        extra=buffer,
        keep=buffer,
        only_cash=only,
    )
    aim = aim_of(cash, NAV, wish)
    assert aim.least <= aim.low <= aim.high <= aim.most or aim.low > aim.most - 1
    if cash > aim.target:
        assert aim.low <= max(cash, aim.least)
    if cash < aim.least:
        short = aim.target - cash
        assert aim.low >= cash + short + buffer.of(short)
