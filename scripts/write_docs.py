# SPDX-License-Identifier: Apache-2.0
"""Writes what docs/tables.md and docs/policy.md say of each column and setting.

Everything above the marker of a page is written by hand and kept; everything below
comes from the table specs and the policy classes. ``make docs`` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from di_optimizer.tables import TABLES, Column, Kind, Table
from di_optimizer.tables.spec import LARGEST
from scripts.policy_page import grid, policy_body

DOCS = Path(__file__).resolve().parents[1] / "docs"
MARKER = "<!-- Written by `make docs`: change the source, not what is below. -->\n"

NEEDED = ("lots", "accounts", "prices")
OPTIONAL = (
    "taxpayers",
    "cash",
    "flows",
    "outside",
    "rates",
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


if __name__ == "__main__":
    main()
