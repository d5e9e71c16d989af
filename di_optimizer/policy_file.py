# SPDX-License-Identifier: Apache-2.0
"""A policy file: the tree of settings as TOML, a default and what differs for some.

::

    engine = "auto"                 # top level: the default policy
    [tracking]
    gamma = 10

    [named.cautious.tracking]       # for accounts whose policy is 'cautious';
    gamma = 50                      # what it does not set is the default's

    [models.sp500.trading]          # for accounts that track sp500; likewise
    min_trade = 100                 # [groups.family] and [accounts.A17]

    [[named.cautious.taxes.budgets]]
    maximum = 10_000                # a list is set as a whole
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from di_optimizer.errors import PolicyError, Problem
from di_optimizer.policy import Policy
from di_optimizer.policy_checks import contradictions
from di_optimizer.policy_layers import LAYERS, NAMED, Follows, Layers, merged
from di_optimizer.policy_words import (
    ADAPTER,
    KEY,
    Tree,
    described,
    dotted,
    node_of,
    options_of,
    siblings_of,
)
from di_optimizer.universe import nearest

SUCH_AS = {"models": "sp500", "groups": "family", NAMED: "cautious", "accounts": "A17"}


@dataclass(frozen=True, kw_only=True)
class PolicyBook:
    """The default policy, those that accounts ask for by name, and what layers state.

    ``named`` are those over the default alone. Without ``layers`` there is nothing
    about models, groups or single accounts.
    """

    default: Policy = field(default_factory=Policy)
    named: Mapping[str, Policy] = field(default_factory=dict)
    layers: Layers | None = None
    _found: dict[tuple[tuple[str, str], ...], Policy] = field(
        default_factory=dict, compare=False, repr=False
    )

    def policy(self, name: str) -> Policy:
        """Return a policy by name, '' for the default; a KeyError is our mistake.

        Examples
        --------
        >>> PolicyBook().policy("").engine
        'auto'
        """
        return self.named[name] if name else self.default

    def of(self, who: Follows) -> Policy:
        """Return the policy of an account: every layer about it, the narrowest last.

        Raises
        ------
        PolicyError
            When the layers together are no policy.
        """
        if self.layers is None:
            return self.policy(who.policy)
        places = self.layers.places(who)
        if places not in self._found:
            self._found[places] = _layered(self.layers, who)
        return self._found[places]

    def prefix(self, who: Follows) -> str:
        """Return what messages put before a setting of an account's policy."""
        if self.layers is None:
            return f"{NAMED}.{who.policy}." if who.policy else ""
        return [prefix for prefix, _ in self.layers.stated(who)][-1]

    def every(self) -> tuple[Policy, ...]:
        """Return the default, the named ones, and each layer over the default."""
        rest = [] if self.layers is None else _single(self.layers).values()
        return (self.default, *self.named.values(), *rest)


def _layered(layers: Layers, who: Follows) -> Policy:
    tree, prefix = layers.default, ""
    for prefix, own in layers.stated(who):  # noqa: B007  (the last one names it)
        tree = merged(tree, own)
    problems = _problems(tree, prefix, layers.file)
    if problems:
        raise PolicyError(problems)
    return _policy(tree)


def _single(layers: Layers) -> dict[str, Policy]:
    """Return each layer that is no named policy over the default, by its prefix."""
    return {
        f"{table}.{name}.": _policy(merged(layers.default, tree))
        for table in LAYERS
        if table != NAMED
        for name, tree in layers.of(table).items()
    }


def read_policies(path: str | os.PathLike[str]) -> PolicyBook:
    r"""Read a policy file.

    Raises
    ------
    PolicyError
        With every unknown, mistyped, out-of-range or contradictory setting; each
        problem has the dotted setting as its column.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "policy.toml"
    ...     _ = path.write_text("[tracking]\ngamma = 2\n[named.x.cash]\nmaximum = 1")
    ...     book = read_policies(path)
    >>> book.policy("x").tracking.gamma, book.policy("x").cash.maximum
    (2.0, 1.0)
    """
    file = os.fspath(path)
    return policies_of(_parse(Path(path), file), file)


