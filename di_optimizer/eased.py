# SPDX-License-Identifier: Apache-2.0
"""Limits moved out by stated amounts: a policy and an account that ask for less.

Only limits with an amount can give way. What says yes or no (a restriction on buying
or selling, a lot that is kept, a wash-sale window, no shorting) and what a person wrote
in Python cannot, and cash is never taken below zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from di_optimizer.account import Account, CashBalance, Restriction
from di_optimizer.policy import Policy

SETTINGS = (
    r"cash\.(minimum|floor|target|maximum)",
    r"bounds\.(minimum|maximum|active|multiple)",
    r"limits\[\d+\]\.(minimum|maximum)",
    r"concentration\.(top_maximum|active_share)",
    r"risk_limits\[\d+\]\.max_te_bp",
    r"turnover\.maximum",
    r"counts\.(min_names|max_names|max_trades)",
    r"taxes\.max_tax",
    r"taxes\.budgets\[\d+\]\.(minimum|maximum)",
)
SETTING = re.compile("|".join(SETTINGS))
STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")
LEAST = ("minimum", "floor", "target", "min_names")  # move down; all others move up
KINDS = {"min": -1.0, "min_total": -1.0, "max": 1.0, "max_total": 1.0}
NO_MORE_THAN_ALL = re.compile(r"(cash|bounds|concentration)\.(?!multiple)")
AT_LEAST_0 = re.compile(r"(cash|bounds|counts)\.")

Relaxed = tuple[tuple[str, float], ...]  # names of limits with amounts, in their unit


def restriction_name(rule: Restriction) -> str:
    """Return what a restriction with an amount is called here.

    Examples
    --------
    >>> rule = Restriction(kind="max", symbol="AAA", value=0.1, source="r.csv, row 2")
    >>> restriction_name(rule)
    'max AAA (r.csv, row 2)'
    """
    about = next((a for a in (rule.symbol, rule.sector, rule.group) if a), "")
    text = f"{rule.kind} {about}".strip()
    return f"{text} ({rule.source})" if rule.source else text


@dataclass(frozen=True)
class Asked:
    """What a policy and an account ask for, with their limits by name."""

    policy: Policy
    account: Account

    def value(self, name: str) -> float | None:
        """Return a limit's value; None where there is no such limit to relax."""
        if SETTING.fullmatch(name):
            return _get(self.policy, name.split("."))
        found = [rule.value for rule in self._rules(name)]
        return found[0] if found else None

    def _rules(self, name: str) -> list[Restriction]:
        return [
            rule
            for rule in self.account.restrictions
            if rule.kind in KINDS and restriction_name(rule) == name
        ]

    def eased(self, relaxed: Mapping[str, float]) -> Asked:
        """Return the same with limits moved out by amounts in their own unit.

        Raises
        ------
        KeyError
            For a name that is no limit with an amount.
        """
        changed = self
        for name, amount in relaxed.items():
            if self.value(name) is None:
                raise KeyError(name)
            changed = changed._one(name, amount)
        return changed

    def _one(self, name: str, amount: float) -> Asked:
        if not SETTING.fullmatch(name):
            rules = tuple(
                _moved(r, amount) if r in self._rules(name) else r
                for r in self.account.restrictions
            )
            return replace(self, account=replace(self.account, restrictions=rules))
        old = _get(self.policy, name.split("."))
        assert old is not None
        policy = _set(self.policy, name.split("."), _outer(name, old, amount))
        account = self.account
        if name in ("cash.minimum", "cash.target", "cash.maximum"):
            rows = tuple(_eased_cash(row, name, amount) for row in account.cash)
            account = replace(account, cash=rows)
        return Asked(policy, account)


def sign(name: str) -> float:
    """Return −1 for a limit that gives way downwards, 1 for upwards."""
    if SETTING.fullmatch(name):
        return -1.0 if name.rpartition(".")[2] in LEAST else 1.0
    return KINDS[name.split(" ")[0]]


def _outer(name: str, old: float, amount: float) -> float:
    """Return a limit moved out, as far as it goes."""
    new = old + sign(name) * amount
    if AT_LEAST_0.match(name):
        new = max(new, 0.0)
    if NO_MORE_THAN_ALL.match(name) and name != "cash.floor":
        new = min(new, max(old, 1.0))
    return round(new) if name.startswith("counts.") else new


def _moved(rule: Restriction, amount: float) -> Restriction:
    value = (rule.value or 0.0) + KINDS[rule.kind] * amount
    return replace(rule, value=min(max(value, 0.0), 1.0))


def _eased_cash(row: CashBalance, name: str, amount: float) -> CashBalance:
    """Return a row of the cash table with its own end moved out as well."""
    setting = name.partition(".")[2]
    old: float | None = getattr(row, setting)
    if old is None:
        return row
    return replace(row, **{setting: _outer(name, old, amount)})  # type: ignore[arg-type]


def _get(tree: Any, path: list[str]) -> float | None:
    """Return the value of a setting; None where it is not set or does not exist."""
    for part in path:
        found = STEP.fullmatch(part)
        assert found is not None
        tree = getattr(tree, found[1])
        if found[2] is not None:
            place = int(found[2]) - 1
            if not 0 <= place < len(tree):
                return None
            tree = tree[place]
    return None if tree is None else float(tree)


def _set(tree: Any, path: list[str], value: float) -> Any:
    """Return a tree of settings with one of them changed."""
    found = STEP.fullmatch(path[0])
    assert found is not None
    name, place = found[1], found[2]
    if len(path) == 1:
        return replace(tree, **{name: value})
    inner = getattr(tree, name)
    if place is None:
        return replace(tree, **{name: _set(inner, path[1:], value)})
    number = int(place) - 1
    changed = _set(inner[number], path[1:], value)
    return replace(tree, **{name: (*inner[:number], changed, *inner[number + 1 :])})
