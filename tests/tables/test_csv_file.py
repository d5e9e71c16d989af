# SPDX-License-Identifier: Apache-2.0
"""CSV as text: nothing guessed, lines right, both readers agree."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tables import valid_rows, write_csv

from di_optimizer.errors import InputError
from di_optimizer.tables import TABLES, csv_file, read_table
from di_optimizer.tables.csv_file import read_cells

CELLS = st.text(st.sampled_from('ab1,"\n\r\t é;|NA'), max_size=6)
PLAIN = st.text(st.sampled_from("ab1\t é;|NA"), max_size=6)
LOTS = "account,lot_id,symbol,shares,cost_basis,acquired\n"


def as_csv(
    rows: list[list[str]], end: str = "\n", quoting: int = csv.QUOTE_MINIMAL
) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=quoting).writerows(rows)
    return file.getvalue().encode()


def table_of(cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    def rows(width: int) -> st.SearchStrategy[list[list[str]]]:
        row = st.lists(cells, min_size=width, max_size=width)
        return st.lists(row, min_size=1, max_size=5)

    return st.integers(2, 4).flatmap(rows)


@given(table_of(CELLS))
@settings(max_examples=60)
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]]) -> None:
    cells = read_cells(as_csv(rows, quoting=csv.QUOTE_ALL), "t.csv")
    assert cells.problems == ()
    assert [list(cells.header), *cells.frame.to_numpy().tolist()] == rows


@given(table_of(PLAIN), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=60)
def test_quick_and_plain_reader_agree(rows: list[list[str]], end: str) -> None:
    data = as_csv(rows, end)
    quick, plain = csv_file._regular(data), csv_file._irregular(data, "t.csv")
    assert quick is not None
    assert quick.header == plain.header
    assert quick.frame.index.tolist() == plain.frame.index.tolist()
    assert quick.frame.to_numpy().tolist() == plain.frame.to_numpy().tolist()


def test_tickers_and_ids_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "lots.csv"
    ids = [
        "NA",
        "TRUE",
        "007",
        "null",
        "1e5",
        "NaN",
        "None",
        "0x1F",
        "-0",
        "2020-01-31",
    ]
    rows = "".join(f"{name},{name},{name},1,1,2020-01-31\n" for name in ids)
    path.write_text(LOTS + rows)
    frame = read_table(path, TABLES["lots"])
    for column in ("account", "lot_id", "symbol"):
        assert frame[column].tolist() == ids


def test_blanks_around_values_are_dropped_and_inside_kept(tmp_path: Path) -> None:
    path = tmp_path / "lots.csv"
    path.write_text(
        "\ufeffaccount , lot_id,symbol,shares,cost_basis,acquired\r\n"
        ' A1 ,"  x y ",\tBRK B , 1.5 , +2e1 , 2020-01-31 \r\n',
        encoding="utf-8",
    )
    row = read_table(path, TABLES["lots"]).loc[2]
    assert row[["account", "lot_id", "symbol"]].tolist() == ["A1", "x y", "BRK B"]
    assert (row["shares"], row["cost_basis"]) == (1.5, 20.0)


def test_row_numbers_are_lines_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    path.write_text(
        "account,symbol,side,shares,price,amount,reason\n"
        "A1,AAA,buy,1,1,1,one\n"
        "\n"
        'A1,AAA,buy,1,1,1,"two, quoted"\n'
        "A1,AAA,buy,x,1,1,three\n"
        "\n"
    )
    with pytest.raises(
        InputError, match=r"trades.csv, row 5, column 'shares': found x"
    ):
        read_table(path, TABLES["trades"])


def test_line_numbers_after_a_quoted_line_break() -> None:
    cells = read_cells(b'a,b\n1,"x\ny\nz"\n2,w\n', "t.csv")
    assert cells.frame.index.tolist() == [2, 5]
    assert cells.frame.loc[2].tolist() == ["1", "x\ny\nz"]


@pytest.mark.parametrize(
    ("content", "row", "found", "todo"),
    [
        (b"a,b\n1,\xff\n", 2, "bytes that are no UTF-8 text (0xff)", "CSV UTF-8"),
        (b"\xff\xfea\x00,\x00", 1, "bytes that are no UTF-8 text (0xff)", "CSV UTF-8"),
        (b'a,b\n1,"x\n2,y\n', 2, "text that is not CSV (unexpected end of data)", ""),
        (b'a,b\n1,"x"y\n', 2, "text that is not CSV (',' expected after '\"')", ""),
        (b"a,b\n1\n2,3\n", 2, "1 field", "Put"),
    ],
)
def test_unreadable_files(content: bytes, row: int, found: str, todo: str) -> None:
    (problem, *_) = read_cells(content, "t.csv").problems
    assert (problem.row, problem.found) == (row, found)
    assert todo in problem.todo or row == 2


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_are_named(mark: str, tmp_path: Path) -> None:
    path = tmp_path / "lots.csv"
    path.write_text(LOTS.replace(",", mark) + f"A1{mark}1\n")
    with pytest.raises(InputError, match=r"Separate the columns by commas\."):
        read_table(path, TABLES["lots"])


@pytest.mark.parametrize("name", ["lots.txt", "lots", "lots.csv.gz"])
def test_only_csv_and_parquet(name: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / name, valid_rows(TABLES["lots"]))
    with pytest.raises(InputError, match=r"allowed: a file named \.csv or \.parquet"):
        read_table(path, TABLES["lots"])


def test_missing_file_and_broken_parquet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found No such file or directory; allowed"):
        read_table(tmp_path / "lots.csv", TABLES["lots"])
    broken = tmp_path / "lots.parquet"
    broken.write_bytes(b"account,lot_id\n")
    with pytest.raises(InputError, match="allowed: a Parquet file"):
        read_table(broken, TABLES["lots"])
