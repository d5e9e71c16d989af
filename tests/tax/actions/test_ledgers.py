# SPDX-License-Identifier: Apache-2.0
"""Corporate actions as little ledgers: lots before, the action, lots after, cash."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.holdings import START, holding, rows

from di_optimizer.errors import InputError
from di_optimizer.exact import cents
from di_optimizer.tax.actions import Action, Kind, Leg, apply, equivalent

ON = date(2024, 6, 3)
LATER = date(2023, 6, 3)  # short-term on ON by a day; START is long-term


def action(kind, **fields):
    numbers = {
        name: value if isinstance(value, str) and name == "new_symbol" else q(value)
        for name, value in fields.items()
    }
    return Action(on=ON, symbol="AAA", kind=Kind(kind), **numbers)


def q(value):
    return Fraction(str(value))


def legs(outcome):
    """Disposals as (kind, lot, shares, basis, proceeds, gain, term)."""
    return [
        (
            leg.kind.value,
            leg.holding.lot_id,
            leg.shares,
            leg.cost_basis,
            leg.proceeds,
            leg.gain,
            leg.term.value,
        )
        for leg in outcome.disposals
    ]


def test_a_three_for_two_split_of_odd_lots_pays_the_half_share_in_cash():
    # 25 + 8 = 33 shares become 49.5: one half share for the account, none a lot.
    held = [
        holding("2", 8, 320, acquired=LATER),
        holding("1", 25, 750),
    ]
    after = apply(action("split", ratio="3/2", lieu_price="30"), held)
    assert rows(after.holdings) == [
        ("1", "AAA", 37, 740),
        ("2", "AAA", 12, 320),
    ]
    assert legs(after) == [("cash_in_lieu", "1", q("1/2"), 10, 15, 5, "long")]
    assert after.cash == 15


def test_a_split_keeps_basis_dates_and_lineage_and_delivers_fractions():
    lot = holding(
        "1.2",
        25,
        100,
        acquired=LATER,
        holding_start=START,
        purchase="p9",
        parent="1",
        replacement=True,
    )
    (after,) = apply(action("split", ratio="3/2"), [lot]).holdings
    assert rows([after]) == [("1.2", "AAA", q("37.5"), 100)]
    assert (after.acquired, after.holding_start) == (LATER, START)
    assert (after.purchase, after.parent, after.replacement) == ("p9", "1", True)


def test_a_stock_dividend_of_five_percent_is_a_split():
    after = apply(action("split", ratio="1.05"), [holding("1", 100, 1050)])
    assert rows(after.holdings) == [("1", "AAA", 105, 1050)]
    assert after.holdings[0].unit_cost == 10


def test_a_one_for_ten_reverse_split_of_25_shares_leaves_two_and_cash_for_a_half():
    reverse = action("reverse_split", ratio="1/10", lieu_price="180")
    after = apply(reverse, [holding("1", 25, 500)])
    assert rows(after.holdings) == [("1", "AAA", 2, 400)]
    assert legs(after) == [("cash_in_lieu", "1", q("1/2"), 100, 90, -10, "long")]


def test_the_fraction_comes_from_the_lot_first_acquired_and_may_use_it_up():
    # 2 + 3 + 14 = 19 shares become 1.9: lots of 0.2 and 0.3 and part of 1.4 go.
    held = [
        holding("c", 14, 280, acquired=date(2022, 1, 3)),
        holding("a", 2, 50, acquired=date(2020, 1, 2)),
        holding("b", 3, 60, acquired=date(2021, 1, 4)),
    ]
    after = apply(action("reverse_split", ratio="1/10", lieu_price="150"), held)
    assert rows(after.holdings) == [("c", "AAA", 1, 200)]
    assert legs(after) == [
        ("cash_in_lieu", "a", q("0.2"), 50, 30, -20, "long"),
        ("cash_in_lieu", "b", q("0.3"), 60, 45, -15, "long"),
        ("cash_in_lieu", "c", q("0.4"), 80, 60, -20, "long"),
    ]


def test_a_position_below_one_new_share_is_paid_out():
    after = apply(
        action("reverse_split", ratio="1/10", lieu_price="100"), [holding("1", 9, 81)]
    )
    assert after.holdings == ()
    assert legs(after) == [("cash_in_lieu", "1", q("0.9"), 81, 90, 9, "long")]


def test_whole_shares_leave_nothing_to_pay():
    after = apply(action("split", ratio="2", lieu_price="30"), [holding("1", 25, 500)])
    assert (rows(after.holdings), after.disposals) == ([("1", "AAA", 50, 500)], ())
    assert after.cash == 0


def test_a_symbol_change_changes_the_symbol():
    lot = holding("1", "25.5", 500, replacement=True)
    after = apply(action("symbol_change", new_symbol="BBB"), [lot])
    assert rows(after.holdings) == [("1", "BBB", q("25.5"), 500)]
    assert after.holdings[0].replacement
    assert after.disposals == ()


def test_a_spin_off_moves_an_eighth_of_the_basis_lot_by_lot():
    held = [
        holding("1", 100, 8000, holding_start=date(2019, 5, 1)),
        holding("2", 30, 3000, acquired=LATER, replacement=True, parent="0"),
    ]
    after = apply(
        action(
            "spin_off",
            ratio="1/4",
            new_symbol="SPN",
            basis_fraction="0.125",
            lieu_price="44",
        ),
        held,
    )
    # 25 + 7.5 new shares: the half share for the account is paid from lot 1's.
    assert rows(after.holdings) == [
        ("1", "AAA", 100, 7000),
        ("2", "AAA", 30, 2625),
        ("1.SPN.2024-06-03", "SPN", q("24.5"), 980),
        ("2.SPN.2024-06-03", "SPN", q("7.5"), 375),
    ]
    assert legs(after) == [
        ("cash_in_lieu", "1.SPN.2024-06-03", q("0.5"), 20, 22, 2, "long")
    ]
    first, second = after.holdings[2:]
    assert (first.acquired, first.holding_start) == (START, date(2019, 5, 1))
    assert (first.parent, first.purchase, first.origin) == ("1", "p1", "spin_off")
    assert (second.acquired, second.parent, second.replacement) == (LATER, "2", True)
    assert [lot.parent for lot in after.holdings[:2]] == ["", "0"]


def test_two_spin_offs_of_one_symbol_never_name_two_lots_alike():
    first = action("spin_off", ratio="1", new_symbol="SPN", basis_fraction="0.5")
    second = Action(
        on=date(2024, 9, 3),
        symbol="AAA",
        kind=Kind.SPIN_OFF,
        ratio=Fraction(1),
        new_symbol="SPN",
        basis_fraction=Fraction(1, 2),
    )
    parent, child = apply(first, [holding("1", 10, 80)]).holdings
    parent, other = apply(second, [parent]).holdings
    assert [x.cost_basis for x in (parent, child, other)] == [20, 40, 20]
    assert len({x.lot_id for x in (parent, child, other)}) == 3


def test_a_stock_merger_keeps_basis_and_dates():
    merger = action("merger_stock", ratio="0.6", new_symbol="BBB", lieu_price="50")
    after = apply(merger, [holding("1", 26, 780, acquired=LATER)])
    # 15.6 shares at 50 of basis each: 15 stay, 0.6 are sold at their basis.
    assert rows(after.holdings) == [("1", "BBB", 15, 750)]
    assert after.holdings[0].acquired == LATER
    assert legs(after) == [("cash_in_lieu", "1", q("0.6"), 30, 30, 0, "short")]


def test_a_cash_merger_sells_every_lot_at_a_gain_or_a_loss():
    held = [holding("1", 40, 800), holding("2", 10, 400, acquired=LATER)]
    after = apply(action("merger_cash", cash="32.50"), held)
    assert after.holdings == ()
    assert legs(after) == [
        ("merger_cash", "1", 40, 800, 1300, 500, "long"),
        ("merger_cash", "2", 10, 400, 325, -75, "short"),
    ]
    assert after.cash == 1625
    assert all(leg.is_sale for leg in after.disposals)


@pytest.mark.parametrize(
    ("basis", "gain", "new_basis"),
    [
        # Half a share worth 30 and 10 cash for each of 100 shares: 2,500 in all.
        (1000, 1000, 1000),  # gain of 1,500, above the cash: taxed up to the cash
        (1500, 1000, 1500),  # gain equal to the cash
        (1501, 999, 1500),  # gain just below the cash: taxed whole
        (2100, 400, 1500),
        (2500, 0, 1500),  # neither gain nor loss
        (3200, 0, 2200),  # a loss of 700 is not recognised, it stays in the basis
    ],
)
def test_cash_and_stock_tax_the_gain_up_to_the_cash(basis, gain, new_basis):
    merger = action(
        "merger_mixed", ratio="0.5", cash="10", new_symbol="BBB", new_price="30"
    )
    after = apply(merger, [holding("1", 100, basis)])
    assert rows(after.holdings) == [("1", "BBB", 50, new_basis)]
    assert legs(after) == [("boot", "1", 0, 1000 - gain, 1000, gain, "long")]
    assert not after.disposals[0].is_sale
    assert new_basis == basis - 1000 + gain


def test_a_loss_in_one_lot_offsets_no_boot_gain_in_another():
    # Rev. Rul. 68-23: block by block. Together the lots would have gained 300.
    merger = action(
        "merger_mixed",
        ratio="0.5",
        cash="10",
        new_symbol="BBB",
        new_price="30",
        lieu_price="32",
    )
    held = [holding("1", 100, 1500), holding("2", 101, 3225, acquired=LATER)]
    after = apply(merger, held)
    # 50 + 50.5 new shares; the half share has 15 of the basis of 1,500 in lot 1.
    assert legs(after) == [
        ("boot", "1", 0, 0, 1000, 1000, "long"),
        ("boot", "2", 0, 1010, 1010, 0, "short"),
        ("cash_in_lieu", "1", q("0.5"), 15, 16, 1, "long"),
    ]
    assert rows(after.holdings) == [
        ("1", "BBB", q("49.5"), 1485),
        ("2", "BBB", q("50.5"), 2215),
    ]


def test_the_two_blocks_of_the_ruling():
    # Rev. Rul. 68-23: one share worth 500 and 5 more for each of 600 shares with a
    # basis of 495 (gain 6,000) and 400 shares with a basis of 525 (loss 8,000).
    merger = action("merger_mixed", ratio=1, cash=5, new_symbol="X", new_price=500)
    after = apply(merger, [holding("1", 600, 297_000), holding("2", 400, 210_000)])
    assert [leg.gain for leg in after.disposals] == [3_000, 0]
    assert rows(after.holdings) == [
        ("1", "X", 600, 297_000),
        ("2", "X", 400, 208_000),
    ]


def test_a_return_of_capital_lowers_the_basis_and_what_is_above_it_is_a_gain():
    held = [
        holding("1", 100, 120),  # 2.50 a share is 250: 130 beyond the basis
        holding("2", 100, 250, acquired=LATER),  # just used up
        holding("3", 10, 400, acquired=LATER),
    ]
    after = apply(action("return_of_capital", cash="2.50"), held)
    assert rows(after.holdings) == [
        ("1", "AAA", 100, 0),
        ("2", "AAA", 100, 0),
        ("3", "AAA", 10, 375),
    ]
    assert legs(after) == [
        ("return_of_capital", "1", 0, 120, 250, 130, "long"),
        ("return_of_capital", "2", 0, 250, 250, 0, "short"),
        ("return_of_capital", "3", 0, 25, 25, 0, "short"),
    ]
    assert after.cash == 525


def test_a_lot_without_basis_gains_the_whole_return_of_capital():
    returns = action("return_of_capital", cash="2.50")
    after = apply(returns, [holding("1", 4, 0, acquired=date(2023, 6, 2))])
    assert legs(after) == [("return_of_capital", "1", 0, 0, 10, 10, "long")]


def test_nothing_held_becomes_nothing():
    for kind, fields in (("split", {"ratio": 2}), ("merger_cash", {"cash": 3})):
        after = apply(action(kind, **fields), [])
        assert (after.holdings, after.disposals, after.cash) == ((), (), 0)


def test_a_long_chain_stays_exact_and_rounds_once():
    # 100 shares at 1,000: 1-for-3, then 3-for-7 of a merger, then a spin-off.
    held = (holding("1", 100, 1000),)
    held = apply(action("reverse_split", ratio="1/3"), held).holdings
    held = apply(action("split", ratio="7/3"), held).holdings
    held = apply(
        action("spin_off", ratio="1/7", new_symbol="SPN", basis_fraction="1/3"), held
    ).holdings
    assert rows(held)[0] == ("1", "AAA", q("700/9"), q("2000/3"))
    assert [str(cents(lot.cost_basis)) for lot in held] == ["666.67", "333.33"]


def test_holdings_of_other_symbols_and_of_two_accounts_are_refused():
    held = [
        holding("1", 1, 1, symbol="ZZZ"),
        holding("2", 1, 1),
        holding("3", 1, 1, account="B"),
    ]
    with pytest.raises(InputError) as error:
        apply(action("split", ratio=2), held)
    assert str(error.value) == (
        "2 problems in the input:\n"
        "  split of AAA on 2024-06-03: found lot '1' of ZZZ; allowed: holdings of AAA\n"
        "  split of AAA on 2024-06-03: found holdings of the accounts A, B; "
        "allowed: one account"
    )


@pytest.mark.parametrize(
    ("made", "becomes"),
    [
        (action("split", ratio="3/2"), ("AAA", q("37.5"))),
        (action("reverse_split", ratio="1/10"), ("AAA", q("2.5"))),
        (action("symbol_change", new_symbol="BBB"), ("BBB", 25)),
        (action("merger_stock", ratio="0.5", new_symbol="BBB"), ("BBB", q("12.5"))),
        (
            action("merger_mixed", ratio="0.4", new_symbol="BBB", cash=1, new_price=30),
            ("BBB", 10),
        ),
        (
            action("spin_off", ratio=1, new_symbol="BBB", basis_fraction="0.1"),
            ("AAA", 25),
        ),
        (action("merger_cash", cash=10), ("AAA", 25)),
        (action("return_of_capital", cash=1), ("AAA", 25)),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_what_shares_sold_before_count_as(made, becomes):
    assert equivalent(made, "AAA", Fraction(25)) == becomes
    assert equivalent(made, "BBB", Fraction(25)) == ("BBB", 25)


@given(st.fractions(min_value=Fraction(1, 9), max_value=99, max_denominator=90))
def test_sold_shares_count_as_the_same_shares_held_would(shares):
    for made in (
        action("split", ratio="7/3"),
        action("merger_stock", ratio="0.3", new_symbol="BBB"),
    ):
        (after,) = apply(made, [holding("1", shares, 10)]).holdings
        assert equivalent(made, "AAA", shares) == (after.symbol, after.shares)


def test_only_sales_can_be_wash_sales():
    sales = {leg: False for leg in Leg} | {
        Leg.CASH_IN_LIEU: True,
        Leg.MERGER_CASH: True,
    }
    mixed = {"ratio": "0.5", "new_symbol": "BBB", "new_price": "30"}
    after = [
        apply(
            action("merger_mixed", cash=1, lieu_price=30, **mixed), [holding("1", 1, 9)]
        ),
        apply(action("merger_cash", cash=1), [holding("1", 1, 9)]),
        apply(action("return_of_capital", cash=1), [holding("1", 1, 9)]),
    ]
    found = {leg.kind: leg.is_sale for one in after for leg in one.disposals}
    assert found == sales
