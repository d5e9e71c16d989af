# SPDX-License-Identifier: Apache-2.0
"""Terms of one's own in cvxpy: on variables for an engine, on numbers to judge trades.

A function is called anew each time: it has to return the same for the same variables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cvxpy as cp
import numpy as np
from cvxpy.constraints.constraint import Constraint
from scipy.sparse import csr_array

from di_optimizer.errors import InputError, Problem
from di_optimizer.own_terms.resolve import resolve
from di_optimizer.own_terms.values import (
    Asked,
    Facts,
    Floats,
    Line,
    Terms,
    Tilt,
    Variables,
)

ALLOWED = "Terms, constraints, or a scalar objective, convex on the given variables"
RAISED = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError)
DUST = 1e-12  # fraction of base; less is no trade that pays a ticket


@dataclass(frozen=True)
class Named:
    """A function with the setting that names it and the file to blame."""

    name: str
    setting: str
    file: str
    function: Callable[[Any], Any]

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.setting} ({self.name})"

    def called(self, variables: Variables) -> Terms:
        """Return what the function says of variables.

        Raises
        ------
        InputError
            When it raises, or returns what is no term.
        """
        try:
            given = self.function(variables)
        except (*RAISED, ValueError, cp.DCPError) as error:
            text = f"{self.name} raises {type(error).__name__}: {error}"
            raise self.refusal(text, "a function that returns terms") from error
        return self._checked(given)

    def refusal(self, found: str, allowed: str = ALLOWED) -> InputError:
        """Return the error that names the setting."""
        problem = Problem(
            file=self.file, column=self.setting, found=found, allowed=allowed
        )
        return InputError([problem])

    def _checked(self, given: Any) -> Terms:
        terms = _terms_of(given)
        if terms is None:
            raise self.refusal(f"{self.name} returns {type(given).__name__}")
        for number, constraint in enumerate(terms.constraints, start=1):
            if not isinstance(constraint, Constraint):
                kind = type(constraint).__name__
                raise self.refusal(f"{self.name} returns {kind} as constraint {number}")
            if not constraint.is_dcp():
                text = f"constraint {number} of {self.name}, {constraint}, not convex"
                raise self.refusal(text)
        objective = terms.objective
        if objective is None:
            return terms
        if not isinstance(objective, cp.Expression) or not objective.is_scalar():
            raise self.refusal(f"{self.name} has an objective that is no scalar")
        if not objective.is_convex():
            raise self.refusal(f"the objective of {self.name}, {objective}, not convex")
        return terms


def _terms_of(given: Any) -> Terms | None:
    """Return what a function gave as terms; None where it is nothing of the kind."""
    if isinstance(given, Terms):
        return replace(given, constraints=tuple(given.constraints))
    if isinstance(given, Constraint):
        return Terms(constraints=(given,))
    if isinstance(given, cp.Expression):
        return Terms(objective=given)
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        return Terms(constraints=tuple(given))
    return None


@dataclass(frozen=True)
class ConvexTerms:
    """All terms of an account: see :class:`di_optimizer.own_terms.values.Own`.

    ``less`` is what a tilt took from the objective; ``moved`` how far constraints are
    moved in. ``priced`` says whether the objective counts.
    """

    functions: tuple[Named, ...]
    facts: Facts
    names: tuple[str, ...] = ()
    moved: tuple[float, ...] = ()
    less: tuple[Tilt, ...] = ()
    priced: bool = True
    seen: dict[bytes, tuple[float, tuple[float, ...]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def named(cls, names: Sequence[str], facts: Facts, *, file: str) -> ConvexTerms:
        """Return the terms of some names, tried once on variables."""
        functions = []
        for number, name in enumerate(names, start=1):
            setting = f"terms[{number}]"
            function = resolve(name, file=file, setting=setting)
            functions.append(Named(name, setting, file, function))
        bare = cls(tuple(functions), facts)
        own = bare._with(name for name, _ in bare._every(bare._free()))
        own._judged(np.zeros(len(facts.symbols)), np.zeros(len(facts.lot_ids)))
        return own

    def _with(self, names: Iterable[str]) -> ConvexTerms:
        """Return the terms with some of their constraints, none moved."""
        kept = tuple(names)
        return replace(self, names=kept, moved=(0.0,) * len(kept), seen={})

    def value(self, buys: Floats, sells: Floats) -> float:
        """Return the objective of all terms less what a tilt has of it."""
        worth = self._judged(buys, sells)[0] if self.priced else 0.0
        return worth - sum(tilt.value(buys, sells) for tilt in self.less)

    def misses(self, buys: Floats, sells: Floats) -> tuple[float, ...]:
        """Return by how much trades miss each constraint, in its own unit."""
        missed = zip(self._judged(buys, sells)[1], self.moved, strict=True)
        return tuple(max(most + min(by, 0.0), 0.0) for most, by in missed)

    def judged(self, variables: Variables) -> tuple[float, tuple[float, ...]]:
        """Return objective and misses where all variables are numbers."""
        worth, misses = 0.0, dict[str, float]()
        for one in self.functions:
            terms = one.called(variables)
            if terms.objective is not None:
                worth += _number(one, terms.objective.value, "objective")
            for number, constraint in enumerate(terms.constraints, start=1):
                missed = _number(one, _violation(constraint), f"constraint {number}")
                misses[f"{one.label} constraint {number}"] = missed
        return worth, tuple(misses[name] for name in self.names)

    def _judged(self, buys: Floats, sells: Floats) -> tuple[float, tuple[float, ...]]:
        key = buys.tobytes() + sells.tobytes()
        if key not in self.seen:
            traded = self._traded(buys, sells)
            trades = cp.Constant(buys), cp.Constant(sells), cp.Constant(traded)
            self.seen[key] = self.judged(variables_of(self.facts, trades))
        return self.seen[key]

    def _traded(self, buys: Floats, sells: Floats) -> float:
        """Return the tickets that trades pay, fraction of base."""
        own = self.facts.lot_security
        sold = np.bincount(own, weights=sells, minlength=len(buys))
        return self.facts.ticket * int(((buys > DUST) | (sold > DUST)).sum())

    def on(self, trades: tuple[Any, Any, Any]) -> Asked:
        """Return the terms on cvxpy expressions of purchases, lot sales, tickets."""
        found = [*self._constraints(variables_of(self.facts, trades))]
        moved = [_moved(c, by) for (_, c), by in zip(found, self.moved, strict=True)]
        names = tuple(name for name, _ in found)
        return Asked(names, tuple(moved), self._objective(trades))

    def _objective(self, trades: tuple[Any, Any, Any]) -> Any:
        variables, total = variables_of(self.facts, trades), cp.Constant(0.0)
        if self.priced:
            for one in self.functions:
                added = one.called(variables).objective
                total = total if added is None else total + added
        for tilt in self.less:
            linear = tilt.buys @ trades[0] + tilt.sells @ trades[1]
            total = total - tilt.constant - linear
        return total

    def _constraints(self, variables: Variables) -> Iterator[tuple[str, Constraint]]:
        """Yield the constraints that count."""
        known = set(self.names)
        return ((n, c) for n, c in self._every(variables) if n in known)

    def _every(self, variables: Variables) -> Iterator[tuple[str, Constraint]]:
        for one in self.functions:
            for number, constraint in enumerate(one.called(variables).constraints, 1):
                yield f"{one.label} constraint {number}", constraint

    def _free(self) -> Variables:
        """Return variables of no account's engine, and refuse terms with others."""
        trades = self._variables()
        variables, known = variables_of(self.facts, trades), {v.id for v in trades[:2]}
        for one in self.functions:
            terms = one.called(variables)
            asked = [*terms.constraints]
            asked += [] if terms.objective is None else [terms.objective]
            if any(v.id not in known for part in asked for v in part.variables()):
                raise one.refusal(f"{one.name} makes a variable of its own")
        return variables

    def _variables(self) -> tuple[cp.Variable, cp.Variable, cp.Constant]:
        buys = cp.Variable(len(self.facts.symbols), nonneg=True)
        sells = cp.Variable(len(self.facts.lot_ids), nonneg=True)
        return buys, sells, cp.Constant(0.0)

    def minorant(self, buys: Floats, sells: Floats, prices: Sequence[Any]) -> Tilt:
        """Return what objective and priced constraints are never below."""
        trades = self._variables()
        trades[0].value, trades[1].value = np.maximum(buys, 0.0), np.maximum(sells, 0.0)
        total = self._objective(trades)
        found = self._constraints(variables_of(self.facts, trades))
        for (_, constraint), price in zip(found, prices, strict=True):
            total = total + _priced(constraint, price)
        slopes = total.grad
        gradients = []
        for variable in trades[:2]:
            slope = slopes.get(variable, np.zeros(variable.size))
            if slope is None:
                return Tilt(-np.inf, np.zeros(len(buys)), np.zeros(len(sells)))
            gradients.append(_dense(slope, variable.size).ravel())
        at = gradients[0] @ trades[0].value + gradients[1] @ trades[1].value
        return Tilt(float(total.value) - float(at), gradients[0], gradients[1])

    def lines(self) -> tuple[Line, ...]:
        """Return the affine constraints, entry by entry."""
        trades = (*self._variables()[:2], cp.Variable())
        for variable in trades:
            variable.value = np.zeros(variable.shape)
        found = self._constraints(variables_of(self.facts, trades))
        return tuple(
            line
            for name, constraint in found
            if _is_affine(constraint)
            for line in _lines(name, constraint, trades)
        )

    def curved(self) -> ConvexTerms | None:
        """Return the terms without their affine constraints; None if none are left."""
        variables = self._free()
        found = self._constraints(variables)
        rest = self._with(name for name, limit in found if not _is_affine(limit))
        given = [one.called(variables).objective for one in self.functions]
        return rest if rest.names or any(o is not None for o in given) else None

    def tilted(self, tilt: Tilt) -> ConvexTerms:
        """Return the terms less a linear function, which the program has instead."""
        return replace(self, less=(*self.less, tilt))

    def unpriced(self) -> ConvexTerms:
        """Return the constraints alone."""
        return replace(self, priced=False, less=())

    def moved_in(self, amounts: Sequence[float]) -> ConvexTerms:
        """Return the terms with each constraint moved in further."""
        moved = [old + more for old, more in zip(self.moved, amounts, strict=True)]
        return replace(self, moved=tuple(moved))


