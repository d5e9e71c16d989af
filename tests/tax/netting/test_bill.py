# SPDX-License-Identifier: Apache-2.0
"""The bill in every quadrant and on both sides of every kink, against plain steps."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.naive_netting import naive_bill, schedule_d_carryover, settle

from di_optimizer.tax.netting import BillRules, carried, deducted, tax_bill

DISTINCT = BillRules(
    short_rate=Fraction("0.408"),
    long_rate=Fraction("0.238"),
    ordinary_rate=Fraction("0.37"),
    limit=Fraction(3),
    carry_short=Fraction("0.2"),
    carry_long=Fraction("0.11"),
)
UNITS = st.integers(0, 20).map(lambda n: Fraction(n, 20))
TOTALS = st.integers(-12, 12)


@st.composite
def any_rules(draw: st.DrawFn) -> BillRules:
    short, long, ordinary = draw(UNITS), draw(UNITS), draw(UNITS)
    highest = max(short, long, ordinary)
    return BillRules(
        short_rate=short,
        long_rate=long,
        ordinary_rate=ordinary,
        limit=Fraction(draw(st.integers(0, 4))),
        carry_short=highest * draw(UNITS),
        carry_long=highest * draw(UNITS),
    )


def test_whole_grid_agrees_with_dollar_by_dollar() -> None:
    grid = range(-9, 10)
    wrong = [
        (s, l)
        for s in grid
        for l in grid  # noqa: E741
        if tax_bill(Fraction(s), Fraction(l), DISTINCT) != naive_bill(s, l, DISTINCT)
    ]
    assert wrong == []


@given(short=TOTALS, long=TOTALS, rules=any_rules())
def test_any_rules_agree_with_dollar_by_dollar(
    short: int, long: int, rules: BillRules
) -> None:
    assert tax_bill(Fraction(short), Fraction(long), rules) == naive_bill(
        short, long, rules
    )


@given(short=TOTALS, long=TOTALS, limit=st.integers(0, 6))
def test_carry_is_the_worksheet_and_the_piles(short: int, long: int, limit: int):
    rules = BillRules(
        short_rate=Fraction("0.4"),
        long_rate=Fraction("0.2"),
        ordinary_rate=Fraction("0.3"),
        limit=Fraction(limit),
        carry_short=Fraction(0),
        carry_long=Fraction(0),
    )
    heap = settle(short, long, limit)
    line_21 = int(deducted(Fraction(short), Fraction(long), rules))
    assert line_21 == heap["deducted"]
    assert carried(Fraction(short), Fraction(long), rules) == (
        heap["short loss"],
        heap["long loss"],
    )
    assert carried(Fraction(short), Fraction(long), rules) == schedule_d_carryover(
        short, long, line_21
    )


@pytest.mark.parametrize(
    ("short", "long", "carry"),
    [
        # Publication 550, "Figuring your carryover": short-term losses are used
        # first, even if they were incurred after a long-term one; what they do not
        # fill of the limit is taken from the long-term loss.
        pytest.param(-7000, 0, (4000, 0), id="short alone"),
        pytest.param(0, -7000, (0, 4000), id="long alone"),
        pytest.param(-1000, -6000, (0, 4000), id="short within the limit"),
        pytest.param(-3000, -6000, (0, 6000), id="short exactly the limit"),
        pytest.param(-3001, -6000, (1, 6000), id="a dollar above the limit"),
        pytest.param(-10_000, 4000, (3000, 0), id="long gain used up"),
        pytest.param(2000, -10_000, (0, 5000), id="short gain used up"),
        pytest.param(-3000, 0, (0, 0), id="the limit, nothing left"),
        pytest.param(-10_000, 10_000, (0, 0), id="nothing net"),
    ],
)
def test_worked_carryovers(short: int, long: int, carry: tuple[int, int]) -> None:
    rules = of_year("single")
    assert carried(Fraction(short), Fraction(long), rules) == carry


def test_married_filing_separately_deducts_half() -> None:
    """IRC § 1211(b)(1): 3,000, or 1,500 of a married individual's separate return."""
    joint, separate = of_year("married_joint"), of_year("married_separate")
    loss = (Fraction(0), Fraction(-5000))
    assert (deducted(*loss, joint), deducted(*loss, separate)) == (3000, 1500)
    assert (carried(*loss, joint), carried(*loss, separate)) == ((0, 2000), (0, 3500))


@given(short=TOTALS, long=TOTALS, rules=any_rules())
def test_bill_never_falls_and_never_jumps(
    short: int, long: int, rules: BillRules
) -> None:
    here = tax_bill(Fraction(short), Fraction(long), rules)
    highest = max(rules.short_rate, rules.long_rate, rules.ordinary_rate)
    for step in (Fraction(1), Fraction(1, 7), Fraction(1, 10**9)):
        for more in (
            (Fraction(short) + step, Fraction(long)),
            (Fraction(short), Fraction(long) + step),
        ):
            rise = tax_bill(*more, rules) - here
            assert 0 <= rise <= highest * step


@given(short=TOTALS, long=TOTALS, rules=any_rules())
def test_every_dollar_of_loss_is_used_once(
    short: int, long: int, rules: BillRules
) -> None:
    net_loss = max(Fraction(0), -Fraction(short + long))
    used = deducted(Fraction(short), Fraction(long), rules) + sum(
        carried(Fraction(short), Fraction(long), rules)
    )
    assert used == net_loss


@given(
    short=TOTALS, long=TOTALS, rules=any_rules(), scale=st.fractions(Fraction(1, 9), 9)
)
def test_bill_scales_with_money(
    short: int, long: int, rules: BillRules, scale: Fraction
) -> None:
    scaled = BillRules(
        short_rate=rules.short_rate,
        long_rate=rules.long_rate,
        ordinary_rate=rules.ordinary_rate,
        limit=rules.limit * scale,
        carry_short=rules.carry_short,
        carry_long=rules.carry_long,
    )
    big = tax_bill(Fraction(short) * scale, Fraction(long) * scale, scaled)
    assert big == scale * tax_bill(Fraction(short), Fraction(long), rules)


def of_year(filing_status: str) -> BillRules:
    return BillRules.of(
        short_rate=0.37,
        long_rate=0.2,
        ordinary_rate=0.37,
        filing_status=filing_status,
        tax_year=2025,
        carry_value=0.5,
    )
