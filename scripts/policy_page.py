# SPDX-License-Identifier: Apache-2.0
"""What docs/policy.md says of each setting, from the policy classes alone.

An attribute's entry is ``name : type, unit``, its effect, and an example at the end.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, get_args, get_type_hints

from di_optimizer.policy import Policy
from di_optimizer.policy_words import Place, allowed

HEAD = ("setting", "default", "allowed", "unit", "effect", "example")
EXAMPLE = re.compile(r"(.*?)\s*Example: ``(.+)``\.", re.DOTALL)


@dataclass(frozen=True)
class Section:
    """A class of settings and where it stands; ``listed`` where that is a list."""

    kind: type[Any]
    place: Place
    listed: bool = False

    @property
    def title(self) -> str:
        """The section's name as a file writes it; blank at the top."""
        name = ".".join(part for part in self.place if isinstance(part, str))
        return f"[[{name}]]" if self.listed else f"[{name}]" if name else ""

    @property
    def settings(self) -> Iterator[Field[Any]]:
        """The settings that are no section of their own."""
        hints = get_type_hints(self.kind)
        for item in fields(self.kind):
            top = not self.place and (_table(hints[item.name]) or _listed(hints, item))
            if not top:
                yield item


def sections() -> Iterator[Section]:
    """Yield the top level, then every section in the order of its setting."""
    yield Section(Policy, ())
    yield from _inside(Policy, ())


def _inside(kind: type[Any], place: Place) -> Iterator[Section]:
    hints = get_type_hints(kind)
    for item in fields(kind):
        if (table := _table(hints[item.name])) is not None:
            found = Section(table, (*place, item.name))
        elif (table := _listed(hints, item)) is not None:
            found = Section(table, (*place, item.name, 0), listed=True)
        else:
            continue
        yield found
        yield from _inside(found.kind, found.place)


def _table(hint: Any) -> type[Any] | None:
    return hint if isinstance(hint, type) and is_dataclass(hint) else None


def _listed(hints: dict[str, Any], item: Field[Any]) -> type[Any] | None:
    """Return the class of a list's tables; None where it is no list of tables."""
    inner = get_args(hints[item.name])
    return _table(inner[0]) if inner else None


def policy_body() -> str:
    """Return the sections of the policy, then all defaults as a file."""
    parts = []
    for section in sections():
        level = "##" if len(section.place) < 3 else "###"
        parts.append(f"\n{level} {section.title or 'Top level'}\n")
        if section.place:
            parts += [introduction(section.kind), ""]
        parts += list(grid(HEAD, _rows(section)))
    file = ["\n## Every default as a file\n", "```toml", default_file(), "```\n"]
    return "\n".join([*parts, *file])


def introduction(kind: type[Any]) -> str:
    """Return what a class says before its attributes."""
    return (inspect.getdoc(kind) or "").partition("\n\nAttributes\n")[0]


def _rows(section: Section) -> Iterator[tuple[str, ...]]:
    told = attributes(inspect.getdoc(section.kind) or "")
    for item in section.settings:
        unit, effect, example = told[item.name]
        may = allowed(*section.place, item.name)
        shown = f"`{item.name} = {example}`" if example else ""
        yield f"`{item.name}`", _default(item.default), may, unit, effect, shown


def _default(value: object) -> str:
    if value is MISSING:
        return "has to be set"
    return "none" if value is None else toml(value)


def attributes(docstring: str) -> dict[str, tuple[str, str, str]]:
    r"""Return (unit, effect, example) by attribute of a docstring's section.

    Examples
    --------
    >>> text = "Costs.\n\nAttributes\n---\nx : float, bp\n    One\n    two."
    >>> attributes(text + " Example: ``0.5``.")
    {'x': ('bp', 'One two.', '0.5')}
    """
    section = docstring.partition("\nAttributes\n")[2]
    entries = re.findall(r"^(\w+) : (.+)\n((?:    .+\n?)+)", section, re.MULTILINE)
    return {
        name: (kind.partition(", ")[2], *_told(" ".join(text.split())))
        for name, kind, text in entries
    }


def _told(text: str) -> tuple[str, str]:
    """Return effect and example; '' for an example that is not there."""
    found = EXAMPLE.fullmatch(text)
    return (text, "") if found is None else (found[1], found[2])


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    for row in (head, ["---"] * len(head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def default_file() -> str:
    """Return a policy file with every setting; those without default as comments."""
    lines = []
    lists = {section.place[0] for section in sections() if len(section.place) == 2}
    named = {section.place for section in sections() if not section.listed}
    for section in (s for s in sections() if not s.listed):
        lines += ["", section.title] if section.place else []
        told = attributes(inspect.getdoc(section.kind) or "")
        for item in fields(section.kind):
            if (*section.place, item.name) in named:
                continue
            known = section.place or item.name not in lists
            lines.append(_line(item, told[item.name][0] if known else ""))
    return "\n".join(lines)


def _line(item: Field[Any], unit: str) -> str:
    none = item.default is None
    line = f"# {item.name} =" if none else f"{item.name} = {toml(item.default)}"
    note = "not set" * none + ", " * (none and bool(unit)) + unit
    return f"{line:<23} # {note}" if note else line


def toml(value: object) -> str:
    """Return a default as a file writes it.

    Examples
    --------
    >>> toml(("a", "b")), toml(0.5)
    ('["a", "b"]', '0.5')
    """
    if isinstance(value, tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else f"{value}"
