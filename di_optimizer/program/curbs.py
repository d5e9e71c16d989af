# SPDX-License-Identifier: Apache-2.0
"""Curbs: convex limits on the weights after trading that no single row can say.

The risk of a part of the active weights, the sum of the largest weights, the active
share. Each is the greatest of linear functions cᵀ(x − b), one for every c of a convex
set: the set of a curb. So any c of that set gives a row that no plan within the curb
breaks, a cut, and the c at which a plan attains the curb's value is the cut that the
plan breaks most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from di_optimizer.program.groups import Flags, Floats

HALVINGS = 30  # of the width within which signs are soft
INSIDE = 1e-12  # a direction this far outside of the set counts as rounding


class Curb(Protocol):
    """What every curb offers; ``limit`` is in the unit of :meth:`value`."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def limit(self) -> float:
        """The most that its value may be."""

    @property
    def price(self) -> float:
        """What each unit beyond the limit costs; inf for a hard limit."""

    @property
    def most(self) -> float:
        """A number that no plan can miss the limit by."""

    def value(self, after: Floats) -> float:
        """Return the curb's value at weights after trading, (n,)."""

    def direction(self, after: Floats) -> Floats:
        """Return what describes the c at which weights attain the value."""

    def admits(self, direction: Floats) -> bool:
        """Return whether a direction describes a c of the set."""

    def coefficients(self, direction: Floats) -> tuple[Floats, float]:
        """Return c, (n,), and cᵀb: the cut is cᵀx − cᵀb ≤ limit."""

    def at(self, limit: float) -> Curb:
        """Return the curb with another limit."""

    def longer(self, extra: int) -> Curb:
        """Return the curb with columns that have no weight behind its own."""

    def shorter(self, n: int) -> Curb:
        """Return the curb of the first n columns."""


def _padded(array: Floats, extra: int) -> Floats:
    widths = [(0, extra), *[(0, 0)] * (array.ndim - 1)]
    return np.pad(array, widths)


@dataclass(frozen=True, kw_only=True)
class RiskCurb:
    """At most so much tracking error of some factors or some securities.

    value = √(‖Eᵀ(x − b)‖² + Σ sᵢ²(xᵢ − bᵢ)²), annualised; the set holds c = E v + s w
    with ‖(v, w)‖ ≤ 1.

    Attributes
    ----------
    exposures : (n, m)
        E: rows of other securities, or what other factors add, are 0.
    specific : (n,)
        s: specific risks (not variances), 0 where they do not count.
    benchmark : (n,)
        b.
    """

    name: str
    exposures: Floats
    specific: Floats
    benchmark: Floats
    limit: float
    price: float = np.inf

    @property
    def most(self) -> float:
        """Twice the risk of the riskiest security."""
        return 2.0 * float(np.sqrt((self.exposures**2).sum(1) + self.specific**2).max())

    def value(self, after: Floats) -> float:
        """Return the risk, annualised."""
        return float(np.linalg.norm(self._parts(after)))

    def direction(self, after: Floats) -> Floats:
        """Return (v, w): the parts of the risk, of length 1."""
        parts = self._parts(after)
        size = np.linalg.norm(parts)
        return parts / size if size > 0.0 else parts

    def admits(self, direction: Floats) -> bool:
        """Return whether the length is at most 1."""
        size = self.exposures.shape[1] + len(self.specific)
        short = bool(np.linalg.norm(direction) <= 1.0 + INSIDE)
        return direction.shape == (size,) and short

    def coefficients(self, direction: Floats) -> tuple[Floats, float]:
        """Return E v + s w and its value at the benchmark."""
        m = self.exposures.shape[1]
        c = self.exposures @ direction[:m] + self.specific * direction[m:]
        return c, float(c @ self.benchmark)

    def at(self, limit: float) -> RiskCurb:
        """Return the curb with another limit."""
        return replace(self, limit=limit)

    def longer(self, extra: int) -> RiskCurb:
        """Return the curb with columns that have no weight behind its own."""
        return replace(
            self,
            exposures=_padded(self.exposures, extra),
            specific=_padded(self.specific, extra),
            benchmark=_padded(self.benchmark, extra),
        )

    def shorter(self, n: int) -> RiskCurb:
        """Return the curb of the first n columns."""
        return replace(
            self,
            exposures=self.exposures[:n],
            specific=self.specific[:n],
            benchmark=self.benchmark[:n],
        )

    def _parts(self, after: Floats) -> Floats:
        active = after - self.benchmark
        return np.concatenate([self.exposures.T @ active, self.specific * active])


