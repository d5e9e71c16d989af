# SPDX-License-Identifier: Apache-2.0
"""The bill of the year in fractions of base, and budgets of what is realised."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wash import PERSON, account, ira, job, lot, policy, trade

from di_optimizer.errors import InputError
from di_optimizer.policy import Budget, Harvest, Taxes
from di_optimizer.program.bill import fraction_of
from di_optimizer.program.build import build
from di_optimizer.tax.term import Term

YEAR = replace(PERSON, tax_year=2024, filing_status="single")
LOTS = (lot("1", "AAA", 400, 80), lot("2", "BBB", 90, 130), lot("3", "CCC", 90, 60))


def built(person=YEAR, owner=account, related=(), planned=None, **taxes):
    rules = policy(taxes=Taxes(**taxes))
    holder = owner("A", *LOTS, taxpayer=person)
    return build(job(holder, policy=rules, related=related, planned=planned or {}))


# --- which bill --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bill", "year", "nets"),
    [
        ("auto", 2024, True),
        ("auto", None, False),
        ("netting", None, True),
        ("netting", 2024, True),
        ("flat", 2024, False),
    ],
)
def test_when_gains_are_netted(bill, year, nets):
    found = built(replace(YEAR, tax_year=year), bill=bill)
    assert (found.program.netting is not None) is nets
    assert (found.year is not None) is nets


def test_untaxed_accounts_and_people_have_no_bill():
    assert built(owner=ira).program.netting is None
    free = replace(YEAR, short_rate=0.0, long_rate=0.0)
    assert built(free, bill="netting").program.netting is None
    assert built(replace(free, ordinary_rate=0.1)).program.netting is not None


def test_a_bill_without_filing_status_is_refused():
    nobody = replace(YEAR, filing_status=None)
    for bill in ("auto", "netting"):
        with pytest.raises(InputError) as caught:
            built(nobody, bill=bill)
        assert str(caught.value.problems[0]) == (
            "taxpayer 'T', column 'filing_status': found blank, where the bill of the "
            "year is wanted; allowed: single, married_joint, married_separate, "
            'head_of_household, surviving_spouse. Or set taxes.bill = "flat" in the '
            "policy."
        )
    assert built(nobody, bill="flat").program.netting is None


def test_rates_of_the_bill():
    assert built().year.rules.ordinary_rate == Fraction("0.4")
    rules = built(replace(YEAR, ordinary_rate=0.35), carry_value=0.25).year.rules
    assert rules.ordinary_rate == Fraction("0.35")
    assert (rules.carry_short, rules.carry_long) == (Fraction("0.1"), Fraction("0.05"))
    assert rules.limit == 3000
    apart = built(replace(YEAR, filing_status="married_separate")).year.rules
    assert apart.limit == 1500


# --- in fractions ------------------------------------------------------------------

MONEY = st.integers(-20_000_00, 20_000_00).map(lambda c: Decimal(c) / 100)
CARRY = st.integers(0, 9_000_00).map(lambda c: Decimal(c) / 100)
PEOPLE = st.builds(
    replace,
    st.just(YEAR),
    realised_short=MONEY,
    realised_long=MONEY,
    carry_short=CARRY,
    carry_long=CARRY,
    expected_short=MONEY,
    expected_long=MONEY,
)


@given(PEOPLE, MONEY, MONEY, st.sampled_from([0.0, 0.5, 1.0]))
@settings(max_examples=60, deadline=None)
def test_the_bill_in_fractions_is_the_bill_in_money(person, short, long, carry):
    found = built(person, carry_value=carry)
    exact = float(found.year.change(Fraction(short), Fraction(long)))
    base = float(found.base)
    bill = found.program.netting.bill(float(short) / base, float(long) / base) * base
    size = max(abs(float(short)), abs(float(long)), abs(exact), 30_000.0)
    assert bill == pytest.approx(exact, abs=1e-9 * size)
    assert found.program.netting.bill(0.0, 0.0) == pytest.approx(0.0, abs=1e-9)


def test_the_totals_before_the_run():
    person = replace(
        YEAR,
        realised_short=Decimal(100),
        expected_short=Decimal(30),
        carry_short=Decimal(50),
        realised_long=Decimal(-40),
        carry_long=Decimal(1),
    )
    found = built(person)
    base = float(found.base)
    assert found.program.netting.short * base == pytest.approx(80.0)
    assert found.program.netting.long * base == pytest.approx(-41.0)


def test_planned_trades_of_taxable_accounts_are_realised_already():
    sales = (
        trade("B", "sell", "AAA", realised_gain=Decimal(-70), disallowed=Decimal(20)),
        trade("B", "sell", "BBB", realised_gain=Decimal(9), term=Term.LONG),
        trade("B", "buy", "CCC"),
    )
    plans = {"B": sales, "R": (trade("R", "sell", "AAA", realised_gain=Decimal(-7)),)}
    related = (account("B", taxpayer=YEAR), ira("R", taxpayer=YEAR))
    found = built(related=related, planned=plans)
    assert found.year.figures.realised_short == -50
    assert found.year.figures.realised_long == 9
    assert built(related=related).year.figures.realised_short == 0


def test_a_flat_tax_and_a_bill_far_above_zero_agree():
    """Where both totals are large gains the bill taxes each term at its rate."""
    rich = replace(YEAR, realised_short=Decimal(10**6), realised_long=Decimal(10**6))
    netted, flat = built(rich).program, built(bill="flat").program
    buys, sells = np.zeros(4), flat.lots.weight * 0.5
    assert netted.tax(buys, sells) == pytest.approx(flat.tax(buys, sells), rel=1e-9)


def test_the_way_from_exact_to_float_rounds_once():
    assert fraction_of(Fraction(1, 3), Decimal("0.1")) == 10 / 3


# --- budgets -----------------------------------------------------------------------

# base 4,000 (3 lots of 1,000 and cash); long gain 200, short loss 300, short gain 400


@pytest.mark.parametrize(
    ("measure", "term", "wanted"),
    [
        ("net", "total", {"1": 200, "2": -300, "3": 400}),
        ("net", "short", {"2": -300, "3": 400}),
        ("net", "long", {"1": 200}),
        ("gain", "total", {"1": 200, "3": 400}),
        ("gain", "short", {"3": 400}),
        ("loss", "total", {"2": 300}),
        ("loss", "long", {}),
    ],
)
def test_what_a_budget_measures(measure, term, wanted):
    found = built(PERSON, budgets=(Budget(measure=measure, term=term, maximum=100),))
    cash, row = found.program.rows
    assert cash.name == "cash"
    assert row.name == f"taxes.budgets[1] ({term} {measure})"
    assert (row.upper, row.lower) == (100 / 4000, -np.inf)
    assert (row.upper_name, row.lower_name) == (
        f"{row.name} maximum",
        f"{row.name} minimum",
    )
    for number, held in enumerate(found.lots):
        sells = np.zeros(3)
        sells[number] = found.program.lots.weight[number]
        money = found.program.row_value(row, np.zeros(4), sells) * 4000
        assert money == pytest.approx(wanted.get(held.lot_id, 0.0))
    assert not np.any(row.buy)


def test_budgets_are_numbered_and_count_true_gains():
    budgets = (Budget(maximum=100), Budget(measure="loss", minimum=5, maximum=5))
    rules = policy(taxes=Taxes(budgets=budgets), harvest=Harvest(minimum_loss=5000))
    found = build(job(account("A", *LOTS), policy=rules))
    first, second = found.program.rows[1:]
    assert (first.name, second.name) == (
        "taxes.budgets[1] (total net)",
        "taxes.budgets[2] (total loss)",
    )
    assert second.lower == second.upper == 5 / 4000
    assert found.program.lots.gain[1] == 0.0
    assert second.sell[1] == pytest.approx(0.3)


def test_a_budget_of_the_year_starts_from_what_is_realised():
    person = replace(PERSON, realised_short=Decimal(120), realised_long=Decimal(-20))
    plans = {"B": (trade("B", "sell", "AAA", realised_gain=Decimal(-40)),)}
    for term, start in (("short", 80), ("long", -20), ("total", 60)):
        budget = Budget(term=term, maximum=100, period="year")
        related = (account("B"),)
        found = built(person, related=related, planned=plans, budgets=(budget,))
        assert found.program.rows[1].offset * 4000 == pytest.approx(start)
        run = replace(budget, period="run")
        assert built(person, budgets=(run,)).program.rows[1].offset == 0.0


def test_untaxed_accounts_have_no_budget():
    assert len(built(PERSON, owner=ira, budgets=(Budget(maximum=0),)).program.rows) == 1
