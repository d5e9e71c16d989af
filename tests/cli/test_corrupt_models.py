# SPDX-License-Identifier: Apache-2.0
"""Risk models, policies and price histories, damaged in every way.

As with the tables: exit status 2, the file and place of every problem on stderr, and
nothing written.
"""

import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import damage as d
from support.cli_book import (
    SECURITIES,
    Book,
    problem_lines,
    refused,
    write_model_tables,
)


def npz_with(**changes: np.ndarray | None) -> d.Damage:
    """Replace parts of a saved model; None takes one out."""

    def change(data: bytes) -> bytes:
        with np.load(io.BytesIO(data)) as old:
            parts = {k: v for k, v in (dict(old) | changes).items() if v is not None}
        target = io.BytesIO()
        np.savez(target, **parts)
        return target.getvalue()

    return change


def model_part(book: Book, name: str, at: tuple[int, ...], value: float) -> np.ndarray:
    with np.load(book.files["risk"]) as model:
        array = model[name].copy()
    array[at] = value
    return array


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (d.instead(b""), "found no readable .npz file"),
        (d.instead(d.GARBAGE), "found no readable .npz file"),
        (d.cut_to(0.5), "found no readable .npz file"),
        (d.cut_to(0.99), "found no readable .npz file"),
        (npz_with(factors=None), "found no part 'factors'"),
        (npz_with(extra=np.ones(2)), "found unknown part 'extra'"),
        (npz_with(format=np.array(2)), "found format 2"),
        (npz_with(as_of=np.array("28.06.2024")), "found as_of '28.06.2024'"),
        (npz_with(calibration=np.array(-1.0)), "column 'calibration': found -1.0"),
        (
            npz_with(as_of=np.array("2024-06-29")),
            "found a model as of 2024-06-29, after the rebalance date; allowed: a date "
            "up to 2024-06-28",
        ),
    ],
)
def test_a_risk_model_file_that_is_none(change, said, book, tmp_path):
    places = book.damaged(tmp_path, {"risk": change})
    (line,) = refused(book, tmp_path, **places)
    assert line.startswith(str(places["risk"]))
    assert said in line


@pytest.mark.parametrize(
    ("part", "at", "value", "said"),
    [
        ("exposures", (2, 0), np.nan, "found nan for 'CQX' to 'pc01'"),
        ("specific_variance", (2,), -0.01, "found -0.01 for 'CQX'"),
        ("factor_covariance", (0, 1), 1.0, "a symmetric matrix"),
        ("factor_covariance", (0, 0), -1.0, "no negative eigenvalue"),
    ],
)
def test_a_risk_model_that_is_none(part, at, value, said, book, tmp_path):
    change = npz_with(**{part: model_part(book, part, at, value)})
    places = book.damaged(tmp_path, {"risk": change})
    (line,) = refused(book, tmp_path, **places)
    assert line.startswith(f"{places['risk']}, column '{part}': found ")
    assert said in line


def test_a_risk_model_without_a_security(book, tmp_path):
    with np.load(book.files["risk"]) as model:
        gone = model["symbols"][2]
        parts = {
            name: model[name][np.arange(SECURITIES) != 2]
            for name in ("symbols", "exposures", "specific_variance")
        }
    places = book.damaged(tmp_path, {"risk": npz_with(**parts)})
    lines = refused(book, tmp_path, **places)
    lots = [line for line in lines if line.startswith(f"{book.files['lots']}, row ")]
    assert all(f"found '{gone}', which the risk model does not know" in t for t in lots)
    (fund,) = [line for line in lines if line not in lots]
    assert fund.startswith(f"{book.files['holdings']}: found 1 member without exposure")


MODEL_TABLES = (
    ("exposures.csv", d.cells(4, pc01="NaN"), "row 4, column 'pc01': found NaN"),
    ("exposures.csv", d.cells(4, pc01="1,5"), "row 4, column 'pc01': found 1,5"),
    ("exposures.csv", d.again(2), "column 'symbol': found 'BRQX' again"),
    ("exposures.csv", d.renamed("pc01", "pc1"), "found no column for factor 'pc01'"),
    ("exposures.csv", d.cut_in_last_row, "row 31: found "),
    ("exposures.csv", d.instead(b""), "found an empty file"),
    ("exposures.csv", d.header_only, "found a header without rows"),
    ("exposures.csv", d.row_gone(4), "found no row for symbol 'CQX'"),
    ("factor_covariance.csv", d.row_gone(2), "found no row for factor 'pc01'"),
    ("factor_covariance.csv", d.cells(2, pc02="9"), "allowed: a symmetric matrix"),
    ("factor_covariance.csv", d.cells(2, pc02="x"), "column 'pc02': found x"),
    ("factor_covariance.csv", d.instead(d.GARBAGE), "no UTF-8 text"),
    ("specific.csv", d.cells(3, variance="-1"), "row 3, column 'variance': found -1"),
    ("specific.csv", d.renamed("variance", "risk"), "Square a standard deviation"),
    ("specific.csv", d.extra_field, "row 2: found 3 fields"),
)


@pytest.fixture(scope="module")
def model_tables(book, tmp_path_factory) -> Path:
    return write_model_tables(book, tmp_path_factory.mktemp("model") / "tables")


@pytest.mark.parametrize(("name", "change", "said"), MODEL_TABLES)
def test_a_folder_of_model_tables(name, change, said, model_tables, book, tmp_path):
    folder = tmp_path / "risk"
    shutil.copytree(model_tables, folder)
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    lines = refused(book, tmp_path, risk=folder)
    about = [line for line in lines if line.startswith(str(folder / name))]
    assert any(said in line for line in about), lines


