# SPDX-License-Identifier: Apache-2.0
"""Whether what limits on totals name exists: columns, groups, factors, symbols."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from di_optimizer.errors import Problem
from di_optimizer.market import Market
from di_optimizer.policy import Limit
from di_optimizer.program.members import FIELDS, value_of
from di_optimizer.universe import nearest

ALL = "*"  # each group or factor by itself
FACTOR, BETA = "factor", "beta"  # of the risk model, whatever columns there are
TABLE = "the securities table"


def limit_name(number: int, limit: Limit, name: str = "") -> str:
    """Return what messages call a limit; the first one has number 1.

    ``name`` is the group or factor where the limit is about each of them.

    Examples
    --------
    >>> limit_name(2, Limit(on="sector", name="Energy", maximum=0.2))
    'limits[2] (sector Energy)'
    >>> limit_name(1, Limit(on="beta", maximum=1))
    'limits[1] (beta)'
    """
    about = f"{limit.on} {name or limit.name}".strip()
    return f"limits[{number}] ({about})"


@dataclass(frozen=True)
class Names:
    """What limits may name: columns and groups of a market, factors, symbols."""

    market: Market
    factors: tuple[str, ...]
    symbols: Collection[str]

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Further columns of the securities table, sorted."""
        each = (security.attributes for security in self.market.securities.values())
        return tuple(sorted({name for found in each for name in found}))

    def values(self, column: str) -> set[object]:
        """Return the values that securities have in a column."""
        each = self.market.securities.values()
        return {value_of(security, column) for security in each} - {None}

    def numeric(self, column: str) -> bool:
        """Return whether a column is an attribute of numbers."""
        return column not in FIELDS and any(
            isinstance(value, float) for value in self.values(column)
        )


def limit_problems(
    limits: Sequence[Limit], names: Names, file: str, prefix: str = ""
) -> Iterator[Problem]:
    """Yield a problem for everything that a limit names and that does not exist.

    Parameters
    ----------
    file, prefix : str
        Where the policy is from, and what its settings' names begin with.
    """
    for number, limit in enumerate(limits, start=1):
        place = f"{prefix}limits[{number}]"
        for setting, found, allowed, todo in _wrong(limit, names):
            yield Problem(
                file=file,
                column=f"{place}.{setting}",
                found=found,
                allowed=allowed,
                todo=todo,
            )


Wrong = tuple[str, str, str, str]  # setting, found, allowed, what to do


def _wrong(limit: Limit, names: Names) -> Iterator[Wrong]:
    if limit.on == FACTOR:
        yield from _stranger(limit.name, names.factors, "factor of the risk model")
    elif limit.on != BETA:
        yield from _wrong_column(limit, names)
    for symbol in limit.exclude:
        if symbol not in names.symbols:
            todo = nearest(symbol, names.symbols)
            found = f"unknown symbol '{symbol}'"
            yield "exclude", found, "symbols of the tables or the risk model", todo


def _wrong_column(limit: Limit, names: Names) -> Iterator[Wrong]:
    column, known = limit.on, (*FIELDS, FACTOR, BETA, *names.attributes)
    if column not in known:
        allowed = ", ".join(known)
        yield "on", f"unknown column '{column}'", allowed, nearest(column, known)
    elif names.numeric(column):
        if limit.name:
            allowed = f"no name: '{column}' is a column of numbers in {TABLE}"
            yield "name", f"'{limit.name}'", allowed, ""
    else:
        groups = sorted(str(value) for value in names.values(column))
        yield from _stranger(limit.name, groups, f"{column} of {TABLE}")


def _stranger(name: str, known: Sequence[str], what: str) -> Iterator[Wrong]:
    """Yield what is wrong with the name of a group or factor, if anything is."""
    if name == ALL or name in known:
        return
    found = f"unknown {what.partition(' of ')[0]} '{name}'" if name else "no name"
    todo = nearest(name, known)
    if not known:
        todo = f"No {what} is known."
    yield "name", found, f"a {what}, or '{ALL}' for each", todo
