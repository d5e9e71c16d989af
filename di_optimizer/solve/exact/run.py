# SPDX-License-Identifier: Apache-2.0
"""How SCIP is run, and what its endings mean."""

from __future__ import annotations

from pyscipopt import Model as Scip

from di_optimizer.solve.exact.units import BP
from di_optimizer.solve.solution import Settings, Status

MEMORY = 4096  # MB
SHARE = 0.9  # of the gap that is wanted; clean-up moves objectives by a rounding
UNKNOWN = 1e19  # SCIP's infinity is 1e20

PARAMETERS: dict[str, bool | int | float] = {
    "parallel/maxnthreads": 1,
    "lp/threads": 1,
    "randomization/randomseedshift": 0,
    "timing/clocktype": 2,  # wall clock, as the limit is meant
    "limits/memory": MEMORY,
    "limits/gap": 0.0,
    # Ipopt in the published wheels can abort the process (METIS within MUMPS)
    "nlp/disable": True,
    # These cost more than they find on index-sized accounts: RENS alone took most of
    # a minute, while plans at the relaxation's leaning come at every node
    "propagating/obbt/freq": -1,
    "heuristics/alns/freq": -1,
    "heuristics/feaspump/freq": -1,
    "heuristics/rens/freq": -1,
    # The cones are cut off at the root, all of them
    "separating/maxcutsroot": 10_000,
}

ENDINGS = {
    "optimal": Status.SOLVED,
    "gaplimit": Status.SOLVED,
    "timelimit": Status.TIME,
    "memlimit": Status.LIMIT,
    "nodelimit": Status.LIMIT,
    "infeasible": Status.INFEASIBLE,
}


def configure(scip: Scip, settings: Settings, spent: float) -> None:
    """Set SCIP's limits and parameters; ``spent`` seconds are gone already."""
    scip.hideOutput()
    for name, value in PARAMETERS.items():
        scip.setParam(name, value)
    scip.setParam("limits/absgap", SHARE * settings.gap * BP)
    if settings.seconds is not None:
        scip.setParam("limits/time", max(settings.seconds - spent, 0.0))


def ending(scip: Scip) -> Status:
    """Return what SCIP's own status means; one that is not listed is a failure."""
    return ENDINGS.get(str(scip.getStatus()), Status.FAILED)


def bound_of(scip: Scip) -> float | None:
    """Return SCIP's dual bound, fraction of base; None where it has none."""
    bound = float(scip.getDualbound())
    return bound / BP if abs(bound) < UNKNOWN else None
