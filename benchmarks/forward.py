# SPDX-License-Identifier: Apache-2.0
"""Accounts after a rebalance and some days on: trades booked, splits and dividends.

Pure: tables in, tables out. Cash and basis to the cent. Refuses trades that do not
fit the lots instead of bending them.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from benchmarks.real_accounts import Tables, prices_on
from benchmarks.real_data import RealData
from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import ZERO, cents, exact
from di_optimizer.sample.book import Dividend, Split
from di_optimizer.sample.ledger import split_shares

SPLIT_DECIMALS = 6


@dataclass(slots=True)
class _Books:
    """Lots by (account, lot_id), cash by account, new activity, what did not fit."""

    lots: dict[tuple[str, str], dict[Hashable, Any]]
    cash: dict[str, Decimal]
    activity: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def _open(tables: Tables) -> _Books:
    lots = {
        (row["account"], row["lot_id"]): {
            **row,
            "shares": exact(row["shares"]),
            "cost_basis": exact(row["cost_basis"]),
        }
        for row in tables.lots.to_dict("records")
    }
    amounts = zip(tables.cash["account"], tables.cash["amount"], strict=True)
    cash = {str(account): cents(exact(float(amount))) for account, amount in amounts}
    return _Books(lots, cash)


def _close(books: _Books, tables: Tables, on: date) -> Tables:
    """Return the tables with the books' lots, cash and activity."""
    lots = pd.DataFrame(list(books.lots.values()), columns=tables.lots.columns)
    numbers = {"shares": float, "cost_basis": float}
    amounts = tables.cash["account"].map(books.cash).astype(float)
    added = pd.DataFrame(books.activity)
    return replace(
        tables,
        on=on,
        lots=lots.astype(numbers).sort_values(
            ["account", "symbol", "acquired", "lot_id"], ignore_index=True
        ),
        cash=tables.cash.assign(amount=amounts),
        activity=pd.concat([tables.activity, added], ignore_index=True)
        if books.activity
        else tables.activity,
    )


def apply_trades(
    tables: Tables, trades: pd.DataFrame, costs: dict[str, float], on: date
) -> Tables:
    """Book trades of ``on``: sales from their lots, purchases as new lots, costs.

    Parameters
    ----------
    trades : DataFrame
        account, symbol, lot_id (sales), side, shares, amount (to the cent), and
        realised_gain, without which a sale counts as a loss later.
    costs : dict of account to money
        What the trades cost, taken from cash.

    Raises
    ------
    InputError
        For a sale of an unknown lot, of another symbol or of more shares than the
        lot has, and for cash below zero.
    """
    books = _open(tables)
    for i, trade in enumerate(trades.to_dict("records")):
        if trade["side"] == "sell":
            _sell(books, trade, i)
        else:
            _buy(books, trade, on)
        books.activity.append(_activity(trade, on))
    for account, cost in costs.items():
        books.cash[account] -= cents(exact(float(cost)))
    books.problems += [
        Problem(file="trades", found=f"cash {c} in {a}", allowed="cash of at least 0")
        for a, c in books.cash.items()
        if c < 0
    ]
    if books.problems:
        raise InputError(books.problems)
    return _close(books, tables, on)


def _sell(books: _Books, trade: dict[Hashable, Any], row: int) -> None:
    key = (trade["account"], trade["lot_id"])
    lot, shares = books.lots.get(key), exact(trade["shares"])
    if lot is None or lot["symbol"] != trade["symbol"] or lot["shares"] < shares:
        held = "no such lot" if lot is None else f"{lot['shares']} {lot['symbol']}"
        found = f"{shares} {trade['symbol']} of lot {key[1]} of {key[0]} sold"
        books.problems.append(
            Problem(file="trades", row=row, found=found, allowed=f"held: {held}")
        )
        return
    left = lot["shares"] - shares
    books.cash[key[0]] += cents(exact(trade["amount"]))
    if left:
        basis = cents(lot["cost_basis"] * left / lot["shares"])
        books.lots[key] = {**lot, "shares": left, "cost_basis": basis}
    else:
        del books.lots[key]


def _buy(books: _Books, trade: dict[Hashable, Any], on: date) -> None:
    account, symbol = trade["account"], trade["symbol"]
    amount = cents(exact(trade["amount"]))
    books.cash[account] -= amount
    lot_id = base = f"{symbol}-{on:%Y%m%d}"
    count = 1
    while (account, lot_id) in books.lots:  # a deposit bought it on the same day
        count += 1
        lot_id = f"{base}-{count}"
    books.lots[account, lot_id] = {
        "account": account,
        "lot_id": lot_id,
        "symbol": symbol,
        "shares": exact(trade["shares"]),
        "cost_basis": amount,
        "acquired": pd.Timestamp(on),
    }


def _activity(trade: dict[Hashable, Any], on: date) -> dict[str, Any]:
    lot_id = trade["lot_id"] if trade["side"] == "sell" else None
    return {
        "account": trade["account"],
        "symbol": trade["symbol"],
        "date": pd.Timestamp(on),
        "side": trade["side"],
        "shares": float(trade["shares"]),
        "amount": float(trade["amount"]),
        "lot_id": lot_id,
        "realised_gain": _gain(trade),
    }


def _gain(trade: dict[Hashable, Any]) -> float | None:
    """Return the realised gain of a sale: it decides whether a window opens."""
    gain = trade.get("realised_gain")
    return None if gain is None or pd.isna(gain) else float(gain)


def move_on(tables: Tables, data: RealData, on: date) -> Tables:
    """Return the tables on a later day: splits on lots, dividends to cash, prices."""
    books = _open(tables)
    known: tuple[Split | Dividend, ...] = (*data.book.splits, *data.book.dividends)
    events = [event for event in known if tables.on < event.on <= on]
    for event in sorted(events, key=lambda e: e.on):  # splits first within a day
        if isinstance(event, Split):
            _split(books, event)
        else:
            _pay(books, event)
    return replace(_close(books, tables, on), prices=prices_on(data, on))


def _split(books: _Books, event: Split) -> None:
    for lot in books.lots.values():
        if lot["symbol"] == event.symbol:
            lot["shares"] = split_shares(lot["shares"], event.ratio, SPLIT_DECIMALS)


def _pay(books: _Books, event: Dividend) -> None:
    held: dict[str, Decimal] = {}
    for (account, _), lot in books.lots.items():
        if lot["symbol"] == event.symbol:
            held[account] = held.get(account, ZERO) + lot["shares"]
    for account, shares in held.items():
        books.cash[account] += cents(shares * event.amount)
