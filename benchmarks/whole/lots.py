# SPDX-License-Identifier: Apache-2.0
"""Accounts bought in whole shares: a few dated deposits at real closes.

Owns how a deposit becomes whole shares. Splits keep shares whole; what they leave of
one is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from benchmarks.real_data import RealData
from di_optimizer.exact import ZERO, cents, exact
from di_optimizer.program.program import Floats, Ints
from di_optimizer.sample.book import Dividend, Split
from di_optimizer.sample.ledger import Ledger

KEPT = 0.005  # fraction of NAV; a deposit is invested until less is left


@dataclass(frozen=True)
class Deposit:
    """Money that is invested at the close of a trading day."""

    on: date
    amount: float


def whole_shares(cash: float, target: Floats, value: Floats, price: Floats) -> Ints:
    """Divide cash into whole shares of the names that lack most, (n,).

    First as many shares as each name lacks, then single ones: at each step the share
    that brings the sum of squared deviations down most for its money, or up least.

    Parameters
    ----------
    target : (n,)
        Index weights, sum 1.
    value : (n,)
        Money held in each name before.
    price : (n,)
        Price of a share; nan where there is none.

    Examples
    --------
    >>> whole_shares(100.0, np.array([0.5, 0.5]), np.zeros(2), np.array([30.0, 18.0]))
    array([2, 2])
    """
    nav = cash + float(np.nansum(value))
    known = np.isfinite(price) & (target > 0.0)
    cost = np.where(known, price, np.inf)
    short = np.where(known, target * nav - value, 0.0)
    count = np.floor(np.maximum(short, 0.0) / cost).astype(np.int64)
    spent = float(np.sum(count * np.where(known, price, 0.0)))
    if spent > cash:  # what others hold too much of cannot be spent here
        count = np.floor(count * (cash / spent)).astype(np.int64)
    paid = count * np.where(known, price, 0.0)
    left, short = cash - float(paid.sum()), short - paid
    while left > KEPT * nav:
        open_ = cost <= left
        if not np.any(open_):
            break
        best = int(np.argmin(np.where(open_, cost - 2.0 * short, np.inf)))
        count[best] += 1
        left, short[best] = left - cost[best], short[best] - cost[best]
    return count


def replayed(
    data: RealData, deposits: Sequence[Deposit], on: date
) -> tuple[Ledger, Decimal]:
    """Invest deposits in whole shares and return lots, and their value on a date."""
    ledger, book = Ledger(split_decimals=0), data.book
    every: list[Split | Dividend] = [*book.splits, *book.dividends]
    events = sorted(
        (event for event in every if event.on <= on),
        key=lambda event: (event.on, isinstance(event, Dividend)),
    )
    for deposit in sorted(deposits, key=lambda d: d.on):
        events = _take(ledger, events, deposit.on)
        ledger.cash += cents(exact(round(deposit.amount, 2)))
        _invest(ledger, data, deposit.on)
    _take(ledger, events, on)
    worth = (
        ledger.shares(s) * (book.close_on(s, on) or ZERO) for s in sorted(ledger.lots)
    )
    return ledger, sum(worth, ZERO)


def _take(
    ledger: Ledger, events: list[Split | Dividend], until: date
) -> list[Split | Dividend]:
    """Let the ledger take what happened until a day; return what comes later."""
    for event in events:
        if event.on <= until:
            ledger.take(event)
    return [event for event in events if event.on > until]


def _invest(ledger: Ledger, data: RealData, day: date) -> None:
    """Buy whole shares at the close of a trading day from all cash."""
    book, weights = data.book, data.weights(day)
    price = book.close[book.row(day)]
    target = weights.reindex(list(book.symbols)).fillna(0.0).to_numpy()
    value = ledger.values(book.position, book.last[book.row(day)])
    count = whole_shares(float(ledger.cash), target, value, price)
    for column in np.flatnonzero(count):
        ledger.buy(
            book.symbols[column],
            day,
            Decimal(int(count[column])),
            exact(float(price[column])),
        )
