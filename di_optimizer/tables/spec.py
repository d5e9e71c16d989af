# SPDX-License-Identifier: Apache-2.0
"""What a table is: columns with kinds, units and bounds, as data.

Knows nothing of files or frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LARGEST = 1e12  # beyond it a float with 15 digits no longer holds the cent


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    SYMBOL = "symbol"
    NUMBER = "number"
    WHOLE = "whole number"
    DATE = "date"
    FLAG = "flag"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        As in the header.
    kind : Kind
        What its cells are.
    description : str
        Meaning, with the sign convention where there is one.
    unit : str
        '', 'account currency', 'price currency', 'fraction', 'bp', 'shares', …
    required : bool
        The column must be there.
    blank : bool
        Cells may be blank. A column that need not be there may always be blank.
    at_least, above, at_most : float, optional
        Bounds of a number; ``above`` is exclusive.
    choices : tuple of str
        The values of a choice.
    default : str or bool, optional
        What a blank cell or an absent column stands for; None keeps it blank.
    decimals : int, optional
        Digits after the point when written; None writes as many as needed.

    Examples
    --------
    >>> Column(name="shares", kind=Kind.NUMBER, description="Shares held.",
    ...        required=True, above=0).allowed
    'a number above 0'
    """

    name: str
    kind: Kind
    description: str
    unit: str = ""
    required: bool = False
    blank: bool = False
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    choices: tuple[str, ...] = ()
    default: str | bool | None = None
    decimals: int | None = None

    @property
    def may_be_blank(self) -> bool:
        """Whether a cell may be blank."""
        return self.blank or not self.required

    @property
    def allowed(self) -> str:
        """Return what messages call the permitted values."""
        match self.kind:
            case Kind.NUMBER | Kind.WHOLE:
                text = f"a {self.kind}{self._range()}"
            case Kind.DATE:
                text = "a date written YYYY-MM-DD, from 1900-01-01 to 2199-12-31"
            case Kind.FLAG:
                text = "true or false"
            case Kind.CHOICE:
                text = "one of " + ", ".join(self.choices)
            case Kind.SYMBOL:
                text = "a symbol of at most 40 characters"
            case Kind.TEXT:
                text = "one line of text"
        return text + (" or blank" if self.may_be_blank else "")

    def _range(self) -> str:
        if self.above is not None:
            low = f" above {self.above:g}"
        elif self.at_least is not None:
            low = f" of at least {self.at_least:g}"
        else:
            low = ""
        limit = None if self.at_most in (None, LARGEST) else self.at_most
        if self.at_least == -LARGEST and limit is None:
            return f" from {-LARGEST:g} to {LARGEST:g}"
        if limit is None:
            return low
        if self.above is None and self.at_least is not None:
            return f" from {self.at_least:g} to {limit:g}"
        return f"{low} and at most {limit:g}" if low else f" of at most {limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its columns, what must be unique, and what excludes what.

    Attributes
    ----------
    key : tuple of str
        Columns whose values together may occur once; () is no such rule.
    one_of : tuple of tuple of str
        In each group exactly one column is filled in every row.
    open : bool
        Extra columns are kept as attributes, numbers of a frame as numbers and all
        else as text, instead of refused, unless they look like a misspelt column
        that is absent.
    empty : bool
        A header without rows says "none today" instead of "something is lost".
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    open: bool = False
    empty: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by name; a KeyError is a programming error."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
