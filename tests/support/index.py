# SPDX-License-Identifier: Apache-2.0
"""Tiny holdings files in each published layout, with the digits one asks for.

A fund is a list of ``Entry``; ``render`` prints it as an issuer would, and takes
a renamed header. Nothing here is shared with the readers under test.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Entry:
    """One line with its cells as text; ``kind`` is equity, cash or money_market."""

    symbol: str
    name: str
    weight: str
    shares: str
    value: str
    sector: str = "Industrials"
    cusip: str = ""
    sedol: str = ""
    kind: str = "equity"


FUND = (
    Entry(
        *("AAA", "Able Co", "50.00", "1,000", "5000.00"),
        *("Energy", "000001AA5", "1000011"),
    ),
    Entry(
        *("BRK.B", "Berk Class B", "30.00", "200", "3000.00"),
        *("Financials", "000002BB0", "1000022"),
    ),
    Entry(
        *("CCC", "Cargo, Inc", "19.50", "300", "1950.00"),
        *("Industrials", "000003CC5", "1000033"),
    ),
    Entry("USD", "US DOLLAR", "0.40", "40", "40.00", "", kind="cash"),
    Entry("MMF", "Money Market Fund", "0.10", "10", "10.00", "", kind="money_market"),
)

HEADERS = {
    "iShares": "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,"
    "Quantity,Price,Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date",
    "State Street": "Name,Ticker,Identifier,SEDOL,Weight,Sector,Shares Held,"
    "Local Currency",
    "Invesco": "Fund Ticker,Security Identifier,Holding Ticker,Shares/Par Value,"
    "MarketValue,Weight,Name,Class of Shares,Sector,Date",
    "Vanguard": "effectiveDate,name,quantity,mktValPercent,salesPosition,sedol,"
    "bticker,issueTypeName,parentIssueTypeName,sector,marketVal,CUSIP,reportingName",
    "plain": "symbol,name,weight,shares,market_value,sector,asset_class,cusip,sedol",
}
WEIGHT_HEADER = {
    "iShares": "Weight (%)",
    "State Street": "Weight",
    "Invesco": "Weight",
    "Vanguard": "mktValPercent",
    "plain": "weight",
}
SHARES_HEADER = {
    "iShares": "Quantity",
    "State Street": "Shares Held",
    "Invesco": "Shares/Par Value",
    "Vanguard": "quantity",
    "plain": "shares",
}
FIRST_ROW = {  # the file's own number of the first line of the table
    "iShares": 11,
    "State Street": 6,
    "Invesco": 2,
    "Vanguard": 1,
    "plain": 2,
}
SUFFIX = {"State Street": ".xlsx", "Vanguard": ".json"}
ISSUERS = tuple(HEADERS)

ISHARES_TOP = (
    'Tiny Fund ETF\nFund Holdings as of,"Dec 30, 2022"\nInception Date,"May 15, 2000"\n'
    'Shares Outstanding,"1,000.00"\nStock,"-"\nBond,"-"\nCash,"-"\nOther,"-"\n\xa0\n'
)
ISHARES_END = '\xa0\n"Prose, with commas.\nA second line, ""quoted"", of prose.\nEnd"\n'
SSGA_TOP = (
    ("Fund Name:", "Tiny Fund Trust"),
    ("Ticker Symbol:", "TINY"),
    ("Holdings:", "As of 10-Jan-2023"),
    (),
)
SSGA_END = ((), ("Past performance,\nof prose.",), (), ("More prose: $1,000",))


def change(i: int, fund: tuple[Entry, ...] = FUND, **cells: str) -> tuple[Entry, ...]:
    """The fund with some cells of line ``i`` changed."""
    return tuple(replace(e, **cells) if j == i else e for j, e in enumerate(fund))


def render(
    issuer: str, fund: tuple[Entry, ...] = FUND, rename: tuple[str, str] = ("", "")
) -> bytes:
    """The fund as ``issuer`` prints it, one header renamed."""
    header = HEADERS[issuer].split(",")
    header = [rename[1] if name == rename[0] else name for name in header]
    rows = [CELLS[issuer](entry) for entry in fund]
    return PRINT[issuer](header, rows)


def _ishares(e: Entry) -> list[str]:
    known = {"equity": "Equity", "cash": "Cash", "money_market": "Money Market"}
    sector, symbol = e.sector or "Cash and/or Derivatives", e.symbol.replace(".", "")
    return [symbol, e.name, sector, known.get(e.kind, e.kind), e.value, e.weight,
            e.value, e.shares, "10.00", "United States", "NYSE", "USD", "1.00", "USD",
            "-"]  # fmt: skip


def _ssga(e: Entry) -> list[str]:
    if e.kind == "cash":
        return [e.name, "CASH_USD", "CASH_USD", "Unassigned", e.weight, "Unassigned",
                e.shares, "USD"]  # fmt: skip
    if e.kind == "money_market":
        return [e.name, "-", "924QSGII3", "-", e.weight, "-", e.shares, "USD"]
    cusip = e.cusip[:8]
    return [e.name, e.symbol, cusip, e.sedol, e.weight, e.sector, e.shares, "USD"]


def _invesco(e: Entry) -> list[str]:
    known = {"equity": "Common Stock", "cash": "Cash"}
    kind = known.get(e.kind, "Money Market Fund, Taxable")
    symbol = e.symbol.replace(".", "/") + "   "
    return ["TINY", e.cusip, symbol, e.shares, e.value, e.weight, e.name, kind,
            e.sector, "01/13/2023"]  # fmt: skip


def _vanguard(e: Entry) -> list[str]:
    known = {"equity": ("Common Stock", "Equity"), "cash": ("Cash", "Cash")}
    kind, parent = known.get(e.kind, ("Mutual Fund", "Equity"))
    return ["2022-11-30", e.name, e.shares.replace(",", ""), e.weight, "LONG", e.sedol,
            e.symbol, kind, parent, e.sector, e.value, e.cusip, e.name]  # fmt: skip


def _plain(e: Entry) -> list[str]:
    printed = re.fullmatch(r"-?\d+(\.\d+)?", e.weight)
    weight = repr(float(e.weight) / 100) if printed else e.weight
    kind = e.kind.replace("_", " ")
    return [e.symbol, e.name, weight, e.shares, e.value, e.sector, kind, e.cusip,
            e.sedol]  # fmt: skip


def to_csv(rows: list[list[str]], top: str = "", end: str = "") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return ("\ufeff" + top + text.getvalue() + end).encode()


def _print_ishares(header: list[str], rows: list[list[str]]) -> bytes:
    return to_csv([header, *rows], ISHARES_TOP, ISHARES_END)


def _print_ssga(header: list[str], rows: list[list[str]]) -> bytes:
    return to_xlsx([*map(list, SSGA_TOP), header, *rows, *map(list, SSGA_END)])


def _print_json(header: list[str], rows: list[list[str]]) -> bytes:
    items = [{k: v for k, v in zip(header, row, strict=True) if v} for row in rows]
    fund = {"portId": "0001", "holdingTypeCode": "ORIG", "holdingDetailItem": items}
    return json.dumps([fund]).encode()


def _print_table(header: list[str], rows: list[list[str]]) -> bytes:
    return to_csv([header, *rows])


CELLS = {
    "iShares": _ishares,
    "State Street": _ssga,
    "Invesco": _invesco,
    "Vanguard": _vanguard,
    "plain": _plain,
}
PRINT = {
    "iShares": _print_ishares,
    "State Street": _print_ssga,
    "Invesco": _print_table,
    "Vanguard": _print_json,
    "plain": _print_table,
}

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def to_xlsx(rows: list[list[str]]) -> bytes:
    """The smallest workbook of one sheet that holds ``rows`` as text cells."""
    width = max(map(len, rows))
    padded = ([*cells, *[""] * (width - len(cells))] for cells in rows)
    body = "".join(_row(i, cells) for i, cells in enumerate(padded, 1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
        '<sheet name="holdings" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{body}'
        "</sheetData></worksheet>",
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return data.getvalue()


def _relation(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/{kind}" Target="{target}"/></Relationships>'
    )


def _row(number: int, cells: list[str]) -> str:
    inner = "".join(_cell(f"{chr(65 + j)}{number}", c) for j, c in enumerate(cells))
    return f'<row r="{number}">{inner}</row>'


def _cell(place: str, text: str) -> str:
    if text.startswith("="):  # a number cell, to tell it from text that looks like one
        return f'<c r="{place}"><v>{text[1:]}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
