# SPDX-License-Identifier: Apache-2.0
"""Limits on totals after the trades, and what missing the soft ones costs.

A total is a sum over positions of weight × number: 1 for the members of a group, an
exposure, a beta, an attribute. Limits are in fractions of NAV; cash is in no total.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from di_optimizer.policy import Limit
from di_optimizer.restrictions import Restriction, in_force
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case

HALF_A_CENT = 0.005  # money: what tradable sizes may miss a limit by
TOLERANCE = 1e-9  # of base: floating weights, nothing more
COLUMNS = ("sector", "country", "issuer", "type", "currency", "wash_group")

Numbers = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Held:
    """One total: what a weight of 1 of each symbol adds, and its limits, of NAV."""

    name: str
    numbers: Numbers
    least: float
    most: float
    price: float | None = None

    def of(self, weights: Mapping[str, float]) -> float:
        """Return the total of weights by symbol."""
        return sum(self.numbers.get(s, 0.0) * w for s, w in weights.items())

    def missed(self, books: Books) -> float:
        """Return by how much the trades miss the limits, fraction of base."""
        scale = float(books.nav / books.base)
        value = self.of(books.weights_after)
        return max(self.least * scale - value, value - self.most * scale, 0.0)

    def tolerance(self, books: Books) -> float:
        """Return what floating numbers and half a cent of each may come to."""
        largest = max([1.0, *(abs(n) for n in self.numbers.values())])
        return largest * (HALF_A_CENT / float(books.base) + TOLERANCE)


def check_totals(case: Case, books: Books) -> list[str]:
    """Every total is within its limits, but for those that have a price."""
    scale, wrong = float(books.nav / books.base), []
    for held in totals(case, books):
        if held.price is None and held.missed(books) > held.tolerance(books):
            found = f"{held.name} of {held.of(books.weights_after)!r} after trading"
            allowed = f"{held.least * scale!r} to {held.most * scale!r}"
            wrong.append(case.says(found, allowed))
    return wrong


def total_charge(case: Case, books: Books) -> float:
    """Return the price of soft limits times what they are missed by, of base."""
    soft = (held for held in totals(case, books) if held.price is not None)
    return sum((held.price or 0.0) * held.missed(books) for held in soft)


def totals(case: Case, books: Books) -> Iterator[Held]:
    """Yield every total that policy and restrictions limit."""
    for number, limit in enumerate(case.policy.limits, start=1):
        for about, numbers in measured(case, books, limit):
            goal = sum(numbers.get(s, 0.0) * w for s, w in case.benchmark.items())
            least, most = ends(limit, goal)
            yield Held(
                name=f"limits[{number}] ({f'{limit.on} {about}'.strip()})",
                numbers=numbers,
                least=least,
                most=most,
                price=limit.price,
            )
    for rule in in_force(case.account.restrictions, case.on):
        if rule.kind in ("min_total", "max_total") and rule.value is not None:
            yield demanded(case, rule, rule.value)


def demanded(case: Case, rule: Restriction, value: float) -> Held:
    """Return the total that a restriction limits."""
    members = {
        symbol: 1.0
        for symbol, security in case.market.securities.items()
        if (rule.sector is not None and security.sector == rule.sector)
        or (rule.group is not None and security.wash_group == rule.group)
    }
    least = rule.kind == "min_total"
    return Held(
        name=f"{rule.kind} of {rule.sector or rule.group}",
        numbers=members,
        least=value if least else -math.inf,
        most=math.inf if least else value,
    )


def ends(limit: Limit, goal: float) -> tuple[float, float]:
    """Return the least and most of a total whose benchmark's is ``goal``.

    Examples
    --------
    >>> ends(Limit(on="beta", minimum=0.5, maximum=2, unit="multiple"), -1.0)
    (-2.0, -0.5)
    """
    least = -math.inf if limit.minimum is None else limit.minimum
    most = math.inf if limit.maximum is None else limit.maximum
    if limit.unit == "active":
        return least + goal, most + goal
    if limit.unit == "absolute":
        return least, most
    if goal < 0.0:
        least, most = most, least
    if goal == 0.0:
        return (0.0 if math.isfinite(least) else least), (
            0.0 if math.isfinite(most) else most
        )
    return least * goal, most * goal


def measured(
    case: Case, books: Books, limit: Limit
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield each total that a limit is about: its name and a number of each symbol."""
    symbols = sorted({*books.weights_after, *case.benchmark} - set(limit.exclude))
    if limit.on == "beta":
        yield "", {s: n for s, n in betas(case).items() if s in set(symbols)}
    elif limit.on == "factor":
        chosen = case.risk.factors if limit.name == "*" else (limit.name,)
        for name in sorted(chosen):
            column = case.risk.exposures[:, case.risk.factors.index(name)]
            known = dict(zip(case.risk.symbols, column.tolist(), strict=True))
            yield name, {s: known[s] for s in symbols if s in known}
    elif not limit.name:
        values = {s: attribute(case, s, limit.on) for s in symbols}
        yield "", {s: v for s, v in values.items() if isinstance(v, float)}
    else:
        values = {s: attribute(case, s, limit.on) for s in symbols}
        every = sorted({str(v) for v in values.values() if v is not None})
        for name in every if limit.name == "*" else [limit.name]:
            yield name, {s: 1.0 for s, v in values.items() if v == name}


def attribute(case: Case, symbol: str, column: str) -> object:
    """Return what the securities table says of a symbol; None where it is blank."""
    security = case.market.securities.get(symbol)
    if security is None:
        return None
    known = {name: getattr(security, name) for name in COLUMNS}
    return known[column] if column in known else security.attributes.get(column)


def betas(case: Case) -> dict[str, float]:
    """Return the beta to the benchmark of each symbol that the risk model knows."""
    risk = case.risk
    b = np.array([case.benchmark.get(symbol, 0.0) for symbol in risk.symbols])
    factors = risk.factor_covariance @ (risk.exposures.T @ b)
    covariance = risk.exposures @ factors + risk.specific_variance * b
    variance = float(covariance @ b)
    if variance <= 0.0:
        return {}
    return dict(zip(risk.symbols, (covariance / variance).tolist(), strict=True))
