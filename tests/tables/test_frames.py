# SPDX-License-Identifier: Apache-2.0
"""Frames and Parquet files give what the same CSV gives."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tables import valid_rows, write_csv

from di_optimizer.errors import InputError
from di_optimizer.tables import TABLES, Table, check, read_table
from di_optimizer.tables.spec import Kind

LOTS = TABLES["lots"]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_csv_parquet_and_frame_are_read_alike(table: Table, tmp_path: Path) -> None:
    text = valid_rows(table)
    from_csv = read_table(write_csv(tmp_path / "t.csv", text), table)
    from_csv.to_parquet(tmp_path / "t.parquet", index=False)
    for source in (tmp_path / "t.parquet", from_csv.reset_index(drop=True), text):
        read = read_table(source, table)
        assert read.index.tolist() == [1, 2, 3]
        pd.testing.assert_frame_equal(
            read.reset_index(drop=True), from_csv.reset_index(drop=True)
        )


def lots(**columns: object) -> pd.DataFrame:
    return valid_rows(LOTS).assign(**columns)


def test_a_frame_is_not_changed() -> None:
    frame = lots(account=[" A ", "B", "C"])
    before = frame.copy(deep=True)
    assert read_table(frame, LOTS)["account"].tolist() == ["A", "B", "C"]
    pd.testing.assert_frame_equal(frame, before)


def test_rows_of_a_frame_count_from_one_and_keep_lines_once_read(
    tmp_path: Path,
) -> None:
    frame = lots(shares=[1.0, -2.0, 3.0]).set_axis([70, 80, 90])
    (problem,) = check(frame, LOTS, "mine")
    assert (problem.file, problem.row, problem.found) == ("mine", 2, "-2.0")
    read = read_table(write_csv(tmp_path / "lots.csv", valid_rows(LOTS)), LOTS)
    (problem,) = check(read.assign(shares=[1.0, 2.0, -3.0]), LOTS, "lots.csv")
    assert problem.row == 4


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("lot_id", [1, 2, 3], ["1", "2", "3"]),
        ("lot_id", pd.Categorical(["a", "b", "c"]), ["a", "b", "c"]),
        ("shares", [Decimal("0.1"), Decimal(2), Decimal("1E+3")], [0.1, 2.0, 1000.0]),
        ("shares", ["0.1", 2, np.float64(3)], [0.1, 2.0, 3.0]),
        ("shares", pd.array([1, 2, 3], dtype="Int64"), [1.0, 2.0, 3.0]),
        ("shares", pd.array([1, 2, 3], dtype="float32"), [1.0, 2.0, 3.0]),
        ("acquired", [date(2020, 1, 31)] * 3, [pd.Timestamp("2020-01-31")] * 3),
        ("acquired", [datetime(2020, 1, 31)] * 3, [pd.Timestamp("2020-01-31")] * 3),  # noqa: DTZ001
        (
            "acquired",
            ["2020-01-31", date(2020, 2, 1), pd.Timestamp("2020-02-02")],
            [
                pd.Timestamp(2020, 1, 31),
                pd.Timestamp(2020, 2, 1),
                pd.Timestamp(2020, 2, 2),
            ],
        ),
    ],
)
def test_types_that_are_taken(column: str, values: object, expected: list) -> None:
    assert read_table(lots(**{column: values}), LOTS)[column].tolist() == expected


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("lot_id", [1.0, 2.0, 3.0], "1.0"),
        ("lot_id", [True, False, True], "True"),
        ("symbol", [{"a": 1}, "B", "C"], "{'a': 1}"),
        ("shares", [True, True, True], "True"),
        ("shares", [True, 1.5, 2.5], "True"),
        ("shares", [np.inf, 1.0, 2.0], "inf"),
        ("shares", [np.nan, 1.0, 2.0], "blank"),
        ("shares", [None, Decimal(1), "2"], "blank"),
        ("shares", [Decimal("NaN"), Decimal(1), Decimal(2)], "NaN"),
        ("shares", [1 + 2j, 1, 1], "(1+2j)"),
        ("acquired", pd.to_datetime(["2020-01-31 10:00"] * 3), "2020-01-31 10:00:00"),
        (
            "acquired",
            pd.to_datetime(["2020-01-31"] * 3).tz_localize("UTC"),
            "2020-01-31 00:00:00+00:00",
        ),
        ("acquired", [20200131] * 3, "20200131"),
        ("acquired", pd.to_datetime([None, "2020-01-31", "2020-01-31"]), "blank"),
        ("acquired", pd.to_datetime(["1677-12-31"] * 3), "1677-12-31 00:00:00"),
    ],
)
def test_types_that_are_refused(column: str, values: object, found: str) -> None:
    problems = check(lots(**{column: values}), LOTS, "lots")
    assert (problems[0].row, problems[0].column) == (1, column)
    assert problems[0].found == found


def test_parquet_types_of_other_writers(tmp_path: Path) -> None:
    columns = {name: valid_rows(LOTS)[name].tolist() for name in LOTS.names}
    arrays = columns | {
        "shares": pa.array([Decimal("0.1000"), Decimal(2), Decimal(3)]),
        "cost_basis": pa.array([1, None, 3], pa.int32()),
        "acquired": pa.array([date(2020, 1, 31)] * 3, pa.date32()),
        "holding_start": pa.array([None] * 3, pa.timestamp("us")),
        "symbol": pa.array(["A", "B", "A"]).dictionary_encode(),
    }
    pa.parquet.write_table(pa.table(arrays), tmp_path / "lots.parquet")
    frame = read_table(tmp_path / "lots.parquet", LOTS)
    assert frame["shares"].tolist() == [0.1, 2.0, 3.0]
    assert frame["cost_basis"].isna().tolist() == [False, True, False]
    assert frame["symbol"].tolist() == ["A", "B", "A"]
    assert frame["acquired"].tolist() == [pd.Timestamp("2020-01-31")] * 3
    assert frame["holding_start"].isna().all()


def test_securities_keep_attributes_and_others_refuse_them() -> None:
    frame = valid_rows(TABLES["securities"]).assign(esg_score=["7", "", "08"])
    read = read_table(frame, TABLES["securities"])
    assert read["esg_score"].tolist()[0] == "7"
    assert read["esg_score"].isna().tolist() == [False, True, False]
    assert read["esg_score"].tolist()[2] == "08"
    with pytest.raises(InputError, match="unknown column 'esg_score'"):
        read_table(lots(esg_score=1), LOTS)


@pytest.mark.parametrize("name", ["sectr", "Wash_group", "aliase", " "])
def test_a_misspelt_column_is_no_attribute(name: str) -> None:
    frame = pd.DataFrame({"symbol": ["AAA"], name: ["x"]})
    (problem,) = check(frame, TABLES["securities"], "securities")
    assert problem.found == f"unknown column '{name.strip()}'"
    assert not name.strip() or "Did you mean" in problem.todo


def test_an_index_that_only_looks_like_row_numbers() -> None:
    frame = lots(shares=[-1, 1, 1]).set_axis(pd.Index(["x", "y", "z"], name="row"))
    assert [problem.row for problem in check(frame, LOTS, "lots")] == [1]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_parquet(share: float, tmp_path: Path) -> None:
    path = tmp_path / "lots.parquet"
    lots().to_parquet(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match=r"lots\.parquet: found "):
        read_table(path, LOTS)


def test_absent_optional_columns_are_blank_or_their_default() -> None:
    frame = read_table(pd.DataFrame({"account": ["A1"]}), TABLES["accounts"])
    assert frame.loc[1, "type"] == "taxable"
    assert bool(frame.loc[1, "fractional"]) is True
    assert frame.loc[1, ["cash", "policy", "short_rate"]].isna().all()
    kinds = {column.name: column.kind for column in TABLES["accounts"].columns}
    assert frame.dtypes["cash"] == "float64"
    assert kinds["cash"] is Kind.NUMBER


SHARES = st.sampled_from(
    ["1", "0", "-1", "1e3", "1,5", "", "nan", ".5", "5.", "x", "+2"]
)
DATES = st.sampled_from(["2020-01-31", "2021-02-29", "20200131", "", "1900-01-01"])
IDS = st.sampled_from(["1", "2", "3", " 1 ", ""])


@given(st.lists(st.tuples(IDS, SHARES, DATES), min_size=1, max_size=8))
@settings(max_examples=40)
def test_same_problems_as_a_plain_row_by_row_check(
    rows: list[tuple[str, str, str]],
) -> None:
    frame = pd.DataFrame(rows, columns=["lot_id", "shares", "acquired"], dtype="str")
    frame = frame.assign(account="A", symbol="S", cost_basis="1")
    found = {(p.row, p.column) for p in check(frame, LOTS, "lots")}
    assert found == set(plain_problems(rows))


def plain_problems(rows: list[tuple[str, str, str]]) -> list[tuple[int, str]]:
    problems, seen = [], set()
    for row, (lot_id, shares, acquired) in enumerate(rows, start=1):
        name = lot_id.strip()
        if not name:
            problems.append((row, "lot_id"))
        elif name in seen:
            problems.append((row, "account + lot_id"))
        seen.add(name)
        try:
            good = 0 < float(shares) < 1e12
        except ValueError:
            good = False
        if not good:
            problems.append((row, "shares"))
        if acquired not in ("2020-01-31", "1900-01-01"):
            problems.append((row, "acquired"))
    return problems
