# SPDX-License-Identifier: Apache-2.0
"""Each published layout, read from a tiny file written by hand."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from support.index import (
    FIRST_ROW,
    FUND,
    HEADERS,
    ISHARES_END,
    ISHARES_TOP,
    ISSUERS,
    Entry,
    change,
    render,
    to_csv,
    to_xlsx,
)

from di_optimizer.errors import InputError
from di_optimizer.index import HoldingsFile, read_holdings
from di_optimizer.index.formats.layout import COLUMNS, NUMBERS

Reader = Callable[..., HoldingsFile]

AS_OF = {
    "iShares": date(2022, 12, 30),
    "State Street": date(2023, 1, 10),
    "Invesco": date(2023, 1, 13),
    "Vanguard": date(2022, 11, 30),
    "plain": None,
}
NOT_PUBLISHED = {
    "iShares": {"cusip", "isin", "sedol"},
    "State Street": {"price", "market_value", "asset_class", "exchange", "isin"},
    "Invesco": {"price", "currency", "exchange", "isin", "sedol"},
    "Vanguard": {"price", "currency", "exchange", "isin"},
    "plain": {"price", "currency", "exchange", "isin", "as_of"},
}


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Write bytes under a name that says nothing, and read them."""

    def reader(data: bytes, **options: object) -> HoldingsFile:
        path = tmp_path / "holdings.dat"
        path.write_bytes(data)
        return read_holdings(path, **options)  # type: ignore[arg-type]

    return reader


@pytest.mark.parametrize("issuer", ISSUERS)
def test_the_table_has_every_published_cell(issuer: str, read: Reader) -> None:
    found = read(render(issuer))
    table = found.holdings
    assert found.issuer == issuer
    assert tuple(table.columns) == COLUMNS
    assert table["symbol"].tolist() == ["AAA", "BRK.B", "CCC"]
    assert table["weight"].tolist() == pytest.approx([0.5, 0.3, 0.195], abs=1e-15)
    assert table["shares"].tolist() == [1000.0, 200.0, 300.0]
    assert table["name"].tolist() == ["Able Co", "Berk Class B", "Cargo, Inc"]
    assert table["sector"].tolist() == ["Energy", "Financials", "Industrials"]
    blank = {column for column in COLUMNS if table[column].isna().all()}
    assert blank == NOT_PUBLISHED[issuer]
    assert not table.drop(columns=list(blank)).isna().any().any()
    assert all(table[column].dtype == "float64" for column in NUMBERS)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_date_and_source_are_kept(issuer: str, read: Reader) -> None:
    found = read(render(issuer))
    assert found.as_of == AS_OF[issuer]
    assert found.source == "holdings.dat"
    assert len(found.sha256) == 64
    if issuer != "plain":
        assert set(found.holdings["as_of"]) == {AS_OF[issuer]}


@pytest.mark.parametrize("issuer", ["State Street", "Invesco", "Vanguard", "plain"])
def test_cusips_have_nine_characters(issuer: str, read: Reader) -> None:
    cusips = read(render(issuer)).holdings["cusip"].tolist()
    assert cusips == [entry.cusip for entry in FUND[:3]]


@pytest.mark.parametrize("issuer", ISSUERS)
def test_the_residual_is_named_and_kept_by_row(issuer: str, read: Reader) -> None:
    found = read(render(issuer))
    assert found.residual == pytest.approx({"cash": 0.004, "money_market": 0.001})
    first = FIRST_ROW[issuer]
    assert found.residual_rows["row"].tolist() == [first + 3, first + 4]
    assert found.residual_rows["bucket"].tolist() == ["cash", "money_market"]
    assert found.residual_rows["weight"].sum() == pytest.approx(0.005)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_residual_may_be_negative(issuer: str, read: Reader) -> None:
    fund = change(3, weight="-0.05", shares="-5", value="-5.00")
    assert read(render(issuer, fund)).residual["cash"] == pytest.approx(-0.0005)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_the_order_of_lines_does_not_matter(issuer: str, read: Reader) -> None:
    there = read(render(issuer)).holdings
    back = read(render(issuer, tuple(reversed(FUND)))).holdings
    assert there.equals(back)


@pytest.mark.parametrize(
    ("printed", "bucket"),
    [("Futures", "futures"), ("Cash Collateral and Margins", "cash"),
     ("Forwards", "currency"), ("FX", "currency"), ("Fixed Income", "other")],
)  # fmt: skip
def test_asset_classes_of_ishares(printed: str, bucket: str, read: Reader) -> None:
    found = read(render("iShares", change(3, kind=printed)))
    assert found.residual == pytest.approx({bucket: 0.004, "money_market": 0.001})


@pytest.mark.parametrize(("weight", "fits"), [("0.10", True), ("0.11", False)])
def test_lines_of_unknown_kind_up_to_a_limit(
    weight: str, fits: bool, read: Reader
) -> None:
    data = render("iShares", change(4, kind="Novelty", weight=weight))
    if fits:
        assert read(data).residual["unrecognised"] == pytest.approx(0.001)
        return
    with pytest.raises(InputError, match=r"row 15: found a line of unknown kind, 'Nov"):
        read(data)


def test_a_right_without_symbol_and_weight_is_recorded(read: Reader) -> None:
    fund = (*FUND, Entry("-", "CONTRA ABLE CVR", "0.00", "5", "0.10"))
    found = read(render("iShares", fund))
    assert found.residual["unrecognised"] == 0.0
    assert "CONTRA ABLE CVR" in found.residual_rows["name"].tolist()
    weighing = (*FUND, Entry("-", "CONTRA ABLE CVR", "0.01", "5", "0.10"))
    with pytest.raises(InputError, match=r"row 16, column 'Ticker': found blank"):
        read(render("iShares", weighing))


