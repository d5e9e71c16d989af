# SPDX-License-Identifier: Apache-2.0
"""A policy file: the tree of settings as TOML, a default and named variants.

::

    engine = "auto"                 # top level: the default policy
    [tracking]
    gamma = 10

    [named.cautious.tracking]       # for accounts whose policy is 'cautious';
    gamma = 50                      # what it does not set is the default's

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
from typing import cast

from pydantic import ValidationError

from di_optimizer.errors import PolicyError, Problem
from di_optimizer.policy import Policy
from di_optimizer.policy_checks import contradictions
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

NAMED = "named"


@dataclass(frozen=True, kw_only=True)
class PolicyBook:
    """The default policy, and those that accounts ask for by name."""

    default: Policy = field(default_factory=Policy)
    named: Mapping[str, Policy] = field(default_factory=dict)

    def policy(self, name: str) -> Policy:
        """Return a policy by name, '' for the default; a KeyError is our mistake.

        Examples
        --------
        >>> PolicyBook().policy("").engine
        'auto'
        """
        return self.named[name] if name else self.default


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
    tree = _parse(Path(path), file)
    variants = _variants(tree.pop(NAMED, {}), file)
    problems = _problems(tree, "", file)
    for name, own in variants.items():
        problems += _problems(own, f"{NAMED}.{name}.", file)
    if problems:
        raise PolicyError(problems)
    book = PolicyBook(
        default=_policy(tree),
        named={name: _policy(_merged(tree, own)) for name, own in variants.items()},
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
    policies = [("", book.default)]
    policies += [(f"{NAMED}.{name}.", policy) for name, policy in book.named.items()]
    problems = [
        problem
        for prefix, policy in policies
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


def _variants(named: object, file: str) -> dict[str, Tree]:
    """Return the named trees, sorted by name."""
    given = named if isinstance(named, dict) else {NAMED: named}
    wrong = [name for name, tree in given.items() if not isinstance(tree, dict)]
    if wrong:
        allowed = f"tables such as [{NAMED}.cautious.tracking]"
        raise PolicyError(
            Problem(
                file=file,
                column=name if given is not named else f"{NAMED}.{name}",
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
        name = str(value if place[-1] == KEY else place[-1])
        return Problem(
            file=file,
            column=setting.removesuffix(f".{KEY}"),
            found=f"unknown setting '{name}'",
            allowed=", ".join(siblings),
            todo=nearest(name.lower(), siblings),
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


def _merged(base: Tree, over: Tree) -> Tree:
    """Return ``base`` with the settings of ``over``, tables merged."""
    both = dict(base)
    for name, value in over.items():
        old = both.get(name)
        tables = isinstance(old, dict) and isinstance(value, dict)
        both[name] = _merged(old, value) if tables else value  # type: ignore[arg-type]
    return both
