# SPDX-License-Identifier: Apache-2.0
"""Settings that contradict each other, whatever the account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import permutations
from typing import get_type_hints

from di_optimizer.errors import Problem
from di_optimizer.policy import Budget, Limit, Policy
from di_optimizer.tables import TABLES
from di_optimizer.universe import nearest

LEAST = "a minimum of at most the maximum"
BUYS_NOTHING, SELLS_NOTHING = ("cover",), ("invest",)
BOTH_SIDES = ("exchange", "model_change")


@dataclass(frozen=True)
class _Book:
    """A policy and how its problems are named."""

    policy: Policy
    file: str
    prefix: str

    def problem(
        self, setting: str, found: str, allowed: str, todo: str = ""
    ) -> Problem:
        """Return a problem of one setting."""
        return Problem(
            file=self.file,
            column=f"{self.prefix}{setting}",
            found=found,
            allowed=allowed,
            todo=todo,
        )


def contradictions(policy: Policy, file: str, prefix: str = "") -> Iterator[Problem]:
    """Yield a problem for each pair of settings that cannot be met together.

    Examples
    --------
    >>> from di_optimizer.policy import Counts
    >>> policy = Policy(counts=Counts(max_names=9, min_names=10))
    >>> print(*contradictions(policy, "policy"))
    policy, column 'counts.min_names': found 10, above counts.max_names = 9; \
allowed: a minimum of at most the maximum
    """
    book = _Book(policy, file, prefix)
    for low, high in _pairs(policy):
        least, most = _value(policy, low), _value(policy, high)
        if least is not None and most is not None and least > most:
            found = f"{least:g}, above {prefix}{high} = {most:g}"
            yield book.problem(low, found, LEAST)
    yield from _too_many(book)
    yield from _exchange(book)
    yield from _sides(book)
    yield from _own_terms(book)
    yield from _unknown_kept(book)
    yield from _apart(book, "limits", policy.limits)
    yield from _apart(book, "taxes.budgets", policy.taxes.budgets)


def _pairs(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield the names of settings of which the first may not be above the second."""
    for item in fields(policy):
        section = getattr(policy, item.name)
        names = {inner.name for inner in fields(section)} if _is_table(section) else ()
        if "minimum" in names and "maximum" in names:
            yield f"{item.name}.minimum", f"{item.name}.maximum"
    yield "cash.minimum", "cash.target"
    yield "cash.target", "cash.maximum"
    yield "counts.min_names", "counts.max_names"
    yield "trading.min_holding", "bounds.maximum"


def _is_table(section: object) -> bool:
    return is_dataclass(section) and not isinstance(section, type)


def _value(policy: Policy, name: str) -> float | None:
    section, _, setting = name.partition(".")
    value: float | None = getattr(getattr(policy, section), setting)
    return value


def _too_many(book: _Book) -> Iterator[Problem]:
    """Yield a problem where that many least holdings are more than all of NAV."""
    policy = book.policy
    least, names = policy.trading.min_holding, policy.counts.min_names or 0
    if names * least > 1.0:
        found = f"{names}, each of {book.prefix}trading.min_holding = {least:g} of NAV"
        yield book.problem("counts.min_names", found, "as many as fit into NAV")


def _exchange(book: _Book) -> Iterator[Problem]:
    """Yield problems of an exchange without its lists, and of lists without one."""
    cash = book.policy.cash
    lists = {"exchange_out": cash.exchange_out, "exchange_in": cash.exchange_in}
    for name, symbols in lists.items():
        if cash.use == "exchange" and not symbols:
            allowed = f'at least one symbol, as {book.prefix}cash.use = "exchange"'
            yield book.problem(f"cash.{name}", "no symbols", allowed)
        if cash.use != "exchange" and symbols:
            found = f'symbols, and {book.prefix}cash.use = "{cash.use}"'
            yield book.problem(f"cash.{name}", found, 'symbols where use = "exchange"')
    for symbol in sorted({*cash.exchange_out} & {*cash.exchange_in}):
        found = f"'{symbol}', which is in {book.prefix}cash.exchange_out as well"
        yield book.problem("cash.exchange_in", found, "either bought or sold")


def _sides(book: _Book) -> Iterator[Problem]:
    """Yield problems of what pays for purchases with the sides that are open."""
    sides, cash = book.policy.trading.sides, book.policy.cash
    closed = {
        "buy_only": (*BUYS_NOTHING, *BOTH_SIDES),
        "sell_only": (*SELLS_NOTHING, *BOTH_SIDES),
        "none": (*BUYS_NOTHING, *SELLS_NOTHING, *BOTH_SIDES),
    }
    if cash.use in closed.get(sides, ()):
        found = f'"{cash.use}", and {book.prefix}trading.sides = "{sides}"'
        yield book.problem("cash.use", found, 'it with trading.sides = "both"')
    if cash.scope == "cash" and cash.use in BOTH_SIDES:
        found = f'"{cash.use}", and {book.prefix}cash.scope = "cash"'
        yield book.problem("cash.use", found, 'it with cash.scope = "all"')


def _own_terms(book: _Book) -> Iterator[Problem]:
    """Yield a problem where terms of their own meet an engine that cannot have them."""
    if book.policy.terms and book.policy.engine == "certified":
        found = f'"certified", and {book.prefix}terms'
        yield book.problem("engine", found, '"auto" or "reference" where terms are set')


def _unknown_kept(book: _Book) -> Iterator[Problem]:
    """Yield a problem for each beginning that no limit's name has."""
    known = limit_names()
    for kept in book.policy.conflict.keep:
        if not any(n.startswith(kept) or kept.startswith(n) for n in known):
            allowed = "the beginning of a limit's name, such as " + ", ".join(known[:3])
            todo = nearest(kept.lower(), known)
            yield book.problem("conflict.keep", f'"{kept}"', allowed, todo)


def limit_names() -> tuple[str, ...]:
    """Return what names of limits begin with: settings and kinds of restrictions.

    Examples
    --------
    >>> "cash.minimum" in limit_names(), "no_buy" in limit_names()
    (True, True)
    """
    hints = get_type_hints(Policy)
    names = []
    for item in fields(Policy):
        kind = hints[item.name]
        inside = fields(kind) if is_dataclass(kind) else ()
        names += [f"{item.name}.{inner.name}" for inner in inside] or [item.name]
    return (*names, *TABLES["restrictions"].column("kind").choices)


def _apart(
    book: _Book, place: str, listed: Sequence[Limit | Budget]
) -> Iterator[Problem]:
    """Yield a problem where a minimum is above the maximum of another about the same.

    Soft limits may be apart.
    """
    hard = [(n, one) for n, one in enumerate(listed, start=1) if not _soft(one)]
    for (n, one), (m, other) in permutations(hard, 2):
        low, high = one.minimum, other.maximum
        if _about(one) != _about(other) or low is None or high is None or low <= high:
            continue
        found = f"{low:g}, above {book.prefix}{place}[{m}].maximum = {high:g}"
        yield book.problem(f"{place}[{n}].minimum", found, LEAST)


def _soft(one: Limit | Budget) -> bool:
    return isinstance(one, Limit) and one.price is not None


def _about(one: Limit | Budget) -> tuple[object, ...]:
    """Return what a limit is about."""
    if isinstance(one, Budget):
        return one.measure, one.term, one.period
    return one.on, one.name, one.unit, *sorted(one.exclude)