@dataclass(frozen=True, kw_only=True)
class TopCurb:
    """At most so much weight in the ``count`` largest of some securities.

    The set holds 0 ≤ c ≤ 1 with at most ``count`` in all, 0 outside of ``members``.
    """

    name: str
    count: int
    members: Flags
    limit: float
    price: float = np.inf

    @property
    def most(self) -> float:
        """All of NAV."""
        return 1.0

    def value(self, after: Floats) -> float:
        """Return the sum of the largest weights."""
        return float(self.direction(after) @ after)

    def direction(self, after: Floats) -> Floats:
        """Return 1 for the largest, the first of equals; (n,)."""
        own = np.flatnonzero(self.members)
        largest = own[np.argsort(-after[own], kind="stable")[: self.count]]
        chosen = np.zeros(len(self.members))
        chosen[largest] = 1.0
        return chosen

    def room(self, after: Floats) -> Floats:
        """Return up to where each weight stays out of the largest, inf for those."""
        chosen = self.direction(after) > 0.0
        least = float(after[chosen].min()) if chosen.any() else 0.0
        return np.where(self.members & ~chosen, least, np.inf)

    def admits(self, direction: Floats) -> bool:
        """Return whether no more than ``count`` are chosen, of the members."""
        if direction.shape != self.members.shape:
            return False
        inside = (direction >= 0.0) & (direction <= self.members)
        return bool(inside.all() and direction.sum() <= self.count + INSIDE)

    def coefficients(self, direction: Floats) -> tuple[Floats, float]:
        """Return the direction itself."""
        return direction, 0.0

    def at(self, limit: float) -> TopCurb:
        """Return the curb with another limit."""
        return replace(self, limit=limit)

    def longer(self, extra: int) -> TopCurb:
        """Return the curb with columns that have no weight behind its own."""
        none = np.zeros(extra, dtype=np.bool_)
        return replace(self, members=np.concatenate([self.members, none]))

    def shorter(self, n: int) -> TopCurb:
        """Return the curb of the first n columns."""
        return replace(self, members=self.members[:n])


@dataclass(frozen=True, kw_only=True)
class ActiveCurb:
    """At most so much active share: half the sum of |x − b|.

    The set holds |c| ≤ ½, 0 outside of the first ``count`` columns.
    """

    name: str
    benchmark: Floats
    count: int
    limit: float
    price: float = np.inf

    @property
    def most(self) -> float:
        """All weights elsewhere."""
        return 1.0

    def active(self, after: Floats) -> Floats:
        """Return the active weights that count, (n,)."""
        own = np.arange(len(after)) < self.count
        return np.where(own, after - self.benchmark, 0.0)

    def value(self, after: Floats) -> float:
        """Return the active share."""
        return 0.5 * float(np.abs(self.active(after)).sum())

    def direction(self, after: Floats) -> Floats:
        """Return half the signs of the active weights, softly where they are small.

        Signs of next to nothing would be noise, and a cut that is deep in one place
        only. The cut is at least half as deep as the one with the signs themselves.
        """
        active = self.active(after)
        size = np.abs(active)
        depth = self.value(after) - self.limit
        low, high = 0.0, float(size.max(initial=0.0))
        if depth <= 0.0 or high == 0.0:
            return 0.5 * np.sign(active)
        for _ in range(HALVINGS):
            width = 0.5 * (low + high)
            kept = 0.5 * float(np.minimum(size**2 / width, size).sum()) - self.limit
            low, high = (width, high) if kept >= 0.5 * depth else (low, width)
        if low == 0.0:
            return 0.5 * np.sign(active)
        return 0.5 * np.clip(active / low, -1.0, 1.0)

    def admits(self, direction: Floats) -> bool:
        """Return whether no coefficient is beyond a half, or of another column."""
        if direction.shape != self.benchmark.shape:
            return False
        own = bool((direction[self.count :] == 0.0).all())
        return own and bool((np.abs(direction) <= 0.5).all())

    def coefficients(self, direction: Floats) -> tuple[Floats, float]:
        """Return the direction itself and its value at the benchmark."""
        return direction, float(direction @ self.benchmark)

    def at(self, limit: float) -> ActiveCurb:
        """Return the curb with another limit."""
        return replace(self, limit=limit)

    def longer(self, extra: int) -> ActiveCurb:
        """Return the curb with columns that have no weight behind its own."""
        return replace(self, benchmark=_padded(self.benchmark, extra))

    def shorter(self, n: int) -> ActiveCurb:
        """Return the curb of the first n columns."""
        return replace(self, benchmark=self.benchmark[:n])
