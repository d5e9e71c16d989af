# SPDX-License-Identifier: Apache-2.0
"""What the ledger refuses, all at once and with the words a person needs."""

import pandas as pd
import pytest
from support.ledger import accounts, in_parts, table, trades

from di_optimizer.errors import InputError
from di_optimizer.tax.ledger.state_file import read_state, state_of, state_text
from di_optimizer.wash import wash_sales

BOUGHT = trades("2024-01-02 buy 10 100 lot_id=1")


def refused(rows: pd.DataFrame, **tables: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        wash_sales(rows, **tables)
    return [str(problem) for problem in caught.value.problems]


def test_a_sale_of_more_than_is_held_names_row_found_and_held():
    rows = trades("""
        2024-01-02 buy  10 100 lot_id=1
        2024-01-03 sell 10.000000001 50
        2024-01-04 sell  1 5
        2024-01-05 sell  1 5 symbol=Y
        """)
    assert refused(rows) == [
        "transactions, row 2, column 'shares': found a sale of 10.000000001; allowed: "
        "at most 10, held of X in account 'A' on 2024-01-03",
        "transactions, row 4, column 'shares': found a sale of 1; allowed: at most 0, "
        "held of Y in account 'A' on 2024-01-05",
    ]


def test_lots_that_do_not_fit():
    rows = trades("""
        2024-01-02 buy  10 100 lot_id=1
        2024-01-03 buy  10 100 lot_id=2 symbol=Y
        2024-01-04 buy  10 100 lot_id=1
        2024-01-05 sell  1   5 lot_id=3
        2024-01-06 sell  1   5 lot_id=2
        2024-01-07 sell 11   5 lot_id=1
        """)
    assert refused(rows) == [
        "transactions, row 3, column 'lot_id': found '1' again; allowed: a name that "
        "no open lot of account 'A' has",
        "transactions, row 4, column 'lot_id': found '3'; allowed: an open lot of "
        "account 'A', or blank",
        "transactions, row 5, column 'lot_id': found '2', a lot of Y; allowed: a lot "
        "of X",
        "transactions, row 6, column 'shares': found a sale of 11; allowed: at most "
        "10, held of lot '1' in account 'A' on 2024-01-07",
    ]


def test_a_lot_in_parts_keeps_its_name():
    rows = trades("""
        2023-01-02 buy  5 100
        2024-01-02 sell 5  50
        2024-01-03 buy  9  90 lot_id=1
        2024-02-09 buy  1  10 lot_id=1
        """)
    (problem,) = refused(rows)
    assert problem.startswith("transactions, row 4, column 'lot_id': found '1' again")


def test_problems_of_all_tables_come_together(tmp_path):
    rows = BOUGHT.assign(shares="-1", date="2024-02-30")
    lots = table("""
        account lot_id symbol shares cost_basis acquired
        A       1      X      x      5          2024-01-01
        """)
    path = tmp_path / "trades.csv"
    rows.to_csv(path, index=False)
    found = refused(path, lots=lots, relief="fifi")
    assert [line.partition(":")[0] for line in found] == [
        f"{path}, row 2, column 'date'",
        f"{path}, row 2, column 'shares'",
        "lots, row 1, column 'shares'",
        "relief",
    ]
    assert found[-1].endswith("allowed: one of fifo, lifo, hifo. Did you mean 'fifo'?")


def test_lowest_tax_needs_rates_that_no_table_has():
    assert (
        "found 'lowest_tax'; allowed: one of fifo, lifo, hifo"
        in refused(BOUGHT, relief="lowest_tax")[0]
    )


def test_unknown_accounts():
    held = table("""
        account lot_id symbol shares cost_basis acquired
        B       1      X      1      5          2024-01-01
        """)
    found = refused(BOUGHT, lots=held, accounts=accounts("C - taxable"))
    assert found == [
        "transactions, row 1, column 'account': found unknown account 'A'; allowed: an "
        "account of accounts",
        "lots, row 1, column 'account': found unknown account 'B'; allowed: an account "
        "of accounts",
    ]
    state = wash_sales(BOUGHT).state
    (problem,) = refused(BOUGHT.iloc[:0], state=state, accounts=accounts("C - -"))
    assert (
        problem == "state: found unknown account 'A'; allowed: an account of accounts"
    )


def test_opening_lots_with_no_basis_or_of_the_future():
    held = table("""
        account lot_id symbol shares cost_basis acquired
        A       7      X      1      -          2024-01-01
        A       8      X      1      5          2024-01-03
        """)
    assert refused(BOUGHT, lots=held) == [
        "lots, row 1, column 'cost_basis': found blank; allowed: a number of "
        "at least 0",
        "lots, row 2, column 'acquired': found 2024-01-03; allowed: a date up to "
        "2024-01-02, the first day of what is processed",
    ]


def test_rows_of_days_that_are_processed():
    state = wash_sales(BOUGHT).state
    actions = table("""
        date       symbol kind  new_shares
        2024-01-02 X      split 2
        """)
    rows = trades("""
        2024-01-03 sell 1 5
        2024-01-02 sell 1 5
        """)
    after = "a date after 2024-01-02, up to which all is processed"
    assert refused(rows, state=state, actions=actions) == [
        f"transactions, row 2, column 'date': found 2024-01-02; allowed: {after}",
        "actions, column 'date': found split of X on 2024-01-02; allowed: " + after,
    ]
    lots = table("""
        account lot_id symbol shares cost_basis acquired
        A       7      X      1      5          2024-01-01
        """)
    assert "lots: found opening lots; allowed: none: the state has the lots" in refused(
        rows.head(1), state=state, lots=lots
    )


def saved() -> str:
    rows = trades("""
        2023-01-02 buy  3 100
        2024-01-02 sell 2  50
        """)
    return state_text(wash_sales(rows).state)


def damages() -> list[tuple[str, str]]:
    text = saved()
    changed = "a file that was changed after it was written"
    return [
        ("", "text that is no JSON, or not all of it"),
        (text[: len(text) // 2], "text that is no JSON, or not all of it"),
        ("[" * 100_000, "text that is no JSON, or not all of it"),
        ("[]", "another kind of file"),
        ('{"version": 1}', "another kind of file"),
        (text.replace('"version": 1', '"version": 2'), "version 2"),
        (text.replace('"shares": "1"', '"shares": "2"'), changed),
        (text.replace('"rows": 2', '"rows": 2, "more": 1'), changed),
        (text.replace('"sha256": "', '"sha256": "0'), changed),
    ]


@pytest.mark.parametrize(("text", "found"), damages())
def test_a_damaged_state_is_refused(text, found, tmp_path):
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        wash_sales(BOUGHT, state=path)
    allowed = "a state.json of version 1, as a run has written it"
    assert str(caught.value.problems[0]) == f"{path}: found {found}; allowed: {allowed}"


def test_a_state_that_is_no_file_or_no_text(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_state(tmp_path / "none.json")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="bytes that are no text"):
        read_state(tmp_path / "bytes")


def test_a_state_survives_its_text():
    state = state_of(saved())
    assert state_text(state) == saved()
    assert repr(state) == "LedgerState(through=2024-01-02, lots=1, open losses=1)"


def test_an_empty_batch_changes_nothing():
    rows = trades("""
        2023-01-02 buy  3 100
        2024-01-02 sell 2  50
        """)
    one = wash_sales(rows)
    two = wash_sales(rows.iloc[:0], state=one.state)
    assert two.state == one.state
    assert two.gains.empty
    assert in_parts(rows, "2023-06-30").state == one.state
