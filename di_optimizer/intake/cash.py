# SPDX-License-Identifier: Apache-2.0
"""Cash balances and flows of each account, from their tables or the short forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

from di_optimizer.account import CashBalance, Flow
from di_optimizer.exact import exact
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.profiles import Profiles
from di_optimizer.intake.sheets import Sheet

NO_RATES: Mapping[str, Decimal] = MappingProxyType({})


def read_cash(
    accounts: Sheet,
    cash: Sheet,
    profiles: Profiles,
    findings: Findings,
    *,
    needed: bool = True,
    rates: Mapping[str, Decimal] = NO_RATES,
) -> dict[str, tuple[CashBalance, ...]]:
    """Return balances by account, sorted by sleeve.

    Balances in another currency are converted at its rate. Where cash is needed, it
    stands in exactly one of the two places: absent is not zero. What does not trade
    needs none.
    """
    balances = _table_cash(cash, profiles, rates, findings)
    for row, account, amount in accounts.rows("account", "cash"):
        if amount is not None and account in balances:
            _twice(accounts, row, "cash", cash, findings)
        elif amount is not None:
            currency = profiles[account].currency
            balances[account] = [CashBalance(amount=exact(amount), currency=currency)]
        elif needed and account not in balances:
            findings.add(
                accounts.file,
                row,
                "cash",
                found=f"no cash balance for account '{account}'",
                allowed="a number here or a row in the cash table",
                todo="Write 0 where there is none.",
            )
    return {
        account: tuple(sorted(items, key=lambda item: (item.sleeve, item.currency)))
        for account, items in balances.items()
    }


def _table_cash(
    cash: Sheet,
    profiles: Profiles,
    rates: Mapping[str, Decimal],
    findings: Findings,
) -> dict[str, list[CashBalance]]:
    balances: dict[str, list[CashBalance]] = {}
    for row, values in cash.records():
        expected = profiles[values["account"]].currency
        currency = values["currency"] or expected
        if currency != expected and currency not in rates:
            findings.add(
                cash.file,
                row,
                "currency",
                found=f"{currency} in an account in {expected}",
                allowed=f"{expected}, or a currency that has a rate",
            )
        _check_range(cash, row, values, findings)
        balance = CashBalance(
            amount=exact(values["amount"]) * rates.get(currency, Decimal(1)),
            currency=currency,
            sleeve=values["sleeve"],
            target=values["target"],
            minimum=values["min"],
            maximum=values["max"],
        )
        balances.setdefault(values["account"], []).append(balance)
    return balances


def _check_range(
    cash: Sheet, row: int, values: dict[str, float], findings: Findings
) -> None:
    """Check min ≤ target ≤ max, as far as they are given."""
    given = [(name, values[name]) for name in ("min", "target", "max")]
    given = [(name, value) for name, value in given if value is not None]
    for (low_name, low), (high_name, high) in pairwise(given):
        if low > high:
            findings.add(
                cash.file,
                row,
                low_name,
                found=f"{low_name} {low:g} above {high_name} {high:g}",
                allowed="min ≤ target ≤ max",
            )


def read_flows(
    accounts: Sheet, flows: Sheet, on: date, findings: Findings
) -> dict[str, tuple[Flow, ...]]:
    """Return flows by account, sorted by date; the short form is due on ``on``."""
    found: dict[str, list[Flow]] = {}
    for _, account, day, amount in flows.rows("account", "date", "amount"):
        found.setdefault(account, []).append(Flow(on=day, amount=exact(amount)))
    for row, account, amount in accounts.rows("account", "cash_flow"):
        if amount is not None and account in found:
            _twice(accounts, row, "cash_flow", flows, findings)
        elif amount is not None:
            found[account] = [Flow(on=on, amount=exact(amount))]
    return {
        account: tuple(sorted(items, key=lambda flow: (flow.on, flow.amount)))
        for account, items in found.items()
    }


def _twice(
    accounts: Sheet, row: int, column: str, table: Sheet, findings: Findings
) -> None:
    findings.add(
        accounts.file,
        row,
        column,
        found=f"a {column} here and in {table.file}",
        allowed="one of the two",
        todo=f"Leave {column} blank for accounts with rows in {table.file}.",
    )
