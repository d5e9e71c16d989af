# SPDX-License-Identifier: Apache-2.0
"""The content says whose file it is; the name says nothing."""

import csv
import io
from pathlib import Path

import pytest
from support.index import HEADERS, ISSUERS, render, to_csv, to_xlsx

from di_optimizer.errors import InputError
from di_optimizer.index import read_holdings

NAMES = ("ishares_IVV.csv", "SPY.xlsx", "voo.json", "QQQ", "a.b.txt")


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("name", NAMES)
def test_the_name_does_not_matter(issuer: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(render(issuer))
    found = read_holdings(tmp_path / name)
    assert found.issuer == issuer
    assert found.source == name


def test_a_table_may_come_in_another_container(tmp_path: Path) -> None:
    """A workbook saved as CSV is the same table, and the other way round."""
    rows = [
        ["Fund Name:", "Tiny"],
        ["Holdings:", "As of 10-Jan-2023"],
        [],
        HEADERS["State Street"].split(","),
        ["A", "AAA", "000001AA", "1000011", "100", "Energy", "1", "USD"],
    ]
    (tmp_path / "saved").write_bytes(to_csv(rows))
    assert read_holdings(tmp_path / "saved").issuer == "State Street"
    plain = [["symbol", "weight"], ["AAA", "=0.25"], ["BBB", "=0.75"]]
    (tmp_path / "typed").write_bytes(to_xlsx(plain))
    found = read_holdings(tmp_path / "typed")
    assert found.issuer == "plain"
    assert found.holdings["weight"].tolist() == [0.25, 0.75]


def test_columns_may_come_in_another_order(tmp_path: Path) -> None:
    text = render("Invesco").decode("utf-8-sig")
    (tmp_path / "there").write_text(text)
    rows = [list(reversed(cells)) for cells in csv.reader(io.StringIO(text))]
    (tmp_path / "back").write_bytes(to_csv(rows))
    there, back = (read_holdings(tmp_path / name) for name in ("there", "back"))
    assert there.holdings.equals(back.holdings)
    assert there.sha256 != back.sha256


def test_an_unknown_file_is_told_what_is_known(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Ticker,Name,Percent\nAAA,Able,1\n")
    with pytest.raises(InputError) as caught:
        read_holdings(tmp_path / "f.csv")
    text = str(caught.value)
    assert "no header row of a known layout" in text
    for issuer in ISSUERS:
        assert f"{issuer} (" in text
    assert "Row 1 comes nearest, to State Street, and lacks Identifier" in text


def test_a_plain_file_with_another_word_for_symbol(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("name,ticker,weight,sector\nAble,AAA,1,Energy\n")
    with pytest.raises(InputError, match=r"column 'symbol': found no such column"):
        read_holdings(tmp_path / "f.csv")


def test_a_plain_file_with_semicolons_is_told_of_commas(tmp_path: Path) -> None:
    (tmp_path / "fund.csv").write_text("symbol;weight\nAAA;1\n")
    with pytest.raises(InputError, match=r"Separate the columns by commas$"):
        read_holdings(tmp_path / "fund.csv")
