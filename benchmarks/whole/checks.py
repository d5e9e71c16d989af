# SPDX-License-Identifier: Apache-2.0
"""Every plan is looked at again, whatever engine it is from: sizes, rows, objective."""

from __future__ import annotations

import numpy as np

from benchmarks.engines.measure import BP, Record
from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, Ints, Program, at_modes
from di_optimizer.program.sizes import HOLD
from di_optimizer.solve.reference.purify import FEASIBLE, missed
from di_optimizer.solve.solution import Solution

SAME = 1e-9  # fraction of base; objectives further apart are different ones


def faults(program: Program, solution: Solution) -> list[str]:
    """Return what is wrong with a solution's plan; nothing without a plan."""
    buys, sells = solution.buys, solution.sells
    if buys is None or sells is None:
        return []
    found = [*_trades(program, buys, sells)]
    chosen = _at(program, solution.modes)
    odd = np.flatnonzero(~of_allowed_size(chosen, buys, sells))
    if len(odd):
        found.append(f"{len(odd)} securities off their allowed sizes")
    miss = missed(program, buys, sells)
    if miss > FEASIBLE:
        found.append(f"limits missed by {miss:.3g} of base")
    lots = chosen.lots
    beyond = float(np.max(np.maximum(lots.floor - sells, sells - lots.cap), initial=0))
    if beyond > FEASIBLE:
        found.append(f"lots outside floor or cap by {beyond:.3g} of base")
    return found + _objective(program, solution, buys, sells)


def _trades(program: Program, buys: Floats, sells: Floats) -> list[str]:
    """Return whether anything is negative, or bought and sold at once."""
    sold = np.bincount(program.lots.security, weights=sells, minlength=program.n)
    found = []
    if np.any(buys < 0.0) or np.any(sells < 0.0):
        found.append("negative trades")
    if np.any((buys > 0.0) & (sold > 0.0)):
        found.append("bought and sold at once")
    return found


def _at(program: Program, modes: Ints | None) -> Program:
    return at_modes(program, modes) if program.groups and modes is not None else program


def _objective(
    program: Program, solution: Solution, buys: Floats, sells: Floats
) -> list[str]:
    own, found = program.objective(buys, sells), []
    if solution.objective is None or abs(solution.objective - own) > SAME:
        found.append(f"objective {solution.objective}, where it is {own}")
    if solution.bound is not None and solution.bound > own + SAME:
        found.append(f"bound {solution.bound} above the objective {own}")
    return found


def described(program: Program, solution: Solution) -> Record:
    """Return what is recorded of a plan besides status and bound; values in bp.

    ``te_bp`` is the tracking error, ``risk_bp`` what the objective charges for it.
    """
    buys, sells = solution.buys, solution.sells
    if buys is None or sells is None:
        return {"faults": []}
    variance = program.variance(buys, sells)
    return {
        "faults": faults(program, solution),
        "te_bp": float(np.sqrt(variance)) * BP,
        "risk_bp": program.gamma * variance * BP,
        "names": int(np.count_nonzero(program.is_held(buys, sells))),
        "trades": int(np.count_nonzero(program.kinds(buys, sells) != HOLD)),
        "cash": float(program.row_value(program.rows[0], buys, sells)),
    }
