# SPDX-License-Identifier: Apache-2.0
"""A run from a state: what it needs again, and what it takes over."""

import pytest
from support.ledger import accounts, shows, table, trades

from di_optimizer.errors import InputError
from di_optimizer.tax.ledger.state_file import state_of, state_text
from di_optimizer.wash import WashSales, wash_sales

PEOPLE = accounts("A ann taxable\nI ann tax_deferred")
GROUPS = table("symbol wash_group\nX group\nY group")
BEFORE = trades("2023-01-10 buy 10 100\n2024-01-11 sell 10 20")
AFTER = trades("2024-01-12 buy 6 60 account=I symbol=Y")


def again(result: WashSales) -> WashSales:
    """Return the result with its state as a file would have it."""
    state = state_of(state_text(result.state))
    assert state == result.state
    return WashSales(result.lots, result.gains, result.matches, state)


def test_a_state_asks_for_the_tables_that_it_was_worked_out_with():
    """Without them an IRA would be taxable, another person's, and groups no groups."""
    first = again(wash_sales(BEFORE, accounts=PEOPLE, securities=GROUPS))
    with pytest.raises(InputError) as caught:
        wash_sales(AFTER, state=first.state)
    assert [str(problem) for problem in caught.value.problems] == [
        "accounts: found no table of accounts; allowed: one: state was worked out with "
        "one. Give --accounts again, as it is now.",
        "securities: found no table of securities; allowed: one: state was worked out "
        "with one. Give --securities again, as it is now.",
    ]
    result = wash_sales(AFTER, state=first.state, accounts=PEOPLE, securities=GROUPS)
    shows(result.gains, "disallowed lost\n48 48")
    assert result.state.given == ("accounts", "securities")


def test_a_table_may_come_later_and_is_asked_for_from_then_on():
    first = wash_sales(BEFORE)
    second = wash_sales(AFTER, state=first.state, accounts=PEOPLE)
    assert (first.state.given, second.state.given) == ((), ("accounts",))
    with pytest.raises(InputError, match="Give --accounts again"):
        wash_sales(AFTER.iloc[:0], state=second.state)


def test_the_relief_of_a_state_holds_until_another_is_given():
    lots = trades("2023-01-02 buy 5 80 lot_id=a\n2023-01-03 buy 5 100 lot_id=b")
    sale = trades("2024-06-03 sell 1 70")
    for given, relief, sold in [
        (None, None, "a"),
        ("lifo", None, "b"),
        ("lifo", "fifo", "a"),
    ]:
        first = again(wash_sales(lots, relief=given))
        then = wash_sales(sale, state=first.state, relief=relief)
        assert then.gains["lot_id"].tolist() == [sold]
        assert then.state.relief == (relief or given or "fifo")


def test_problems_of_the_state_come_with_those_of_the_tables(tmp_path):
    path = tmp_path / "state.json"
    path.write_text("{")
    with pytest.raises(InputError) as caught:
        wash_sales(BEFORE.assign(side="short"), state=path, relief="HIFOO")
    assert [problem.file for problem in caught.value.problems] == [
        *["transactions"] * 2,
        str(path),
        "relief",
    ]
    assert caught.value.problems[-1].todo == "Did you mean 'hifo'?"


def test_a_holding_period_that_starts_after_the_first_day_is_refused():
    """It would carry fewer than no days to a replacement."""
    held = table("""
        account lot_id symbol shares cost_basis acquired   holding_start
        A       1      X      4      40         2020-01-02 2024-01-20
        A       2      X      4      40         2020-01-02 2024-01-21
        """)
    with pytest.raises(InputError) as caught:
        wash_sales(trades("2024-01-20 sell 8 8"), lots=held)
    assert [str(problem) for problem in caught.value.problems] == [
        "lots, row 2, column 'holding_start': found 2024-01-21; allowed: a date up to "
        "2024-01-20, the first day of what is processed"
    ]
    shows(
        wash_sales(trades("2024-01-20 sell 4 8"), lots=held.head(1)).gains, "gain\n-32"
    )


def test_a_name_that_an_unnamed_purchase_has_already():
    rows = trades("2024-01-10 buy 1 1\n2024-01-10 buy 1 1 lot_id=X-20240110")
    with pytest.raises(InputError, match="called by its symbol and date"):
        wash_sales(rows)
    other = trades("2024-01-10 buy 1 1 lot_id=X-20240110\n2024-01-10 buy 1 1")
    shows(wash_sales(other).lots, "lot_id\nX-20240110\nX-20240110-2")


def test_parts_of_a_lot_with_the_name_of_a_part():
    """A user's 17.1 is cut into 17.1.1 and 17.1.2, and 17 beside it into 17.2 …"""
    rows = """
        2023-01-10 buy  10 100 lot_id=old
        2024-01-10 buy  30 300 lot_id=17.1
        2024-01-11 sell 10  20 lot_id=old
        2024-01-12 buy  30 300 lot_id=17
        2024-01-13 sell  5  10 lot_id=17.1
        """
    result = wash_sales(trades(rows))
    shows(
        result.lots,
        """
        lot_id parent shares cost_basis
        17.1.1 17.1        5         90
        17.1.2 17.1       20        200
        17.2   17          5        130
        17.3   17         25        250
        """,
    )


def test_a_purchase_under_a_name_in_use_does_not_spoil_what_follows():
    """One problem is said once: its shares are there for the sale of the next row."""
    rows = trades("""
        2024-01-02 buy  10 100 lot_id=1
        2024-01-03 buy  10 100 lot_id=1
        2024-01-04 sell 20 200
        2024-01-05 buy   1  10 lot_id=1
        """)
    with pytest.raises(InputError) as caught:
        wash_sales(rows)
    assert [problem.row for problem in caught.value.problems] == [2]


def test_the_nearest_lot_is_said():
    rows = trades("2024-01-10 buy 1 1\n2024-02-10 sell 1 1 lot_id=X-20240111")
    with pytest.raises(InputError, match="Did you mean 'X-20240110'"):
        wash_sales(rows)


def test_a_new_symbol_does_not_leave_its_group_unnoticed():
    """The security is the same; a row for the new symbol says what its group is."""
    actions = table("date symbol kind new_symbol\n2024-02-01 X symbol_change Z")
    rows = trades("2024-01-12 buy 6 60\n2024-02-02 sell 6 60 symbol=Z")
    with pytest.raises(InputError) as caught:
        wash_sales(rows, actions=actions, securities=GROUPS)
    assert [str(problem) for problem in caught.value.problems] == [
        "actions, column 'new_symbol': found 'Z', of which securities has no row; "
        "allowed: a symbol with a row, as X has, of wash_group 'group'"
    ]
    for group in ("group", "-"):
        rest = table(f"symbol wash_group\nX group\nZ {group}")
        assert len(wash_sales(rows, actions=actions, securities=rest).gains) == 1
    alone = table("symbol wash_group\nX -\nY group")
    assert len(wash_sales(rows, actions=actions, securities=alone).gains) == 1