def policies_of(tree: Mapping[str, Any], file: str = "policy") -> PolicyBook:
    """Return the policies of a tree of settings, as a policy file has it.

    Raises
    ------
    PolicyError
        As for a file.

    Examples
    --------
    >>> from di_optimizer.policy_layers import Follower
    >>> book = policies_of({"groups": {"family": {"tracking": {"gamma": 50}}}})
    >>> book.of(Follower(account="A", group="family")).tracking.gamma
    50.0
    """
    default = dict(tree)
    tables = {name: _variants(default.pop(name, {}), name, file) for name in LAYERS}
    layers = Layers(file=file, default=default, tables=tables)
    problems = _problems(default, "", file)
    for table, trees in tables.items():
        for name, own in trees.items():
            problems += _problems(own, f"{table}.{name}.", file)
    if problems:
        raise PolicyError(problems)
    named = layers.of(NAMED).items()
    book = PolicyBook(
        default=_policy(default),
        named={name: _policy(merged(default, own)) for name, own in named},
        layers=layers,
    )
    check_policies(book, file)
    return book


def check_policies(book: PolicyBook, file: str) -> None:
    """Refuse policies whose settings contradict each other.

    Raises
    ------
    PolicyError
        With each pair of settings that no account can meet together.
    """
    policies = {"": book.default}
    policies |= {f"{NAMED}.{name}.": policy for name, policy in book.named.items()}
    policies |= {} if book.layers is None else _single(book.layers)
    problems = [
        problem
        for prefix, policy in policies.items()
        for problem in contradictions(policy, file, prefix)
    ]
    if problems:
        raise PolicyError(problems)


def _parse(path: Path, file: str) -> Tree:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        found, allowed = error.strerror or str(error), "a file that can be read"
        raise PolicyError([Problem(file=file, found=found, allowed=allowed)]) from error
    except UnicodeDecodeError as error:
        found = "bytes that are no UTF-8 text"
        raise PolicyError([Problem(file=file, found=found, allowed="UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([_syntax(str(error), path, file)]) from error


def _syntax(message: str, path: Path, file: str) -> Problem:
    """Return the parser's complaint with its line; the end is the last line."""
    at = re.search(r" \(at line (\d+), column \d+\)", message)
    last = len(path.read_text(encoding="utf-8").splitlines())
    return Problem(
        file=file,
        row=int(at[1]) if at else max(last, 1),
        found=f"text that is not TOML: {message.partition(' (at ')[0]}",
        allowed='lines such as engine = "auto" or [tracking]',
    )


def _variants(named: object, table: str, file: str) -> dict[str, Tree]:
    """Return the trees of a table of layers, sorted by name."""
    given = named if isinstance(named, dict) else {table: named}
    wrong = [name for name, tree in given.items() if not isinstance(tree, dict)]
    if wrong:
        allowed = f"tables such as [{table}.{SUCH_AS[table]}.tracking]"
        raise PolicyError(
            Problem(
                file=file,
                column=name if given is not named else f"{table}.{name}",
                found=_shown(given[name]),
                allowed=allowed,
            )
            for name in wrong
        )
    return dict(sorted(given.items()))


def _problems(tree: Tree, prefix: str, file: str) -> list[Problem]:
    try:
        _policy(tree)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return [_problem(cast(Tree, item), prefix, file) for item in found]
    return []


def _policy(tree: Tree) -> Policy:
    """Return the tree as a policy; as JSON, because strictness is by JSON types."""
    return ADAPTER.validate_json(json.dumps(tree, default=str), strict=True)


def _problem(item: Tree, prefix: str, file: str) -> Problem:
    """Return one of the validator's complaints in words."""
    place, value, context = item["loc"], item["input"], item.get("ctx", {})
    setting = prefix + dotted(place)
    if item["type"] == "contradiction":
        return Problem(
            file=file,
            column=f"{setting}.{context['setting']}",
            found=context["found"],
            allowed=context["allowed"],
        )
    if siblings := siblings_of(item["type"], place):
        known = [*siblings, *LAYERS] if not prefix and len(place) == 1 else siblings
        name = str(value if place[-1] == KEY else place[-1])
        return Problem(
            file=file,
            column=setting.removesuffix(f".{KEY}"),
            found=f"unknown setting '{name}'",
            allowed=", ".join(siblings),
            todo=nearest(name.lower(), known),
        )
    node = node_of(place)
    if item["type"] == "missing":
        allowed = described(node)
        return Problem(file=file, column=setting, found="nothing", allowed=allowed)
    todo = nearest(str(value).lower(), [str(name) for name in options_of(node)])
    return Problem(
        file=file,
        column=setting,
        found=_shown(value),
        allowed=described(node),
        todo=todo,
    )


def _shown(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
