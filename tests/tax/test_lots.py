# SPDX-License-Identifier: Apache-2.0
"""Basis and gain of parts of a lot, exact to the cent."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from di_optimizer.exact import cents
from di_optimizer.tax.lots import Lot, basis_of, gain_of

DAY = date(2021, 5, 4)


def lot(shares: str, basis: str) -> Lot:
    return Lot(
        lot_id="1",
        symbol="AAA",
        shares=Decimal(shares),
        cost_basis=Decimal(basis),
        acquired=DAY,
        holding_start=DAY,
    )


def test_half_a_cent_is_not_lost_to_long_decimals() -> None:
    """2 of 7 shares at 50.41, basis 4,783.12, at 35 %: the tax is −443.025 exactly."""
    gain = gain_of(lot("7", "4783.12"), Decimal(2), Decimal("50.41"))
    assert gain * Fraction(35, 100) == Fraction("-443.025")
    assert cents(gain * Fraction(35, 100)) == Decimal("-443.03")


def test_gain_of_a_third() -> None:
    gain = gain_of(lot("3", "100"), Decimal(1), Decimal("40"))
    assert gain == Fraction(20, 3)
    assert cents(gain) == Decimal("6.67")


amounts = st.decimals("0.01", "1000000", places=2)


@given(st.integers(1, 997), st.integers(1, 997), amounts)
def test_parts_have_the_whole_basis(first: int, rest: int, basis: Decimal) -> None:
    whole = lot(str(first + rest), str(basis))
    parts = basis_of(whole, Decimal(first)) + basis_of(whole, Decimal(rest))
    assert parts == Fraction(basis)
