# SPDX-License-Identifier: Apache-2.0
"""Claimed figures and certificate against recomputed figures."""

from __future__ import annotations

import math
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction

from di_optimizer.trades import Figures
from di_optimizer.verify.case import Case, Claims, nearest_cent
from di_optimizer.verify.trade_checks import differs

CLOSE = 1e-9  # fractions of base, tracking errors
BALANCES = {"nav", "base", "flow", "cash_before", "cash_after"}
BOUND_SLACK = 1e-12  # a bound may touch the objective, up to float noise


def far(found: float, due: float) -> bool:
    """Return whether two numbers differ; what is not a number always does."""
    return not abs(found - due) <= CLOSE


def check_figures(case: Case, claimed: Figures, due: Figures) -> list[str]:
    """Every figure agrees: money to the cent, fractions to 1e-9.

    Balances may carry parts of a cent (shares × price); what the plan realises
    may not.
    """
    wrong = []
    for name in (f.name for f in fields(Figures)):
        found, right = getattr(claimed, name), getattr(due, name)
        if found is None or right is None:
            bad = found is not right
        elif not isinstance(right, Decimal):
            bad = far(found, right)
        elif name in BALANCES and found.is_finite():
            bad = nearest_cent(Fraction(found)) != right
        else:
            bad = differs(found, right)
        if bad:
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
