# SPDX-License-Identifier: Apache-2.0
"""Rates from a profile: both sides of every threshold, sums, and what is refused."""

from dataclasses import replace
from fractions import Fraction

import pytest

from di_optimizer.errors import InputError
from di_optimizer.tax.rates import (
    NO_TAX,
    Profile,
    StateRates,
    combined,
    loss_limit,
    rates_of,
)
from di_optimizer.tax.rates.dated import STATUSES, tables

BASE = Profile(tax_year=2025, filing_status="single", taxable_income=600_000)
SIX = StateRates(
    short=Fraction("0.06"), long=Fraction("0.06"), ordinary=Fraction("0.06")
)


@pytest.mark.parametrize("year", range(2013, 2027))
@pytest.mark.parametrize("status", STATUSES)
def test_a_dollar_below_and_above_every_federal_threshold(
    year: int, status: str
) -> None:
    table = next(t for t in tables("federal") if t.covers(year))
    for kind, part in (("ordinary", "federal_short"), ("long", "federal_long")):
        scale = table.figures[kind]
        for i, threshold in enumerate(scale[status]):
            found = [
                getattr(rates_of(profile(year, status, threshold + off)), part)
                for off in (-1, 0, 1)
            ]
            low, high = scale["rates"][i : i + 2]
            assert found == [low, low, high]


def profile(year: int, status: str, income: int) -> Profile:
    return Profile(tax_year=year, filing_status=status, taxable_income=income)


@pytest.mark.parametrize(
    ("status", "threshold"),
    [
        ("single", 200_000),
        ("head_of_household", 200_000),
        ("married_joint", 250_000),
        ("surviving_spouse", 250_000),
        ("married_separate", 125_000),
    ],
)
@pytest.mark.parametrize("year", [2013, 2026])
def test_net_investment_income_tax_begins_above_its_threshold(
    status: str, threshold: int, year: int
) -> None:
    """IRC § 1411(b): amounts of 2013 that are not indexed."""
    found = [
        rates_of(profile(year, status, threshold + off)).niit for off in (-1, 0, 1)
    ]
    assert found == [0, 0, Fraction("0.038")]


def test_modified_adjusted_gross_income_decides_where_it_is_stated() -> None:
    low = Profile(tax_year=2025, filing_status="single", taxable_income=190_000)
    assert rates_of(low).niit == 0
    assert rates_of(replace(low, magi=200_001)).niit == Fraction("0.038")


@pytest.mark.parametrize(
    ("year", "status", "income", "short", "long"),
    [
        # Spot checks against the year's Form 1040 instructions and revenue procedure.
        (2013, "single", 450_000, "0.396", "0.2"),
        (2017, "married_joint", 470_700, "0.35", "0.15"),
        (2018, "head_of_household", 51_701, "0.12", "0.15"),
        (2021, "married_separate", 314_151, "0.37", "0.2"),
        (2022, "single", 539_900, "0.35", "0.2"),
        (2024, "married_joint", 94_050, "0.12", "0"),
        (2025, "single", 626_351, "0.37", "0.2"),
        (2026, "married_joint", 768_701, "0.37", "0.2"),
    ],
)
def test_federal_spot_checks(
    year: int, status: str, income: int, short: str, long: str
) -> None:
    rates = rates_of(profile(year, status, income))
    assert (rates.federal_short, rates.federal_long) == (
        Fraction(short),
        Fraction(long),
    )


def test_sums_of_parts() -> None:
    """35 + 6 and 20 + 6, then with 3.8 %."""
    parts = {
        "federal_short": Fraction("0.35"),
        "federal_long": Fraction("0.2"),
        "state": SIX,
    }
    plain = combined(**parts)
    assert (plain.short, plain.long) == (Fraction("0.41"), Fraction("0.26"))
    more = combined(**parts, niit=Fraction("0.038"))
    assert (more.short, more.long) == (Fraction("0.448"), Fraction("0.298"))


def test_the_same_sums_from_a_profile() -> None:
    rates = rates_of(replace(BASE, state_rate=0.06))
    assert (rates.short, rates.long) == (Fraction("0.448"), Fraction("0.298"))
    assert rates.ordinary == Fraction("0.41")  # no net investment income tax is saved


