# SPDX-License-Identifier: Apache-2.0
"""Tables to what a run needs: checked together, all problems at once.

Nothing is processed before every table is sound.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.tables.catalog import TABLES
from di_optimizer.tables.check import examine, no_rows
from di_optimizer.tables.source import Source, label
from di_optimizer.tax.actions import Action, read_actions
from di_optimizer.tax.ledger.checks import (
    Sheets,
    check_accounts,
    check_dates,
    check_groups,
    check_lots,
    check_setting,
)
from di_optimizer.tax.ledger.entries import Setting
from di_optimizer.tax.ledger.position import KEYS
from di_optimizer.tax.ledger.read_lots import opening
from di_optimizer.tax.ledger.read_trades import by_taxpayer
from di_optimizer.tax.ledger.run import Batch
from di_optimizer.tax.ledger.state import LedgerState
from di_optimizer.tax.ledger.state_file import read_state
from di_optimizer.tax.relief import Relief
from di_optimizer.universe import nearest

SETTING = ("accounts", "securities")  # tables that a later run needs again


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Where each table is; ``spell`` gives the canonical spelling of a symbol.

    ``relief`` None is that of the state, FIFO without one.
    """

    transactions: Source
    accounts: Source | None = None
    securities: Source | None = None
    lots: Source | None = None
    actions: Source | None = None
    relief: str | None = None
    state: LedgerState | str | os.PathLike[str] | None = None
    spell: Callable[[str], str] = str


@dataclass(frozen=True)
class Read:
    """Everything that a run needs."""

    batch: Batch
    setting: Setting
    state: LedgerState


def read(tables: Tables) -> Read:
    """Return batch, setting and the state to start from.

    Raises
    ------
    InputError
        With every problem of every table and of the state.
    """
    sheets = _sheets(tables)
    actions = _actions(tables, sheets)
    start = _start(tables, sheets)
    relief = _relief(tables.relief or start.relief, sheets)
    if sheets.problems:
        raise InputError(sheets.problems)
    _spell(sheets, tables.spell)
    given = [name for name in SETTING if getattr(tables, name) is not None]
    check_setting(sheets, start, given)
    check_accounts(sheets, start, given="accounts" in given)
    check_groups(sheets, actions)
    check_dates(sheets, actions, start.through)
    if tables.lots is not None:
        check_lots(sheets, actions, resumed=tables.state is not None)
    if sheets.problems:
        raise InputError(sheets.problems)
    setting = _setting(sheets, relief)
    if tables.lots is not None:
        start = opening(sheets.frames["lots"])
    start = replace(start, relief=str(relief), given=tuple(given))
    return Read(_batch(sheets, actions, setting, start.rows), setting, start)


def _start(tables: Tables, sheets: Sheets) -> LedgerState:
    state = tables.state
    sheets.files["state"] = "state"
    if state is None or isinstance(state, LedgerState):
        return state or LedgerState()
    sheets.files["state"] = os.fspath(state)
    try:
        return read_state(state)
    except InputError as error:
        sheets.problems += error.problems
        return LedgerState()


def _sheets(tables: Tables) -> Sheets:
    sheets = Sheets()
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


def _actions(tables: Tables, sheets: Sheets) -> tuple[Action, ...]:
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


def _relief(name: str, sheets: Sheets) -> Relief:
    """Return the method; the one by lowest tax needs rates, which no table here has."""
    known = {str(method): method for method in KEYS}
    if name in known:
        return known[name]
    allowed = "one of " + ", ".join(known)
    todo = nearest(name.strip().lower(), known)
    sheets.problems.append(
        Problem(file="relief", found=f"'{name}'", allowed=allowed, todo=todo)
    )
    return Relief.FIFO


def _spell(sheets: Sheets, spell: Callable[[str], str]) -> None:
    for name in ("transactions", "securities", "lots"):
        frame = sheets.frames[name]
        known = {symbol: spell(symbol) for symbol in frame["symbol"].unique().tolist()}
        if any(symbol != canonical for symbol, canonical in known.items()):
            spelt = frame["symbol"].map(known)
            sheets.frames[name] = frame.assign(symbol=spelt)


def _setting(sheets: Sheets, relief: Relief) -> Setting:
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
    sheets: Sheets, actions: tuple[Action, ...], setting: Setting, before: int
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
