# SPDX-License-Identifier: Apache-2.0
"""Without a plan: whether that is proven, and which limits are in conflict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Program
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


def costliest(program: Program) -> float:
    """Return a number that no plan's objective exceeds, fraction of base."""
    lots = program.lots
    sold = np.bincount(lots.security, weights=lots.cap, minlength=program.n)
    bought = np.maximum(program.upper - program.held, 0.0)
    far = np.maximum(
        np.abs(program.held + bought - program.benchmark),
        np.abs(program.held - sold - program.benchmark),
    )
    factor = np.abs(program.exposures).T @ far
    total = program.gamma * float(factor @ factor + program.specific @ far**2)
    total += float(np.abs(program.buy_cost) @ bought)
    rates = np.abs(lots.rate)
    netting = program.netting
    if netting is not None:
        top = max(max(abs(p.short_rate), abs(p.long_rate)) for p in netting.pieces)
        rates = np.full(len(lots), top * netting.weight)
        start = abs(netting.short) + abs(netting.long)
        fixed = max(abs(p.constant) for p in netting.pieces) + abs(netting.before)
        total += netting.weight * (2.0 * top * start + fixed)
    gains = np.abs(lots.gain)
    for group in program.groups:
        for mode in group.modes:
            gains[group.lots] = np.maximum(gains[group.lots], np.abs(mode.gain))
            total += abs(mode.constant)
            charged = np.abs(mode.buy_charge) @ bought[group.securities]
            total += float(charged + np.abs(mode.sell_charge) @ lots.cap[group.lots])
    unit = rates * gains + np.abs(lots.sell_cost) + np.abs(lots.charge)
    most = np.maximum(lots.cap, lots.weight)
    if program.sizes is not None:
        total += float(np.abs(program.sizes.ticket).sum())
    return total + float(unit @ most) + abs(program.constant)
