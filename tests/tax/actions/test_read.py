# SPDX-License-Identifier: Apache-2.0
"""Actions as values and as a table: what each kind needs, and what it refuses."""

from datetime import date
from fractions import Fraction

import pandas as pd
import pytest

from di_optimizer.errors import InputError
from di_optimizer.tables import TABLES
from di_optimizer.tax.actions import Action, Kind, read_actions
from di_optimizer.tax.actions.action import FIELDS, USES

ON = date(2024, 6, 3)
FULL = {
    "ratio": Fraction(1, 2),
    "cash": Fraction(10),
    "new_symbol": "BBB",
    "basis_fraction": Fraction(1, 8),
    "new_price": Fraction(30),
    "lieu_price": Fraction(31),
}


def needed(kind):
    fields = {name: FULL[name] for name in USES[kind].needs}
    return fields | ({"ratio": Fraction(3, 2)} if kind is Kind.SPLIT else {})


def make(kind, **fields):
    return Action(on=ON, symbol="AAA", kind=kind, **fields)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_action_has_what_its_kind_needs_and_may_have_and_no_more(kind):
    fields = needed(kind)
    make(kind, **fields)
    for name in FIELDS:
        if name in fields:
            lacking = {key: value for key, value in fields.items() if key != name}
            message = f"column '{name}': found blank; allowed: a value: every {kind} "
            with pytest.raises(InputError, match=message):
                make(kind, **lacking)
        elif name in USES[kind].may:
            assert getattr(make(kind, **fields, lieu_price=FULL[name]), name)
        else:
            with pytest.raises(InputError, match=f"allowed: blank: no {kind} has one"):
                make(kind, **fields, **{name: FULL[name]})


@pytest.mark.parametrize(
    ("kind", "field", "value", "message"),
    [
        (Kind.SPLIT, "ratio", Fraction(1), "found 1; allowed: more new shares than"),
        (Kind.REVERSE_SPLIT, "ratio", Fraction(1), "found 1; allowed: fewer new share"),
        (Kind.MERGER_STOCK, "ratio", Fraction(0), "found 0; allowed: a number above 0"),
        (Kind.MERGER_CASH, "cash", Fraction(-2), "found -2; allowed: a number above 0"),
        (Kind.SPIN_OFF, "basis_fraction", Fraction(1), "allowed: a fraction above 0 a"),
        (Kind.SYMBOL_CHANGE, "new_symbol", "AAA", "allowed: another symbol than AAA"),
    ],
)
def test_values_out_of_range_are_refused(kind, field, value, message):
    with pytest.raises(InputError, match=message):
        make(kind, **(needed(kind) | {field: value}))


@pytest.mark.parametrize(
    ("kind", "ratio"),
    [
        (Kind.SPLIT, Fraction(101, 100)),
        (Kind.REVERSE_SPLIT, Fraction(99, 100)),
        (Kind.MERGER_STOCK, Fraction(1)),
        (Kind.SPIN_OFF, Fraction(2)),
    ],
)
def test_ratios_in_range_are_taken(kind, ratio):
    assert make(kind, **(needed(kind) | {"ratio": ratio})).ratio == ratio


def test_the_table_knows_every_kind():
    assert TABLES["actions"].column("kind").choices == tuple(Kind)


HEADER = (
    "date,symbol,kind,new_shares,old_shares,cash,new_symbol,basis_fraction,"
    "new_price,lieu_price\n"
)


def write(tmp_path, *lines):
    path = tmp_path / "actions.csv"
    path.write_text(HEADER + "".join(line + "\n" for line in lines))
    return path


