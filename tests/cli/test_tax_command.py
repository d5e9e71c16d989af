# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer tax wash-sales`` from files to files."""

import json

import pandas as pd
import pytest
from support.command_line import call

HEADER = "account,symbol,date,side,shares,amount,lot_id,purchase_order\n"
ROWS = """\
001,BRK-B,2024-02-21,buy,10,5400000,17.1,3
001,brk/b,2024-01-10,buy,100,60000000,,
001,BRK.B,2024-02-05,sell,100,55000000,,
001,BRKB,2024-02-20,buy,50.123456789,27000000,17,
002,XYZ,2024-02-29,buy,10,100,XYZ-20240229,
002,XYZ,2024-02-29,buy,10,0,,
002,XYZ,2024-02-29,sell,20,0,,
"""
FILES = {"lots.csv", "gains.csv", "wash_sales.csv", "form_8949.csv", "state.json"}


@pytest.fixture
def trades(tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text(HEADER + ROWS)
    return path


def settle(*words):
    return call("tax", "wash-sales", *words)


def test_from_a_file_in_any_order_to_files(trades, tmp_path):
    """Prices of 600,000, nine decimals, blank cells, amounts of 0, 29 February."""
    out = tmp_path / "out"
    result = settle(trades, "--out", out)
    assert (result.status, result.err) == (0, "")
    assert {path.name for path in out.iterdir()} == FILES
    lots = (out / "lots.csv").read_text().splitlines()[1:]
    assert [line.partition(",purchase")[0] for line in lots] == [
        "001,17,BRK.B,50.123456789,29506172.84,2024-02-20,2024-01-25",
        "001,17.1,BRK.B,10,5900000,2024-02-21,2024-01-26",
    ]
    assert "3,006,172.84" in result.out
    assert "−1,993,827.16" in result.out


def test_json_has_the_same_sums(trades, tmp_path):
    result = settle(trades, "--out", tmp_path / "out", "--json")
    data = json.loads(result.out)
    first, second = data["accounts"]
    assert (first["account"], first["disallowed"]) == ("001", 3006172.84)
    assert (second["account"], second["reported"]) == ("002", -100.0)
    assert (data["open_lots"], data["sold_pieces"], data["wash_sales"]) == (2, 3, 2)


def test_parquet_gives_the_same_files(trades, tmp_path):
    frame = pd.read_csv(trades, dtype={"account": str, "lot_id": str})
    frame["date"] = pd.to_datetime(frame["date"])
    frame.to_parquet(tmp_path / "trades.parquet")
    for name in ("trades.csv", "trades.parquet"):
        assert settle(tmp_path / name, "--out", tmp_path / name[-3:]).status == 0
    for name in FILES:
        one, other = tmp_path / "csv" / name, tmp_path / "uet" / name
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("rows", ["", "001,X,2024-01-10,buy,1,1,,\n"])
def test_no_sales_and_no_rows(rows, tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text(HEADER + rows)
    result = settle(path, "--out", tmp_path / "out")
    assert result.status == 0
    assert "No wash sale." in result.out


def test_lots_that_were_written_open_another_run(trades, tmp_path):
    settle(trades, "--out", tmp_path / "one", "-q")
    later = tmp_path / "later.csv"
    later.write_text(HEADER + "001,BRK.B,2025-03-03,sell,60.123456789,1,,\n")
    lots, state = (tmp_path / "one" / name for name in ("lots.csv", "state.json"))
    for name, words in {"lots": ("--lots", lots), "state": ("--state", state)}.items():
        assert settle(later, "--out", tmp_path / name, *words, "-q").status == 0
    gains = [(tmp_path / name / "gains.csv").read_text() for name in ("lots", "state")]
    assert gains[0] == gains[1]
    both = settle(later, "--out", tmp_path / "x", "--lots", lots, "--state", state)
    assert (both.status, (tmp_path / "x").exists()) == (2, False)
    assert "found opening lots; allowed: none: the state has the lots" in both.err


def test_the_folder_of_the_run_before_is_not_overwritten(trades, tmp_path):
    """Its gains are nowhere else."""
    out = tmp_path / "out"
    settle(trades, "--out", out, "-q")
    before = (out / "gains.csv").read_bytes()
    later = tmp_path / "later.csv"
    later.write_text(HEADER + "001,BRK.B,2024-03-01,buy,1,540000,,\n")
    refused = settle(later, "--out", out, "--state", out / "state.json")
    assert refused.status == 2
    assert "allowed: another folder. gains.csv has the rows of one run" in refused.err
    assert (out / "gains.csv").read_bytes() == before
    there = tmp_path / "next"
    assert settle(later, "--out", there, "--state", out / "state.json").status == 0
    amended = (there / "gains.csv").read_text().splitlines()[1]
    assert amended.startswith("001,2024-02-05-1,BRK.B,")
    assert "2024-03-01" in amended
    rerun = settle(later, "--out", out, "--state", there / "state.json")
    assert rerun.status == 2
    assert "a date after 2024-03-01, up to which all is processed" in rerun.err


def test_every_problem_at_once_with_file_row_and_column(trades, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("account,taxpayer,type\n002,ann,taxed\n")
    trades.write_text(HEADER + "001,X,2024-01-10,sel,1,1,,\n")
    state = tmp_path / "state.json"
    state.write_text("")
    words = ("--accounts", people, "--state", state, "--relief", "lifi")
    result = settle(trades, "--out", tmp_path / "out", *words)
    assert result.status == 2
    lines = result.err.splitlines()
    assert lines[0] == "4 problems in the input:"
    assert [line.strip().partition(":")[0] for line in lines[1:]] == [
        f"{trades}, row 2, column 'side'",
        f"{people}, row 2, column 'type'",
        str(state),
        "relief",
    ]
    assert lines[-1].endswith("Did you mean 'lifo'?")
    assert not (tmp_path / "out").exists()


def test_an_unknown_account(trades, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("account,taxpayer,type\n1,ann,taxable\n001,ann,taxable\n")
    result = settle(trades, "--out", tmp_path / "out", "--accounts", people)
    assert result.status == 2
    assert result.err.count("unknown account '002'") == 3
    assert f"an account of {people}" in result.err
