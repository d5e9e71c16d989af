# SPDX-License-Identifier: Apache-2.0
"""Deposits replayed into an index over past prices: the lots a custodian would show.

Every trading day goes: splits, then dividends into cash, then deposits into cash,
then purchases at the close from all cash. Dividends wait in cash for the next
deposit. Nothing is ever sold. Knows nothing of policies, taxes or optimization.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import numpy as np
import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import CENT, ZERO, cents, exact, floor_to
from di_optimizer.sample.book import Dividend, Floats, PriceBook, Split
from di_optimizer.sample.buying import Buying, check_weights, divide_cash
from di_optimizer.sample.ledger import Ledger

LOT_COLUMNS = ("lot_id", "symbol", "shares", "cost_basis", "acquired")
ACTIVITY_COLUMNS = ("symbol", "date", "side", "shares", "amount", "lot_id")
LEFT_OUT_COLUMNS = ("date", "symbol", "weight", "reason")

Weights = Callable[[date], "pd.Series[float]"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Replay:
    """An account on one date.

    Attributes
    ----------
    lots : DataFrame
        lot_id, symbol, shares (after splits), cost_basis (total, to the cent),
        acquired. By symbol, then date.
    cash : Decimal
        Deposits and dividends that bought nothing yet, to the cent.
    activity : DataFrame
        symbol, date, side, shares (as of that date), amount, lot_id.
    dividends : Decimal
        All dividends received.
    left_out : DataFrame
        date, symbol, weight (as given), reason: index names that a deposit could not
        buy, and lots that a split left without a share.
    """

    lots: pd.DataFrame
    cash: Decimal
    activity: pd.DataFrame
    dividends: Decimal
    left_out: pd.DataFrame


def replay_deposits(
    deposits: pd.DataFrame,
    *,
    weights: Weights,
    book: PriceBook,
    on: date,
    decimals: int = 4,
    buying: Buying | None = None,
) -> Replay:
    """Buy an index with dated deposits and return the account as of a date.

    Parameters
    ----------
    deposits : DataFrame
        date, amount (above 0, whole cents). A deposit on a day without prices is
        invested on the next day that has some; those after ``on`` have not happened.
    weights : callable of date to Series
        Index weights by symbol on a trading day; scaled to sum to 1 over the names
        with a close that day, the others are reported in ``left_out``.
    book : PriceBook
        Closes, splits and dividends.
    on : date
        The account's date; what happens on it, has happened.
    decimals : int
        Decimals of a share that can be bought; purchases are truncated to it.
    buying : Buying, optional
        How cash becomes purchases.

    Raises
    ------
    InputError
        For deposits and weights that are not positive, or not whole cents.

    Examples
    --------
    >>> book = PriceBook.from_history(pd.DataFrame({
    ...     "symbol": "AAA", "date": pd.to_datetime(["2020-01-02", "2020-01-03"]),
    ...     "close": [90.0, 30.5], "dividend": 0.0, "split": [1.0, 3.000003]}))
    >>> replay = replay_deposits(
    ...     pd.DataFrame({"date": [date(2020, 1, 1)], "amount": [100]}),
    ...     weights=lambda day: pd.Series({"AAA": 1.0}), book=book,
    ...     on=date(2020, 1, 3))
    >>> replay.lots.loc[0, ["shares", "cost_basis"]].tolist(), replay.cash
    ([3.3333, 100.0], Decimal('0.00'))
    """
    rules = buying or Buying()
    ledger = Ledger(split_decimals=rules.split_decimals)
    money, waiting = _money_by_day(deposits, book, on)
    events = _events_by_day(book, on)
    for day in sorted({*money, *events}):
        for event in events.get(day, ()):
            ledger.take(event)
        if day in money:
            ledger.cash += money[day]
            _invest(ledger, book, day, weights(day), decimals, rules)
    ledger.cash += waiting
    return _result(ledger, on, rules)


def _money_by_day(
    deposits: pd.DataFrame, book: PriceBook, on: date
) -> tuple[dict[date, Decimal], Decimal]:
    """Return deposits by the day that invests them, and what waits on ``on``."""
    _check_deposits(deposits)
    money: dict[date, Decimal] = {}
    waiting = cents(ZERO)
    for stamp, amount in zip(deposits["date"], deposits["amount"], strict=True):
        day = pd.Timestamp(stamp).date()
        invested = book.trading_day(day)
        if day > on:
            continue
        if invested is None or invested > on:
            waiting += exact(amount)
        else:
            money[invested] = money.get(invested, ZERO) + exact(amount)
    return money, waiting


def _check_deposits(deposits: pd.DataFrame) -> None:
    missing = [c for c in ("date", "amount") if c not in deposits.columns]
    if missing:
        found, allowed = f"no column '{missing[0]}'", "date, amount"
        raise InputError([Problem(file="deposits", found=found, allowed=allowed)])
    problems = [
        Problem(
            file="deposits",
            row=row,
            column="amount",
            found=str(amount),
            allowed="an amount above 0 in whole cents",
        )
        for row, amount in enumerate(deposits["amount"])
        if not amount > 0 or not np.isfinite(amount) or exact(amount) % CENT
    ]
    if problems:
        raise InputError(problems)


def _events_by_day(book: PriceBook, on: date) -> dict[date, list[Split | Dividend]]:
    """Return the splits, then the dividends, of each day up to ``on``."""
    found: dict[date, list[Split | Dividend]] = {}
    events: tuple[Split | Dividend, ...] = (*book.splits, *book.dividends)
    for event in events:
        if event.on <= on:
            found.setdefault(event.on, []).append(event)
    return found


def _invest(
    ledger: Ledger,
    book: PriceBook,
    day: date,
    given: pd.Series[float],
    decimals: int,
    rules: Buying,
) -> None:
    """Buy at the close of ``day`` with all cash."""
    target = _target(given, book, day, ledger)
    row = book.row(day)
    value = ledger.values(book.position, book.last[row])
    money = divide_cash(float(ledger.cash), target, value, rules)
    step = Decimal(1).scaleb(-decimals)
    for column in np.flatnonzero(money > 0):
        price = exact(float(book.close[row, column]))
        budget = exact(float(money[column])).quantize(CENT, rounding=ROUND_DOWN)
        shares = floor_to(budget / price, step)
        if budget >= rules.minimum and shares:
            ledger.buy(book.symbols[column], day, shares, price)


def _target(
    given: pd.Series[float], book: PriceBook, day: date, ledger: Ledger
) -> Floats:
    """Return weights over the names that can be bought on ``day``, (n,), sum 1."""
    check_weights(given, day)
    target = np.zeros(len(book.symbols))
    row = book.row(day)
    for symbol, weight in given[given > 0].items():
        column = book.position.get(str(symbol))
        if column is None or np.isnan(book.close[row, column]):
            ledger.left_out.append((day, str(symbol), float(weight), "no close"))
        else:
            target[column] = weight
    total = target.sum()
    return target / total if total > 0 else target


def _result(ledger: Ledger, on: date, rules: Buying) -> Replay:
    """Return the frames; floats here read back as the exact decimals."""
    lots = [
        (lot.lot_id, lot.symbol, float(lot.shares), float(lot.cost_basis), lot.acquired)
        for symbol in sorted(ledger.lots)
        for lot in ledger.lots[symbol]
    ]
    first = on - timedelta(days=rules.lookback_days)
    activity = [
        (
            buy.symbol,
            buy.acquired,
            "buy",
            float(buy.shares),
            float(buy.cost_basis),
            buy.lot_id,
        )
        for buy in ledger.bought
        if buy.acquired >= first
    ]
    return Replay(
        lots=_frame(lots, LOT_COLUMNS, "acquired"),
        cash=ledger.cash,
        activity=_frame(activity, ACTIVITY_COLUMNS, "date"),
        dividends=ledger.dividends,
        left_out=_frame(ledger.left_out, LEFT_OUT_COLUMNS, "date"),
    )


def _frame(
    rows: Sequence[tuple[Any, ...]], columns: tuple[str, ...], day: str
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.assign(**{day: pd.to_datetime(frame[day])})
