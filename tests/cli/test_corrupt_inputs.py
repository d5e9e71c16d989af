# SPDX-License-Identifier: Apache-2.0
"""Every input table of a rebalance times every damage, through the command line.

Exit status 2, every problem on stderr with its file, row, column and value, nothing on
stdout, no traceback, and the output folder as it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import damage as d
from support.cli_book import Book, filled, problem_lines, refused, write_parquet

from di_optimizer.tables import TABLES
from di_optimizer.tables.spec import Kind, Table

CSV_TABLES = (
    *("lots", "accounts", "taxpayers", "cash", "flows", "restrictions"),
    *("activity", "securities", "prices", "working_orders"),
)
UNREADABLE = {
    "empty": (d.instead(b""), ": found an empty file; allowed: a header"),
    "blank lines": (d.instead(b"\n \n"), ": found an empty file"),
    "binary": (d.instead(d.GARBAGE), ", row 1: found bytes that are no UTF-8 text"),
    "UTF-16": (d.utf16, ", row 1: found bytes that are no UTF-8 text (0xff)"),
    "open quote": (d.open_quote, ", row 2: found text that is not CSV"),
    "field too many": (d.extra_field, ", row 2: found "),
}
BAD_CELLS = {
    Kind.NUMBER: ("NaN", "ten", "1,000.5"),
    Kind.WHOLE: ("NaN", "2.5", "1,000"),
    Kind.DATE: ("31.12.2022", "2023-02-29", "20230131"),
    Kind.CHOICE: ("unheard-of",),
    Kind.FLAG: ("yes",),
    Kind.TEXT: ("two\nlines",),
    Kind.SYMBOL: ("S" * 41,),
}
TYPOS = {"securities": "multiplie"}  # of another column than the last


@dataclass(frozen=True)
class Case:
    """One damage to one file, and how the lines about it begin."""

    file: str
    what: str
    change: d.Damage
    says: tuple[str, ...]


def damaged(book: Book, folder: Path, changes: dict[str, d.Damage]) -> list[str]:
    """Return the problems of a run with damaged files."""
    return refused(book, folder, **book.damaged(folder, changes))


def missing_from(lines: list[str], wanted: list[str]) -> list[str]:
    return [text for text in wanted if not any(line.startswith(text) for line in lines)]


def check(book: Book, folder: Path, *cases: Case) -> None:
    """The lines begin as expected, each of them, and no other file is blamed."""
    changes = {case.file: case.change for case in cases}
    lines = damaged(book, folder, changes)
    places = book.files | {name: folder / book.files[name].name for name in changes}
    wanted = [text for case in cases for text in filled(case.says, places)]
    assert missing_from(lines, wanted) == [], lines
    assert len(lines) == len(wanted), lines


def no_column(name: str) -> Case:
    column = _required(TABLES[name])
    said = f"${name}, row 1, column '{column}': found no column '{column}'"
    return Case(name, "no column", d.without_column(column), (said,))


def renamed(name: str) -> Case:
    column = _required(TABLES[name])
    says = (
        f"${name}, row 1, column '{column}': found no column '{column}'",
        f"${name}, row 1, column '{column}x': found unknown column '{column}x'",
    )
    return Case(name, "renamed", d.renamed(column, f"{column}x"), says)


def misspelt(name: str) -> Case:
    wrong = TYPOS.get(name, TABLES[name].names[-1][:-1])
    said = f"${name}, row 1, column '{wrong}': found unknown column '{wrong}'"
    return Case(name, "misspelt", d.cells(2, **{wrong: "1"}), (said,))


def twice(name: str) -> Case:
    column = _required(TABLES[name])
    said = f"${name}, row 1, column '{column}': found a second column '{column}'"
    return Case(name, "twice", d.column_twice(column), (said,))


def _required(table: Table) -> str:
    """Return a column that must be there and is no part of the key."""
    names = [c.name for c in table.columns if c.required]
    return next((name for name in names if name not in table.key), names[0])


def kinds() -> Iterator[tuple[str, Kind, list[str]]]:
    """Yield table, kind, and the table's columns of that kind."""
    for name in CSV_TABLES:
        for kind in BAD_CELLS:
            columns = [c.name for c in TABLES[name].columns if c.kind is kind]
            if columns:
                yield name, kind, columns


def test_the_undamaged_book_gets_its_plans(book, tmp_path):
    result = book.rebalance(tmp_path / "out", book.files)
    assert (result.status, (tmp_path / "out" / "orders.csv").exists()) == (0, True)


@pytest.mark.parametrize("what", UNREADABLE)
def test_tables_that_cannot_be_read_all_at_once(what, book, tmp_path):
    change, said = UNREADABLE[what]
    cases = [Case(name, what, change, (f"${name}{said}",)) for name in CSV_TABLES]
    check(book, tmp_path, *cases)


