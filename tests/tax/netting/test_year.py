# SPDX-License-Identifier: Apache-2.0
"""Scenarios of a year: figures so far, losses carried in, gains still expected."""

from fractions import Fraction

import pytest

from di_optimizer.errors import InputError
from di_optimizer.tax.netting import (
    BillRules,
    YearFigures,
    carried,
    marginal_rates,
    tax_bill,
)

RULES = BillRules.of(
    short_rate=0.408,
    long_rate=0.238,
    ordinary_rate=0.37,
    filing_status="single",
    tax_year=2025,
    carry_value=0.5,
)


def saved(year: YearFigures, short: int = 0, long: int = 0) -> Fraction:
    """What a run's gains (negative: losses) take off the bill."""
    before = tax_bill(*year.totals(), RULES)
    return before - tax_bill(*year.totals(Fraction(short), Fraction(long)), RULES)


def test_totals_add_realised_expected_and_the_run_less_carry() -> None:
    year = YearFigures(
        realised_short=Fraction(100),
        realised_long=Fraction(-20),
        carry_short=Fraction(7),
        carry_long=Fraction(50),
        expected_short=Fraction(11),
        expected_long=Fraction(400),
    )
    assert year.totals() == (104, 330)
    assert year.totals(short=Fraction(-4), long=Fraction(1)) == (100, 331)


def test_losses_carried_in_have_no_sign() -> None:
    with pytest.raises(InputError) as caught:
        YearFigures(carry_short=Fraction(-5), carry_long=Fraction(-1, 2))
    assert str(caught.value) == (
        "2 problems in the input:\n"
        "  year figures, column 'carry_short': found -5; allowed: at least 0."
        " A loss carried in is written without its sign.\n"
        "  year figures, column 'carry_long': found -0.5; allowed: at least 0."
        " A loss carried in is written without its sign."
    )


def test_gains_are_free_until_the_losses_of_the_year_run_out() -> None:
    """10,000 of short-term losses so far; 7,000 would be carried at half its rate."""
    year = YearFigures(realised_short=Fraction(-10_000))
    assert -saved(year, long=7_000) == Fraction("0.204") * 7_000
    assert -saved(year, long=7_001) == Fraction("0.204") * 7_000 + Fraction("0.37")
    assert (
        -saved(year, long=10_000)
        == Fraction("0.204") * 7_000 + Fraction("0.37") * 3_000
    )
    last_free = -saved(year, long=10_000)
    assert -saved(year, long=10_001) == last_free + Fraction("0.238")
    assert -saved(year, short=10_001) == last_free + Fraction("0.408")


def test_both_sides_of_the_point_where_losses_of_the_year_run_out() -> None:
    year = YearFigures(realised_short=Fraction(-10_000))
    before = marginal_rates(*year.totals(long=Fraction(9_999)), RULES)
    at = marginal_rates(*year.totals(long=Fraction(10_000)), RULES)
    after = marginal_rates(*year.totals(long=Fraction(10_001)), RULES)
    assert (before.long_up, at.long_down) == (Fraction("0.37"), Fraction("0.37"))
    assert (at.long_up, after.long_down) == (Fraction("0.238"), Fraction("0.238"))


def test_a_schedule_of_gains_gives_losses_their_value_and_then_no_more() -> None:
    """40,000 of long-term gains a year, 23.8 %: 9,520 can be saved; beyond the
    deduction a loss is worth the carry only."""
    year = YearFigures(expected_long=Fraction(40_000))
    assert saved(year, long=-40_000) == 9_520
    assert saved(year, short=-40_000) == 9_520

    def value(loss: int) -> Fraction:
        return marginal_rates(*year.totals(long=Fraction(-loss)), RULES).long_down

    assert [value(loss) for loss in (0, 39_999)] == [Fraction("0.238")] * 2
    assert [value(loss) for loss in (40_000, 42_999)] == [Fraction("0.37")] * 2
    assert [value(loss) for loss in (43_000, 90_000)] == [Fraction("0.119")] * 2


