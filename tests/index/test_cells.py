# SPDX-License-Identifier: Apache-2.0
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from di_optimizer.index.cells import day, number
from di_optimizer.index.identifiers import full_cusip, well_formed


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_float_reads_back(value: float) -> None:
    assert number(repr(value)) == value


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_thousands_may_be_grouped(value: int) -> None:
    assert number(f"{value:,}.00") == value


@pytest.mark.parametrize(
    "text",
    ["", "-", "NaN", "nan", "inf", "1e999", "1,23", "12,34,567", "1 000", "(5)", "5%",
     "$5", "1.234,5", "0x10", "1_000", "٣", ",100", "."],
)  # fmt: skip
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None


@settings(deadline=None)
@given(st.dates())
def test_dates_read_back_in_every_published_form(value: date) -> None:
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * value.month - 3 :][:3]
    d, y = value.day, f"{value.year:04d}"
    assert day(value.isoformat()) == value
    assert day(f"{value.isoformat()}T00:00:00-05:00") == value
    assert day(f"{value.month:02d}/{d:02d}/{y}") == value
    assert day(f"{month} {d:02d}, {y}") == value
    assert day(f"{d:02d}-{month}-{y}") == value


@pytest.mark.parametrize(
    "text", ["", "-", "13/01/2023", "2023-02-29", "01/13/23", "30-Foo-2022", "today"]
)
def test_what_is_no_date(text: str) -> None:
    assert day(text) is None


@pytest.mark.parametrize(
    "cusip", ["037833100", "084670702", "N07059210", "17275R102", "38259P508"]
)
def test_the_check_digit_of_known_cusips(cusip: str) -> None:
    assert full_cusip(cusip[:8]) == cusip
    assert full_cusip(cusip) == cusip


def test_shapes_of_identifiers() -> None:
    assert well_formed("isin", "US0378331005")
    assert not well_formed("isin", "0378331005")
    assert not well_formed("cusip", "3783310")
    assert not well_formed("cusip", "0378331000")
    assert not well_formed("sedol", "20462511")
