# SPDX-License-Identifier: Apache-2.0
"""Whether what a solution says about itself is true, checked from the program alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, Program, at_modes
from di_optimizer.solve.proof import prove
from di_optimizer.solve.solution import Solution, Status
from support.plain import misses

LIMIT = 1e-9  # fraction of base; by which rows may be missed
PLANS = (Status.SOLVED, Status.LIMIT, Status.TIME)


def check(program: Program, found: Solution, gap: float) -> None:
    """The leaves prove the bound, the plan is allowed and costs what is said."""
    if found.status is Status.INFEASIBLE:
        assert found.buys is None
        return
    check_bound(program, found)
    if found.buys is None:
        assert found.status is Status.NO_PLAN
        return
    assert found.status in PLANS
    assert found.bound is not None
    value = program.objective(found.buys, found.sells)
    assert found.objective == pytest.approx(
        value, rel=1e-14, abs=1e-16
    )  # order of sums
    assert found.bound <= found.objective
    assert (found.objective - found.bound <= gap) is (found.status is Status.SOLVED)
    check_plan(program, found)


def check_bound(program: Program, found: Solution) -> None:
    """Leaves cover all plans and prove the bound, but for what rounding may take.

    The checker gives up what float64 may have rounded, which grows with multipliers.
    """
    assert found.bound is not None
    proof = prove(program, found.leaves)
    assert proof.complete
    assert proof.bound > -np.inf
    proven = (
        proof.bound if found.objective is None else min(proof.bound, found.objective)
    )
    if np.isinf(found.bound):
        assert proven == found.bound
        return
    assert proven <= found.bound + 1e-10 * max(1.0, abs(found.bound))
    most = max(rate_of(found), 1.0)
    assert proven >= found.bound - 1e-10 * max(1.0, abs(found.bound)) - 1e-12 * most


def rate_of(found: Solution) -> float:
    """Return the largest multiplier of a row on any leaf."""
    sizes = [np.abs(leaf.rows).max(initial=0.0) for leaf in found.leaves]
    sizes += [np.abs(leaf.piece_rows).max(initial=0.0) for leaf in found.leaves]
    return float(max(sizes, default=0.0))


def check_plan(program: Program, found: Solution) -> None:
    """Sizes are allowed at the plan's modes, and every limit is kept."""
    assert found.buys is not None
    assert found.sells is not None
    assert found.modes is not None
    fixed = at_modes(program, found.modes)
    assert of_allowed_size(fixed, found.buys, found.sells).all()
    for row in program.rows:
        value = program.row_value(row, found.buys, found.sells)
        assert row.lower - LIMIT <= value <= row.upper + LIMIT, row.name
    missed = misses(replace(program, rows=()), found)
    assert all(miss <= LIMIT for miss in missed.values()), missed


def after(program: Program, found: Solution) -> Floats:
    """Return the weights of a plan, which has to be there."""
    assert found.buys is not None
    assert found.sells is not None
    return program.after(found.buys, found.sells)
