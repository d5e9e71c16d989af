# SPDX-License-Identifier: Apache-2.0
"""Rates from income, filing status and state, where nobody states them."""

import pytest
from support.tables import ACCOUNTS, ON, book, frame, refused

from di_optimizer.account import Taxpayer
from di_optimizer.intake import load

NO_RATES = {"account": ["A1", "A2"], "cash": [1, 2], "taxpayer": ["T", "T"]}
INCOME = {
    "taxpayer": ["T"],
    "tax_year": [2023],
    "filing_status": ["single"],
    "taxable_income": [500_000],
}


def taxpayer(**changes: object) -> Taxpayer:
    sources = book(accounts=frame(NO_RATES), taxpayers=frame(INCOME, **changes))
    return load(sources, on=ON).accounts[0].taxpayer


def rates(**changes: object) -> tuple[float, float, float | None]:
    found = taxpayer(**changes)
    return found.short_rate, found.long_rate, found.ordinary_rate


def test_rates_are_looked_up_and_noted() -> None:
    """Single, 2023: 35 % above 231,250, 20 % above 492,300, 3.8 % above 200,000."""
    assert rates() == (0.388, 0.238, 0.35)
    sources = book(accounts=frame(NO_RATES), taxpayers=frame(INCOME))
    (note,) = load(sources, on=ON).notes
    assert note == (
        "taxpayers, row 1: rates of taxpayer 'T' looked up from the tables of 2023 "
        "(single): short 0.388, long 0.238, ordinary 0.35"
    )


def test_no_income_is_an_income() -> None:
    assert rates(taxable_income=[0]) == (0.1, 0.0, 0.1)


def test_stated_rates_come_first_one_by_one() -> None:
    assert rates(short_rate=[0.4]) == (0.4, 0.238, 0.35)
    assert rates(long_rate=[0.0]) == (0.388, 0.0, 0.35)
    assert rates(ordinary_rate=[0.3]) == (0.388, 0.238, 0.3)
    assert rates(short_rate=[0.4], long_rate=[0.2]) == (0.4, 0.2, None)
    assert rates(state_rate=[0.06]) == (0.448, 0.298, 0.41)
    assert rates(niit_rate=[0.0]) == (0.35, 0.2, 0.35)


def test_parts_come_first() -> None:
    parts = {
        "federal_short_rate": [0.3],
        "federal_long_rate": [0.1],
        "state_rate": [0.05],
        "niit_rate": [0.0],
    }
    assert rates(**parts) == (0.35, 0.15, None)


def test_short_forms_of_the_accounts_come_first() -> None:
    accounts = frame(NO_RATES, short_rate=[0.4, None], long_rate=[None, 0.2])
    sources = book(accounts=accounts, taxpayers=frame(INCOME))
    found = load(sources, on=ON)
    assert found.accounts[1].taxpayer.short_rate == 0.4
    assert found.notes == ()


def test_ordinary_rate_alone_is_kept() -> None:
    stated = {"short_rate": [0.4], "long_rate": [0.2], "ordinary_rate": [0.24]}
    assert rates(taxable_income=[None], **stated) == (0.4, 0.2, 0.24)


def test_what_the_look_up_needs_is_named() -> None:
    without = frame(INCOME, tax_year=[None], filing_status=[None])
    found = refused(book(accounts=frame(NO_RATES), taxpayers=without))
    assert found == [
        "taxpayers, row 1, column 'tax_year': found blank, with taxable_income filled; "
        "allowed: the tax_year whose rates to look up. Or state short_rate and "
        "long_rate.",
        "taxpayers, row 1, column 'filing_status': found blank, with taxable_income "
        "filled; allowed: the filing_status whose rates to look up. Or state "
        "short_rate and long_rate.",
    ]


def test_unknown_state_is_a_problem_of_its_row_unless_its_rate_is_stated() -> None:
    unknown = frame(INCOME, state=["SC"])
    (found,) = refused(book(accounts=frame(NO_RATES), taxpayers=unknown))
    assert found.startswith("taxpayers, row 1, column 'state': found 'SC'; allowed: AK")
    assert found.endswith("Give state_rate instead.")
    assert rates(state=["SC"], state_rate=[0.06]) == (0.448, 0.298, 0.41)


def test_state_of_a_year_that_is_not_known() -> None:
    (found,) = refused(
        book(accounts=frame(NO_RATES), taxpayers=frame(INCOME, state=["CA"]))
    )
    assert "found 'CA' in 2023; allowed: 'CA' in 2025 to 2026." in found


def test_sums_above_one_are_refused() -> None:
    found = refused(
        book(accounts=frame(NO_RATES), taxpayers=frame(INCOME, state_rate=[0.7]))
    )
    assert found == [
        "taxpayers, row 1, column 'short_rate': found rates that add up to 1.088; "
        "allowed: at most 1"
    ]


def test_negative_income_is_refused_by_the_table() -> None:
    (found,) = refused(
        book(accounts=frame(NO_RATES), taxpayers=frame(INCOME, taxable_income=[-1]))
    )
    assert "column 'taxable_income': found -1; allowed: " in found


@pytest.mark.parametrize("kind", ["tax_deferred", "exempt"])
def test_nothing_is_looked_up_where_no_tax_is_due(kind: str) -> None:
    accounts = frame(NO_RATES, type=[kind, kind])
    sources = book(accounts=accounts, taxpayers=frame(INCOME, filing_status=[None]))
    found = load(sources, on=ON)
    assert found.accounts[0].taxpayer.short_rate == 0.0
    assert found.notes == ()


def test_one_taxpayer_is_looked_up_and_another_stated() -> None:
    accounts = frame(ACCOUNTS, taxpayer=["T", "U"])
    accounts = accounts.drop(columns=["short_rate", "long_rate"])
    two = {
        "taxpayer": ["T", "U"],
        "tax_year": [2023, None],
        "filing_status": ["married_joint", None],
        "taxable_income": [89_250, None],
        "short_rate": [None, 0.1],
        "long_rate": [None, 0.05],
    }
    one, other = load(book(accounts=accounts, taxpayers=frame(two)), on=ON).accounts
    assert (one.taxpayer.short_rate, one.taxpayer.long_rate) == (0.12, 0.0)
    assert (other.taxpayer.short_rate, other.taxpayer.long_rate) == (0.1, 0.05)
