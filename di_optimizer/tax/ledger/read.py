# SPDX-License-Identifier: Apache-2.0
"""Tables to what a run needs: checked together, all problems at once.

Nothing is processed before every table is sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.tables.catalog import TABLES
from di_optimizer.tables.check import examine, no_rows
from di_optimizer.tables.source import Source, label
from di_optimizer.tax.actions import Action, read_actions
from di_optimizer.tax.ledger.entries import Setting
from di_optimizer.tax.ledger.position import KEYS
from di_optimizer.tax.ledger.read_lots import opening
from di_optimizer.tax.ledger.read_trades import by_taxpayer
from di_optimizer.tax.ledger.run import Batch
from di_optimizer.tax.ledger.state import LedgerState
from di_optimizer.tax.relief import Relief
from di_optimizer.universe import nearest

FIRST = "the first day of the transactions"


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Where each table is; ``spell`` gives the canonical spelling of a symbol."""

    transactions: Source
    accounts: Source | None = None
    securities: Source | None = None
    lots: Source | None = None
    actions: Source | None = None
    relief: str = "fifo"
    spell: Callable[[str], str] = str


@dataclass(frozen=True)
class Read:
    """Everything that a run needs."""

    batch: Batch
    setting: Setting
    state: LedgerState


@dataclass
class _Sheets:
    """The frames as read, what messages call them, and what is wrong with them."""

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, name: str, row: int, column: str, found: str, allowed: str) -> None:
        """Note a problem of one cell."""
        self.problems.append(
            Problem(
                file=self.files[name],
                row=row,
                column=column,
                found=found,
                allowed=allowed,
            )
        )


def read(tables: Tables, state: LedgerState | None) -> Read:
    """Return batch, setting and the state to start from.

    Raises
    ------
    InputError
        With every problem of every table.
    """
    sheets = _sheets(tables)
    actions = _actions(tables, sheets)
    relief = _relief(tables.relief, sheets)
    if sheets.problems:
        raise InputError(sheets.problems)
    _spell(sheets, tables.spell)
    start = state or LedgerState()
    _check_accounts(sheets, start, given=tables.accounts is not None)
    _check_dates(sheets, actions, start.through)
    if tables.lots is not None:
        _check_lots(sheets, actions, state)
    if sheets.problems:
        raise InputError(sheets.problems)
    setting = _setting(sheets, relief)
    if tables.lots is not None:
        start = opening(sheets.frames["lots"])
    return Read(_batch(sheets, actions, setting, start.rows), setting, start)


def _sheets(tables: Tables) -> _Sheets:
    sheets = _Sheets()
    for name in ("transactions", "accounts", "securities", "lots"):
        source = getattr(tables, name)
        sheets.files[name] = name if source is None else label(source, name)
        if source is None:
            sheets.frames[name] = _none(name)
        else:
            sheets.frames[name], found = examine(source, TABLES[name])
            sheets.problems += found
    return sheets


@cache
def _none(name: str) -> pd.DataFrame:
    """Return a table without rows; nobody changes it."""
    return no_rows(TABLES[name])


def _actions(tables: Tables, sheets: _Sheets) -> tuple[Action, ...]:
    if tables.actions is None:
        return ()
    sheets.files["actions"] = label(tables.actions, "actions")
    try:
        found = read_actions(tables.actions)
    except InputError as error:
        sheets.problems += error.problems
        return ()
    return tuple(_spelt(action, tables.spell) for action in found)


def _spelt(action: Action, spell: Callable[[str], str]) -> Action:
    new = action.new_symbol
    return replace(
        action,
        symbol=spell(action.symbol),
        new_symbol=None if new is None else spell(new),
    )


def _relief(name: str, sheets: _Sheets) -> Relief:
    """Return the method; the one by lowest tax needs rates, which no table here has."""
    known = {str(method): method for method in KEYS}
    if name in known:
        return known[name]
    allowed = "one of " + ", ".join(known)
    todo = nearest(name, known)
    sheets.problems.append(
        Problem(file="relief", found=f"'{name}'", allowed=allowed, todo=todo)
    )
    return Relief.FIFO


