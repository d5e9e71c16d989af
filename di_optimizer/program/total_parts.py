# SPDX-License-Identifier: Apache-2.0
"""What a limit on a total adds up: a number of each security, and the benchmark's.

A security without a value in a column belongs to none of its groups and adds
nothing to the total of a column of numbers. Cash adds to no total.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from di_optimizer.policy import Limit
from di_optimizer.program.draft import Draft
from di_optimizer.program.groups import Floats
from di_optimizer.program.members import value_of
from di_optimizer.program.total_names import ALL, BETA, FACTOR


@dataclass(frozen=True, kw_only=True)
class Total:
    """A sum over securities, per unit of weight.

    Attributes
    ----------
    name : str
        Of the group or factor, where a limit is about each of them.
    each : (n,)
        What a weight of 1 of each security adds.
    outside : float
        What positions that the program does not have add, fraction of base.
    benchmark : float
        The benchmark's total, of a NAV of 1.
    """

    name: str
    each: Floats
    outside: float
    benchmark: float

    @cached_property
    def single(self) -> int:
        """The only security that adds anything; −1 where there are none or several."""
        found = np.flatnonzero(self.each)
        return int(found[0]) if len(found) == 1 else -1


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """A draft's securities, and the benchmark and positions beyond them, by symbol.

    ``outside`` are fractions of base: positions that the risk model does not know.
    """

    draft: Draft

    @cached_property
    def outside(self) -> dict[str, float]:
        """Weights of positions that count in NAV and are not in the program."""
        job, found = self.draft.job, dict[str, float]()
        for fixed in job.account.untraded:
            if fixed.valued and fixed.symbol not in self.draft.universe.position:
                value = fixed.shares * job.market.price(fixed.symbol)
                weight = float(value / self.draft.base)
                found[fixed.symbol] = found.get(fixed.symbol, 0.0) + weight
        return found

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Everything that is held, in the benchmark or in the program, sorted."""
        every = {*self.draft.universe.symbols, *self.outside, *self.draft.job.benchmark}
        return tuple(sorted(every))

    @cached_property
    def inside(self) -> Floats:
        """The benchmark's weights in the program, of a NAV of 1, (n,)."""
        goal = self.draft.job.benchmark
        return np.array([goal.get(s, 0.0) for s in self.draft.universe.symbols])

    def values(self, column: str) -> dict[str, object]:
        """Return the values in a column by symbol; a blank one is left out."""
        known = self.draft.job.market.securities
        pairs = ((s, value_of(known.get(s), column)) for s in self.symbols)
        return {symbol: value for symbol, value in pairs if value is not None}

    def blank(self, column: str) -> list[str]:
        """Return the symbols without a value in a column."""
        values = self.values(column)
        return [symbol for symbol in self.symbols if symbol not in values]


def totals_of(holdings: Holdings, limit: Limit) -> Iterator[Total]:
    """Yield the totals that a limit is about, sorted by name."""
    if limit.on in (FACTOR, BETA):
        yield from _of_the_model(holdings, limit)
        return
    out = set(limit.exclude)
    values = {s: v for s, v in holdings.values(limit.on).items() if s not in out}
    if not limit.name:
        numbers = {s: float(v) for s, v in values.items() if isinstance(v, float)}
        yield summed(holdings, "", numbers)
        return
    groups: dict[str, dict[str, float]] = {}
    for symbol, value in values.items():
        groups.setdefault(str(value), {})[symbol] = 1.0
    for name in sorted(groups) if limit.name == ALL else [limit.name]:
        yield summed(holdings, name, groups.get(name, {}))


def summed(holdings: Holdings, name: str, numbers: Mapping[str, float]) -> Total:
    """Return the total of one number a symbol, 0 for all others."""
    position = holdings.draft.universe.position
    each = np.zeros(len(position))
    for symbol, number in numbers.items():
        if symbol in position:
            each[position[symbol]] = number
    goal, outside = holdings.draft.job.benchmark, holdings.outside
    return Total(
        name=name,
        each=each,
        outside=sum(n * outside.get(s, 0.0) for s, n in numbers.items()),
        benchmark=sum(n * goal.get(s, 0.0) for s, n in numbers.items()),
    )


def _of_the_model(holdings: Holdings, limit: Limit) -> Iterator[Total]:
    """Yield exposures and betas; what the model does not know has none."""
    symbols, out = holdings.draft.universe.symbols, set(limit.exclude)
    counts = np.array([symbol not in out for symbol in symbols])
    risk = holdings.draft.job.risk
    if limit.on == BETA:
        columns = {"": betas(holdings)}
    else:
        exposures = risk.exposures[risk.rows(symbols)]
        names = risk.factors if limit.name == ALL else (limit.name,)
        columns = {name: exposures[:, risk.factors.index(name)] for name in names}
    for name, column in sorted(columns.items()):
        each = np.where(counts, column, 0.0)
        goal = float(each @ holdings.inside)
        yield Total(name=name, each=each, outside=0.0, benchmark=goal)


def betas(holdings: Holdings) -> Floats:
    """Return β = Σb / bᵀΣb by the risk model, (n,), without forming Σ = FFᵀ + D.

    All 0 where the benchmark has no variance.
    """
    draft, b = holdings.draft, holdings.inside
    F, d = draft.job.risk.loadings(draft.universe.symbols)
    covariance = F @ (F.T @ b) + d * b
    variance = float(b @ covariance)
    return covariance / variance if variance > 0.0 else np.zeros(len(b))
