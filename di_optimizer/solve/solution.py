# SPDX-License-Identifier: Apache-2.0
"""What an engine returns: a point, its bound, and the leaves that prove the bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from di_optimizer.own_terms.values import Tilt
from di_optimizer.program.program import Floats, Ints

GAPS = (1e-4, 2e-5, 1e-5)  # 1, .2 and .1 bp: when each is reached is recorded


class Status(StrEnum):
    """How a solve ended. Only SOLVED, LIMIT and TIME carry a plan."""

    SOLVED = "solved"  # gap at or below its target
    LIMIT = "limit"  # a plan with a proven, larger gap: the search budget ran out
    TIME = "time"  # the same where a time limit, which is opt-in, ended the search
    INFEASIBLE = "infeasible"  # proven: no plan satisfies the limits
    NO_PLAN = "no_plan"  # not proven infeasible, none found
    FAILED = "failed"  # the solver ended in a status that is not accepted


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How far an engine goes.

    ``gap`` is the target (fraction of base); ``flips`` limits the reference engine's
    search and ``nodes`` the certified one's. ``seconds`` is an opt-in limit: with it,
    the answer depends on how fast the machine is. ``fewer_trades`` is how much of the
    objective may be given up for fewer trades, fraction of base.
    """

    gap: float = 1e-5
    flips: int = 20
    nodes: int = 400
    seconds: float | None = None
    fewer_trades: float = 0.0


@dataclass(frozen=True)
class Leaf:
    """Multipliers that prove a bound: ν of y = Fᵀ(x − b), (k,), and μ of the rows.

    ``sides`` fixes securities: +1 buy, −1 sell, 0 free, (n,). ``modes`` fixes
    groups to one of their modes, −1 free, (groups,). Where the tax is netted over
    the year, ``piece`` is the piece of the bill the leaf is about and ``piece_rows``
    the multipliers of that piece's limits; −1 and () otherwise. ``risk`` ≥ 0 is the
    multiplier of the cap on tracking variance, years.

    Where sizes are limited, ``kinds`` leaves some kinds of trade open, as bits of
    :mod:`di_optimizer.program.sizes`, (n,), or () for all of them; ``ranges`` keep
    the weight afterwards between two ends, both included: (security, low, high).
    """

    factors: Floats
    rows: Floats
    sides: Ints
    modes: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    piece: int = -1
    piece_rows: Floats = field(default_factory=lambda: np.zeros(0))
    risk: float = 0.0
    kinds: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    ranges: tuple[tuple[int, float, float], ...] = ()


@dataclass(frozen=True)
class Cut:
    """One direction of a curb, by its number: a row that no plan within it breaks.

    With a ``price`` above 0, which a hard limit on risk may have, it is no row but
    that price, in years, on the square of the risk beyond the limit's.
    """

    curb: int
    direction: Floats
    price: float = 0.0


@dataclass(frozen=True)
class Candidate:
    """A plan by itself: purchases (n,), sales (lots,), and the choices behind it."""

    buys: Floats
    sells: Floats
    sides: Ints
    modes: Ints


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A limit that takes part in an infeasibility, and by how much to relax it.

    ``alone`` says that relaxing this one by ``amount`` (fraction of base) is enough.
    """

    name: str
    amount: float
    alone: bool


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call of an underlying solver and the status it ended in."""

    step: str
    solver: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Solution:
    """An engine's answer. Objective and bound are fractions of base.

    ``buys`` (n,), ``sells`` (lots,), ``sides`` (n,) and ``modes`` (groups,) are None
    without a plan. ``others`` are further plans worth sizing: the best one at flat
    rates, where the tax is netted over the year. ``reached`` says when the gap first
    came down to each of :data:`GAPS`: (gap, seconds since the start). ``risk`` is the
    multiplier of the cap on tracking error at the plan's own choices, years. Where
    the program has curbs, the multipliers of leaves are those of its rows, then of
    ``cuts``. ``tilt`` is what of the account's own terms the leaves know.
    """

    status: Status
    engine: str
    buys: Floats | None = None
    sells: Floats | None = None
    sides: Ints | None = None
    modes: Ints | None = None
    others: tuple[Candidate, ...] = ()
    objective: float | None = None
    bound: float | None = None
    terms: Mapping[str, float] = field(default_factory=dict)
    leaves: tuple[Leaf, ...] = ()
    cuts: tuple[Cut, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    iterations: int = 0
    nodes: int = 0
    seconds: float = 0.0
    reached: tuple[tuple[float, float], ...] = ()
    risk: float | None = None
    tilt: Tilt | None = None
    message: str = ""

    @property
    def gap(self) -> float | None:
        """Objective − bound, fraction of base; None without a plan."""
        if self.objective is None or self.bound is None:
            return None
        return self.objective - self.bound
