# SPDX-License-Identifier: Apache-2.0
"""Files are written whole or not at all, and always with the same bytes."""

import errno
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tables import valid_rows

from di_optimizer.exact import exact
from di_optimizer.tables import TABLES, Table, read_table, write_tables
from di_optimizer.tables.format import cell_texts, number_text


def trades(**columns: object) -> pd.DataFrame:
    one = {"account": "A1", "symbol": "AAA", "side": "sell", "shares": 1, "price": 2}
    return pd.DataFrame([one | {"amount": 2} | columns])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_is_written_is_read_back(table: Table, tmp_path: Path) -> None:
    frame = read_table(valid_rows(table), table)
    for column in table.columns:
        if column.decimals is not None:
            frame[column.name] = frame[column.name].round(column.decimals)
    write_tables(tmp_path, {table.name: frame})
    read = read_table(tmp_path / f"{table.name}.csv", table)
    pd.testing.assert_frame_equal(
        read.reset_index(drop=True), frame.reset_index(drop=True)
    )


def test_bytes_of_a_trade(tmp_path: Path) -> None:
    frame = trades(
        shares=Decimal("1E-9"),
        price=1234567.125,
        amount=Decimal("0.005"),
        realised_gain=-0.001,
        lot_id="NA",
        tax=None,
        reason='said "sell", then\u00a0left',
    )
    shuffled = frame[sorted(frame.columns)]
    write_tables(tmp_path, {"trades": shuffled})
    assert (tmp_path / "trades.csv").read_bytes().decode() == (
        "account,symbol,lot_id,side,shares,price,amount,realised_gain,tax,reason\n"
        "A1,AAA,NA,sell,0.000000001,1234567.125,0.01,0.00,,"
        '"said ""sell"", then\u00a0left"\n'
    )


def test_no_rows_write_a_header(tmp_path: Path) -> None:
    write_tables(tmp_path, {"trades": trades().iloc[:0]})
    text = (tmp_path / "trades.csv").read_text()
    assert text == "account,symbol,side,shares,price,amount\n"


@given(st.floats(-1e12, 1e12))
def test_numbers_read_back_and_have_no_exponent(value: float) -> None:
    text = number_text(exact(value), None)
    assert float(text) == value
    assert "e" not in text.lower()
    assert text != "-0"


@given(st.decimals(-(10**9), 10**9, places=4))
def test_money_is_the_nearest_cent(value: Decimal) -> None:
    text = number_text(value, 2)
    assert abs(Decimal(text) - value) <= Decimal("0.005")
    assert text[-3] == "."


def test_other_cells() -> None:
    cells = [None, np.nan, pd.NaT, True, np.bool_(False), 7, np.int64(8), "x"]
    expected = ["", "", "", "true", "false", "7", "8", "x"]
    assert cell_texts(pd.Series(cells, dtype=object), None) == expected
    days = [date(2020, 1, 31), pd.Timestamp(2020, 2, 1)]
    assert cell_texts(pd.Series(days, dtype=object), None) == [
        "2020-01-31",
        "2020-02-01",
    ]


@pytest.mark.parametrize("value", [np.inf, -np.inf, Decimal("NaN"), 1j])
def test_what_cannot_be_written(value: object, tmp_path: Path) -> None:
    frame = trades().astype(object)
    frame.loc[0, "amount"] = value
    with pytest.raises(ValueError, match="cannot write"):
        write_tables(tmp_path, {"trades": frame})
    assert contents(tmp_path) == {}


def test_unknown_tables_and_columns_are_programming_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no table is called 'trade'\. Did you mean"):
        write_tables(tmp_path, {"trade": trades()})
    with pytest.raises(ValueError, match=r"missing columns \['side'\]"):
        write_tables(tmp_path, {"trades": trades().drop(columns="side")})
    with pytest.raises(ValueError, match=r"unknown columns \['gain'\]"):
        write_tables(tmp_path, {"trades": trades(gain=1)})
    assert contents(tmp_path) == {}


class DiskFull:
    """Fails on the nth call of a function of the system, then works again."""

    def __init__(self, function: object, at: int) -> None:
        self.function, self.left = function, at

    def __call__(self, *args: object, **kwargs: object) -> object:
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.function(*args, **kwargs)


@pytest.mark.parametrize("existing", [True, False])
@pytest.mark.parametrize(
    ("owner", "name", "at"),
    [
        (os, "fsync", 1),
        (os, "fsync", 2),
        (os, "fsync", 3),
        (os, "link", 1),
        (os, "link", 3),
        (Path, "replace", 1),
        (Path, "replace", 2),
        (Path, "replace", 3),
    ],
)
def test_a_failure_anywhere_leaves_the_earlier_files(
    owner: object,
    name: str,
    at: int,
    existing: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = {
        "trades": trades(),
        "orders": trades(order_id="1"),
        "summary": pd.DataFrame({"account": ["A1"], "status": ["solved"]}),
    }
    if existing:
        write_tables(tmp_path, frames)
    (tmp_path / "notes.txt").write_text("mine")
    before = contents(tmp_path)
    changed = {key: pd.concat([frame] * 2) for key, frame in frames.items()}
    original = getattr(owner, name)
    failing = DiskFull(original, at)
    method = (lambda *args: failing(*args)) if owner is Path else failing
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, method)
        if name == "link" and not existing:
            write_tables(tmp_path, frames)  # nothing there to keep: no link is made
            return
        with pytest.raises(OSError, match="No space left"):
            write_tables(tmp_path, changed)
    assert contents(tmp_path) == before


def test_an_interrupt_half_way_leaves_the_earlier_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tables(tmp_path, {"trades": trades()})
    before = contents(tmp_path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_tables(tmp_path, {"trades": trades(shares=2)})
    assert contents(tmp_path) == before


def test_files_are_replaced_and_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    write_tables(folder, {"trades": trades()})
    write_tables(folder, {"trades": trades(shares=2)})
    assert list(contents(folder)) == ["trades.csv"]
    assert ",2,2,2.00" in (folder / "trades.csv").read_text()
