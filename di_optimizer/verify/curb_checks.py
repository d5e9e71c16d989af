# SPDX-License-Identifier: Apache-2.0
"""Risk of a part, largest weights and active share, from raw holdings and risk model.

Of securities that the risk model knows, as tracking error is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from di_optimizer.policy import RiskLimit
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case

TOLERANCE = 1e-8  # of base, or of tracking error: floating sums
BP = 1e4


def active_weights(case: Case, books: Books) -> dict[str, float]:
    """Return weights after trading less the benchmark's, fractions of base."""
    scale = float(books.nav / books.base)
    known = set(case.risk.symbols) & (books.weights_after.keys() | set(case.benchmark))
    return {
        symbol: books.weights_after.get(symbol, 0.0)
        - scale * case.benchmark.get(symbol, 0.0)
        for symbol in sorted(known)
    }


def risk_of(case: Case, limit: RiskLimit, active: dict[str, float]) -> float:
    """Return the tracking error of the part that a limit is about, annualised."""
    counted = {s: a for s, a in active.items() if _counts(case, limit, s)}
    if not counted:
        return 0.0
    if not limit.factors:
        return case.risk.tracking_error(counted).total
    risk = case.risk
    chosen = [k for k, name in enumerate(risk.factors) if name in limit.factors]
    exposure = np.zeros(len(chosen))
    for symbol, weight in counted.items():
        exposure += weight * risk.exposures[risk.position[symbol], chosen]
    covariance = risk.factor_covariance[chosen][:, chosen]
    return risk.calibration * math.sqrt(
        max(float(exposure @ covariance @ exposure), 0.0)
    )


def _counts(case: Case, limit: RiskLimit, symbol: str) -> bool:
    if not limit.on:
        return True
    security = case.market.securities.get(symbol)
    if security is None:
        return False
    columns = {"sector", "country", "issuer", "type", "currency", "wash_group"}
    if limit.on in columns:
        return bool(getattr(security, limit.on) == limit.name)
    return security.attributes.get(limit.on) == limit.name


def _risks(case: Case, books: Books) -> Iterator[tuple[str, float, RiskLimit]]:
    """Yield the name of each limit on risk, by how much it is missed, and itself."""
    scale = float(books.nav / books.base)
    active = active_weights(case, books)
    for number, limit in enumerate(case.policy.risk_limits, start=1):
        over = risk_of(case, limit, active) - scale * limit.max_te_bp / BP
        yield f"risk_limits[{number}]", over, limit


def check_risk_limits(case: Case, books: Books) -> list[str]:
    """No part brings more tracking error than its hard cap."""
    return [
        case.says(
            f"{name} exceeded by {over * BP!r} bp",
            f"tracking error of at most {limit.max_te_bp} bp",
        )
        for name, over, limit in _risks(case, books)
        if limit.price is None and over > TOLERANCE
    ]


def risk_charge(case: Case, books: Books) -> float:
    """Return what missed soft caps on risk cost, fraction of base."""
    return sum(
        limit.price * max(over, 0.0)
        for _, over, limit in _risks(case, books)
        if limit.price is not None
    )


def check_concentration(case: Case, books: Books) -> list[str]:
    """Largest weights and active share are within their limits."""
    wanted, scale = case.policy.concentration, float(books.nav / books.base)
    active, known = active_weights(case, books), set(case.risk.symbols)
    weights = [
        weight
        for symbol, weight in books.weights_after.items()
        if symbol in known and symbol not in wanted.top_exclude
    ]
    wrong = []
    if wanted.top_maximum is not None:
        found, most = sum(sorted(weights)[-wanted.top :]), wanted.top_maximum * scale
        if found > most + TOLERANCE:
            text = f"{found!r} in the {wanted.top} largest positions"
            wrong.append(case.says(text, f"at most {most!r}"))
    if wanted.active_share is not None:
        found = sum(abs(weight) for weight in active.values()) / 2
        most = wanted.active_share * scale
        if found > most + TOLERANCE:
            wrong.append(case.says(f"active share {found!r}", f"at most {most!r}"))
    return wrong