def test_state_from_the_table() -> None:
    california = rates_of(replace(BASE, state="CA"))
    assert (california.state_short, california.state_long) == (
        Fraction("0.133"),
        Fraction("0.133"),
    )
    assert california.short == Fraction("0.35") + Fraction("0.133") + Fraction("0.038")
    wisconsin = rates_of(replace(BASE, state="WI"))
    assert wisconsin.state_long == Fraction("0.0765") * Fraction("0.7")
    jersey = rates_of(replace(BASE, state="NJ"))
    assert (jersey.state_short, jersey.state_ordinary) == (Fraction("0.1075"), 0)
    assert jersey.ordinary == Fraction("0.35")  # the state deducts no net loss


def test_state_rates_of_one_year_are_not_those_of_the_next() -> None:
    years = [replace(BASE, tax_year=year, state="NC") for year in (2025, 2026)]
    assert [rates_of(p).state_short for p in years] == [
        Fraction("0.0425"),
        Fraction("0.0399"),
    ]


def test_a_stated_state_rate_comes_before_the_table() -> None:
    assert rates_of(replace(BASE, state="CA", state_rate=0.05)).state_long == Fraction(
        "0.05"
    )
    assert rates_of(replace(BASE, state="SC", state_rate=0)).state_long == 0


def test_a_stated_investment_rate_comes_before_the_threshold() -> None:
    assert rates_of(replace(BASE, niit_rate=0)).niit == 0
    low = replace(BASE, taxable_income=10_000, niit_rate=0.038)
    assert rates_of(low).niit == Fraction("0.038")


def test_no_state_is_no_state_tax() -> None:
    rates = rates_of(BASE)
    assert (rates.state_short, rates.state_long, rates.state_ordinary) == (0, 0, 0)


def refused(profile: Profile) -> str:
    with pytest.raises(InputError) as caught:
        rates_of(profile)
    return str(caught.value)


def test_everything_wrong_is_said_at_once() -> None:
    bad = Profile(
        tax_year=2012, filing_status="Single", taxable_income=-1, state="California"
    )
    assert refused(bad) == (
        "4 problems in the input:\n"
        "  tax profile, column 'tax_year': found 2012; allowed: 2013 to 2026."
        " Give short_rate and long_rate instead.\n"
        "  tax profile, column 'filing_status': found 'Single'; allowed: single,"
        " married_joint, married_separate, head_of_household, surviving_spouse."
        " Did you mean 'single'?\n"
        "  tax profile, column 'state': found 'California'; allowed: "
        + ", ".join(
            sorted(t.figures["state"] for t in tables("states") if t.covers(2025))
        )
        + ". Give state_rate instead.\n"
        "  tax profile, column 'taxable_income': found -1; allowed: money, at least 0"
    )


@pytest.mark.parametrize("year", [2012, 2027])
def test_years_beside_the_known_ones(year: int) -> None:
    text = refused(replace(BASE, tax_year=year))
    assert f"found {year}; allowed: 2013 to 2026" in text


def test_state_known_for_another_year() -> None:
    text = refused(replace(BASE, tax_year=2026, state="GA"))
    assert "found 'GA' in 2026; allowed: 'GA' in 2025. Give state_rate" in text
    text = refused(replace(BASE, tax_year=2024, state="CA"))
    assert "found 'CA' in 2024; allowed: 'CA' in 2025 to 2026. Give state_rate" in text


def test_state_that_could_not_be_confirmed() -> None:
    text = refused(replace(BASE, state="SC"))
    assert "found 'SC'" in text
    assert "Give state_rate instead." in text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"state_rate": 1.5}, "'state_rate': found 1.5; allowed: a number from 0"),
        ({"niit_rate": -0.1}, "'niit_rate': found -0.1; allowed: a number from 0"),
        ({"magi": 599_999}, "'magi': found 599999; allowed: at least 600000"),
        ({"taxable_income": float("inf")}, "'taxable_income': found inf"),
        ({"taxable_income": float("nan")}, "'taxable_income': found nan"),
        ({"magi": float("nan")}, "'magi': found nan"),
        ({"state_rate": float("nan")}, "'state_rate': found nan"),
    ],
)
def test_numbers_out_of_range(changes: dict[str, float], text: str) -> None:
    assert text in refused(replace(BASE, **changes))


def test_loss_limit_refuses_together() -> None:
    with pytest.raises(InputError) as caught:
        loss_limit(1986, "joint")
    assert len(caught.value.problems) == 2
    assert "found 1986; allowed: from 1987" in str(caught.value)


def test_no_tax_is_no_rate_at_all() -> None:
    assert (NO_TAX.short, NO_TAX.long, NO_TAX.ordinary) == (0, 0, 0)
