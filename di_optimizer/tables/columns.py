# SPDX-License-Identifier: Apache-2.0
"""Short ways to write the columns that tables share."""

from __future__ import annotations

from typing import Any

from di_optimizer.tables.spec import LARGEST, Column, Kind

MONEY = "account currency"


def text(name: str, description: str, **options: Any) -> Column:
    """Return a column of text."""
    return Column(name=name, kind=Kind.TEXT, description=description, **options)


def symbol(name: str, description: str, **options: Any) -> Column:
    """Return a column of symbols."""
    return Column(name=name, kind=Kind.SYMBOL, description=description, **options)


def date(name: str, description: str, **options: Any) -> Column:
    """Return a column of dates."""
    return Column(name=name, kind=Kind.DATE, description=description, **options)


def flag(name: str, description: str, **options: Any) -> Column:
    """Return a column of true and false."""
    return Column(name=name, kind=Kind.FLAG, description=description, **options)


def choice(name: str, choices: str, description: str, **options: Any) -> Column:
    """Return a column with one of the blank-separated ``choices`` in each cell."""
    return Column(
        name=name,
        kind=Kind.CHOICE,
        description=description,
        choices=tuple(choices.split()),
        **options,
    )


def number(name: str, description: str, **options: Any) -> Column:
    """Return a column of finite numbers, at most 10¹² in size."""
    limits: dict[str, Any] = {"at_most": LARGEST}
    if "above" not in options:
        limits["at_least"] = -LARGEST
    return Column(
        name=name, kind=Kind.NUMBER, description=description, **(limits | options)
    )


def whole(name: str, description: str, **options: Any) -> Column:
    """Return a column of whole numbers."""
    return Column(name=name, kind=Kind.WHOLE, description=description, **options)


def money(name: str, description: str, **options: Any) -> Column:
    """Return a column of signed amounts in account currency."""
    return number(name, description, **({"unit": MONEY} | options))


def cents(name: str, description: str, **options: Any) -> Column:
    """Return an output column of amounts that are written to the cent."""
    return money(name, description, decimals=2, **options)


def shares(name: str, description: str, **options: Any) -> Column:
    """Return a column of share counts above 0."""
    return number(name, description, **({"unit": "shares", "above": 0.0} | options))


def price(name: str, description: str, **options: Any) -> Column:
    """Return a column of prices of one share, above 0."""
    unit = {"unit": "price currency a share", "above": 0.0}
    return number(name, description, **(unit | options))


def fraction(name: str, description: str, **options: Any) -> Column:
    """Return a column of fractions from 0 to 1."""
    limits = {"unit": "fraction", "at_least": 0.0, "at_most": 1.0}
    return number(name, description, **(limits | options))


def bp(name: str, description: str, **options: Any) -> Column:
    """Return an output column in bp of the base, written with 6 decimals."""
    return number(name, description, unit="bp of NAV", decimals=6, **options)


ACCOUNT = text("account", "Account the row belongs to.", required=True)
SYMBOL = symbol("symbol", "Security; other spellings are resolved.", required=True)
SLEEVE = text("sleeve", "Part of the account that holds it.", default="main")
SIDE = choice("side", "buy sell", "Direction.", required=True)