@pytest.mark.parametrize("case", [no_column, renamed, misspelt, twice])
def test_wrong_headers_of_all_tables_at_once(case, book, tmp_path):
    check(book, tmp_path, *(case(name) for name in CSV_TABLES))


@pytest.mark.parametrize(("name", "kind", "columns"), list(kinds()))
def test_cells_of_every_column(name, kind, columns, book, tmp_path):
    values = BAD_CELLS[kind]

    def damage(data: bytes) -> bytes:
        for _ in values:
            data = d.again(2)(data)
        for row, value in enumerate(values, 2):
            data = d.cells(row, **{f"{c}_": value for c in columns})(data)
        return data

    lines = damaged(book, tmp_path, {name: damage})
    wanted = [
        f"{tmp_path / book.files[name].name}, row {row}, column '{column}': "
        f"found {value if value.isprintable() else repr(value)}; allowed: "
        for row, value in enumerate(values, 2)
        for column in columns
    ]
    assert missing_from(lines, wanted) == [], lines


@pytest.mark.parametrize("name", CSV_TABLES)
def test_blanks_in_every_column_that_needs_a_value(name, book, tmp_path):
    columns = [c.name for c in TABLES[name].columns if not c.may_be_blank]
    change = d.cells(2, **{f"{column}_": "" for column in columns})
    lines = damaged(book, tmp_path, {name: change})
    place = f"{tmp_path / book.files[name].name}, row 2, column"
    wanted = [f"{place} '{column}': found blank; allowed: " for column in columns]
    assert missing_from(lines, wanted) == [], lines


def test_tables_cut_off(book, tmp_path):
    lines = damaged(book, tmp_path, dict.fromkeys(CSV_TABLES, d.cut_in_last_row))
    wanted = [f"{tmp_path / name}.csv, row " for name in CSV_TABLES]
    assert missing_from(lines, wanted) == [], lines
    assert all("The file may have been cut off here." in line for line in lines)
    assert len(lines) == len(wanted)


def test_headers_only(book, tmp_path):
    names = [name for name in CSV_TABLES if not TABLES[name].empty]
    lines = damaged(book, tmp_path, dict.fromkeys(names, d.header_only))
    said = "found a header without rows; allowed: at least one row"
    assert sorted(lines) == sorted(f"{tmp_path / n}.csv: {said}" for n in names)


def test_a_row_twice(book, tmp_path):
    names = [name for name in CSV_TABLES if TABLES[name].key]
    lines = damaged(book, tmp_path, dict.fromkeys(names, d.again(2)))
    said = "again, first in row 2; allowed: each once"
    for name in names:
        (line,) = [t for t in lines if t.startswith(f"{tmp_path / name}.csv, row ")]
        assert f", column '{' + '.join(TABLES[name].key)}': found '" in line
        assert line.endswith(said)


@pytest.mark.parametrize("is_folder", [False, True])
def test_no_such_file_or_a_folder_in_its_place(is_folder, book, tmp_path):
    names = [*CSV_TABLES, "holdings", "risk", "policy"]
    places = {name: tmp_path / f"{name}{book.files[name].suffix}" for name in names}
    for place in places.values() if is_folder else ():
        place.mkdir()
    out = tmp_path / "out"
    result = book.rebalance(out, places)
    assert (result.status, result.out, out.exists()) == (2, "", False)
    lines = problem_lines(result)
    for place in places.values():
        assert any(line.startswith(f"{place}: found ") for line in lines), lines


@pytest.mark.parametrize("change", [d.cut_to(0.6), *map(d.instead, (b"", d.GARBAGE))])
def test_parquet_that_is_none(change, book, tmp_path):
    places = {}
    for name in CSV_TABLES:
        places[name] = write_parquet(book.files[name], tmp_path / f"{name}.parquet")
        places[name].write_bytes(change(places[name].read_bytes()))
    lines = refused(book, tmp_path, **places)
    wanted = [f"{place}: found " for place in places.values()]
    assert missing_from(lines, wanted) == [], lines
    assert {line.endswith("; allowed: a Parquet file") for line in lines} == {True}