def variables_of(facts: Facts, trades: tuple[Any, Any, Any]) -> Variables:
    """Return the named variables of purchases (n,), lot sales (lots,) and tickets."""
    buys, sells_by_lot, tickets = trades
    n, lots = len(facts.symbols), len(facts.lot_ids)
    places = (np.ones(lots), (facts.lot_security, np.arange(lots)))
    sells = csr_array(places, shape=(n, lots)) @ sells_by_lot
    cash = facts.cash + facts.cash_buy @ buys + facts.cash_sell @ sells_by_lot
    return Variables(
        symbols=facts.symbols,
        lot_ids=facts.lot_ids,
        lot_symbols=tuple(facts.symbols[i] for i in facts.lot_security.tolist()),
        w=facts.held + buys - sells,
        buys=buys,
        sells=sells,
        sells_by_lot=sells_by_lot,
        cash=cash - tickets,
        held=facts.held,
        benchmark=facts.benchmark,
        prices=facts.prices,
        lot_weights=facts.lot_weights,
        lot_gains=facts.lot_gains,
        nav=facts.nav,
        base=facts.base,
        columns=facts.columns,
    )


def _violation(constraint: Constraint) -> float:
    """Return by how much numbers miss a constraint, the worst of its entries."""
    missed: Any = constraint.violation()  # type: ignore[no-untyped-call]
    return float(np.max(missed, initial=0.0))


