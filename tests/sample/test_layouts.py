# SPDX-License-Identifier: Apache-2.0
import io
import json
import string
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from support.sample import market

from di_optimizer.index.benchmark import Benchmark
from di_optimizer.index.holdings import read_holdings
from di_optimizer.sample.constituents import constituents, main
from di_optimizer.sample.fund import COLLATERAL, MONEY_MARKET, fund_on
from di_optimizer.sample.layouts import LAYOUTS, holdings_files
from di_optimizer.sample.market import END
from di_optimizer.sample.securities import securities_table
from di_optimizer.sample.xlsx import column_letters, workbook

COMMITTED = Path(__file__).parents[2] / "constituents"
HALF_DIGIT = {  # half of the last published digit of a weight, as a fraction
    "sample_ishares.csv": 0.5e-4,
    "sample_state_street.xlsx": 0.5e-8,
    "sample_invesco.csv": 0.5e-5,
    "sample_vanguard.json": 0.5e-12,
    "sample_plain.csv": 0.5e-10,
}
ISSUER = {
    "sample_ishares.csv": "iShares",
    "sample_state_street.xlsx": "State Street",
    "sample_invesco.csv": "Invesco",
    "sample_vanguard.json": "Vanguard",
    "sample_plain.csv": "plain",
}
RESIDUAL = {
    "sample_ishares.csv": {"cash", "money_market", "futures"},
    "sample_state_street.xlsx": {"cash", "money_market"},
    "sample_invesco.csv": {"currency", "money_market"},
    "sample_vanguard.json": {"money_market"},
    "sample_plain.csv": {"cash", "money_market"},
}


def aliases():
    table = securities_table(market())
    pairs = zip(table["aliases"], table["symbol"], strict=True)
    return {alias: symbol for alias, symbol in pairs if alias}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("holdings")
    for name, content in holdings_files(fund_on(market(), END)).items():
        (target / name).write_bytes(content)
    return target


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_read_back_to_the_published_digits(folder, name):
    fund = fund_on(market(), END)
    read = read_holdings(folder / name, aliases=aliases())
    listed = read.holdings.set_index("symbol")["weight"]
    assert read.issuer == ISSUER[name]
    assert read.as_of == END
    assert set(read.residual) == RESIDUAL[name]
    assert len(listed) == len(fund.lines)
    for line in fund.lines:
        assert listed[line.symbol] == pytest.approx(
            line.weight, abs=HALF_DIGIT[name] + 1e-15
        )
    total = listed.sum() + sum(read.residual.values())
    assert total == pytest.approx(1.0, abs=HALF_DIGIT[name] * (len(listed) + 3))


@pytest.mark.parametrize("name", LAYOUTS)
def test_benchmark_has_the_weights_of_the_index(folder, name):
    benchmark = Benchmark.from_holdings(folder / name, aliases=aliases())
    index = market().weights(END)
    # shares are whole: a fund of 42 billion misses a weight by less than 1e-8
    slack = 2 * HALF_DIGIT[name] + 2e-8
    assert list(benchmark.weights.index) == list(index.index)
    assert (benchmark.weights - index).abs().max() < slack
    assert benchmark.weights.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", ["sample_state_street.xlsx", "sample_vanguard.json"])
def test_identifiers_survive(folder, name):
    table = securities_table(market()).set_index("symbol")
    read = read_holdings(folder / name).holdings.set_index("symbol")
    for column in ("cusip", "sedol"):
        assert (read[column] == table[column].reindex(read.index)).all()


def test_run_together_symbols_need_the_aliases(folder):
    with_table = read_holdings(folder / "sample_ishares.csv", aliases=aliases())
    without = read_holdings(folder / "sample_ishares.csv")
    classes = {s for s in with_table.holdings["symbol"] if "." in s}
    assert len(classes) == 9
    assert not classes & set(without.holdings["symbol"])


@pytest.mark.parametrize("name", LAYOUTS)
def test_committed_files_are_what_the_generator_writes(name):
    assert (COMMITTED / name).read_bytes() == constituents()[name], (
        f"constituents/{name} differs from the generator: run `make constituents`"
    )


