# SPDX-License-Identifier: Apache-2.0
"""Printing: tables for people, JSON for programs, both on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PIPE_WIDTH = 120  # columns where no terminal says how many there are


def stdout() -> Console:
    """Return a console on stdout: wide enough for our tables when it is a pipe."""
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console


def stderr() -> Console:
    """Return a console on stderr."""
    return Console(highlight=False, emoji=False, stderr=True)


def print_json(value: Mapping[str, Any]) -> None:
    """Print a value as JSON; what is absent is null, numbers are plain."""
    json.dump(plain(value), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it.

    Examples
    --------
    >>> plain({"tax": Decimal("-1.50"), "gap": float("nan"), "n": 3})
    {'tax': -1.5, 'gap': None, 'n': 3}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if pd.isna(value):
        return None
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, str | int | float | bool) else str(value)


def grid(title: str, columns: Sequence[str], *, text: int = 1) -> Table:
    """Return an empty table: the first ``text`` columns left, the numbers right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for number, name in enumerate(columns):
        table.add_column(
            name, justify="left" if number < text else "right", overflow="fold"
        )
    return table


def money(amount: Any, digits: int = 0) -> str:
    """Return money for people: thousands apart, a true minus sign.

    Examples
    --------
    >>> money(Decimal("-1234.5")), money(0), money(None), money(0.004)
    ('−1,234', '0', '–', '0')
    """
    if pd.isna(amount):
        return "–"
    text = f"{amount:,.{digits}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-")
    return text.replace("-", "−")


def saved(tax: Any) -> str:
    """Return a tax, in green where it is a saving."""
    text = money(tax)
    return f"[green]{text}[/]" if text.startswith("−") else text


def print_written(console: Console, paths: Iterable[Path]) -> None:
    """Print where files are: each path whole and on one line, to be copied."""
    console.print("Written:")
    for path in paths:
        console.print(f"  • {escape(str(path))}", soft_wrap=True)
