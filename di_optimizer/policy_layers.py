# SPDX-License-Identifier: Apache-2.0
"""What a policy file states for whom, as trees of settings, from wide to narrow.

For an account its benchmark's settings come before the default's, its group's before
those, then those of the policy it names, then its own. A layer states what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from di_optimizer.policy_words import Tree

NAMED = "named"
LAYERS = {  # table of the file -> what of an account it is found by, the widest first
    "models": "benchmark",
    "groups": "group",
    NAMED: "policy",
    "accounts": "account",
}

Trees = Mapping[str, Tree]


class Follows(Protocol):
    """Whoever has a policy; '' where it belongs to nothing."""

    @property
    def account(self) -> str:
        """Its name."""

    @property
    def benchmark(self) -> str:
        """What it tracks."""

    @property
    def group(self) -> str:
        """Its group."""

    @property
    def policy(self) -> str:
        """The policy that it names."""


@dataclass(frozen=True, kw_only=True)
class Follower:
    """An account as far as policies look at it."""

    account: str
    benchmark: str = ""
    group: str = ""
    policy: str = ""


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The trees of a file: that of everybody, and by table and name those of some."""

    file: str = "policy"
    default: Tree = field(default_factory=dict)
    tables: Mapping[str, Trees] = field(default_factory=dict)

    def of(self, table: str) -> Trees:
        """Return the trees of one table by name."""
        return self.tables.get(table, {})

    def places(self, who: Follows) -> tuple[tuple[str, str], ...]:
        """Return table and name of each layer about an account, the widest first."""
        names = ((table, getattr(who, by)) for table, by in LAYERS.items())
        return tuple((table, name) for table, name in names if name in self.of(table))

    def stated(self, who: Follows) -> Iterator[tuple[str, Tree]]:
        """Yield what each layer states of an account with its prefix, widest first."""
        yield "", self.default
        for table, name in self.places(who):
            yield f"{table}.{name}.", self.of(table)[name]


def merged(base: Tree, over: Tree) -> Tree:
    """Return ``base`` with the settings of ``over``, tables merged.

    Examples
    --------
    >>> merged({"cash": {"minimum": 0.1, "floor": 5}}, {"cash": {"floor": 7}})
    {'cash': {'minimum': 0.1, 'floor': 7}}
    """
    both = dict(base)
    for name, value in over.items():
        old = both.get(name)
        tables = isinstance(old, dict) and isinstance(value, dict)
        both[name] = merged(old, value) if tables else value  # type: ignore[arg-type]
    return both
