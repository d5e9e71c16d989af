# SPDX-License-Identifier: Apache-2.0
"""The transactions table as trades, by taxpayer and in the order of time.

Numbers become the fractions that their digits say: 0.1 is one tenth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from di_optimizer.exact import exact
from di_optimizer.tax.ledger.entries import Setting, Trade


def by_taxpayer(
    frame: pd.DataFrame, setting: Setting, before: int
) -> dict[str, Iterable[Trade]]:
    """Return each taxpayer's trades by date, those of a day in the order of rows."""
    frame = frame.sort_values("date", kind="stable")
    arrival = np.arange(before, before + len(frame))
    accounts = frame["account"].unique().tolist()
    person = frame["account"].map({name: setting.taxpayer(name) for name in accounts})
    codes, people = pd.factorize(person)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(people)), side="right").tolist()
    columns = _columns(frame.iloc[order], arrival[order].tolist())
    starts = [0, *ends][: len(ends)]
    return {
        name: _trades(columns, slice(start, end))
        for name, start, end in zip(people.tolist(), starts, ends, strict=True)
    }


def _columns(frame: pd.DataFrame, arrival: list[int]) -> list[list[Any]]:
    orders = frame["purchase_order"]
    return [
        frame.index.tolist(),
        arrival,
        frame["account"].tolist(),
        frame["symbol"].tolist(),
        _days(frame["date"]),
        (frame["side"] == "sell").tolist(),
        frame["shares"].tolist(),
        frame["amount"].tolist(),
        frame["lot_id"].astype(object).where(frame["lot_id"].notna(), "").tolist(),
        orders.astype(object).where(orders.notna(), None).tolist(),
    ]


def _days(column: pd.Series) -> list[date]:
    codes, distinct = pd.factorize(column)
    values = [moment.date() for moment in distinct]
    return [values[code] for code in codes.tolist()]


def _trades(columns: list[list[Any]], part: slice) -> Iterator[Trade]:
    """Yield trades of one taxpayer; made when they are due, so that few are alive."""
    for (
        row,
        arrival,
        account,
        symbol,
        on,
        is_sale,
        shares,
        amount,
        lot_id,
        order,
    ) in zip(*(column[part] for column in columns), strict=True):
        yield Trade(
            row=row,
            arrival=arrival,
            account=account,
            symbol=symbol,
            on=on,
            is_sale=is_sale,
            shares=fraction(shares),
            amount=fraction(amount),
            lot_id=lot_id,
            order=order,
        )


def fraction(value: float) -> Fraction:
    """Return the fraction that a number's digits say.

    Examples
    --------
    >>> fraction(0.1), fraction(12.0)
    (Fraction(1, 10), Fraction(12, 1))
    """
    if value.is_integer():
        return Fraction(int(value))
    return Fraction(exact(value))
