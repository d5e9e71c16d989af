# SPDX-License-Identifier: Apache-2.0
"""The tree of settings in words, from the schema of the policy classes.

What each setting is called, what it may be, and what stands beside it.
"""

from __future__ import annotations

import json
from typing import Any, cast

from pydantic import TypeAdapter

from di_optimizer.policy import Policy

KEY = "[key]"  # what the validator calls the name of a table's entry

Tree = dict[str, Any]
Place = tuple[int | str, ...]
ADAPTER = TypeAdapter(Policy)
SCHEMA = ADAPTER.json_schema()


def siblings_of(kind: str, place: Place) -> list[str]:
    """Return the names that an unknown one was taken for; none if it is known."""
    if kind == "unexpected_keyword_argument":
        return list(node_of(place[:-1]).get("properties", {}))
    if place and place[-1] == KEY:
        return list(_itself(node_of(place[:-2])).get("propertyNames", {})["enum"])
    return []


def dotted(place: Place) -> str:
    """Return a setting's name; tables of a list are counted from 1.

    Examples
    --------
    >>> dotted(("taxes", "budgets", 0, "maximum"))
    'taxes.budgets[1].maximum'
    """
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def node_of(place: Place) -> Tree:
    """Return the schema of a setting, as deep as the names are known."""
    node = SCHEMA
    for part in place:
        items = _itself(node).get("items") if isinstance(part, int) else None
        node = _referred(items or _inner(node, part))
    return node


def _inner(node: Tree, name: int | str) -> Tree:
    """Return the schema of a name in a table; the table's own for an unknown one."""
    table = _itself(node)
    values = table.get("additionalProperties")
    other = values if isinstance(values, dict) else node
    return cast(Tree, table.get("properties", {}).get(name, other))


def _itself(node: Tree) -> Tree:
    """Return what a setting is where it is set: the part that is not null."""
    set_to = (n for n in node.get("anyOf", ()) if n.get("type") != "null")
    return next(set_to, node)


def _referred(node: Tree) -> Tree:
    """Return a node with what it refers to."""
    if "$ref" not in node:
        return node
    return cast(Tree, SCHEMA["$defs"][node["$ref"].rpartition("/")[2]] | node)


def allowed(*place: int | str) -> str:
    """Return what a setting may be, as messages say it.

    Examples
    --------
    >>> allowed("cash", "maximum")
    'a number from 0 to 1'
    >>> allowed("taxes", "budgets", 0, "minimum")
    'a number'
    """
    return described(node_of(place))


def options_of(node: Tree) -> list[Any]:
    """Return the values that a setting may have; [] where these are no few."""
    return node.get("enum") or ([node["const"]] if "const" in node else [])


def described(node: Tree) -> str:
    """Return a schema node in words: its type and range, or its options."""
    if options := options_of(node):
        return "one of " + ", ".join(json.dumps(option) for option in options)
    if "anyOf" in node:
        return described(_itself(node))
    if "properties" in node:
        return "a table with " + ", ".join(node["properties"])
    if isinstance(values := node.get("additionalProperties"), dict):
        names = node.get("propertyNames", {}).get("enum", ["names"])
        return f"a table of {', '.join(names)}, each {described(values)}"
    if node.get("type") == "array":
        inner = _referred(node["items"]).get("properties", {})
        return "a list of " + (f"tables with {', '.join(inner)}" if inner else "texts")
    word = {"number": "a number", "integer": "a whole number", "string": "a text"}
    text = word.get(node.get("type", ""), f"a {node.get('type', 'value')}")
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f"{text} from {low:g} to {high:g}"
    if low is not None:
        return f"{text} of at least {low:g}"
    return text if high is None else f"{text} of at most {high:g}"
