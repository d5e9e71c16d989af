# SPDX-License-Identifier: Apache-2.0
"""The tax that is optimised: the year's bill, harvest thresholds, preferences.

The plan sells 20 of A1 (long-term gain 400) and 3 of A2 (short-term loss 30).
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from support.verify import (
    CASE,
    CLAIMS,
    LOTS,
    ON,
    PLAN,
    buy,
    lot,
    mismatches,
    refusal,
    sale,
    washed,
    with_account,
    with_lots,
    with_payer,
    with_policy,
    with_taxes,
    with_wash,
)

from di_optimizer.account import Account, AccountType
from di_optimizer.errors import VerificationError
from di_optimizer.policy import Harvest
from di_optimizer.verify import figures

YEAR = with_payer(tax_year=2025, filing_status="single")
HARVEST = (sale(CASE, "A2", "3"),)  # the loss alone


def with_harvest(**changes):
    return with_policy(harvest=Harvest(**changes))


def change(case, trades=PLAN):
    found = figures(case, trades)
    return found.bill, found.tax_term * 10000


# Rates 0.4 and 0.2, ordinary income as short-term gains, a limit of 3000; a loss
# beyond is worth half its rate. (realised, carried in, expected; short, long) → bill.
@pytest.mark.parametrize(
    ("year", "bill"),
    [
        ({}, "74"),  # 370 · 0.2
        # from 1000 short to 970 short and 400 long: 388 + 80 − 400
        ({"realised_short": "1000"}, "68"),
        # net −630 deducted after −1000: −252 + 400
        ({"realised_long": "-1000"}, "148"),
        # of −30 short, −9600 long 3000 are deducted, 6630 long carried, before 7000
        ({"realised_long": "-10000"}, "37"),
        # −5030 short + 400 long: 1630 short are carried, before 2000: −326 + 400
        ({"carry_short": "5000"}, "74"),
        # a long gain of 40000 absorbs the short loss: (39970 + 400 − 40000) · 0.2
        ({"expected_long": "40000"}, "74"),
        # from 30 short, −400 long to nothing: 370 · 0.4
        ({"expected_short": "30", "carry_long": "400"}, "148"),
    ],
)
def test_the_bill_nets_the_year_by_hand(year, bill):
    case = with_payer(YEAR, **{name: Decimal(n) for name, n in year.items()})
    found, term = change(case)
    assert found == Decimal(bill)
    assert term == pytest.approx(float(bill), abs=1e-9)
    assert mismatches(case, PLAN) == []
    assert figures(case, PLAN).tax == Decimal(bill)
    assert figures(case, PLAN).tax_long == 80  # flat, lot by lot


@pytest.mark.parametrize("cent", ["0.01", "-0.01", "NaN"])
def test_another_bill_is_refused(cent):
    found = figures(YEAR, PLAN)
    wrong = replace(found, bill=found.bill + Decimal(cent))
    claims = replace(CLAIMS, objective=found.objective)
    assert refusal(YEAR, PLAN, found, claims) == []
    (line,) = refusal(YEAR, PLAN, wrong, claims)
    assert line == f"account X1: found bill {wrong.bill}; allowed: 74.00"
    (line,) = refusal(YEAR, PLAN, replace(found, bill=None), claims)
    assert line == "account X1: found bill None; allowed: 74.00"


@pytest.mark.parametrize(
    ("bill", "changes", "netted"),
    [
        ("auto", {"tax_year": 2025}, True),
        ("auto", {"tax_year": None}, False),
        ("netting", {"tax_year": None}, True),
        ("flat", {"tax_year": 2025}, False),
        ("netting", {"short_rate": 0.0, "long_rate": 0.0}, False),  # no tax, no bill
        ("netting", {"short_rate": 0.0, "long_rate": 0.0, "ordinary_rate": 0.3}, True),
    ],
)
def test_when_the_year_is_netted(bill, changes, netted):
    case = with_payer(with_taxes(YEAR, bill=bill), **changes)
    assert (figures(case, HARVEST).bill is not None) is netted
    exempt = with_account(case, type=AccountType.EXEMPT)
    assert figures(exempt, HARVEST).bill is None


@pytest.mark.parametrize(
    ("changes", "bill"),
    [
        ({"ordinary_rate": 0.35}, "-10.50"),
        ({"ordinary_rate": None}, "-12"),  # as short-term gains
        ({"filing_status": "married_separate", "carry_short": Decimal(1490)}, "-8"),
        ({"filing_status": "single", "carry_short": Decimal(2990)}, "-8"),
    ],
)
def test_rates_and_the_limit_of_the_deduction(changes, bill):
    # the last two: 10 of the 30 are deducted at 0.4, 20 carried at 0.2
    assert change(with_payer(YEAR, **changes), HARVEST)[0] == Decimal(bill)


@pytest.mark.parametrize(("value", "bill"), [(0.0, "0"), (0.5, "-6"), (1.0, "-12")])
def test_a_carried_loss_is_worth_what_policy_says(value, bill):
    case = with_payer(with_taxes(YEAR, carry_value=value), carry_short=Decimal(9000))
    assert change(case, HARVEST)[0] == Decimal(bill)


def test_the_bill_rounds_halves_away_from_zero_once():
    case = with_payer(YEAR, short_rate=0.25)
    odd = lot("A9", "AAA", "3", "300.06", date(2025, 1, 2))  # −0.02 a share
    case = with_lots(case, odd)
    found = figures(case, (sale(case, "A9", "1"),))
    assert (found.bill, found.tax_short) == (Decimal("-0.01"), Decimal("-0.01"))


# Another account realises 1000 long and a loss of 50 of which 20 are disallowed.
@pytest.mark.parametrize(("kind", "bill"), [("taxable", "-6"), ("exempt", "-12")])
def test_what_other_taxable_accounts_realise_today_comes_first(kind, bill):
    payer = YEAR.account.taxpayer
    lots = (LOTS[0], lot("Y2", "BBB", "10", "550", date(2025, 1, 2)))
    other = Account(account="X2", taxpayer=payer, lots=lots, type=AccountType(kind))
    view = replace(YEAR, account=replace(other, type=AccountType.TAXABLE))
    planned = (sale(view, "A1", "20"), washed(view, "Y2", "10", "4"))
    assert [t.disallowed for t in planned] == [0, 20]
    planned += (buy(view, "DDD", "3"),)
    case = replace(YEAR, related=(other,), planned={"X2": planned})
    # 400 − 30 are taxed at 0.2: the loss of 30 saves 6, else 12 of other income
    assert change(case, HARVEST)[0] == Decimal(bill)
    # 370 and another 371 of losses: 370 cross-net at 0.2, 1 is deducted at 0.4
    big = with_lots(case, lot("Z1", "CCC", "1", "391", date(2025, 1, 2)))
    expected = {"taxable": "-74.40", "exempt": "-148.40"}[kind]
    assert change(big, (sale(big, "Z1", "1"),))[0] == Decimal(expected)


def test_a_disallowed_loss_is_not_netted():
    recent = lot("R1", "AAA", "5", "450", date(2025, 6, 2))
    case = with_lots(with_wash(YEAR, policy="trade_off"), recent)
    found = figures(case, (washed(case, "A2", "10", "5"),))
    assert found.bill == -20  # 50 · 0.4
    assert found.tax_term == pytest.approx(-75 * 0.4 / 10500, abs=1e-15)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"filing_status": None}, "column 'filing_status': found ''"),
        ({"filing_status": "singel"}, "found 'singel'; allowed: single, married"),
        ({"tax_year": 1950}, "column 'tax_year': found 1950; allowed: from 1987"),
        ({"short_rate": 1.5}, "column 'short_rate': found 1.5; allowed"),
        ({"carry_long": Decimal(-1)}, "column 'carry_long': found -1; allowed: at le"),
        ({"realised_long": Decimal("NaN")}, "found realised_long NaN of the taxpayer"),
        ({"ordinary_rate": float("inf")}, "found ordinary_rate inf of the taxpayer"),
    ],
)
def test_a_year_that_cannot_be_netted_is_refused(changes, says):
    with pytest.raises(VerificationError) as caught:
        figures(with_payer(YEAR, **changes), PLAN)
    assert says in str(caught.value)


def test_without_netting_nobody_asks_for_the_year():
    assert figures(with_payer(filing_status=None), PLAN).bill is None


# Harvest thresholds: A2 as a whole has a loss of 100 on a basis of 1100, a value of
# 1000 and saves 40, less 1 bp of 1000: 39.90. The 3 shares of the plan lose 30.
@pytest.mark.parametrize(
    ("threshold", "counts"),
    [
        ({"minimum_fraction": 0.09}, True),
        ({"minimum_fraction": 0.1}, False),
        ({"minimum_loss": 100.0}, True),
        ({"minimum_loss": 100.01}, False),
        ({"minimum_value": 39.9}, True),
        ({"minimum_value": 39.91}, False),
    ],
)
@pytest.mark.parametrize("case", [CASE, YEAR])
def test_a_loss_below_a_threshold_counts_as_nothing(case, threshold, counts):
    case = replace(case, policy=replace(case.policy, harvest=Harvest(**threshold)))
    assert mismatches(case, HARVEST) == []
    found = figures(case, HARVEST)
    assert found.tax_term == pytest.approx(-0.0012 if counts else 0.0, abs=1e-15)
    assert (found.tax, found.tax_short) == (-12, -12)  # what is owed stays


@pytest.mark.parametrize(("least", "counts"), [(0.1, True), (0.1001, False)])
def test_a_loss_at_the_threshold_of_its_basis_counts(least, counts):
    case = with_harvest(minimum_fraction=least)
    case = with_lots(case, lot("A9", "AAA", "9", "1000", date(2025, 1, 2)))  # −100
    found = figures(case, (sale(case, "A9", "9"),))
    assert found.tax_term == pytest.approx(-40 / 10900 if counts else 0, abs=1e-15)


def test_thresholds_are_about_losses():
    case = with_harvest(minimum_fraction=1.0, minimum_loss=1e6, minimum_value=1e6)
    assert figures(case, PLAN).tax_term == pytest.approx(0.008, abs=1e-15)
    even = with_lots(case, lot("A9", "AAA", "1", "100", date(2025, 1, 2)))
    assert figures(even, (sale(even, "A9", "1"),)).tax_term == 0.0


def test_no_threshold_counts_a_loss_that_costs_more_than_it_saves():
    tiny = lot("A9", "AAA", "1", "100.01", date(2025, 1, 2))
    case = with_lots(CASE, tiny)
    found = figures(case, (sale(case, "A9", "1"),))
    assert found.tax_term == pytest.approx(-0.004 / 10100, abs=1e-15)


def test_a_disallowed_loss_below_a_threshold_counts_as_nothing():
    recent = lot("R1", "AAA", "5", "450", date(2025, 6, 2))
    case = with_lots(with_harvest(minimum_loss=101.0), recent)
    case = with_wash(case, policy="trade_off")
    found = figures(case, (washed(case, "A2", "10", "5"),))
    assert (found.tax_term, found.disallowed) == (0.0, 50)


# A gain that is long-term in `days`: 10 shares at 100 with basis 700.
def near(days, **taxes):
    since = date.fromordinal(ON.toordinal() + days - 366)  # 2024-06-… no leap day
    case = with_lots(with_taxes(**taxes), lot("N1", "AAA", "10", "700", since))
    return case, (sale(case, "N1", "4"),)


@pytest.mark.parametrize(
    ("days", "charged"), [(0, False), (1, True), (30, True), (31, False)]
)
def test_a_gain_that_could_wait_is_charged_what_waiting_saves(days, charged):
    case, trades = near(days, near_long="price", near_long_weight=0.5)
    found = figures(case, trades)
    assert (trades[0].term == "long") is (days == 0)
    price = 120 * 0.2 * 0.5 / 11000 if charged else 0.0  # NAV 11000
    assert found.charge_term == pytest.approx(price, abs=1e-15)
    parts = found.tracking_term + found.tax_term + found.cost_term
    assert found.objective == pytest.approx(parts + price, abs=1e-15)
    assert mismatches(case, trades) == []


@pytest.mark.parametrize("near_long", ["sell", "hold"])
def test_only_the_price_charges(near_long):
    assert figures(*near(10, near_long=near_long)).charge_term == 0.0


def test_losses_and_long_rates_above_short_ones_charge_nothing():
    case, _ = near(10, near_long="price")
    loss = with_lots(case, lot("N2", "AAA", "1", "120", case.account.lots[-1].acquired))
    assert figures(loss, (sale(loss, "N2", "1"),)).charge_term == 0.0
    odd = with_payer(case, short_rate=0.1)
    assert figures(odd, (sale(odd, "N1", "4"),)).charge_term == 0.0
    exempt = with_account(case, type=AccountType.EXEMPT)
    assert figures(exempt, (sale(exempt, "N1", "4"),)).charge_term == 0.0


@pytest.mark.parametrize("error", [2e-9, -2e-9])
def test_another_charge_is_refused(error):
    case, trades = near(10, near_long="price")
    found = figures(case, trades)
    claims = replace(CLAIMS, objective=found.objective, bound=None)
    wrong = replace(found, charge_term=found.charge_term + error)
    first, second = refusal(case, trades, wrong, claims)
    assert first.startswith(f"account X1: found charge_term {wrong.charge_term}; ")
    assert second.endswith(f"in the figures; allowed: {found.objective!r}")


def test_a_third_of_a_cent_stays_in_the_tax_term():
    thirds = lot("T1", "AAA", "3", "310", date(2025, 1, 2))
    case = with_lots(CASE, thirds)
    found = figures(case, (sale(case, "T1", "1"),))
    due = Fraction(-10, 3) * Fraction(2, 5) / 10300
    assert found.tax_term == pytest.approx(float(due), abs=1e-16)