def _spell(sheets: _Sheets, spell: Callable[[str], str]) -> None:
    for name in ("transactions", "securities", "lots"):
        frame = sheets.frames[name]
        known = {symbol: spell(symbol) for symbol in frame["symbol"].unique().tolist()}
        if any(symbol != canonical for symbol, canonical in known.items()):
            spelt = frame["symbol"].map(known)
            sheets.frames[name] = frame.assign(symbol=spelt)


def _check_accounts(sheets: _Sheets, state: LedgerState, *, given: bool) -> None:
    """Report accounts that the accounts table, where there is one, does not have."""
    if not given:
        return
    known = set(sheets.frames["accounts"]["account"].tolist())
    for name in ("transactions", "lots"):
        column = sheets.frames[name]["account"]
        for row, account in column[~column.isin(list(known))].items():
            found = f"unknown account '{account}'"
            sheets.add(name, _row(row), "account", found, _known(sheets))
    held = {lot.holding.account for lot in state.lots}
    sold = {loss.row.account for loss in state.losses}
    for account in sorted((held | sold) - known):
        found = f"unknown account '{account}'"
        sheets.problems.append(
            Problem(file="state", found=found, allowed=_known(sheets))
        )


def _known(sheets: _Sheets) -> str:
    return f"an account of {sheets.files['accounts']}"


def _check_dates(
    sheets: _Sheets, actions: Iterable[Action], through: date | None
) -> None:
    """Report rows of days that are processed already: they would change the past."""
    if through is None:
        return
    allowed = f"a date after {through}, up to which all is processed"
    days = sheets.frames["transactions"]["date"]
    for row, day in days[days <= pd.Timestamp(through)].items():
        sheets.add("transactions", _row(row), "date", f"{day:%Y-%m-%d}", allowed)
    sheets.problems += [
        Problem(
            file=sheets.files["actions"],
            column="date",
            found=f"{action.kind} of {action.symbol} on {action.on}",
            allowed=allowed,
        )
        for action in actions
        if action.on <= through
    ]


def _check_lots(
    sheets: _Sheets, actions: Iterable[Action], state: LedgerState | None
) -> None:
    """Report opening lots without a basis, from the future, or beside a state."""
    if state is not None:
        found, allowed = "opening lots", "none: the state has the lots"
        sheets.problems.append(
            Problem(file=sheets.files["lots"], found=found, allowed=allowed)
        )
    frame = sheets.frames["lots"]
    for row in frame.index[frame["cost_basis"].isna()]:
        sheets.add("lots", _row(row), "cost_basis", "blank", "a number of at least 0")
    first = _first_day(sheets, actions)
    if first is not None:
        late = frame["acquired"][frame["acquired"] > pd.Timestamp(first)]
        for row, day in late.items():
            allowed = f"a date up to {first}, the first day of what is processed"
            sheets.add("lots", _row(row), "acquired", f"{day:%Y-%m-%d}", allowed)


def _first_day(sheets: _Sheets, actions: Iterable[Action]) -> date | None:
    days = [action.on for action in actions]
    traded = sheets.frames["transactions"]["date"]
    return min([*days, *([] if traded.empty else [traded.min().date()])], default=None)


def _row(row: object) -> int:
    return int(str(row))


def _setting(sheets: _Sheets, relief: Relief) -> Setting:
    accounts, securities = sheets.frames["accounts"], sheets.frames["securities"]
    people = _filled(accounts, "account", "taxpayer")
    kinds = _filled(accounts, "account", "type")
    return Setting(
        taxpayers=people,
        untaxed=frozenset(name for name, kind in kinds.items() if kind != "taxable"),
        groups=_filled(securities, "symbol", "wash_group"),
        relief=relief,
        file=sheets.files["transactions"],
    )


def _filled(frame: pd.DataFrame, key: str, value: str) -> Mapping[str, str]:
    some = frame[frame[value].notna()]
    return dict(zip(some[key].tolist(), some[value].tolist(), strict=True))


def _batch(
    sheets: _Sheets, actions: tuple[Action, ...], setting: Setting, before: int
) -> Batch:
    frame = sheets.frames["transactions"]
    days = [action.on for action in actions]
    if not frame.empty:
        days.append(frame["date"].max().date())
    return Batch(
        trades=by_taxpayer(frame, setting, before),
        actions=actions,
        rows=len(frame),
        through=max(days, default=None),
    )
