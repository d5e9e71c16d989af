# SPDX-License-Identifier: Apache-2.0
"""Basis and dates by origin, each with its rule."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.holdings import holding, numbers

from di_optimizer.tables import TABLES
from di_optimizer.tax import gifts, origins
from di_optimizer.tax.gifts import Gift, gift_gain
from di_optimizer.tax.holding import Holding
from di_optimizer.tax.origins import Arrival, Origin, SpinOff
from di_optimizer.tax.term import Term, long_term_from, term

GIVEN = date(2024, 3, 1)
DONOR = date(2015, 6, 1)
ARRIVAL = Arrival(
    account="A", lot_id="7", symbol="AAA", shares=Fraction(10), on=GIVEN, sleeve="core"
)
# Publication 551, "Property Received as a Gift": worth 8,000, donor's basis 10,000.
GIFT = Gift(
    shares=Fraction(10),
    donor_basis=Fraction(10_000),
    fair_value=Fraction(8_000),
    donor_start=DONOR,
    on=GIVEN,
)


def test_a_purchase_has_its_cost_and_its_date():
    assert origins.purchased(ARRIVAL, Fraction(1000)) == Holding(
        account="A",
        lot_id="7",
        symbol="AAA",
        shares=Fraction(10),
        cost_basis=Fraction(1000),
        acquired=GIVEN,
        holding_start=GIVEN,
        purchase="7",
        origin="purchase",
        sleeve="core",
    )


def test_origins_are_those_of_the_lots_table():
    assert TABLES["lots"].column("origin").choices == tuple(Origin)


def test_restricted_stock_units_start_at_the_vest_with_its_value():
    lot = origins.vested(ARRIVAL, Fraction(1234))
    start = origins.purchased(ARRIVAL, Fraction(1234))
    assert lot == replace(start, origin="rsu")
    assert term(lot.holding_start, date(2025, 3, 1)) is Term.SHORT
    assert term(lot.holding_start, date(2025, 3, 2)) is Term.LONG


def test_a_gift_has_the_donors_basis_and_dates():
    lot = gifts.given(ARRIVAL, GIFT)
    assert (lot.cost_basis, lot.acquired, lot.origin) == (10_000, GIVEN, "gift")
    assert lot.holding_start == DONOR


@pytest.mark.parametrize(
    ("proceeds", "gain", "basis", "start"),
    [
        (12_000, 2_000, 10_000, DONOR),  # a gain: the donor's basis
        (10_000, 0, 10_000, DONOR),
        (9_000, 0, 9_000, DONOR),  # neither gain nor loss
        (8_000, 0, 8_000, DONOR),
        (7_000, -1_000, 8_000, GIVEN),  # a loss: the value on the day of the gift
    ],
)
def test_a_gift_worth_less_than_its_basis_has_two(proceeds, gain, basis, start):
    sale = gift_gain(GIFT, Fraction(10), Fraction(proceeds))
    assert (sale.gain, sale.cost_basis, sale.holding_start) == (gain, basis, start)


def test_a_loss_from_the_value_at_the_gift_is_short_within_a_year_of_it():
    loss = gift_gain(GIFT, Fraction(5), Fraction(3_000))
    gain = gift_gain(GIFT, Fraction(5), Fraction(6_000))
    day = date(2025, 3, 1)
    assert (loss.gain, loss.term(day)) == (-1_000, Term.SHORT)
    assert loss.term(day + timedelta(days=1)) is Term.LONG
    assert (gain.gain, gain.term(day)) == (1_000, Term.LONG)


@pytest.mark.parametrize("value", [10_000, 12_000])
def test_a_gift_worth_its_basis_or_more_has_one(value):
    gift = replace(GIFT, fair_value=Fraction(value))
    assert not gift.dual
    loss = gift_gain(gift, Fraction(10), Fraction(9_000))
    assert (loss.gain, loss.holding_start) == (-1_000, DONOR)


@given(numbers(0, 99), numbers(0, 99), numbers(0, 99), numbers(1, 10))
def test_gift_gain_is_the_larger_gain_or_the_smaller_loss_or_none(
    basis, value, proceeds, shares
):
    gift = replace(GIFT, donor_basis=basis, fair_value=value, shares=shares)
    over, under = proceeds - basis, proceeds - min(basis, value)
    naive = over if over > 0 else under if under < 0 else 0
    whole = gift_gain(gift, shares, proceeds)
    half = gift_gain(gift, shares / 2, proceeds / 2)
    assert whole.gain == naive == 2 * half.gain == proceeds - whole.cost_basis


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)))
def test_an_inheritance_is_long_term_from_the_first_day(death):
    lot = origins.inherited(replace(ARRIVAL, on=death), Fraction(500))
    assert (lot.acquired, lot.cost_basis, lot.origin) == (death, 500, "inheritance")
    assert long_term_from(lot.holding_start) <= death
    assert long_term_from(lot.holding_start + timedelta(days=1)) > death


def test_a_transfer_in_kind_changes_only_where_the_lot_is():
    lot = holding("1", 3, 10, holding_start=DONOR, replacement=True, parent="0")
    assert origins.transferred(lot, "B") == replace(lot, account="B")
    assert origins.transferred(lot, "B", "9") == replace(lot, account="B", lot_id="9")


def test_what_is_spun_off_takes_basis_and_all_dates():
    lot = holding("1", 100, 800, holding_start=DONOR, replacement=True, parent="0")
    spin = SpinOff(
        symbol="SPN", on=GIVEN, ratio=Fraction(1, 4), basis_fraction=Fraction(1, 8)
    )
    assert origins.spun_off(lot, spin) == replace(
        lot,
        lot_id="1.SPN.2024-03-01",
        symbol="SPN",
        shares=Fraction(25),
        cost_basis=Fraction(100),
        parent="1",
        origin="spin_off",
    )


@pytest.mark.parametrize(
    ("origin", "can"),
    [
        ("purchase", True),
        ("transfer", True),
        ("rsu", True),
        ("gift", False),
        ("inheritance", False),
        ("spin_off", False),
    ],
)
def test_only_what_was_bought_or_earned_replaces(origin, can):
    assert origins.replaces(origin) is can