def test_a_file_of_every_kind(tmp_path):
    path = write(
        tmp_path,
        "2024-09-02,AAA,split,3,2,,,,,30.10",
        "2024-06-03,AAA,reverse_split,1,3,,,,,",
        "2024-06-04,BBB,symbol_change,,,,BBX,,,",
        "2024-06-05,CCC,spin_off,1,4,,SPN,0.125,,44",
        "2024-06-06,DDD,merger_stock,0.5,,,EEE,,,",
        "2024-06-07,FFF,merger_cash,,,32.50,,,,",
        "2024-06-08,GGG,merger_mixed,0.5,1,10,HHH,,30,31",
        "2024-06-09,III,return_of_capital,,,0.37,,,,",
    )
    third, half, eighth = Fraction(1, 3), Fraction(1, 2), Fraction(1, 8)
    assert read_actions(path) == (
        Action(on=ON, symbol="AAA", kind=Kind.REVERSE_SPLIT, ratio=third),
        Action(
            on=date(2024, 6, 4),
            symbol="BBB",
            kind=Kind.SYMBOL_CHANGE,
            new_symbol="BBX",
        ),
        Action(
            on=date(2024, 6, 5),
            symbol="CCC",
            kind=Kind.SPIN_OFF,
            ratio=Fraction(1, 4),
            new_symbol="SPN",
            basis_fraction=eighth,
            lieu_price=Fraction(44),
        ),
        Action(
            on=date(2024, 6, 6),
            symbol="DDD",
            kind=Kind.MERGER_STOCK,
            ratio=half,
            new_symbol="EEE",
        ),
        Action(
            on=date(2024, 6, 7),
            symbol="FFF",
            kind=Kind.MERGER_CASH,
            cash=Fraction(65, 2),
        ),
        Action(
            on=date(2024, 6, 8),
            symbol="GGG",
            kind=Kind.MERGER_MIXED,
            ratio=half,
            cash=Fraction(10),
            new_symbol="HHH",
            new_price=Fraction(30),
            lieu_price=Fraction(31),
        ),
        Action(
            on=date(2024, 6, 9),
            symbol="III",
            kind=Kind.RETURN_OF_CAPITAL,
            cash=Fraction(37, 100),
        ),
        Action(
            on=date(2024, 9, 2),
            symbol="AAA",
            kind=Kind.SPLIT,
            ratio=Fraction(3, 2),
            lieu_price=Fraction("30.10"),
        ),
    )


def test_rows_of_one_day_stay_in_their_order(tmp_path):
    rows = ("2024-06-03,BBB,split,2,1,,,,,", "2024-06-03,AAA,symbol_change,,,,BBB,,,")
    for order in (rows, rows[::-1]):
        actions = read_actions(write(tmp_path, *order))
        assert [a.symbol for a in actions] == [line[11:14] for line in order]


def test_every_problem_of_a_file_is_told_at_once(tmp_path):
    path = write(
        tmp_path,
        "2024-06-03,AAA,split,,,,,,,",
        "2024-06-03,BBB,merger_cash,2,1,10,ZZZ,,,",
        "2024-06-03,CCC,split,1.5,x,-1,,,,",
        "2024-06-03,DDD,spinoff,1,4,,SPN,0.125,,",
        "2024-06-03,EEE,return_of_capital,,3,1,,,,",
        "2024-06-03,FFF,spin_off,1,4,,FFF,1,,",
        "2024-06-03,,split,2,1,,,,,",
        "2024-06-03,GGG,reverse_split,1,x,,,,,",
        "2024-06-03,HHH,return_of_capital,1,x,1,,,,",
        "2024-06-03,JJJ,split,1.5,2.25,,,0.375,,",
    )
    with pytest.raises(InputError) as error:
        read_actions(path)
    number = "a number above 0 or blank"
    found = [(p.row, p.column, p.found) for p in error.value.problems]
    assert found == [
        (2, "new_shares", "blank"),
        (3, "new_shares", "2 for 1"),
        (3, "new_symbol", "'ZZZ'"),
        (4, "old_shares", "x"),
        (4, "cash", "-1"),
        (5, "kind", "spinoff"),
        (6, "old_shares", "3"),
        (7, "new_symbol", "'FFF'"),
        (7, "basis_fraction", "1"),
        (8, "symbol", "blank"),
        (9, "old_shares", "x"),
        (10, "old_shares", "x"),
        (10, "new_shares", "1"),
        (11, "new_shares", "1.5 for 2.25"),
        (11, "basis_fraction", "0.375"),
    ]
    assert [p.allowed for p in error.value.problems[3:5]] == [number, number]
    text = str(error.value)
    assert (
        f"{path}, row 2, column 'new_shares': found blank; allowed: a value: " in text
    )
    assert "column 'old_shares': found 3; allowed: blank where new_shares is" in text
    assert "column 'basis_fraction': found 1; allowed: a fraction above 0 and" in text


def test_an_absent_column_is_told_and_no_row_is_judged_without_it():
    frame = pd.DataFrame({"date": ["2024-06-03"], "symbol": ["AAA"], "new_shares": [2]})
    with pytest.raises(InputError) as error:
        read_actions(frame)
    assert [p.found for p in error.value.problems] == ["no column 'kind'"]


def test_the_same_action_twice_is_refused(tmp_path):
    row = "2024-06-03,AAA,split,2,1,,,,,"
    with pytest.raises(InputError, match="again, first in row 2; allowed: each once"):
        read_actions(write(tmp_path, row, row))


def test_a_day_may_have_two_spin_offs(tmp_path):
    rows = [f"2024-06-03,AAA,spin_off,1,4,,{new},0.1,," for new in ("SPN", "SPM")]
    assert [a.new_symbol for a in read_actions(write(tmp_path, *rows))] == [
        "SPN",
        "SPM",
    ]


def test_a_header_without_rows_says_there_are_none(tmp_path):
    assert read_actions(write(tmp_path)) == ()
