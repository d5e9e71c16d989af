# SPDX-License-Identifier: Apache-2.0
"""Every table against every kind of damage: each names file, row and column."""

from pathlib import Path

import pandas as pd
import pytest
from support.tables import valid_rows, write_csv

from di_optimizer.errors import InputError, Problem
from di_optimizer.tables import TABLES, Column, Kind, Table, read_table

EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def columns_of(table: Table, *kinds: Kind) -> list[Column]:
    return [column for column in table.columns if column.kind in kinds]


def problems_of(path: Path, table: Table) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_table(path, table)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return caught.value.problems


Damage = dict[str, list[str]]  # values by column, one in each row


def refusals(folder: Path, table: Table, damage: Damage) -> dict[str, list[Problem]]:
    """Put wrong values into several columns; return what is said of each column.

    Every value must be refused, in its own row (the first is line 2).
    """
    length = max(map(len, damage.values()), default=0)
    frame = valid_rows(table, length)
    for name, values in damage.items():
        frame.loc[: len(values) - 1, name] = values
    found = problems_of(write_csv(folder / "t.csv", frame), table) if length else ()
    said = {name: [p for p in found if p.column == name] for name in damage}
    for name, values in damage.items():
        assert [p.row for p in said[name]] == list(range(2, len(values) + 2)), name
    return said


def accepted(folder: Path, table: Table, values: Damage) -> pd.DataFrame:
    """Read valid rows with some columns replaced; the rest of a group is blank."""
    length = max(map(len, values.values()))
    frame = valid_rows(table, length).assign(**values)
    for group in table.one_of:
        for name in set(group) & set(values):
            frame[[other for other in group if other != name]] = ""
    return read_table(write_csv(folder / "in.csv", frame), table)


@EVERY_TABLE
def test_undamaged_rows_are_read(table: Table, tmp_path: Path) -> None:
    frame = read_table(write_csv(tmp_path / "t.csv", valid_rows(table)), table)
    assert list(frame.columns) == list(table.names)
    assert frame.index.tolist() == [2, 3, 4]
    assert frame.index.name == "row"


@EVERY_TABLE
def test_misspelt_header_names_the_nearest(table: Table, tmp_path: Path) -> None:
    required = [c.name for c in table.columns if c.required]
    for name in required:
        frame = valid_rows(table).rename(columns={name: name + "z"})
        found = problems_of(write_csv(tmp_path / "t.csv", frame), table)
        texts = [str(p) for p in found]
        assert any(f"found no column '{name}'" in text for text in texts)
        wrong = f"row 1, column '{name}z': found unknown column '{name}z'"
        hint = f"Did you mean '{name}'?"
        assert any(wrong in text and hint in text for text in texts)


@EVERY_TABLE
def test_repeated_column(table: Table, tmp_path: Path) -> None:
    frame = valid_rows(table)
    name = table.columns[0].name
    both = pd.concat([frame, frame[[name]]], axis="columns")
    found = problems_of(write_csv(tmp_path / "t.csv", both), table)
    assert [p.found for p in found] == [f"a second column '{name}'"]


@EVERY_TABLE
@pytest.mark.parametrize("content", ["", "\n\n", "  \n"])
def test_empty_file(table: Table, content: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content)
    (problem,) = problems_of(path, table)
    assert problem.found == "an empty file"
    assert problem.allowed == "a header and at least one row"