def test_a_folder_of_model_tables_with_one_gone_and_one_twice(
    model_tables, book, tmp_path
):
    folder = tmp_path / "risk"
    shutil.copytree(model_tables, folder)
    (folder / "specific.csv").unlink()
    (folder / "exposures.parquet").touch()
    assert refused(book, tmp_path, risk=folder) == [
        f"{folder}: found exposures.csv and exposures.parquet; allowed: one of "
        "exposures.csv and exposures.parquet",
        f"{folder}: found no table 'specific'; allowed: one of specific.csv and "
        "specific.parquet",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (d.words(("gamma", "gama")), ", column 'tracking.gama': found unknown setting"),
        (d.words(("= 10", "= -1")), ", column 'tracking.gamma': found -1"),
        (d.words(("= 10", "= nan")), ", column 'tracking.gamma': found NaN"),
        (d.words(("= 10", "= inf")), ", column 'tracking.gamma': found Infinity"),
        (d.words(("= 10", '= "10"')), ", column 'tracking.gamma': found \"10\""),
        (d.words(("= 10", "= 1,5")), ", row 2: found text that is not TOML"),
        (d.words(("gamma = 10", "gamma")), ", row 2: found text that is not TOML"),
        (d.words(("= 0.02", "= 0.001")), ", column 'named.cautious.cash.minimum'"),
        (d.words(("[tracking]", "[trading]")), ", column 'trading.gamma': found unkn"),
        (d.words(("[tracking]", "[[tracking]]")), ", column 'tracking': found [{"),
        (d.plus("[tracking]"), ", row "),
        (d.cut_to(0.9), ", row 6: found text that is not TOML"),
        (d.instead(d.GARBAGE), ": found bytes that are no UTF-8 text"),
    ],
)
def test_a_policy_that_is_none(change, said, book, tmp_path):
    places = book.damaged(tmp_path, {"policy": change})
    (line,) = refused(book, tmp_path, **places)
    assert line.startswith(f"{places['policy']}{said}")


HISTORY = (
    (d.instead(b""), ": found an empty file"),
    (d.instead(d.GARBAGE), ", row 1: found bytes that are no UTF-8 text"),
    (d.header_only, ": found a header without rows"),
    (d.cut_in_last_row, ", row 7: found "),
    (d.extra_field, ", row 2: found "),
    (d.without_column("symbol"), ", row 1, column 'symbol': found no column 'symbol'"),
    (d.renamed("close", "Close"), ", row 1, column 'close': found no column 'close'"),
    (d.cells(3, adjusted_close="NaN"), ", row 3, column 'adjusted_close': found NaN"),
    (d.cells(3, close="-1"), ", row 3, column 'close': found -1"),
    (d.cells(3, close="1,000"), ", row 3, column 'close': found 1,000"),
    (d.cells(3, close=""), ", row 3, column 'close': found blank"),
    (d.cells(3, date="06/28/2024"), ", row 3, column 'date': found 06/28/2024"),
    (d.cells(3, symbol=""), ", row 3, column 'symbol': found blank"),
    (d.again(3), ", row 8, column 'date + symbol': found '2024-06-28'"),
    (
        lambda data: data.replace(b"2024-06-28", b"2024-05-31"),
        ": found a history that ends on 2024-05-31; allowed: prices within 14 days",
    ),
    (
        lambda data: data.replace(b"2024-06-28", b"2024-07-01"),
        ": found no earlier price; allowed: prices within 14 days",
    ),
)


@pytest.mark.parametrize(("change", "said"), HISTORY)
def test_a_price_history_that_is_none(change, said, book, tmp_path):
    last = pd.read_parquet(book.history).tail(6).assign(date="2024-06-28")
    last = last.assign(symbol=[f"S{i}" for i in range(6)])
    place, out = tmp_path / "history.csv", tmp_path / "risk.npz"
    place.write_bytes(change(last.to_csv(index=False).encode()))
    out.write_bytes(b"the model of yesterday")
    result = book.estimate(place, out)
    assert (result.status, result.out) == (2, "")
    assert any(line.startswith(f"{place}{said}") for line in problem_lines(result))
    assert out.read_bytes() == b"the model of yesterday"


@pytest.mark.parametrize(
    "change", [d.instead(b""), d.instead(d.GARBAGE), d.cut_to(0.9)]
)
def test_a_price_history_that_is_no_parquet(change, book, tmp_path):
    place, out = tmp_path / "history.parquet", tmp_path / "risk.npz"
    place.write_bytes(change(book.history.read_bytes()))
    result = book.estimate(place, out)
    assert (result.status, result.out, out.exists()) == (2, "", False)
    (line,) = problem_lines(result)
    assert line.startswith(f"{place}: found ")
    assert line.endswith("; allowed: a Parquet file")


def test_files_of_every_kind_are_refused_together(book, tmp_path):
    changes = {
        "lots": d.cells(3, shares="-4"),
        "prices": d.instead(d.GARBAGE),
        "securities": d.again(2),
        "holdings": d.cells(3, weight="NaN"),
        "risk": d.cut_to(0.5),
        "policy": d.words(("gamma", "gama")),
        "activity": d.cut_in_last_row,
        "working_orders": d.without_column("side"),
    }
    places = book.damaged(tmp_path, changes)
    lines = refused(book, tmp_path, flows=tmp_path / "none.csv", **places)
    named = [*map(str, places.values()), str(tmp_path / "none.csv")]
    assert [n for n in named if sum(t.startswith(n) for t in lines) != 1] == []
    assert len(lines) == len(named)
