# SPDX-License-Identifier: Apache-2.0
"""Cash, flows and tax rates: from tables or short forms, never from nothing."""

from decimal import Decimal

import pytest
from support.tables import ACCOUNTS, ON, book, frame, refused

from di_optimizer.account import CashBalance, Flow
from di_optimizer.intake import load

TAXPAYERS = {"taxpayer": ["T"], "short_rate": [0.4], "long_rate": [0.2]}
NO_RATES = {"account": ["A1", "A2"], "cash": [1, 2], "taxpayer": ["T", "T"]}
NO_CASH = {k: v for k, v in ACCOUNTS.items() if k != "cash"}


def test_cash_table_by_sleeve() -> None:
    cash = frame(
        {
            "account": ["A1", "A2", "A1"],
            "sleeve": ["tax", "", ""],
            "amount": [5.5, -3, 100],
            "target": [None, 0.01, None],
            "min": [None, 0, None],
            "max": [None, 0.02, None],
        }
    )
    one, two = load(book(accounts=frame(NO_CASH), cash=cash), on=ON).accounts
    assert [c.sleeve for c in one.cash] == ["main", "tax"]
    assert one.cash_amount() == Decimal("105.5")
    assert two.cash == (
        CashBalance(amount=Decimal(-3), target=0.01, minimum=0.0, maximum=0.02),
    )


def test_cash_is_required_and_only_once() -> None:
    found = refused(book(accounts=frame(NO_CASH)))
    assert found[0] == (
        "accounts, row 1, column 'cash': found no cash balance for account 'A1'; "
        "allowed: a number here or a row in the cash table. Write 0 where there is "
        "none."
    )
    assert len(found) == 2
    cash = frame({"account": ["A1"], "amount": [1]})
    (found_twice,) = refused(book(cash=cash))
    assert "row 1, column 'cash': found a cash here and in cash; " in found_twice
    twice = frame({"account": ["A1", "A1"], "amount": [1, 2]})
    (found_key,) = refused(book(accounts=frame(NO_CASH), cash=twice))
    assert "column 'account + sleeve + currency'" in found_key


def test_cash_in_another_currency() -> None:
    cash = frame({"account": ["A1", "A2"], "amount": [1, 1], "currency": ["EUR", ""]})
    (found,) = refused(book(accounts=frame(NO_CASH), cash=cash))
    assert found == (
        "cash, row 1, column 'currency': found EUR in an account in USD; allowed: "
        "USD, or a currency that has a rate"
    )


@pytest.mark.parametrize(
    ("low", "target", "high", "column"),
    [(0.2, None, 0.1, "min"), (0.2, 0.1, 0.3, "min"), (0.1, 0.4, 0.3, "target")],
)
def test_cash_ranges(
    low: float, target: float | None, high: float, column: str
) -> None:
    cash = frame(
        {
            "account": ["A1", "A2"],
            "amount": [1, 1],
            "min": [low, 0.1],
            "target": [target, 0.1],
            "max": [high, 0.1],
        }
    )
    (found,) = refused(book(accounts=frame(NO_CASH), cash=cash))
    assert found.startswith(f"cash, row 1, column '{column}': found {column} ")
    assert found.endswith("allowed: min ≤ target ≤ max")


def test_short_form_of_a_flow_is_due_on_the_date() -> None:
    accounts = frame(ACCOUNTS, cash_flow=[-50.25, None])
    one, two = load(book(accounts=accounts), on=ON).accounts
    assert one.flows == (Flow(on=ON, amount=Decimal("-50.25")),)
    assert two.flows == ()
    flows = frame({"account": ["A1"], "date": ["2023-01-03"], "amount": [1]})
    (found,) = refused(book(accounts=accounts, flows=flows))
    assert "column 'cash_flow': found a cash_flow here and in flows" in found


def test_accounts_of_a_taxpayer_share_rates_and_figures() -> None:
    taxpayers = frame(
        TAXPAYERS,
        tax_year=[2023],
        filing_status=["single"],
        realised_short=[-10.5],
        carry_long=[3000],
    )
    one, two = load(book(accounts=frame(NO_RATES), taxpayers=taxpayers), on=ON).accounts
    assert one.taxpayer is two.taxpayer
    assert (one.taxpayer.short_rate, one.taxpayer.long_rate) == (0.4, 0.2)
    assert one.taxpayer.realised_short == Decimal("-10.5")
    assert one.taxpayer.carry_long == Decimal(3000)
    assert (one.taxpayer.realised_long, one.taxpayer.tax_year) == (Decimal(0), 2023)
    assert one.taxpayer.filing_status == "single"


