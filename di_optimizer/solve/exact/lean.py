# SPDX-License-Identifier: Apache-2.0
"""A heuristic for SCIP: what the relaxation leans to, solved as a convex problem.

SCIP's own heuristics take most of a minute on an index-sized account to find a first
plan; the relaxation is so close to the program that its leaning is a good one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyscipopt.scip import PY_SCIP_HEURTIMING, PY_SCIP_RESULT, Heur

from di_optimizer.program.program import Program
from di_optimizer.solve.exact.ends import ends_of
from di_optimizer.solve.exact.model import Model
from di_optimizer.solve.exact.picked import Picked, picked
from di_optimizer.solve.exact.polish import polished
from di_optimizer.solve.exact.rounded import rounded
from di_optimizer.solve.exact.sized import is_sized
from di_optimizer.solve.exact.start import place


class Lean(Heur):
    """Fixes every choice to the larger share, at every node, and offers the plan."""

    def __init__(self, program: Program, model: Model) -> None:
        self.work: tuple[Program, Model] | None = (program, model)
        self.calls = 0
        self.tried: set[tuple[bytes, bytes, bytes, int]] = set()

    def heurexec(self, heurtiming: int, nodeinfeasible: bool) -> dict[str, int]:  # noqa: ARG002
        """Run at a node; SCIP calls this."""
        if self.work is None or nodeinfeasible:
            return {"result": PY_SCIP_RESULT.DIDNOTRUN}
        program, model = self.work
        lean = picked(program, model, None)
        near = ends_of(program, model.cells, lean)[0]
        key = (lean.modes.tobytes(), lean.cell.tobytes(), near.tobytes(), lean.piece)
        if key in self.tried:
            return {"result": PY_SCIP_RESULT.DIDNOTRUN}
        self.tried.add(key)
        self.calls += 1
        if is_sized(program) and self._waits(model):
            return {"result": PY_SCIP_RESULT.DIDNOTRUN}
        if is_sized(program):
            lean = rounded(program, model.cells, lean)
        found = self._try(program, model, lean)
        return {
            "result": PY_SCIP_RESULT.FOUNDSOL if found else PY_SCIP_RESULT.DIDNOTFIND
        }

    def _waits(self, model: Model) -> bool:
        """Whether to leave out a point: at the root all but the 1st, 2nd, 4th, ..."""
        return model.scip.getNNodes() <= 1 and self.calls & (self.calls - 1) > 0

    def _try(self, program: Program, model: Model, lean: Picked) -> bool:
        plan, _ = polished(program, model.cells, lean)
        if plan is None:
            return False
        point = model.scip.createOrigSol(self)  # presolve may replace variables
        place(model, program, (plan.buys, plan.sells), lean.cell, point)
        return bool(model.scip.trySol(point, printreason=False))


@contextmanager
def leaning(program: Program, model: Model) -> Iterator[Lean]:
    """Give SCIP the heuristic; SCIP keeps it, so that its reference back is cut."""
    heuristic = Lean(program, model)
    timing = PY_SCIP_HEURTIMING.AFTERLPNODE
    if is_sized(program):  # rounding needs no good relaxation, and SCIP a plan
        timing |= PY_SCIP_HEURTIMING.DURINGLPLOOP
    model.scip.includeHeur(
        heuristic,
        "lean",
        "convex problem at the relaxation's leaning",
        "Z",
        timingmask=timing,
    )
    try:
        yield heuristic
    finally:
        heuristic.work = None