def test_a_second_listing_of_state_street_residuals(read: Reader) -> None:
    """Later files print no sector and nine-character CUSIPs."""
    rows = [
        ["Fund Name:", "One Sector ETF"],
        ["Holdings:", "As of 22-Jun-2026"],
        [],
        HEADERS["State Street"].split(","),
        ["ABLE CO", "AAA", "000001AA5", "1000011", "=99.5", "-", "=1000.5", "USD"],
        [
            "SSI US GOV MONEY MARKET CLASS",
            "-",
            "924QSGII3",
            "-",
            "0.3",
            "-",
            "9",
            "USD",
        ],
        ["XAE ENERGY        SEP26", "IXPU6", "ADI394BH0", "-", "0.2", "-", "1", "USD"],
        ["US DOLLAR", "-", "999USDZ92", "-", "-0.1", "-", "-1659467", "USD"],
        ["CONTRA ABLE", "2602335D", "436CVR021", "-", "0.05", "-", "2", "USD"],
        ["DUMMY", "DUMMY", "-", "-", "-", "DUMMY", "-", "-"],
    ]
    found = read(to_xlsx(rows))
    assert found.holdings["weight"].tolist() == [0.995]
    assert found.holdings["shares"].tolist() == [1000.5]
    assert found.holdings["sector"].isna().all()
    assert found.residual == pytest.approx(
        {"cash": -0.001, "futures": 0.002, "money_market": 0.003, "placeholder": 0.0,
         "unrecognised": 0.0005}
    )  # fmt: skip
    placeholder = found.residual_rows.query("bucket == 'placeholder'")
    assert placeholder["row"].tolist() == [10]
    assert placeholder["weight"].isna().all()


def test_prose_is_told_by_its_place_not_by_its_words(read: Reader) -> None:
    end = ISHARES_END.replace("Prose", "Ticker AAA is a stock of 50 % weight")
    data = render("iShares").decode().replace(ISHARES_END, end).encode()
    assert read(data).holdings["symbol"].tolist() == ["AAA", "BRK.B", "CCC"]


def test_a_line_break_inside_a_cell_keeps_row_numbers(read: Reader) -> None:
    rows = [["symbol", "name", "weight"], ["AAA", "Able\nCo", "1"], ["BBB", "B", "x"]]
    with pytest.raises(InputError, match=r"row 4, column 'weight': found 'x'"):
        read(to_csv(rows))


def test_a_ticker_that_a_workbook_would_call_true(read: Reader) -> None:
    fund = change(0, symbol="TRUE")
    assert "TRUE" in set(read(render("State Street", fund)).holdings["symbol"])


def test_a_plain_file_of_two_columns(read: Reader) -> None:
    found = read(b"symbol,weight\r\nbf-b,0.25\r\nAAA,0.75\r\n\r\n")
    assert found.holdings["symbol"].tolist() == ["AAA", "BF.B"]
    assert found.holdings["weight"].tolist() == [0.75, 0.25]
    assert found.holdings["shares"].isna().all()
    assert found.residual == {}
    assert len(found.residual_rows) == 0


def test_a_plain_file_takes_its_date_from_the_column_or_the_caller(
    read: Reader,
) -> None:
    dated = b"symbol,weight,as_of\nAAA,1,2024-02-29\n"
    assert read(dated).as_of == date(2024, 2, 29)
    assert read(dated, as_of=date(2024, 2, 29)).as_of == date(2024, 2, 29)
    with pytest.raises(InputError, match="2024-02-29 printed and 2024-03-01 given"):
        read(dated, as_of=date(2024, 3, 1))
    undated = read(b"symbol,weight\nAAA,1\n", as_of=date(2024, 3, 1))
    assert undated.as_of == date(2024, 3, 1)
    assert undated.holdings["as_of"].tolist() == [date(2024, 3, 1)]


def test_a_date_that_is_text_is_refused(read: Reader) -> None:
    with pytest.raises(InputError, match=r"'2024-03-01'; allowed: a datetime\.date"):
        read(b"symbol,weight\nAAA,1\n", as_of="2024-03-01")


def test_aliases_rename_what_is_read(read: Reader) -> None:
    found = read(render("Vanguard"), aliases={"AAA": "NEW", "USD": "BRK.B"})
    assert found.holdings["symbol"].tolist() == ["BRK.B", "CCC", "NEW"]


def test_the_table_written_as_a_plain_file_reads_back(
    read: Reader, tmp_path: Path
) -> None:
    first = read(render("Vanguard")).holdings
    scaled = first.assign(weight=first["weight"] / first["weight"].sum())
    scaled.to_csv(tmp_path / "plain.csv", index=False)
    again = read_holdings(tmp_path / "plain.csv")
    assert again.issuer == "plain"
    assert again.holdings.equals(scaled)


def test_the_top_of_ishares_may_be_longer(read: Reader) -> None:
    data = render("iShares").decode()
    longer = data.replace(ISHARES_TOP, ISHARES_TOP + "Note,x\n").encode()
    assert read(longer).as_of == date(2022, 12, 30)


def test_entries_of_the_builder_are_whole() -> None:
    assert sum(float(entry.weight) for entry in FUND) == pytest.approx(100)
    assert all(isinstance(entry, Entry) for entry in FUND)
