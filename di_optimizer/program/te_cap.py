# SPDX-License-Identifier: Apache-2.0
"""The cap on tracking error: on the variance that is priced, or a curb of its own.

Where the objective prices something else than tracking variance, the program's F and
d are no measure of it, and the cap is a curb of the true ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.curbs import Curb, RiskCurb
from di_optimizer.program.program import MAX_TE, Program


def te_cap(program: Program) -> float:
    """Return the most tracking error of a program, annualised; inf for no cap."""
    limits = [curb.limit for curb in program.curbs if curb.name == MAX_TE]
    return min([float(np.sqrt(program.variance_cap)), *limits])


def with_te_cap(program: Program, most: float) -> Program:
    """Return the program with another cap on tracking error; inf for none.

    Parameters
    ----------
    most : float
        Annualised, fraction of base.
    """
    measure = program.measure
    if measure is None:
        return replace(program, variance_cap=most**2)
    others = tuple(curb for curb in program.curbs if curb.name != MAX_TE)
    own: tuple[Curb, ...] = ()
    if np.isfinite(most):
        curb = RiskCurb(
            name=MAX_TE,
            exposures=measure.exposures,
            specific=np.sqrt(measure.specific),
            benchmark=program.benchmark,
            limit=most,
        )
        own = (curb,)
    return replace(program, curbs=(*others, *own), variance_cap=np.inf)