# What is sound in each table alone and does not fit together.
JOINED = (
    Case("lots", "negative shares", d.cells(3, shares="-4"),
         ("$lots, row 3, column 'shares': found -4; allowed: a number above 0",)),
    Case("lots", "unknown symbol", d.cells(3, symbol="XYZZY"),
         ("$lots, row 3, column 'symbol': found unknown symbol 'XYZZY'; allowed: a "
          "symbol of $prices",)),
    Case("lots", "unknown account", d.cells(3, account="A003"),
         ("$lots, row 3, column 'account': found unknown account 'A003'",)),
    Case("lots", "no basis", d.cells(3, cost_basis=""),
         ("$lots, row 3, column 'cost_basis': found blank; allowed: the cost basis",)),
    Case("lots", "bought tomorrow", d.cells(3, acquired="2024-06-29"),
         ("$lots, row 3, column 'acquired': found 2024-06-29, after the rebalance",)),
    Case("accounts", "unknown policy", d.cells(2, policy="bold"),
         ("$accounts, row 2, column 'policy': found unknown policy 'bold'",)),
    Case("accounts", "unknown taxpayer", d.cells(2, taxpayer="T009"),
         ("$accounts, row 2, column 'taxpayer': found unknown taxpayer 'T009'",
          "$accounts, row 2, column 'short_rate': found no short_rate",
          "$accounts, row 2, column 'long_rate': found no long_rate")),
    Case("accounts", "cash twice", d.cells(2, cash="5"),
         ("$accounts, row 2, column 'cash': found a cash here and in $cash",)),
    Case("accounts", "rates apart", d.cells(2, short_rate="0.1"),
         ("$accounts, row 2, column 'short_rate': found 0.1 for taxpayer",)),
    Case("taxpayers", "last year's", d.cells(2, tax_year="2023"),
         ("$taxpayers, row 2, column 'tax_year': found 2023; allowed: 2024",)),
    Case("taxpayers", "percent for fractions", d.cells(2, short_rate="40.8"),
         ("$taxpayers, row 2, column 'short_rate': found 40.8; allowed: a number from"
          " 0 to 1 or blank",)),
    Case("taxpayers", "a person gone", d.row_gone(2),
         ("$accounts, row 2, column 'taxpayer': found unknown taxpayer 'T001'",
          "$accounts, row 2, column 'short_rate': found no short_rate",
          "$accounts, row 2, column 'long_rate': found no long_rate")),
    Case("cash", "an account gone", d.row_gone(2),
         ("$accounts, row 2, column 'cash': found no cash balance for",)),
    Case("cash", "another currency", d.cells(2, currency="EUR"),
         ("$cash, row 2, column 'currency': found EUR in an account in USD",)),
    Case("cash", "range upside down", d.cells(2, min="0.03", max="0.02"),
         ("$cash, row 2, column 'min': found min 0.03 above max 0.02",)),
    Case("flows", "unknown account", d.cells(2, account="A01"),
         ("$flows, row 2, column 'account': found unknown account 'A01'",)),
    Case("restrictions", "unknown symbol", d.cells(2, symbol="DQY"),
         ("$restrictions, row 2, column 'symbol': found unknown symbol 'DQY'",)),
    Case("restrictions", "unknown sector", d.cells(2, symbol="", sector="Enrgy"),
         ("$restrictions, row 2, column 'sector': found unknown sector 'Enrgy'",)),
    Case("restrictions", "contradiction", d.plus("A001,GQZ,,min,0.3,,"),
         ("$restrictions, row 5, column 'kind': found min 0.3 in row 5 against max 0.2"
          " in row 3",)),
    Case("restrictions", "until before from", d.cells(3, until="2023-12-31"),
         ("$restrictions, row 3, column 'from': found 2024-01-01, after until",)),
    Case("restrictions", "a minimum of nothing", d.cells(3, value=""),
         ("$restrictions, row 3, column 'value': found blank for 'max'",)),
    Case("restrictions", "symbol and sector", d.cells(2, sector="Energy"),
         ("$restrictions, row 2, column 'sector': found unknown sector 'Energy'",
          "$restrictions, row 2, column 'symbol, sector, group, lot_id': found symbol"
          " and sector filled",)),
    Case("activity", "bought tomorrow", d.cells(2, date="2024-06-29"),
         ("$activity, row 2, column 'date': found 2024-06-29, after the rebalance",)),
    Case("activity", "unknown account", d.cells(2, account="B001"),
         ("$activity, row 2, column 'account': found unknown account 'B001'",)),
    Case("working_orders", "unknown symbol", d.cells(2, symbol="DQY"),
         ("$working_orders, row 2, column 'symbol': found unknown symbol 'DQY'",)),
    Case("working_orders", "shares and money", d.cells(2, amount="5"),
         ("$working_orders, row 2, column 'shares, amount': found shares and amount",)),
    Case("prices", "of tomorrow", d.cells(2, as_of="2024-06-29"),
         ("$prices, row 2, column 'as_of': found 2024-06-29, after the rebalance",)),
    Case("prices", "of zero", d.cells(2, price="0"),
         ("$prices, row 2, column 'price': found 0; allowed: a number above 0",)),
    Case("prices", "one under two spellings", d.plus("hqx/b,1,USD,,,"),
         ("$prices, row 32, column 'symbol': found HQX.B again under another",)),
    Case("securities", "one alias for two",
         lambda data: d.cells(3, aliases="OLD")(d.cells(2, aliases="OLD")(data)),
         ("$securities, row 3, column 'aliases': found 'OLD' for ",)),
)  # fmt: skip


@pytest.mark.parametrize("case", JOINED, ids=lambda c: f"{c.file}, {c.what}")
def test_tables_that_do_not_fit_together(case, book, tmp_path):
    check(book, tmp_path, case)
