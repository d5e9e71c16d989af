# SPDX-License-Identifier: Apache-2.0
"""What an issuer's file looks like, as data: headers, units, where the date is.

A layout says how to read; it never reads. Recognition and parsing are the same
for all issuers and live next door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from di_optimizer.index.sheets import Row

Texts: TypeAlias = Mapping[str, str | None]  # cells of one line by column; None: blank
Preamble: TypeAlias = tuple[Row, ...]

NUMBERS = ("weight", "shares", "price", "market_value")
COLUMNS = (
    "symbol",
    "name",
    *NUMBERS,
    "sector",
    "asset_class",
    "currency",
    "exchange",
    "cusip",
    "isin",
    "sedol",
    "as_of",
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The published layout of one issuer's holdings file.

    Parameters
    ----------
    issuer : str
        Name in results and messages.
    headers : mapping
        Column of the holdings table, or a helper column, to the printed header.
    bucket : callable
        Cells of a line to ``equity`` or the name of its residual bucket.
    needed : tuple of str
        Columns that every equity line has a value in.
    optional : frozenset of str
        Columns whose header may be absent.
    percent : bool
        Whether weights are printed in percent.
    as_of_label, as_of_prefix : str
        First cell of the row above the table that has the date in its second
        cell, and what precedes the date there; without a label the date is the
        column ``as_of``.
    fund : callable
        Rows above the table to the fund's name or identity; without it the
        column ``fund``, if any.
    blanks : frozenset of str
        Words that this issuer prints in place of a text it does not have.
    closed, footer : bool
        A header outside ``headers`` is an error; a blank row ends the table, so a
        file that lacks it has been cut off.
    """

    issuer: str
    headers: Mapping[str, str]
    bucket: Callable[[Texts], str]
    needed: tuple[str, ...] = ("symbol", "weight", "shares", "sector")
    optional: frozenset[str] = frozenset()
    percent: bool = True
    as_of_label: str | None = None
    as_of_prefix: str = ""
    fund: Callable[[Preamble], str] | None = None
    blanks: frozenset[str] = frozenset()
    closed: bool = False
    footer: bool = False

    @property
    def required(self) -> dict[str, str]:
        """Headers that must be present, by column."""
        return {c: h for c, h in self.headers.items() if c not in self.optional}


def labelled(preamble: Preamble, label: str) -> tuple[int, str] | None:
    """Return row number and value of the row above the table that has ``label``."""
    for row in preamble:
        if len(row.cells) > 1 and row.cells[0] == label:
            return row.number, row.cells[1]
    return None
