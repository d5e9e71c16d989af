# SPDX-License-Identifier: Apache-2.0
"""From a recognised table to typed lines, with every problem on the way.

The table ends at the first blank row; below it only prose is allowed. Nothing
is repaired: a cell that does not read is a problem with its row and column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from di_optimizer.errors import Problem
from di_optimizer.index.buckets import EQUITY, PLACEHOLDER, UNRECOGNISED
from di_optimizer.index.cells import BLANKS, number
from di_optimizer.index.formats.layout import NUMBERS, Layout, Texts
from di_optimizer.index.identifiers import SHAPES, full_cusip, well_formed
from di_optimizer.index.recognise import Found
from di_optimizer.index.sheets import Row
from di_optimizer.index.symbols import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table; columns that are blank are absent."""

    row: int
    bucket: str
    texts: Mapping[str, str]
    numbers: Mapping[str, float]

    @property
    def weight(self) -> float:
        """The listed weight as a fraction, 0 for a placeholder."""
        return self.numbers.get("weight", 0.0)


@dataclass(frozen=True, kw_only=True)
class Parser:
    """Reads the lines of one table; problems gather in ``problems``."""

    found: Found
    file: str
    aliases: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    @property
    def layout(self) -> Layout:
        """The layout of the table."""
        return self.found.layout

    def lines(self) -> tuple[Line, ...]:
        """Return the lines of the table in the file's order."""
        body, rest, ended = _split(self.found.below)
        width = len(self.found.header.cells)
        if not body:
            self._report(None, None, "a header but no rows", "at least one line")
        if body and self.layout.footer and not ended:
            self._report(
                body[-1].number,
                None,
                "the end of the file inside the table",
                "a blank row after the last line",
                "The file seems to be cut off",
            )
        self._report_rest(rest, width)
        return tuple(self._line(r) for r in body if self._whole(r, width))

    def _report_rest(self, rest: Sequence[Row], width: int) -> None:
        stray = [r for r in rest if len(r.cells) == width and r.filled > 1]
        if stray:
            self._report(
                stray[0].number,
                None,
                f"{len(stray)} full rows below the blank row that ends the table",
                "one table",
            )

    def _whole(self, row: Row, width: int) -> bool:
        if len(row.cells) == width:
            return True
        self._report(row.number, None, f"{len(row.cells)} cells", f"{width} cells")
        return False

    def _line(self, row: Row) -> Line:
        texts = self._texts(row)
        bucket = self._bucket(texts)
        if bucket == EQUITY:
            self._check_needed(row.number, texts)
        elif bucket != PLACEHOLDER and not texts["weight"]:
            self._report(row.number, self._header("weight"), "blank", "a number")
        numbers = self._numbers(row.number, bucket, texts)
        kept = {c: t for c, t in texts.items() if t and c not in NUMBERS}
        if bucket == EQUITY:
            kept = self._identified(row.number, kept)
        return Line(row=row.number, bucket=bucket, texts=kept, numbers=numbers)

    def _bucket(self, texts: Texts) -> str:
        """Return the line's bucket; rights that weigh nothing often lack a symbol."""
        bucket = self.layout.bucket(texts)
        weightless = number(texts["weight"] or "") == 0
        if bucket == EQUITY and texts["symbol"] is None and weightless:
            return UNRECOGNISED
        return bucket

    def _texts(self, row: Row) -> dict[str, str | None]:
        cells = dict(zip(self.found.header.cells, row.cells, strict=True))
        blanks = BLANKS | self.layout.blanks
        printed = {c: cells.get(h, "") for c, h in self.layout.headers.items()}
        return {c: None if text in blanks else text for c, text in printed.items()}

    def _check_needed(self, row: int, texts: Mapping[str, str | None]) -> None:
        for column in self.layout.needed:
            if texts[column] is None and column != "sector":
                allowed = "a number" if column in NUMBERS else "a text"
                self._report(row, self._header(column), "blank", allowed)
        if texts.get("side", "LONG") != "LONG":
            self._report(row, self._header("side"), repr(texts["side"]), "LONG")

    def _numbers(
        self, row: int, bucket: str, texts: Mapping[str, str | None]
    ) -> dict[str, float]:
        read = partial(self._number, row, bucket == EQUITY)
        pairs = ((c, read(c, texts.get(c))) for c in NUMBERS)
        return {c: value for c, value in pairs if value is not None}

    def _number(
        self, row: int, security: bool, column: str, text: str | None
    ) -> float | None:
        if text is None:
            return None
        value = number(text)
        if value is None:
            self._report(row, self._header(column), repr(text), "a number")
            return None
        if value < 0 and security:
            self._report(row, self._header(column), text, "0 or more")
            return None
        return value / 100 if column == "weight" and self.layout.percent else value

    def _identified(self, row: int, texts: dict[str, str]) -> dict[str, str]:
        for column in SHAPES:
            if column in texts and not well_formed(column, texts[column]):
                allowed = SHAPES[column][1]
                self._report(row, self._header(column), repr(texts[column]), allowed)
        changes = {}
        if "cusip" in texts:
            changes["cusip"] = full_cusip(texts["cusip"])
        if "symbol" in texts:
            changes["symbol"] = resolve(texts["symbol"], self.aliases)
        return texts | changes

    def _header(self, column: str) -> str:
        return self.layout.headers[column]

    def _report(
        self,
        row: int | None,
        column: str | None,
        found: str,
        allowed: str,
        todo: str = "",
    ) -> None:
        self.problems.append(
            Problem(
                file=self.file,
                row=row,
                column=column,
                found=found,
                allowed=allowed,
                todo=todo,
            )
        )


def _split(rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row], bool]:
    """Return the rows of the table, those below it, and whether a blank ended it."""
    for i, row in enumerate(rows):
        if not row.filled:
            return rows[:i], rows[i + 1 :], True
    return rows, (), False
