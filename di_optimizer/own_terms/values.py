# SPDX-License-Identifier: Apache-2.0
"""What a function of one's own gets and gives, as values; nothing here needs cvxpy.

Weights are fractions of the account's base: NAV after the due cash flow, or before it
where the flow takes out more than 90 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SETTING = "terms["  # what names of constraints begin with
TOLERANCE = 1e-6  # by which sized trades may miss a constraint, in its own unit


@dataclass(frozen=True, kw_only=True)
class Variables:
    """An account's trades, to write limits and prices on.

    Attributes
    ----------
    symbols : tuple of str
        Held and benchmark securities, sorted: the order of every (n,) below.
    lot_ids, lot_symbols : tuple of str
        The lots that ``sells_by_lot`` is about, in its order.
    w : (n,) cvxpy expression
        Weights after trading.
    buys, sells : (n,) cvxpy expressions
        Purchases and sales by security, at least 0.
    sells_by_lot : (lots,) cvxpy expression
        Sales by lot, at least 0.
    cash : cvxpy expression
        Cash after the due flow and trading, costs paid.
    held, benchmark : (n,)
        Weights before trading, and those of the benchmark.
    prices : (n,)
        Account currency; nan where there is none.
    lot_weights, lot_gains : (lots,)
        Weight of each lot, and its gain per unit of weight sold, 1 − basis / value.
    nav, base : float
        Account currency; ``w * base`` is money.
    columns : mapping of str to tuple
        Columns of the securities table, (n,) each; None where a cell is blank.
    """

    symbols: tuple[str, ...]
    lot_ids: tuple[str, ...]
    lot_symbols: tuple[str, ...]
    w: Any
    buys: Any
    sells: Any
    sells_by_lot: Any
    cash: Any
    held: Floats
    benchmark: Floats
    prices: Floats
    lot_weights: Floats
    lot_gains: Floats
    nav: float
    base: float
    columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def where(self, column: str, value: object) -> list[int]:
        """Return the places of the securities that have a value in a column.

        Raises
        ------
        KeyError
            Where the securities table has no such column.
        """
        return [i for i, found in enumerate(self.columns[column]) if found == value]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a function of one's own returns.

    Attributes
    ----------
    constraints : sequence of cvxpy constraints
        Convex, on the given variables alone.
    objective : cvxpy expression or None
        Convex and scalar, fraction of base; added to what the optimizer minimises.
    """

    constraints: Sequence[Any] = ()
    objective: Any = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The numbers behind :class:`Variables`.

    ``lot_security`` (lots,) says which security each lot is of. Cash after trading is
    ``cash + cash_buy·buys + cash_sell·sells_by_lot − ticket`` of each security traded.
    """

    symbols: tuple[str, ...]
    lot_ids: tuple[str, ...]
    lot_security: Ints
    held: Floats
    benchmark: Floats
    prices: Floats
    lot_weights: Floats
    lot_gains: Floats
    cash: float
    cash_buy: Floats
    cash_sell: Floats
    ticket: float
    nav: float
    base: float
    columns: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Tilt:
    """A linear function below a convex one: constant + buys·u + sells·s."""

    constant: float
    buys: Floats
    sells: Floats

    def value(self, buys: Floats, sells: Floats) -> float:
        """Return the function at purchases (n,) and lot sales (lots,)."""
        return float(self.constant + self.buys @ buys + self.sells @ sells)

    def __add__(self, other: Tilt) -> Tilt:
        return Tilt(
            self.constant + other.constant,
            self.buys + other.buys,
            self.sells + other.sells,
        )


@dataclass(frozen=True)
class Asked:
    """All terms on cvxpy variables: constraints of each name, and the objective."""

    names: tuple[str, ...]
    constraints: tuple[Any, ...]
    objective: Any


@dataclass(frozen=True)
class Line:
    """An affine constraint: lower ≤ constant + buys·u + sells·s + tickets·t ≤ upper.

    ``tickets`` is about what the securities traded pay in tickets, fraction of base.
    """

    name: str
    constant: float
    buys: Floats
    sells: Floats
    tickets: float
    lower: float
    upper: float


class Own(Protocol):
    """All terms of an account, as a program carries them.

    Trades are purchases by security (n,) and sales by lot (lots,).
    """

    @property
    def names(self) -> tuple[str, ...]:
        """What messages call each constraint."""

    @property
    def moved(self) -> tuple[float, ...]:
        """How far each constraint is moved in, in its own unit; out below 0."""

    def value(self, buys: Floats, sells: Floats) -> float:
        """Return the objective of all terms less what a tilt has of it."""

    def misses(self, buys: Floats, sells: Floats) -> tuple[float, ...]:
        """Return by how much trades miss each constraint, in its own unit; 0 at least.

        Moved out where they are, not moved in.
        """

    def on(self, trades: tuple[Any, Any, Any]) -> Asked:
        """Return the terms on cvxpy expressions of purchases, lot sales, tickets."""

    def minorant(self, buys: Floats, sells: Floats, prices: Sequence[Any]) -> Tilt:
        """Return what objective and priced constraints are never below.

        Touches them at the given trades; ``prices`` are multipliers by constraint.
        """

    def lines(self) -> tuple[Line, ...]:
        """Return the affine constraints, entry by entry."""

    def curved(self) -> Own | None:
        """Return the terms without their affine constraints; None if none are left."""

    def tilted(self, tilt: Tilt) -> Own:
        """Return the terms less a linear function, which the program has instead."""

    def unpriced(self) -> Own:
        """Return the constraints alone."""

    def moved_in(self, amounts: Sequence[float]) -> Own:
        """Return the terms with each constraint moved in further."""
