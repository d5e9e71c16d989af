# SPDX-License-Identifier: Apache-2.0
"""Claimed figures and certificate against recomputed figures."""

from __future__ import annotations

import math
from dataclasses import fields
from decimal import Decimal

from di_optimizer.trades import Figures
from di_optimizer.verify.case import Case, Claims
from di_optimizer.verify.trade_checks import differs

CLOSE = 1e-9  # fractions of base, tracking errors
BOUND_SLACK = 1e-12  # a bound may touch the objective, up to float noise


def far(found: float, due: float) -> bool:
    """Return whether two numbers differ; what is not a number always does."""
    return not abs(found - due) <= CLOSE


def check_figures(case: Case, claimed: Figures, due: Figures) -> list[str]:
    """Every figure agrees: money to the cent, fractions to 1e-9."""
    wrong = []
    for name in (f.name for f in fields(Figures)):
        found, right = getattr(claimed, name), getattr(due, name)
        money = isinstance(right, Decimal)
        if differs(found, right) if money else far(found, right):
            wrong.append(case.says(f"{name} {found}", f"{right}"))
    return wrong


def check_objective(
    case: Case, claimed: Figures, claims: Claims, due: Figures
) -> list[str]:
    """Figures and certificate both state the recomputed objective."""
    objectives = {"figures": claimed.objective, "certificate": claims.objective}
    return [
        case.says(f"objective {objective!r} in the {name}", f"{due.objective!r}")
        for name, objective in objectives.items()
        if far(objective, due.objective)
    ]


def check_bound(case: Case, claims: Claims, due: Figures) -> list[str]:
    """No bound is above the objective or not a number."""
    bound = claims.bound
    if bound is None:
        return []
    if math.isfinite(bound) and bound <= due.objective + BOUND_SLACK:
        return []
    allowed = f"a number up to the objective {due.objective!r}"
    return [case.says(f"bound {bound!r}", allowed)]