def test_nothing_else_is_committed_there():
    names = {path.name for path in COMMITTED.iterdir()}
    assert names == {*LAYOUTS, "README.md", ".gitattributes"}


def test_command_writes_the_files(tmp_path):
    main([str(tmp_path / "new")])
    assert {p.name: p.read_bytes() for p in (tmp_path / "new").iterdir()} == (
        constituents()
    )


def test_another_date_has_its_own_date_and_members(tmp_path):
    on = date(2020, 12, 31)
    fund = fund_on(market(), on)
    assert fund.on == on
    for name, content in holdings_files(fund).items():
        (tmp_path / name).write_bytes(content)
        read = read_holdings(tmp_path / name, aliases=aliases())
        assert read.as_of == on
        assert set(read.holdings["symbol"]) == set(market().weights(on).index)


def test_a_weekend_gives_the_friday():
    assert fund_on(market(), date(2024, 6, 23)).on == date(2024, 6, 21)


@pytest.mark.parametrize(
    ("on", "expiry"),
    [
        (date(2024, 6, 28), date(2024, 9, 20)),
        (date(2024, 3, 14), date(2024, 3, 15)),
        (date(2024, 3, 15), date(2024, 6, 21)),
        (date(2023, 12, 18), date(2024, 3, 15)),
    ],
)
def test_futures_expire_on_the_third_friday_of_a_quarter(on, expiry):
    assert fund_on(market(), on).future_expiry == expiry


def test_money_of_the_fund_adds_up():
    fund = fund_on(market(), END)
    lines = sum(line.market_value for line in fund.lines)
    rest = fund.cash + fund.money_market + fund.collateral
    assert lines + rest == pytest.approx(fund.value, abs=0.01)
    assert fund.money_market / fund.value == pytest.approx(MONEY_MARKET, rel=1e-4)
    assert fund.collateral / fund.value == pytest.approx(COLLATERAL, rel=1e-4)
    assert all(
        line.market_value == round(line.shares * line.price, 2) for line in fund.lines
    )


def test_vanguard_is_one_portfolio_with_typed_numbers(folder):
    document = json.loads((folder / "sample_vanguard.json").read_text("utf-8"))
    assert len(document) == 1
    items = document[0]["holdingDetailItem"]
    assert isinstance(items[0]["mktValPercent"], float)
    assert items[-1]["issueTypeName"] == "Mutual Fund"
    assert "bticker" not in items[-1]


def test_ishares_quotes_every_cell_of_the_table(folder):
    lines = (folder / "sample_ishares.csv").read_text("utf-8-sig").split("\n")
    table = lines[10 : 10 + 304]
    assert lines[8] == "\u00a0" == lines[314]
    assert all(line.startswith('"') and line.endswith('"') for line in table)
    assert all(line.count('","') == 14 for line in table)


def test_no_real_issuer_is_named_in_the_files():
    for name, content in constituents().items():
        text = content.decode("utf-8", errors="ignore").lower()
        for real in ("ishares", "blackrock", "spdr", "state street", "invesco"):
            assert real not in text, name
        assert "vanguard" not in text, name


def test_workbook_bytes_carry_no_time_and_no_compression():
    one = workbook([["a"]], "s")
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        members = archive.infolist()
    assert {m.date_time for m in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {m.compress_type for m in members} == {zipfile.ZIP_STORED}
    assert members[0].filename == "[Content_Types].xml"
    assert one == workbook([["a"]], "s")


CELL = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("C", "Z")),
    min_size=1,
    max_size=8,
)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=4))
def test_workbook_reads_back_whatever_the_text(rows):
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(rows, "sheet")))
    assert book.sheet_names == ["sheet"]
    assert book.get_sheet_by_name("sheet").to_python() == rows


def test_empty_cells_and_rows_keep_their_places():
    rows = [["a", "", "c"], [], ["", "b", ""]]
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(rows, "s")))
    read = book.get_sheet_by_name("s").to_python(skip_empty_area=False)
    assert read == [["a", "", "c"], ["", "", ""], ["", "b", ""]]


def test_column_letters_follow_a_naive_count():
    letters = string.ascii_uppercase
    naive = [*letters, *(a + b for a in letters for b in letters), "AAA"]
    assert [column_letters(i) for i in range(len(naive))] == naive
