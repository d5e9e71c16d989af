# SPDX-License-Identifier: Apache-2.0
"""One corporate action as a value: what it is, and the fields that its kind needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from di_optimizer.errors import InputError, Problem

Value = Fraction | str | None
Misfit = tuple[str, str, str]  # field, found, allowed


class Kind(StrEnum):
    """What happens to the shares."""

    SPLIT = "split"  # a stock dividend is one: 5 % is 1.05 new shares for each
    REVERSE_SPLIT = "reverse_split"
    SYMBOL_CHANGE = "symbol_change"
    SPIN_OFF = "spin_off"
    MERGER_STOCK = "merger_stock"
    MERGER_CASH = "merger_cash"
    MERGER_MIXED = "merger_mixed"
    RETURN_OF_CAPITAL = "return_of_capital"


@dataclass(frozen=True, slots=True)
class Uses:
    """Fields that a kind needs and may have; it has no others."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


FIELDS = (
    "ratio",
    "cash",
    "new_symbol",
    "basis_fraction",
    "new_price",
    "lieu_price",
)

USES: Mapping[Kind, Uses] = MappingProxyType(
    {
        Kind.SPLIT: Uses(("ratio",), ("lieu_price",)),
        Kind.REVERSE_SPLIT: Uses(("ratio",), ("lieu_price",)),
        Kind.SYMBOL_CHANGE: Uses(("new_symbol",)),
        Kind.SPIN_OFF: Uses(("ratio", "new_symbol", "basis_fraction"), ("lieu_price",)),
        Kind.MERGER_STOCK: Uses(("ratio", "new_symbol"), ("lieu_price",)),
        Kind.MERGER_CASH: Uses(("cash",)),
        Kind.MERGER_MIXED: Uses(
            ("ratio", "cash", "new_symbol", "new_price"), ("lieu_price",)
        ),
        Kind.RETURN_OF_CAPITAL: Uses(("cash",)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A corporate action, before any trade of its day. Every number is above 0.

    Attributes
    ----------
    on : date
        Day from which trades are in the new shares.
    symbol : str
        Held before.
    ratio : Fraction
        New shares for each share held: 3/2 for a 3-for-2 split, 1/10 for a 1-for-10
        reverse split, 1/4 for a spin-off of one share for four.
    cash : Fraction
        Paid on each share held before.
    new_symbol : str
        Of the shares received.
    basis_fraction : Fraction
        Part of the basis that goes to the spun-off shares, below 1 (the company's
        Form 8937 says it).
    new_price : Fraction
        Fair market value of one share received, on the day.
    lieu_price : Fraction, optional
        Paid for one whole new share; the fraction that an account's position ends in
        is paid in cash at it. Without it fractions are delivered.

    Raises
    ------
    InputError
        With each field that is missing, foreign to the kind or out of range.

    Examples
    --------
    >>> from datetime import date
    >>> Action(on=date(2024, 6, 10), symbol="NVDA", kind=Kind.SPLIT,
    ...        ratio=Fraction(10)).ratio
    Fraction(10, 1)
    """

    on: date
    symbol: str
    kind: Kind
    ratio: Fraction | None = None
    cash: Fraction | None = None
    new_symbol: str | None = None
    basis_fraction: Fraction | None = None
    new_price: Fraction | None = None
    lieu_price: Fraction | None = None

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in FIELDS}
        where = f"{self.kind} of {self.symbol} on {self.on}"
        problems = [
            Problem(file=where, column=field, found=found, allowed=allowed)
            for field, found, allowed in misfits(self.kind, self.symbol, given)
        ]
        if problems:
            raise InputError(problems)


def misfits(kind: Kind, symbol: str, given: Mapping[str, Value]) -> Iterator[Misfit]:
    """Yield what is wrong with the fields of an action: field, found, allowed."""
    uses = USES[kind]
    for name in FIELDS:
        value = given[name]
        if value is None and name in uses.needs:
            yield name, "blank", f"a value: every {kind} has one"
        elif value is not None and name not in uses.needs + uses.may:
            yield name, _shown(value), f"blank: no {kind} has one"
        elif value is not None:
            yield from _range(name, kind, symbol, value)


def _range(
    name: str, kind: Kind, symbol: str, value: Fraction | str
) -> Iterator[Misfit]:
    allowed = "" if isinstance(value, str) else _allowed(name, kind, value)
    if name == "new_symbol" and value == symbol:
        allowed = f"another symbol than {symbol}"
    if allowed:
        yield name, _shown(value), allowed


def _allowed(name: str, kind: Kind, value: Fraction) -> str:
    """Return what the number should have been, or nothing when it is fine."""
    if value <= 0:
        return "a number above 0"
    if name == "basis_fraction" and value >= 1:
        return "a fraction above 0 and below 1"
    if name == "ratio" and kind is Kind.SPLIT and value <= 1:
        return "more new shares than old ones"
    if name == "ratio" and kind is Kind.REVERSE_SPLIT and value >= 1:
        return "fewer new shares than old ones"
    return ""


def _shown(value: Fraction | str) -> str:
    return f"'{value}'" if isinstance(value, str) else f"{value}"
