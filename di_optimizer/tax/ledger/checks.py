# SPDX-License-Identifier: Apache-2.0
"""Whether tables fit one another and the state that they go on from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from di_optimizer.errors import Problem
from di_optimizer.tax.actions import Action, Kind
from di_optimizer.tax.ledger.state import LedgerState


@dataclass
class Sheets:
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


def check_setting(sheets: Sheets, state: LedgerState, given: Iterable[str]) -> None:
    """Report tables without which accounts or groups would change their nature.

    An IRA would become taxable, and two accounts two taxpayers, with no word said.
    """
    for name in state.given:
        if name not in given:
            sheets.problems.append(
                Problem(
                    file=name,
                    found=f"no table of {name}",
                    allowed=f"one: {sheets.files['state']} was worked out with one",
                    todo=f"Give --{name} again, as it is now.",
                )
            )


def check_accounts(sheets: Sheets, state: LedgerState, *, given: bool) -> None:
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
            Problem(file=sheets.files["state"], found=found, allowed=_known(sheets))
        )


def _known(sheets: Sheets) -> str:
    return f"an account of {sheets.files['accounts']}"


def check_groups(sheets: Sheets, actions: Iterable[Action]) -> None:
    """Report a new symbol without a row, where the security had a wash_group.

    The security is the same: it would leave its group with no word said.
    """
    securities = sheets.frames["securities"]
    groups = dict(zip(securities["symbol"], securities["wash_group"], strict=True))
    for action in actions:
        old, new = action.symbol, action.new_symbol
        if action.kind is not Kind.SYMBOL_CHANGE or new in groups:
            continue
        if not pd.isna(groups.get(old)):
            sheets.problems.append(
                Problem(
                    file=sheets.files["actions"],
                    column="new_symbol",
                    found=f"'{new}', of which {sheets.files['securities']} has no row",
                    allowed=f"a symbol with a row, as {old} has, of wash_group "
                    f"'{groups[old]}'",
                )
            )


def check_dates(
    sheets: Sheets, actions: Iterable[Action], through: date | None
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


def check_lots(sheets: Sheets, actions: Iterable[Action], *, resumed: bool) -> None:
    """Report opening lots without a basis, from the future, or beside a state."""
    if resumed:
        found, allowed = "opening lots", "none: the state has the lots"
        sheets.problems.append(
            Problem(file=sheets.files["lots"], found=found, allowed=allowed)
        )
    frame = sheets.frames["lots"]
    for row in frame.index[frame["cost_basis"].isna()]:
        sheets.add("lots", _row(row), "cost_basis", "blank", "a number of at least 0")
    first = _first_day(sheets, actions)
    if first is not None:
        allowed = f"a date up to {first}, the first day of what is processed"
        for name in ("acquired", "holding_start"):
            late = frame[name][frame[name] > pd.Timestamp(first)]
            for row, day in late.items():
                sheets.add("lots", _row(row), name, f"{day:%Y-%m-%d}", allowed)


def _first_day(sheets: Sheets, actions: Iterable[Action]) -> date | None:
    days = [action.on for action in actions]
    traded = sheets.frames["transactions"]["date"]
    return min([*days, *([] if traded.empty else [traded.min().date()])], default=None)


def _row(row: object) -> int:
    return int(str(row))