def test_the_schedule_without_a_deduction_drops_straight_to_the_carry_value() -> None:
    rules = BillRules(
        short_rate=Fraction("0.408"),
        long_rate=Fraction("0.238"),
        ordinary_rate=Fraction(0),
        limit=Fraction(0),
        carry_short=Fraction("0.204"),
        carry_long=Fraction("0.119"),
    )
    year = YearFigures(expected_long=Fraction(40_000))
    values = [
        marginal_rates(*year.totals(long=Fraction(-loss)), rules).long_down
        for loss in (39_999, 40_000)
    ]
    assert values == [Fraction("0.238"), Fraction("0.119")]


def test_losses_carried_in_meet_the_gains_of_their_character_first() -> None:
    """A short-term carry saves the short-term rate while there are such gains."""
    gains = {"realised_short": Fraction(8_000), "realised_long": Fraction(8_000)}
    without = tax_bill(*YearFigures(**gains).totals(), RULES)
    short = tax_bill(*YearFigures(**gains, carry_short=Fraction(5_000)).totals(), RULES)
    long = tax_bill(*YearFigures(**gains, carry_long=Fraction(5_000)).totals(), RULES)
    assert (without - short, without - long) == (2_040, 1_190)


def test_carry_of_one_year_is_the_carry_in_of_the_next() -> None:
    """Three years of 1,000 long-term gains wear off 12,000 of losses."""
    first = YearFigures(
        realised_short=Fraction(-2_000), realised_long=Fraction(-10_000)
    )
    carry = carried(*first.totals(), RULES)
    left = [carry]
    for _ in range(3):
        year = YearFigures(
            realised_long=Fraction(1_000), carry_short=carry[0], carry_long=carry[1]
        )
        carry = carried(*year.totals(), RULES)
        left.append(carry)
    assert left == [(0, 9_000), (0, 5_000), (0, 1_000), (0, 0)]


def test_taxpayer_with_no_gains_gets_the_deduction_at_the_ordinary_rate() -> None:
    assert saved(YearFigures(), long=-3_000) == Fraction("0.37") * 3_000
    assert saved(YearFigures(), long=-3_001) == Fraction("0.37") * 3_000 + Fraction(
        "0.119"
    )


def rule_problems(**values: Fraction) -> str:
    sound = {
        "short_rate": Fraction("0.4"),
        "long_rate": Fraction("0.2"),
        "ordinary_rate": Fraction("0.3"),
        "limit": Fraction(3000),
        "carry_short": Fraction("0.2"),
        "carry_long": Fraction("0.1"),
    }
    with pytest.raises(InputError) as caught:
        BillRules(**(sound | values))
    return str(caught.value)


def test_rules_outside_their_range_are_refused_together() -> None:
    text = rule_problems(
        short_rate=Fraction(2), long_rate=Fraction("-0.1"), limit=Fraction(-1)
    )
    assert text == (
        "3 problems in the input:\n"
        "  tax rules, column 'short_rate': found 2; allowed: a number from 0 to 1\n"
        "  tax rules, column 'long_rate': found -0.1; allowed: a number from 0 to 1\n"
        "  tax rules, column 'limit': found -1; allowed: at least 0"
    )


def test_a_carried_dollar_is_worth_at_most_the_highest_rate() -> None:
    assert "'carry_long': found 0.41; allowed: at most 0.4" in rule_problems(
        carry_long=Fraction("0.41")
    )
    BillRules(
        short_rate=Fraction("0.4"),
        long_rate=Fraction("0.2"),
        ordinary_rate=Fraction("0.3"),
        limit=Fraction(0),
        carry_short=Fraction("0.4"),
        carry_long=Fraction("0.4"),  # above the rate of its character, at the highest
    )


def test_carry_value_is_a_part_of_the_rate() -> None:
    with pytest.raises(InputError, match=r"'carry_value': found 80; allowed: a num"):
        BillRules.of(
            short_rate=0.4,
            long_rate=0.2,
            ordinary_rate=0.3,
            filing_status="single",
            tax_year=2025,
            carry_value=80,
        )
    assert (RULES.carry_short, RULES.carry_long) == (
        Fraction("0.204"),
        Fraction("0.119"),
    )


def test_unknown_status_and_year_are_named() -> None:
    with pytest.raises(InputError) as caught:
        BillRules.of(
            short_rate=0.4,
            long_rate=0.2,
            ordinary_rate=0.3,
            filing_status="maried_joint",
            tax_year=1986,
            carry_value=1,
        )
    assert "found 1986; allowed: from 1987" in str(caught.value)
    assert "Did you mean 'married_joint'?" in str(caught.value)