def _number(one: Named, value: Any, what: str) -> float:
    number = math.nan if value is None else float(value)
    if not math.isfinite(number):
        raise one.refusal(f"{what} of {one.name} is {number}", "a number")
    return number


def _is_affine(constraint: Constraint) -> bool:
    """Return whether a constraint is one of rows."""
    affine = isinstance(constraint, cp.constraints.Zero | cp.constraints.Equality)
    if affine:
        return True
    inequality = isinstance(constraint, cp.constraints.Inequality)
    return inequality and constraint.expr.is_affine()


def _lines(
    name: str, constraint: Constraint, trades: tuple[Any, Any, Any]
) -> Iterator[Line]:
    """Yield the entries of an affine constraint; all variables are 0."""
    slopes = [_dense(constraint.expr.grad.get(v), v.size) for v in trades]
    start = np.atleast_1d(np.asarray(constraint.expr.value)).ravel(order="F")
    equal = not isinstance(constraint, cp.constraints.Inequality)
    for entry, constant in enumerate(start.tolist()):
        buys, sells, paid = (slope[:, entry % slope.shape[1]] for slope in slopes)
        yield Line(
            name=name if len(start) == 1 else f"{name}, entry {entry + 1}",
            constant=constant,
            buys=buys,
            sells=sells,
            tickets=float(paid[0]),
            lower=0.0 if equal else -np.inf,
            upper=0.0,
        )


def _dense(slope: Any, size: int) -> Floats:
    """Return a gradient as an array, (size, entries); 0 where nothing depends."""
    if slope is None:
        return np.zeros((size, 1))
    dense = slope.toarray() if hasattr(slope, "toarray") else np.asarray(slope)
    return np.asarray(dense, dtype=np.float64).reshape(size, -1)


def _moved(constraint: Constraint, by: float) -> Constraint:
    """Return a constraint moved in; an equality, and a cone, stays where it is."""
    if by == 0.0 or not isinstance(constraint, cp.constraints.Inequality):
        return constraint
    return constraint.expr <= -by  # type: ignore[no-any-return]


def _priced(constraint: Constraint, price: Any) -> Any:
    """Return a constraint's residual times its price; cones have none."""
    affine = isinstance(constraint, cp.constraints.Zero | cp.constraints.Equality)
    if price is None or not (
        affine or isinstance(constraint, cp.constraints.Inequality)
    ):
        return 0.0
    found = np.asarray(price, dtype=np.float64)
    if not affine:
        found = np.maximum(found, 0.0)
    return cp.sum(cp.multiply(found, constraint.expr))
