# SPDX-License-Identifier: Apache-2.0
"""What is in force for an account on a date: each restriction, each changed setting.

Says where each comes from and what it overrides; rebalances nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date as Date  # noqa: N812  (``date`` is an argument name here)
from typing import Any, Unpack

import pandas as pd

from di_optimizer.account import Account, Restriction
from di_optimizer.batch.api import Tables, one_of
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake.load import load
from di_optimizer.intake.sources import Sources
from di_optimizer.policy import Policy
from di_optimizer.policy_file import PolicyBook, check_policies
from di_optimizer.policy_layers import NAMED, Layers
from di_optimizer.policy_words import Tree
from di_optimizer.restrictions import standing

RULES = (
    "account",
    "kind",
    "about",
    "value",
    "from",
    "until",
    "by",
    "set_for",
    "source",
    "overrides",
)
SETTINGS = ("account", "setting", "value", "default", "set_in")


@dataclass(frozen=True, kw_only=True)
class Effective:
    """What is in force on a date.

    Attributes
    ----------
    rules : DataFrame
        One row a restriction in force, with whom its row is about (``set_for``), the
        row, and the less specific rows that it overrides.
    settings : DataFrame
        One row a setting that differs from its default, and what set it last.
    """

    on: Date
    rules: pd.DataFrame
    settings: pd.DataFrame

    def __str__(self) -> str:
        parts = []
        for title, frame in (
            (f"Restrictions in force on {self.on}", self.rules),
            ("Settings that differ from their default", self.settings),
        ):
            body = frame.fillna("").to_string(index=False) if len(frame) else "none"
            parts.append(f"{title}\n{body}")
        return "\n\n".join(parts)


def effective(
    *,
    date: Date,
    benchmark: Benchmark | Mapping[str, Benchmark] | None = None,
    policy: Policy | PolicyBook | None = None,
    account: str | None = None,
    **tables: Unpack[Tables],
) -> Effective:
    """Return the restrictions and settings in force, of one account or of all.

    Parameters
    ----------
    date : date
        The trade date.
    benchmark : Benchmark or mapping of name to Benchmark, optional
        What the accounts track: rules of a model need its name. Without, the names
        in the accounts table count.
    policy : Policy or PolicyBook, optional
        Defaults to ``Policy()``.
    account : str, optional
        None is every account.
    **tables
        As for :func:`di_optimizer.rebalance_many`.

    Raises
    ------
    InputError
        With all problems of the tables.

    Examples
    --------
    >>> lots = pd.DataFrame({"account": ["A"], "lot_id": ["1"], "symbol": ["XOM"],
    ...     "shares": [4.5], "cost_basis": [450.0], "acquired": ["2020-01-31"]})
    >>> accounts = pd.DataFrame({"account": ["A"], "group": ["family"], "cash": [100],
    ...     "short_rate": [0.4], "long_rate": [0.2]})
    >>> prices = pd.DataFrame({"symbol": ["XOM"], "price": [100]})
    >>> rules = pd.DataFrame({"account": ["*", "group:family"], "symbol": ["XOM"] * 2,
    ...     "kind": ["no_buy", "allow"]})
    >>> found = effective(date=Date(2024, 1, 2), lots=lots, accounts=accounts,
    ...     prices=prices, restrictions=rules)
    >>> found.rules[["kind", "set_for", "overrides"]].values.tolist()
    [['allow', 'group:family', 'no_buy (restrictions, row 1)']]
    """
    book = (
        policy
        if isinstance(policy, PolicyBook)
        else PolicyBook(default=policy or Policy())
    )
    check_policies(book, "policy")
    tracked = (
        {benchmark.name: benchmark} if isinstance(benchmark, Benchmark) else benchmark
    )
    inputs = load(Sources(benchmarks=tracked, policies=book, **tables), on=date)
    accounts = inputs.accounts
    chosen = accounts if account is None else (one_of(accounts, account),)
    rules = [row for one in chosen for row in _rules(one, date)]
    settings = [row for one in chosen for row in _settings(one, book)]
    return Effective(
        on=date,
        rules=pd.DataFrame(rules, columns=list(RULES)),
        settings=pd.DataFrame(settings, columns=list(SETTINGS)),
    )


def _rules(account: Account, on: Date) -> Iterator[tuple[Any, ...]]:
    for item in standing(account.restrictions, on):
        rule = item.rule
        yield (
            account.account,
            rule.kind,
            _about(rule),
            rule.value,
            rule.start,
            rule.end,
            rule.by,
            rule.scope,
            rule.source,
            "; ".join(f"{r.kind} ({r.source})" for r in item.overrode),
        )


def _about(rule: Restriction) -> str:
    """Return in words what a rule is about."""
    named = (
        ("", rule.symbol),
        ("sector ", rule.sector),
        ("group ", rule.group),
        ("lot ", rule.lot_id),
        ("sleeve ", rule.sleeve),
    )
    return next((word + name for word, name in named if name), "the account")


def _settings(account: Account, book: PolicyBook) -> Iterator[tuple[str, ...]]:
    """Yield the settings of an account that differ from their default."""
    defaults = dict(leaves_of(Policy()))
    for name, value in leaves_of(book.of(account)):
        if value != defaults[name]:
            where = _set_in(name, account, book)
            yield account.account, name, shown(value), shown(defaults[name]), where


def leaves_of(tree: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield every setting of a policy by its dotted name; a list is one setting.

    Examples
    --------
    >>> [name for name, _ in leaves_of(Policy())][:3]
    ['engine', 'terms', 'tracking.gamma']
    """
    for item in fields(tree):  # type: ignore[arg-type]
        value = getattr(tree, item.name)
        if is_dataclass(value):
            yield from leaves_of(value, f"{prefix}{item.name}.")
        else:
            yield prefix + item.name, value


def shown(value: object) -> str:
    """Return a setting as a policy file has it, as far as it has it.

    Examples
    --------
    >>> shown(0.5), shown("hold"), shown(None), shown(("AAA",))
    ('0.5', '"hold"', 'none', '["AAA"]')
    """
    if value is None:
        return "none"
    if is_dataclass(value):
        stated = ((f.name, getattr(value, f.name), f.default) for f in fields(value))
        parts = (f"{n} = {shown(v)}" for n, v, d in stated if v is not None and v != d)
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {shown(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def _set_in(name: str, account: Account, book: PolicyBook) -> str:
    """Return what sets a setting last."""
    if book.layers is None:
        return f"policy [{NAMED}.{account.policy}]" if account.policy else "policy"
    return _stated_in(name, account, book.layers)


def _stated_in(name: str, account: Account, layers: Layers) -> str:
    found = layers.file
    for prefix, tree in layers.stated(account):
        if states(tree, name):
            found = f"{layers.file} [{prefix.rstrip('.')}]" if prefix else layers.file
    return found


def states(tree: Tree, name: str) -> bool:
    """Return whether a tree says something of a setting.

    Examples
    --------
    >>> states({"cash": {"floor": 7}}, "cash.floor"), states({"cash": {}}, "cash.floor")
    (True, False)
    """
    first, _, rest = name.partition(".")
    if first not in tree or not rest:
        return first in tree
    return isinstance(tree[first], dict) and states(tree[first], rest)
