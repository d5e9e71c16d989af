# SPDX-License-Identifier: Apache-2.0
"""Writes what docs/tables.md and docs/policy.md say of each column and setting.

Everything above the marker of a page is written by hand and kept; everything below
comes from the table specs and the policy classes. ``make docs`` runs it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from di_optimizer.policy import Budget, Policy
from di_optimizer.policy_file import allowed
from di_optimizer.tables import TABLES, Column, Kind, Table
from di_optimizer.tables.spec import LARGEST

DOCS = Path(__file__).resolve().parents[1] / "docs"
MARKER = "<!-- Written by `make docs`: change the source, not what is below. -->\n"

NEEDED = ("lots", "accounts", "prices")
OPTIONAL = (
    "taxpayers",
    "cash",
    "flows",
    "restrictions",
    "activity",
    "securities",
    "working_orders",
)
OTHER = ("holdings", "price_history")
LEDGER = ("actions", "transactions")
WRITTEN = ("trades", "orders", "summary")
REPORTED = (
    "harvest",
    "deferrals",
    "available",
    "calendar",
    "form_8949",
    "gains",
    "wash_sales",
)
CHAPTERS = (
    ("What every rebalance needs", NEEDED),
    ("What a rebalance may have besides", OPTIONAL),
    ("What benchmark and risk model are made from", OTHER),
    ("What happens to lots outside of trades", LEDGER),
    ("What a rebalance writes", WRITTEN),
    ("What the frontier command writes", ("frontier",)),
    ("What the curves command writes", ("te_vs_names", "te_vs_account_size")),
    ("What the tax commands write", REPORTED),
)
LISTS = {"taxes": {"budgets": Budget}}  # settings that are lists of tables


def main() -> None:
    """Write the lower part of every page."""
    for name, body in bodies().items():
        page = DOCS / name
        page.write_text(filled(page.read_text(encoding="utf-8"), body), "utf-8")


def bodies() -> dict[str, str]:
    """Return what stands below the marker, by page."""
    return {"tables.md": tables_body(), "policy.md": policy_body()}


def filled(page: str, body: str) -> str:
    """Return a page with a new lower part.

    Examples
    --------
    >>> filled(MARKER + "old", "new") == MARKER + "new"
    True
    """
    above, marker, _ = page.partition(MARKER)
    if not marker:
        raise ValueError(f"a page without the line {MARKER!r}")
    return above + MARKER + body


def tables_body() -> str:
    """Return the chapters of all tables."""
    parts = []
    for title, names in CHAPTERS:
        parts.append(f"\n## {title}\n")
        parts += [_table(TABLES[name], name in WRITTEN + REPORTED) for name in names]
    return "\n".join(parts)


def _table(table: Table, written: bool) -> str:
    lines = [f"### {table.name}", "", " ".join(_rules(table, written)), ""]
    head = ("column", "filled" if written else "needed", "allowed", "unit", "meaning")
    rows = [
        (
            f"`{column.name}`",
            _filled(column) if written else _needed(column),
            column_allowed(column),
            column.unit,
            column.description,
        )
        for column in table.columns
    ]
    return "\n".join([*lines, *grid(head, rows), ""])


def _rules(table: Table, written: bool) -> Iterator[str]:
    yield table.description
    if table.key:
        each = " + ".join(f"`{name}`" for name in table.key)
        yield f"Key: {each}, each once."
    for group in table.one_of:
        names = ", ".join(f"`{name}`" for name in group)
        yield f"Exactly one of {names} is filled in each row."
    if table.empty and not written:
        yield "May be a header without rows."


def _needed(column: Column) -> str:
    if column.required:
        return "yes, cells may be blank" if column.blank else "yes"
    default = column.default
    if default is None:
        return "no"
    shown = str(default).lower() if isinstance(default, bool) else default
    return f"no; blank is `{shown}`"


def _filled(column: Column) -> str:
    return "may be blank" if column.may_be_blank else "always"


def column_allowed(column: Column) -> str:
    """Return what a column holds, with bounds other than the largest of all numbers.

    Examples
    --------
    >>> column_allowed(TABLES["lots"].column("shares"))
    'number > 0'
    >>> column_allowed(TABLES["cash"].column("min"))
    'number, 0 to 1'
    """
    if column.kind is Kind.CHOICE:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    if column.kind is Kind.FLAG:
        return "`true`, `false`"
    low = None if column.at_least == -LARGEST else column.at_least
    high = None if column.at_most == LARGEST else column.at_most
    if low is not None and high is not None:
        return f"{column.kind}, {low:g} to {high:g}"
    if column.above is not None:
        return f"{column.kind} > {column.above:g}"
    return f"{column.kind}" + ("" if low is None else f" ≥ {low:g}")


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    for row in (head, ["---"] * len(head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def policy_body() -> str:
    """Return the sections of the policy, then all defaults as a file."""
    policy = Policy()
    top = [f.name for f in fields(policy) if not is_dataclass(getattr(policy, f.name))]
    parts = ["\n## Top level\n", *_settings(policy, (), top), ""]
    for name, section in _sections(policy):
        inside = [item.name for item in fields(section)]
        parts += [f"## [{name}]\n", _introduction(section), ""]
        parts += [*_settings(section, (name,), inside), ""]
        for setting, table in LISTS.get(name, {}).items():
            parts += [f"### [[{name}.{setting}]]\n", _introduction(table), ""]
            inside = [item.name for item in fields(table)]
            parts += [*_settings(table, (name, setting, 0), inside), ""]
    parts += ["## Every default as a file\n", "```toml", default_file(), "```\n"]
    return "\n".join(parts)


def _sections(policy: Policy) -> Iterator[tuple[str, Any]]:
    for item in fields(policy):
        value = getattr(policy, item.name)
        if is_dataclass(value):
            yield item.name, value


def _introduction(section: object) -> str:
    text = told_by(section)
    return text.partition("\n\nAttributes\n")[0]


def told_by(section: object) -> str:
    """Return the docstring of a section, or of the class of a list's tables."""
    kind = section if isinstance(section, type) else type(section)
    return inspect.getdoc(kind) or ""


