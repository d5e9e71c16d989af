# SPDX-License-Identifier: Apache-2.0
"""Without a plan: whether that is proven, and which limits are in conflict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Program
from di_optimizer.solve.ceiling import costliest
from di_optimizer.solve.conflicts import find_conflicts, mode_conflicts
from di_optimizer.solve.pieces import at_flat_rates
from di_optimizer.solve.reach import (
    cap_conflict,
    least_tax,
    least_variance,
    limits_tax,
    proven_error,
    tax_conflict,
)
from di_optimizer.solve.solution import Conflict, Solution, Status

Solve = Callable[[Program], Solution]


def explained(program: Program, found: Solution, solve: Solve) -> Solution:
    """Return a solution without a plan as infeasible where that is proven.

    A linear program proves it of linear limits, the least variance of the cap, the
    least bill of the limit on it; and the leaves do where their bound is above what
    any plan can cost.
    """
    conflicts = _conflicts(program, solve)
    if conflicts:
        return replace(found, status=Status.INFEASIBLE, conflicts=conflicts)
    if found.bound is not None and found.bound > costliest(program):
        return replace(
            found,
            status=Status.INFEASIBLE,
            message="the search over sides and modes proves that no plan exists",
        )
    return found


def _conflicts(program: Program, solve: Solve) -> tuple[Conflict, ...]:
    flat = at_flat_rates(program)
    conflicts = find_conflicts(flat) or mode_conflicts(flat)
    if conflicts:
        return conflicts
    if np.isfinite(program.variance_cap):
        free = least_variance(program)
        missing = proven_error(free, solve(free)) - float(np.sqrt(program.variance_cap))
        if missing > 0.0:
            return (cap_conflict(missing),)
    netting = program.netting
    if netting is not None and limits_tax(program):
        bound = solve(least_tax(program)).bound
        if bound is not None and bound > netting.cap:
            return (tax_conflict(bound - netting.cap),)
    return ()
