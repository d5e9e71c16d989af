# SPDX-License-Identifier: Apache-2.0
"""What may be asked of a compact index, and everything that is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from di_optimizer.errors import InputError, Problem
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.index.symbols import canonical
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.universe import nearest

METHODS = ("search", "greedy", "l1", "top", "exact")
SCIP_SECONDS = 60.0
NODES = 400
ROOM = 1e-9  # by which a sum of limits may be off

Holdings = Mapping[str, float] | Benchmark


class Options(TypedDict, total=False):
    """Keyword arguments that all compact indexes take: see :class:`Limits`."""

    min_weight: float
    max_weight: float
    exclusions: Iterable[str]
    gap: float
    nodes: int | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of the weights, and how far the search for them goes.

    Attributes
    ----------
    min_weight, max_weight : float
        Least and most weight of a security that is held, as fractions.
    exclusions : iterable of str
        Members of the benchmark that may not be held.
    gap : float
        The search ends when the bound is within this part of the tracking error.
    nodes : int or None
        Most nodes of the search. None is 400 for "search"; the other methods then
        get the bound of the first node.
    seconds : float or None
        Time limit of the engine, opt-in: with one, the answer depends on how fast
        the machine is. "exact" takes 60 where there is none.
    """

    min_weight: float = 0.0
    max_weight: float = 1.0
    exclusions: Iterable[str] = ()
    gap: float = 0.002
    nodes: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        given = self.exclusions
        several = (given,) if isinstance(given, str) else tuple(given)
        object.__setattr__(self, "exclusions", several)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for, checked as a whole by :meth:`require`."""

    benchmark: Benchmark
    risk: FactorRiskModel
    names: tuple[int, ...]
    method: str
    limits: Limits
    completion: Mapping[str, Holdings] | None = None

    def excluded(self) -> frozenset[str]:
        """Return the excluded symbols in their canonical spelling."""
        return frozenset(canonical(s) for s in self.limits.exclusions if s.strip())

    def holdable(self) -> int:
        """Return how many members of the benchmark may be held."""
        return len(set(self.benchmark.weights.index) - self.excluded())

    def require(self) -> None:
        """Check everything.

        Raises
        ------
        InputError
            With all problems at once.
        """
        problems = [*self._problems()]
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        yield from _method(self.method)
        yield from unknown_members(self.benchmark, self.risk)
        yield from _exclusions(self)
        yield from _fund(self)
        yield from numbers(self.limits)
        if not self.names:
            yield Problem(file="names", found="nothing", allowed="one number or more")
        for count in self.names:
            yield from _names(self, count)


def _method(method: str) -> Iterator[Problem]:
    if method not in METHODS:
        yield Problem(
            file="method",
            found=f"'{method}'",
            allowed=", ".join(METHODS),
            todo=nearest(str(method), METHODS),
        )


def unknown_members(benchmark: Benchmark, risk: FactorRiskModel) -> Iterator[Problem]:
    """Yield every member that the risk model does not know."""
    for symbol in benchmark.weights.index:
        if symbol not in risk.position:
            hint = nearest(symbol, risk.symbols)
            todo = "Leave it out: benchmark.restricted_to(risk.symbols)."
            yield Problem(
                file=f"benchmark {benchmark.name}",
                found=f"'{symbol}', which the risk model does not know",
                allowed="symbols of the risk model",
                todo=f"{hint} {todo}".strip(),
            )


def _exclusions(wanted: Wanted) -> Iterator[Problem]:
    members = set(wanted.benchmark.weights.index)
    for raw in wanted.limits.exclusions:
        if not raw.strip() or canonical(raw) not in members:
            yield Problem(
                file="exclusions",
                found=f"unknown symbol '{raw}'",
                allowed=f"members of {wanted.benchmark.name}",
                todo=nearest(raw.upper(), sorted(members)),
            )


def _fund(wanted: Wanted) -> Iterator[Problem]:
    """Yield what is wrong with the completion fund."""
    given = wanted.completion
    if given is None:
        return
    if len(given) != 1:
        found = f"{len(given)} funds"
        yield Problem(file="completion", found=found, allowed="one: {symbol: weights}")
        return
    ((symbol, holdings),) = given.items()
    if not symbol.strip() or canonical(symbol) in wanted.benchmark.weights.index:
        yield Problem(
            file="completion",
            found=f"'{symbol}'",
            allowed="the symbol of a fund that is no member of the benchmark",
        )
        return
    try:
        fund = fund_of(symbol, holdings)
    except InputError as error:
        yield from error.problems
        return
    yield from unknown_members(fund, wanted.risk)


def fund_of(symbol: str, holdings: Holdings) -> Benchmark:
    """Return what a completion fund holds.

    Raises
    ------
    InputError
        As :meth:`di_optimizer.Benchmark.from_weights`.
    """
    if isinstance(holdings, Benchmark):
        return holdings
    return Benchmark.from_weights(holdings, name=canonical(symbol))


def numbers(limits: Limits) -> Iterator[Problem]:
    """Yield what is wrong with limits by themselves."""
    checks = (
        ("min_weight", limits.min_weight, 0.0 <= limits.min_weight <= 1.0, "0 to 1"),
        (
            "max_weight",
            limits.max_weight,
            0.0 < limits.max_weight <= 1.0,
            "above 0, to 1",
        ),
        ("gap", limits.gap, 0.0 <= limits.gap < 1.0, "a fraction, 0 to 1"),
        ("nodes", limits.nodes, limits.nodes is None or limits.nodes >= 0, "0 or more"),
        ("seconds", limits.seconds, _is_time(limits.seconds), "a number above 0"),
    )
    for name, value, right, allowed in checks:
        if not right:
            yield Problem(file=name, found=str(value), allowed=allowed)
    if limits.min_weight > limits.max_weight:
        yield Problem(
            file="min_weight",
            found=f"{limits.min_weight}",
            allowed=f"at most max_weight, {limits.max_weight}",
        )


def _is_time(seconds: float | None) -> bool:
    return seconds is None or (seconds > 0.0 and math.isfinite(seconds))


def _names(wanted: Wanted, count: int) -> Iterator[Problem]:
    """Yield why there is no index of so many names."""
    fund = 0 if wanted.completion is None else 1
    most = wanted.holdable() + fund
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        yield _count(count, f"a whole number, 1 to {most}")
        return
    if count > most:
        yield _count(count, f"1 to {most}, what may be held")
        return
    least, largest = wanted.limits.min_weight, wanted.limits.max_weight
    if least * count > 1.0 + ROOM:
        allowed = f"at most {math.floor(1.0 / least + ROOM)} names of {least} each"
        yield _count(count, allowed)
    if largest * count < 1.0 - ROOM and not fund and largest > 0.0:
        allowed = f"at least {math.ceil(1.0 / largest - ROOM)} names of {largest} each"
        yield _count(count, allowed)


def _count(count: int, allowed: str) -> Problem:
    return Problem(file="names", found=str(count), allowed=allowed)