def _settings(
    section: Any, path: tuple[int | str, ...], names: Iterable[str]
) -> Iterator[str]:
    told = attributes(told_by(section))
    defaults = {item.name: item.default for item in fields(section)}
    head = ("setting", "default", "allowed", "unit", "effect")
    rows = [
        (
            f"`{name}`",
            "none" if (value := defaults[name]) is None else _toml(value),
            allowed(*path, name),
            *told[name],
        )
        for name in names
    ]
    return grid(head, rows)


def attributes(docstring: str) -> dict[str, tuple[str, str]]:
    r"""Return (unit, effect) by attribute of a docstring's section.

    Examples
    --------
    >>> text = "Costs.\n\nAttributes\n---\nx : float, bp\n    One\n    two."
    >>> attributes(text)
    {'x': ('bp', 'One two.')}
    """
    section = docstring.partition("\nAttributes\n")[2]
    entries = re.findall(r"^(\w+) : (.+)\n((?:    .+\n?)+)", section, re.MULTILINE)
    return {
        name: (kind.partition(", ")[2], " ".join(text.split()))
        for name, kind, text in entries
    }


def default_file() -> str:
    """Return a policy file with every setting; those without default as comments."""
    policy = Policy()
    lines = [f"engine = {_toml(policy.engine)}"]
    for name, section in _sections(policy):
        told = attributes(told_by(section))
        lines += ["", f"[{name}]"]
        for item in fields(section):
            value, unit = getattr(section, item.name), told[item.name][0]
            none = value is None
            line = f"# {item.name} =" if none else f"{item.name} = {_toml(value)}"
            note = "not set" * none + ", " * (none and bool(unit)) + unit
            lines.append(f"{line:<23} # {note}" if note else line)
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else f"{value}"


if __name__ == "__main__":
    main()
