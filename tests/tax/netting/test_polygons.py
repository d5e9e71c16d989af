# SPDX-License-Identifier: Apache-2.0
"""The polygons cover the plane, agree with the bill and are as few as they can be."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.naive_netting import naive_bill

from di_optimizer.tax.netting import BillRules, marginal_rates, polygons, tax_bill

PLAIN = BillRules(
    short_rate=Fraction("0.4"),
    long_rate=Fraction("0.2"),
    ordinary_rate=Fraction("0.35"),
    limit=Fraction(3),
    carry_short=Fraction("0.15"),
    carry_long=Fraction("0.1"),
)
RATES = st.sampled_from(
    [Fraction(0), Fraction("0.1"), Fraction("0.2"), Fraction("0.4")]
)
POINTS = st.fractions(-9, 9, max_denominator=12)


@st.composite
def often_equal_rules(draw: st.DrawFn) -> BillRules:
    """Rates from a short list, so that regions merge."""
    rates = [draw(RATES) for _ in range(3)]
    return BillRules(
        short_rate=rates[0],
        long_rate=rates[1],
        ordinary_rate=rates[2],
        limit=Fraction(draw(st.sampled_from([0, 3]))),
        carry_short=min(draw(RATES), max(rates)),
        carry_long=min(draw(RATES), max(rates)),
    )


@given(short=POINTS, long=POINTS, rules=often_equal_rules())
def test_regions_cover_the_plane_and_tell_the_bill(
    short: Fraction, long: Fraction, rules: BillRules
) -> None:
    holding = [region for region in polygons(rules) if region.holds(short, long)]
    bill = tax_bill(short, long, rules)
    assert holding
    assert {region.bill(short, long) for region in holding} == {bill}


def on_the_lines(limit: int) -> Iterator[tuple[Fraction, Fraction]]:
    """Points on, beside and at the crossings of every kink line."""
    near = [
        Fraction(0),
        Fraction(1, 1000),
        Fraction(-1, 1000),
        Fraction(5),
        Fraction(-5),
    ]
    for t, off in product([Fraction(x) for x in range(-8, 9)], near):
        yield from ((off, t), (t, off), (t, off - t), (t, off - t - limit))
        yield from ((off - limit, t), (t, off - limit))


def test_regions_agree_on_every_border() -> None:
    regions = polygons(PLAIN)
    shared = 0
    for short, long in on_the_lines(3):
        holding = [region for region in regions if region.holds(short, long)]
        shared += len(holding) > 1
        assert {r.bill(short, long) for r in holding} == {tax_bill(short, long, PLAIN)}
    assert shared > 100  # the points do reach borders


@given(short=POINTS, long=POINTS, rules=often_equal_rules())
def test_regions_overlap_on_borders_only(
    short: Fraction, long: Fraction, rules: BillRules
) -> None:
    """A point inside two regions would make the search do work twice."""
    inside = [
        region.name
        for region in polygons(rules)
        if all(a * short + b * long > c for a, b, c in region.limits)
    ]
    assert len(inside) <= 1


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        pytest.param({}, 7, id="all rates differ"),
        pytest.param({"carry_short": Fraction("0.1")}, 5, id="carry values equal"),
        pytest.param({"long_rate": Fraction("0.4")}, 5, id="rates equal"),
        pytest.param({"limit": Fraction(0)}, 6, id="no deduction"),
        pytest.param(
            {"long_rate": Fraction("0.4"), "carry_short": Fraction("0.1")},
            3,
            id="bands",
        ),
        pytest.param(
            {"long_rate": Fraction("0.4"), "ordinary_rate": Fraction("0.4")},
            4,
            id="one saving",
        ),
        pytest.param(
            {"carry_short": Fraction("0.35"), "carry_long": Fraction("0.35")},
            4,
            id="carry in full",
        ),
        pytest.param(
            {
                name: Fraction("0.2")
                for name in ("short_rate", "ordinary_rate", "carry_short", "carry_long")
            },
            1,
            id="flat",
        ),
    ],
)
def test_as_few_regions_as_the_rates_allow(
    changes: dict[str, Fraction], count: int
) -> None:
    rules = replace(PLAIN, **changes)
    found = polygons(rules)
    assert len(found) == count
    for s, l in product(range(-7, 8), repeat=2):  # noqa: E741
        holding = [r for r in found if r.holds(Fraction(s), Fraction(l))]
        assert {r.bill(Fraction(s), Fraction(l)) for r in holding} == {
            naive_bill(s, l, rules)
        }


def test_limits_are_the_known_lines() -> None:
    """S = 0, L = 0, S + L = 0, S + L = −limit and S = −limit; nothing else."""
    lines = {
        (a, b, c) if (a, b) > (0, 0) else (-a, -b, -c)
        for region in polygons(PLAIN)
        for a, b, c in region.limits
    }
    assert lines == {(1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 1, -3), (1, 0, -3)}


@pytest.mark.parametrize(
    ("short", "long", "name"),
    [
        (5, 5, "gains in both"),
        (-2, 5, "short losses cross-net long gains"),
        (5, -2, "long losses cross-net short gains"),
        (-5, 3, "net loss within the limit"),
        (3, -5, "net loss within the limit"),
        (-1, -1, "net loss within the limit"),
        (-9, 1, "short losses above the limit, long gains used up"),
        (-9, -1, "short losses above the limit, long losses carried"),
        (-1, -9, "short losses within the limit, long losses carried"),
        (1, -9, "short losses within the limit, long losses carried"),
    ],
)
def test_names_say_what_happens(short: int, long: int, name: str) -> None:
    assert [
        r.name for r in polygons(PLAIN) if r.holds(Fraction(short), Fraction(long))
    ] == [name]


@given(short=POINTS, long=POINTS, rules=often_equal_rules())
def test_marginal_rates_are_one_sided_differences(
    short: Fraction, long: Fraction, rules: BillRules
) -> None:
    step = Fraction(
        1, 10**6
    )  # kinks of points with denominators up to 12 are farther apart
    here = tax_bill(short, long, rules)
    rates = marginal_rates(short, long, rules)
    assert rates.short_up == (tax_bill(short + step, long, rules) - here) / step
    assert rates.short_down == (here - tax_bill(short - step, long, rules)) / step
    assert rates.long_up == (tax_bill(short, long + step, rules) - here) / step
    assert rates.long_down == (here - tax_bill(short, long - step, rules)) / step


def test_marginal_rates_on_a_kink_differ_by_side() -> None:
    rates = marginal_rates(Fraction(0), Fraction(0), PLAIN)
    assert (rates.short_up, rates.short_down) == (Fraction("0.4"), Fraction("0.35"))
    assert (rates.long_up, rates.long_down) == (Fraction("0.2"), Fraction("0.35"))
