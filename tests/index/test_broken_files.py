# SPDX-License-Identifier: Apache-2.0
"""Every way in which a file can be wrong, in every layout."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.index import (
    FIRST_ROW,
    FUND,
    HEADERS,
    ISHARES_END,
    ISSUERS,
    SHARES_HEADER,
    WEIGHT_HEADER,
    change,
    render,
    to_csv,
    to_xlsx,
)

from di_optimizer.errors import InputError
from di_optimizer.index import read_holdings

Refuse = Callable[[bytes], InputError]
TABLES = ("iShares", "Invesco", "plain")  # text files; the others are containers


@pytest.fixture
def refuse(tmp_path: Path) -> Refuse:
    """Return the error that the bytes raise; every problem names the file."""

    def reader(data: bytes) -> InputError:
        path = tmp_path / "fund.file"
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            read_holdings(path)
        assert {problem.file for problem in caught.value.problems} == {str(path)}
        return caught.value

    return reader


def place(error: InputError) -> list[tuple[int | None, str | None]]:
    return [(problem.row, problem.column) for problem in error.problems]


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("word", ["NaN", "inf", "n/a", "1.2.3", "5 %"])
def test_a_weight_that_is_no_number(issuer: str, word: str, refuse: Refuse) -> None:
    error = refuse(render(issuer, change(1, weight=word)))
    assert place(error) == [(FIRST_ROW[issuer] + 1, WEIGHT_HEADER[issuer])]
    assert f"found '{word}'; allowed: a number" in str(error)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_blank_weight(issuer: str, refuse: Refuse) -> None:
    for i in (0, 3):
        error = refuse(render(issuer, change(i, weight="")))
        assert place(error) == [(FIRST_ROW[issuer] + i, WEIGHT_HEADER[issuer])]
        assert "found blank; allowed: a number" in str(error)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_negative_weight_and_shares_at_once(issuer: str, refuse: Refuse) -> None:
    error = refuse(render(issuer, change(2, weight="-19.5", shares="-300")))
    row = FIRST_ROW[issuer] + 2
    columns = [WEIGHT_HEADER[issuer], SHARES_HEADER[issuer]]
    assert place(error) == [(row, column) for column in columns]
    assert "found -300; allowed: 0 or more" in str(error)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_text_among_the_shares(issuer: str, refuse: Refuse) -> None:
    error = refuse(render(issuer, change(2, shares="many")))
    assert place(error) == [(FIRST_ROW[issuer] + 2, SHARES_HEADER[issuer])]


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_changed_header_names_the_nearest(issuer: str, refuse: Refuse) -> None:
    header = WEIGHT_HEADER[issuer]
    error = refuse(render(issuer, rename=(header, f"{header} new")))
    assert error.problems[0].column == header
    assert "no such column" in error.problems[0].found
    assert f"nearest column found is '{header} new'" in error.problems[0].todo


@pytest.mark.parametrize("issuer", ISSUERS)
def test_every_required_header_is_required(issuer: str, refuse: Refuse) -> None:
    unused = {"Notional Value", "Location", "FX Rate", "Market Currency"}
    unused |= {"Accrual Date", "name"} if issuer != "plain" else set()
    required = ["symbol", "weight"] if issuer == "plain" else HEADERS[issuer].split(",")
    for header in required:
        if header not in unused:
            error = refuse(render(issuer, rename=(header, "Renamed")))
            assert error.problems[0].column == header


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_header_in_other_case_is_a_changed_header(
    issuer: str, refuse: Refuse
) -> None:
    header = WEIGHT_HEADER[issuer]
    error = refuse(render(issuer, rename=(header, header.upper())))
    assert f"nearest column found is '{header.upper()}'" in str(error)


@pytest.mark.parametrize("issuer", ["iShares", "State Street", "Invesco", "plain"])
def test_a_header_twice(issuer: str, refuse: Refuse) -> None:
    second = {"iShares": "Location", "State Street": "Sector", "Invesco": "Sector"}
    other = second.get(issuer, "sector")
    error = refuse(render(issuer, rename=(other, WEIGHT_HEADER[issuer])))
    assert "found 2 such columns; allowed: one" in str(error)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_security_twice(issuer: str, refuse: Refuse) -> None:
    fund = (*change(0, weight="25"), replace(FUND[0], weight="25"))
    error = refuse(render(issuer, fund))
    first = FIRST_ROW[issuer]
    assert [problem.row for problem in error.problems] == [first + 5]
    assert f"'AAA' again, after row {first}" in str(error)


@pytest.mark.parametrize("issuer", ["State Street", "Invesco", "Vanguard", "plain"])
def test_one_security_under_two_symbols(issuer: str, refuse: Refuse) -> None:
    error = refuse(render(issuer, change(2, cusip=FUND[0].cusip)))
    assert [problem.row for problem in error.problems] == [FIRST_ROW[issuer] + 2]
    assert "'000001AA5' again" in str(error)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_spellings_of_one_symbol_are_one_security(issuer: str, refuse: Refuse) -> None:
    error = refuse(render(issuer, change(2, symbol="BRKB")))
    assert "'BRK.B' again" in str(error)


@pytest.mark.parametrize("issuer", ["iShares", "State Street", "Invesco", "Vanguard"])
@pytest.mark.parametrize("column", ["symbol", "shares", "sector"])
def test_a_blank_where_every_security_has_a_value(
    issuer: str, column: str, refuse: Refuse
) -> None:
    if column == "sector" and issuer == "iShares":
        data = render(issuer).replace(b"Energy", b"-")
    else:
        data = render(issuer, change(0, **{column: ""}))
    error = refuse(data)
    assert [problem.row for problem in error.problems] == [FIRST_ROW[issuer]]
    assert "found blank" in str(error)


@pytest.mark.parametrize(
    ("issuer", "column", "header"),
    [("State Street", "cusip", "Identifier"), ("State Street", "sedol", "SEDOL"),
     ("Invesco", "cusip", "Security Identifier"), ("Vanguard", "cusip", "CUSIP"),
     ("Vanguard", "sedol", "sedol")],
)  # fmt: skip
def test_identifiers_that_are_blank_or_misshapen(
    issuer: str, column: str, header: str, refuse: Refuse
) -> None:
    for text in ("", "12-45"):
        error = refuse(render(issuer, change(1, **{column: text})))
        assert place(error) == [(FIRST_ROW[issuer] + 1, header)]


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize(
    ("weight", "fits"),
    [("50.49", True), ("50.51", False), ("49.51", True), ("49.49", False)],
)
def test_the_sum_within_half_a_percent(
    issuer: str, weight: str, fits: bool, refuse: Refuse, tmp_path: Path
) -> None:
    data = render(issuer, change(0, weight=weight))
    if fits:
        (tmp_path / "fits").write_bytes(data)
        assert len(read_holdings(tmp_path / "fits").holdings) == 3
        return
    error = refuse(data)
    assert place(error) == [(None, WEIGHT_HEADER[issuer])]
    assert f"{float(weight) + 50:.4f}% in all lines" in str(error)
    assert "allowed: 99.5% to 100.5%" in str(error)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_header_without_rows(issuer: str, refuse: Refuse) -> None:
    error = refuse(render(issuer, ()))
    expected = "without holdings" if issuer == "Vanguard" else "a header but no rows"
    assert expected in str(error)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_only_a_residual(issuer: str, refuse: Refuse) -> None:
    cash = replace(FUND[3], weight="100")
    expected = "no such column" if issuer == "Vanguard" else "no equity line"
    assert expected in str(refuse(render(issuer, (cash,))))


@pytest.mark.parametrize("data", [b"", b" \n\n ", b"\xef\xbb\xbf"])
def test_an_empty_file(data: bytes, refuse: Refuse) -> None:
    error = refuse(data)
    assert "empty file" in str(error) or "no header row" in str(error)


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_file_cut_off(issuer: str, share: float, refuse: Refuse) -> None:
    data = render(issuer).replace(ISHARES_END.encode(), b"")
    error = refuse(data[: int(len(data) * share)])
    if issuer == "State Street":
        assert "broken or cut-off XLSX" in str(error)
    if issuer == "Vanguard":
        assert "broken or cut-off JSON (line 1, character" in str(error)


def test_ishares_cut_off_after_a_whole_line(refuse: Refuse) -> None:
    """The sum would let a small last line go missing; the blank row would not."""
    data = render("iShares").decode().replace(ISHARES_END, "")
    without_last = data[: data.rstrip().rindex("\n") + 1]
    error = refuse(without_last.encode())
    assert place(error) == [(14, None)]
    assert "the end of the file inside the table" in str(error)


@pytest.mark.parametrize("issuer", TABLES)
def test_a_line_with_a_cell_too_few(issuer: str, refuse: Refuse) -> None:
    lines = render(issuer).decode().split("\n")
    row = FIRST_ROW[issuer]
    lines[row - 1] = lines[row - 1].rsplit(",", 1)[0]
    width = len(HEADERS[issuer].split(","))
    error = refuse("\n".join(lines).encode())
    assert error.problems[0].row == row
    assert f"found {width - 1} cells; allowed: {width} cells" in str(error)


def test_a_second_table_below_the_first(refuse: Refuse) -> None:
    once = render("iShares").decode()
    error = refuse((once + once.removeprefix("\ufeff")).encode())
    assert "6 full rows below the blank row" in str(error)


@pytest.mark.parametrize("issuer", ["iShares", "State Street"])
def test_a_date_that_is_missing_or_a_dash(issuer: str, refuse: Refuse) -> None:
    label = {"iShares": "Fund Holdings as of", "State Street": "Holdings:"}[issuer]
    if issuer == "iShares":
        text = render(issuer).decode()
        dash = text.replace('"Dec 30, 2022"', '"-"').encode()
        gone = text.replace(label, "Date").encode()
    else:
        header = HEADERS[issuer].split(",")
        line = ["A", "AAA", "000001AA5", "1000011", "100", "Energy", "1", "USD"]
        dash = to_xlsx([[label, "-"], header, line])
        gone = to_xlsx([["Date", "As of 10-Jan-2023"], header, line])
    error = refuse(dash)
    assert (error.problems[0].column, error.problems[0].found) == (label, "'-'")
    assert "allowed: a date such as" in str(error)
    error = refuse(gone)
    assert place(error) == [(None, label)]
    assert "no such row above the table" in str(error)


@pytest.mark.parametrize(
    ("issuer", "old", "new"),
    [("Invesco", b"01/13/2023", b"01/14/2023"),
     ("Vanguard", b"2022-11-30", b"2022-12-30")],
)  # fmt: skip
def test_two_dates_in_one_file(
    issuer: str, old: bytes, new: bytes, refuse: Refuse
) -> None:
    data = render(issuer)
    at = data.rindex(old)
    error = refuse(data[:at] + new + data[at + len(old) :])
    assert [problem.row for problem in error.problems] == [FIRST_ROW[issuer] + 4]
    assert "allowed: the date of the lines above" in str(error)
    error = refuse(data.replace(old, b""))
    assert len(error.problems) == 5


def test_two_funds_in_one_file(refuse: Refuse) -> None:
    data = render("Invesco").decode().replace("TINY,", "TWO,", 1).encode()
    assert "found 2 funds: TINY, TWO; allowed: the holdings of one" in str(refuse(data))


def test_a_short_position(refuse: Refuse) -> None:
    data = render("Vanguard").replace(b'"LONG"', b'"SHORT"', 1)
    error = refuse(data)
    assert place(error) == [(1, "salesPosition")]
    assert "found 'SHORT'; allowed: LONG" in str(error)


def test_json_of_another_shape(refuse: Refuse) -> None:
    one = json.loads(render("Vanguard"))[0]
    assert "2 parts" in str(refuse(json.dumps([one, one]).encode()))
    assert "0 lists of objects" in str(refuse(b'{"portId": "1", "items": [1, 2]}'))
    assert "1 parts" in str(refuse(b"[5]"))
    assert "nested too deep" in str(refuse(b"[" * 200_000))


def test_numbers_of_json_are_read_as_printed(refuse: Refuse) -> None:
    data = render("Vanguard").replace(b'"50.00"', b"NaN")
    error = refuse(data)
    assert place(error) == [(1, "mktValPercent")]
    assert "found 'NaN'" in str(error)


def test_percent_in_a_plain_file(refuse: Refuse) -> None:
    error = refuse(b"symbol,weight\nAAA,60\nBBB,40\n")
    assert "weights in percent, 100 in all; allowed: fractions" in str(error)
    assert "Divide every weight by 100" in str(error)
    assert "4000.0000% in all" in str(refuse(b"symbol,weight\nAAA,40\n"))


def test_a_misspelt_column_of_a_plain_file(refuse: Refuse) -> None:
    error = refuse(b"symbol,weight,shraes\nAAA,1,5\n")
    assert place(error) == [(1, "shraes")]
    assert "an unknown column" in str(error)
    assert "nearest column found is 'shares'" in str(error)


def test_a_column_without_a_name(refuse: Refuse, tmp_path: Path) -> None:
    error = refuse(b",symbol,weight\n0,AAA,1\n")
    assert place(error) == [(1, "")]
    assert "Give it a name" in str(error)
    (tmp_path / "empty").write_bytes(b"symbol,weight,\nAAA,1,\n")
    assert len(read_holdings(tmp_path / "empty").holdings) == 1


def test_bytes_of_other_kinds(refuse: Refuse) -> None:
    latin = "symbol,name,weight\nAAA,Caf\xe9,1\n".encode("latin-1")
    assert "found byte 27 that is not UTF-8" in str(refuse(latin))
    assert "Excel file from before 2007" in str(refuse(b"\xd0\xcf\x11\xe0" + b"0" * 99))
    assert "cut-off XLSX" in str(refuse(b"PK\x03\x04 not a zip"))
    assert "no header row of a known layout" in str(refuse(b"<html>\n</html>\n"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match=r"unreadable file \((No such|Is a dir)"):
            read_holdings(path)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_all_problems_come_together(issuer: str, refuse: Refuse) -> None:
    fund = change(0, weight="x")
    fund = change(1, fund=fund, shares="-1")
    fund = change(2, fund=fund, symbol="AAA")
    error = refuse(render(issuer, fund))
    first = FIRST_ROW[issuer]
    assert [problem.row for problem in error.problems] == [first, first + 1, first + 2]


def test_a_stray_quote_does_not_swallow_lines(refuse: Refuse) -> None:
    lines = b'symbol,name,weight\nAAA,"Able,0.5\nBBB,Bee,0.3\nCCC,Cee,0.2\n'
    assert "row 2: found 2 cells; allowed: 3 cells" in str(refuse(lines))


def test_zero_is_a_weight(tmp_path: Path) -> None:
    path = tmp_path / "zero.csv"
    path.write_bytes(to_csv([["symbol", "weight"], ["AAA", "0"], ["BBB", "1.0"]]))
    assert read_holdings(path).holdings["weight"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("issuer", ISSUERS)
def test_any_damage_is_refused_in_words_or_harmless(
    issuer: str, tmp_path: Path
) -> None:
    """Random edits end in an InputError or in a table that still adds up."""
    chance = random.Random(20_230_110)
    refused = 0
    for _ in range(30):
        data = bytearray(render(issuer))
        start = chance.randrange(len(data))
        junk = chance.choice(
            [b"", b'"', b",", b"\n", b"-", b"\0", b"NaN", b"\xff", b"]"]
        )
        data[start : start + chance.choice([0, 1, 5, 40])] = junk
        (tmp_path / "damaged").write_bytes(data)
        try:
            found = read_holdings(tmp_path / "damaged")
        except InputError:
            refused += 1
        else:
            total = found.holdings["weight"].sum() + sum(found.residual.values())
            assert abs(total - 1) <= 0.005
            assert found.holdings["weight"].notna().all()
    assert refused > 10
