# SPDX-License-Identifier: Apache-2.0
"""The smallest workbook that spreadsheet programs open: one sheet of text cells.

Same cells, same bytes: members are stored uncompressed with a fixed time, so the
file does not depend on the compression library.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_STORED, ZipFile, ZipInfo

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OPENXML = "http://schemas.openxmlformats.org"
MAIN = f"{OPENXML}/spreadsheetml/2006/main"
OFFICE = f"{OPENXML}/officeDocument/2006/relationships"
PACKAGE = f"{OPENXML}/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can carry

CONTENT_TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    f'ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    f'ContentType="{SHEET_TYPE}.worksheet+xml"/></Types>'
)


def workbook(rows: Sequence[Sequence[str]], sheet: str) -> bytes:
    """Return a workbook with one sheet; empty cells are left out.

    Blanks around a text are not kept by spreadsheet programs.

    Examples
    --------
    >>> from python_calamine import CalamineWorkbook
    >>> book = CalamineWorkbook.from_filelike(BytesIO(workbook([["a", "1.50"]], "s")))
    >>> book.get_sheet_by_name("s").to_python()
    [['a', '1.50']]
    """
    members = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": _relationship("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": _book(sheet),
        "xl/_rels/workbook.xml.rels": _relationship(
            "worksheet", "worksheets/sheet1.xml"
        ),
        "xl/worksheets/sheet1.xml": _sheet(rows),
    }
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name, text in members.items():
            member = ZipInfo(name, EPOCH)
            member.create_system = 3  # the same bytes on every system
            archive.writestr(member, text.encode())
    return buffer.getvalue()


def column_letters(number: int) -> str:
    """Return the letters of a column, counted from 0.

    Examples
    --------
    >>> column_letters(0), column_letters(25), column_letters(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _relationship(kind: str, target: str) -> str:
    return (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


def _book(sheet: str) -> str:
    return (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _sheet(rows: Sequence[Sequence[str]]) -> str:
    body = "".join(
        f'<row r="{r}">{_cells(cells, r)}</row>' for r, cells in enumerate(rows, 1)
    )
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _cells(cells: Sequence[str], row: int) -> str:
    return "".join(
        f'<c r="{column_letters(i)}{row}" t="inlineStr"><is>'
        f"<t>{escape(text)}</t></is></c>"
        for i, text in enumerate(cells)
        if text
    )
