# SPDX-License-Identifier: Apache-2.0
"""Every spelling of a symbol to the canonical one, by the securities table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from di_optimizer.index.symbols import SHARE_CLASSES, dotted, resolve
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.sheets import Sheet

IDENTIFIERS = ("cusip", "isin", "sedol")


@dataclass(frozen=True)
class Symbols:
    """Resolves spellings; ``table`` is keyed by spellings in dotted form."""

    table: Mapping[str, str]

    def column(self, raw: pd.Series) -> pd.Series:
        """Return a column of canonical symbols; blank stays blank."""
        codes, distinct = pd.factorize(raw)
        values = [resolve(spelling, self.table) for spelling in distinct.tolist()]
        resolved = pd.Series([*values, None], dtype="str")
        return pd.Series(resolved.array[codes], index=raw.index, name=raw.name)

    def sheet(self, sheet: Sheet) -> Sheet:
        """Return a sheet whose symbol column is canonical."""
        if sheet.frame.empty:
            return sheet
        symbol = self.column(sheet.frame["symbol"])
        frame = sheet.frame.assign(symbol=symbol)
        return Sheet(sheet.name, sheet.file, frame, sheet.given)


def read_symbols(sheet: Sheet, on: date, findings: Findings) -> Symbols:
    """Return the spellings of the securities table that are valid on a date.

    A spelling that stands for two securities is a problem: it is their rows that
    are named, and nothing is resolved by chance.
    """
    table: dict[str, str] = {}
    first: dict[str, int] = {}
    own = {resolve(raw, {}) for raw in sheet.frame["symbol"].tolist()}
    for row, symbol, spelling in _spellings(sheet, on):
        key = dotted(spelling)
        taken = SHARE_CLASSES.get(key, key)
        rival = taken if taken in own and taken != symbol else table.get(key, symbol)
        if rival != symbol:
            where = f" of row {first[key]}" if key in first else ""
            findings.add(
                sheet.file,
                row,
                "aliases",
                found=f"'{spelling}' for {symbol}, also {rival}{where}",
                allowed="one security for each spelling on one date",
            )
            continue
        table[key] = symbol
        first.setdefault(key, row)
    return Symbols(table)


def _spellings(sheet: Sheet, on: date) -> Iterator[tuple[int, str, str]]:
    """Yield (row, canonical symbol, another spelling of it)."""
    columns = ("symbol", "aliases", "alias_from", "alias_until", *IDENTIFIERS)
    for row, raw, aliases, start, end, *identifiers in sheet.rows(*columns):
        symbol = resolve(raw, {})
        valid = (start is None or start <= on) and (end is None or on <= end)
        others = (aliases or "").split(";") if valid else []
        for spelling in [*others, *identifiers]:
            if spelling and spelling.strip():
                yield row, symbol, spelling.strip()


def unrepeated(sheet: Sheet, findings: Findings) -> Sheet:
    """Report rows whose symbol was in an earlier row under another spelling."""
    again = sheet.frame["symbol"].duplicated(keep="first")
    for row, symbol in sheet.keep(again).rows("symbol"):
        first = sheet.frame.index[sheet.frame["symbol"] == symbol][0]
        findings.add(
            sheet.file,
            row,
            "symbol",
            found=f"{symbol} again under another spelling, first in row {first}",
            allowed="each security once",
        )
    return sheet.keep(~again)