@EVERY_TABLE
def test_header_only(table: Table, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", valid_rows(table, 0))
    if table.empty:
        assert len(read_table(path, table)) == 0
    else:
        (problem,) = problems_of(path, table)
        assert problem.found == "a header without rows"


@EVERY_TABLE
def test_truncated_last_row(table: Table, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", valid_rows(table))
    text = path.read_text().rstrip("\n")
    path.write_text(text[: text.rindex(",")])
    (problem,) = problems_of(path, table)
    width = len(table.columns)
    assert problem.row == 4
    assert problem.found == f"{width - 1} field{'s' * (width != 2)}"
    assert problem.allowed == f"{width}, one for each column of the header"
    assert problem.todo == "The file may have been cut off here."


@EVERY_TABLE
def test_extra_field_in_the_middle(table: Table, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", valid_rows(table))
    lines = path.read_text().splitlines()
    lines[2] += ",surplus"
    path.write_text("\n".join(lines) + "\n")
    (problem,) = problems_of(path, table)
    assert problem.row == 3
    assert "Put a field that contains a comma in quotes." in str(problem)


@EVERY_TABLE
def test_duplicate_key(table: Table, tmp_path: Path) -> None:
    frame = valid_rows(table)
    double = pd.concat([frame, frame.iloc[[0]]])
    path = write_csv(tmp_path / "t.csv", double)
    if not table.key:
        assert len(read_table(path, table)) == 4
        return
    (problem,) = problems_of(path, table)
    assert problem.row == 5
    assert problem.column == " + ".join(table.key)
    assert "again, first in row 2" in problem.found


@EVERY_TABLE
def test_text_that_is_no_finite_number(table: Table, tmp_path: Path) -> None:
    values = ["NaN", "inf", "-inf", "1e999", "0x10", "1_0", "five", "1,000", "$5"]
    columns = columns_of(table, Kind.NUMBER, Kind.WHOLE)
    said = refusals(tmp_path, table, {c.name: values for c in columns})
    advice = "Write plain digits: no separators, currency or percent signs."
    for column in columns:
        found = said[column.name]
        assert [problem.found for problem in found] == values
        assert {problem.allowed for problem in found} == {column.allowed}
        assert [problem.todo for problem in found] == [""] * 7 + [advice] * 2


def limits(column: Column) -> tuple[list[float], list[float]]:
    """Return values just inside and just outside the bounds of a column."""
    step = 1.0 if column.kind is Kind.WHOLE else 2.0**-10
    inside = [x for x in (column.at_least, column.at_most) if x is not None]
    outside = [x for x in (column.above,) if x is not None]
    outside += [] if column.at_least is None else [column.at_least - step]
    outside += [] if column.at_most is None else [column.at_most + step]
    return inside + [x + step for x in (column.above,) if x is not None], outside


@EVERY_TABLE
def test_both_sides_of_the_bounds_of_numbers(table: Table, tmp_path: Path) -> None:
    columns = columns_of(table, Kind.NUMBER, Kind.WHOLE)
    inside = {c.name: limits(c)[0] for c in columns}
    outside = {c.name: [f"{x:.17g}" for x in limits(c)[1]] for c in columns}
    said = refusals(tmp_path, table, outside)
    for name, values in outside.items():
        assert [problem.found for problem in said[name]] == values
    for name, values in inside.items():
        given = {name: [f"{value:.17g}" for value in values]}
        if values:
            assert accepted(tmp_path, table, given)[name].tolist() == values


@EVERY_TABLE
def test_part_of_a_whole_number(table: Table, tmp_path: Path) -> None:
    columns = columns_of(table, Kind.WHOLE)
    damage = {c.name: [f"{int(c.at_least or 0) + 1}.5"] for c in columns}
    for problems in refusals(tmp_path, table, damage).values():
        assert problems[0].allowed.startswith("a whole number")


@EVERY_TABLE
def test_wrong_dates(table: Table, tmp_path: Path) -> None:
    values = [
        "2023-02-29",
        "31/01/2023",
        "20230131",
        "2023-W05-2",
        "2023-1-31",
        "2023-01-31 10:00",
        "1899-12-31",
        "2200-01-01",
        "0202-01-31",
    ]
    good = ["1900-01-01", "2024-02-29", "2199-12-31"]
    columns = columns_of(table, Kind.DATE)
    for found in refusals(tmp_path, table, {c.name: values for c in columns}).values():
        assert [problem.found for problem in found] == values
        assert "a date written YYYY-MM-DD, from 1900-01-01" in found[0].allowed
    for column in columns:
        read = accepted(tmp_path, table, {column.name: good})[column.name]
        assert read.tolist() == [pd.Timestamp(text) for text in good]


@EVERY_TABLE
def test_unknown_choice(table: Table, tmp_path: Path) -> None:
    columns = columns_of(table, Kind.CHOICE)
    damage = {c.name: [c.choices[-1].upper()] for c in columns}
    said = refusals(tmp_path, table, damage)
    for column in columns:
        (problem,) = said[column.name]
        assert problem.todo == f"Did you mean '{column.choices[-1]}'?"
        assert problem.allowed.startswith("one of " + ", ".join(column.choices))


@EVERY_TABLE
def test_flags(table: Table, tmp_path: Path) -> None:
    columns = columns_of(table, Kind.FLAG)
    said = refusals(tmp_path, table, {c.name: ["yes", "1"] for c in columns})
    for column in columns:
        assert [p.allowed for p in said[column.name]] == [column.allowed] * 2
        read = accepted(tmp_path, table, {column.name: ["TRUE", "False", ""]})
        assert read[column.name].tolist() == [True, False, column.default]


@EVERY_TABLE
def test_blank_cells(table: Table, tmp_path: Path) -> None:
    needed = [c for c in table.columns if not c.may_be_blank]
    for found in refusals(tmp_path, table, {c.name: ["  "] for c in needed}).values():
        assert found[0].found == "blank"
    groups = {name for group in table.one_of for name in group}
    free = [c for c in table.columns if c.may_be_blank and c.name not in groups]
    first = {table.columns[0].name: ["A"]}
    read = accepted(tmp_path, table, {c.name: [" "] for c in free} or first)
    for column in free:
        value = read[column.name].iloc[0]
        assert pd.isna(value) if column.default is None else value == column.default


@EVERY_TABLE
def test_control_characters_and_length(table: Table, tmp_path: Path) -> None:
    texts = {c.name: ["a\x00b"] for c in columns_of(table, Kind.TEXT)}
    symbols = {c.name: ["S" * 41, "\x01"] for c in columns_of(table, Kind.SYMBOL)}
    said = refusals(tmp_path, table, texts | symbols)
    assert all(said[name][0].found == r"'a\x00b'" for name in texts)
    for name in symbols:
        assert said[name][0].allowed.startswith("a symbol of at most 40 characters")
        assert accepted(tmp_path, table, {name: ["S" * 40]})[name].item() == "S" * 40


@pytest.mark.parametrize(
    "table", [t for t in TABLES.values() if t.one_of], ids=lambda t: t.name
)
def test_exactly_one_of_a_group(table: Table, tmp_path: Path) -> None:
    for group in table.one_of:
        frame = valid_rows(table)
        frame.loc[0, group[0]] = ""
        frame.loc[2, group[1]] = frame.loc[2, group[0]]
        found = problems_of(write_csv(tmp_path / "t.csv", frame), table)
        assert [(p.row, p.found) for p in found] == [
            (2, "all blank"),
            (4, f"{group[0]} and {group[1]} filled"),
        ]
        assert found[0].allowed == f"exactly one of {', '.join(group)}"


def test_all_problems_of_a_file_come_together_in_row_order(tmp_path: Path) -> None:
    path = tmp_path / "lots.csv"
    path.write_text(
        "account,lot_id,symbol,share,shares,cost_basis,acquired\n"
        "A1,1,AAA,,10,-5,2020-01-31\n"
        "A1,1,,,ten,5,31.01.2020\n"
        "A1,2,AAA,,1\n"
    )
    found = problems_of(path, TABLES["lots"])
    assert [(p.row, p.column) for p in found] == [
        (1, "share"),
        (2, "cost_basis"),
        (3, "symbol"),
        (3, "shares"),
        (3, "acquired"),
        (3, "account + lot_id"),
        (4, None),
    ]
    with pytest.raises(InputError, match="7 problems in the input:"):
        read_table(path, TABLES["lots"])