def test_figures_of_another_year() -> None:
    taxpayers = frame(TAXPAYERS, tax_year=[2022])
    (found,) = refused(book(accounts=frame(NO_RATES), taxpayers=taxpayers))
    assert found == (
        "taxpayers, row 1, column 'tax_year': found 2022; allowed: 2023, the year of "
        "the rebalance date"
    )


def test_unknown_taxpayer() -> None:
    accounts = frame(NO_RATES, taxpayer=["Smith", "Smyth"])
    taxpayers = frame(TAXPAYERS, taxpayer=["Smith"])
    found = refused(book(accounts=accounts, taxpayers=taxpayers))
    assert "row 2, column 'taxpayer': found unknown taxpayer 'Smyth'" in found[0]
    assert "Did you mean 'Smith'?" in found[0]


def test_taxable_accounts_need_rates_and_others_do_not() -> None:
    accounts = frame({"account": ["A1", "A2"], "cash": [1, 1]})
    found = refused(book(accounts=accounts))
    assert found[:2] == [
        f"accounts, row 1, column '{name}': found no {name} for the taxable account "
        "'A1'; allowed: a number from 0 to 1 here or in the taxpayers table. Write 0 "
        "where no tax is due."
        for name in ("short_rate", "long_rate")
    ]
    assert len(found) == 4
    exempt = accounts.assign(type=["exempt", "tax_deferred"])
    one, two = load(book(accounts=exempt), on=ON).accounts
    assert (one.taxpayer.short_rate, two.taxpayer.long_rate) == (0.0, 0.0)


def test_zero_is_a_rate() -> None:
    accounts = frame(ACCOUNTS, short_rate=[0, 0], long_rate=[0, 0])
    assert load(book(accounts=accounts), on=ON).accounts[0].taxpayer.short_rate == 0


def test_a_rate_stated_twice_must_be_one() -> None:
    same = frame(NO_RATES, short_rate=[0.4, None], long_rate=[0.2, 0.2])
    sources = book(accounts=same, taxpayers=frame(TAXPAYERS))
    assert load(sources, on=ON).accounts[0].taxpayer.short_rate == 0.4
    other = frame(NO_RATES, short_rate=[0.4, 0.35])
    (found,) = refused(book(accounts=other, taxpayers=frame(TAXPAYERS)))
    assert found == (
        "accounts, row 2, column 'short_rate': found 0.35 for taxpayer 'T'; allowed: "
        "0.4 as in taxpayers, row 1. Give the rate in one place."
    )
    between = frame(ACCOUNTS, taxpayer=["T", "T"], long_rate=[0.2, 0.15])
    (found,) = refused(book(accounts=between))
    assert "found 0.15 for taxpayer 'T'; allowed: 0.2 as in accounts, row 1" in found


PARTS = {
    "taxpayer": ["T"],
    "federal_short_rate": [0.35],
    "federal_long_rate": [0.15],
    "state_rate": [0.06],
    "niit_rate": [0.038],
}


def test_rates_from_their_parts() -> None:
    sources = book(accounts=frame(NO_RATES), taxpayers=frame(PARTS))
    taxpayer = load(sources, on=ON).accounts[0].taxpayer
    assert (taxpayer.short_rate, taxpayer.long_rate) == (0.448, 0.248)


def test_parts_must_be_complete_agree_and_stay_below_one() -> None:
    blank = frame(PARTS, niit_rate=[None])
    found = refused(book(accounts=frame(NO_RATES), taxpayers=blank))
    assert "column 'niit_rate': found blank, with federal_short_rate filled" in "".join(
        found
    )
    differs = frame(PARTS, short_rate=[0.4])
    found = refused(book(accounts=frame(NO_RATES), taxpayers=differs))
    assert "column 'short_rate': found 0.448 for taxpayer 'T'; allowed: 0.4" in found[0]
    large = frame(PARTS, state_rate=[0.8])
    found = refused(book(accounts=frame(NO_RATES), taxpayers=large))
    assert "found rates that add up to 1.188; allowed: at most 1" in found[0]
