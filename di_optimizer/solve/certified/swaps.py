# SPDX-License-Identifier: Apache-2.0
"""What it would cost to change the kind of one trade, or of two, to second order.

At a plan, some weights are loose: they give way when another one is moved. With the
multipliers of the plan's rows, moving security j by t costs rⱼt + ½sⱼt² and moves the
loose ones by w·t; forcing a loose one by δ costs δ²/2N. All of it follows from the
inverse of the loose part of the Hessian, which is diagonal plus factors (Woodbury).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.certified.plans import Plan
from di_optimizer.solve.certified.relaxation import Relaxation

LEAST = 1e-6  # least specific variance that counts; below it, weights are free


@dataclass(frozen=True)
class Give:
    """How loose weights give way.

    Attributes
    ----------
    loose : (l,)
        Securities.
    stiff : (n,)
        s: curvature of moving each security, the loose ones giving way; of a loose
        one, 1/N: of forcing it.
    moved : (l, n)
        By how much the loose ones move when another one moves by one.
    """

    loose: Ints
    stiff: Floats
    moved: Floats


def give_of(relaxation: Relaxation, plan: Plan, slopes: Floats) -> Give:
    """Return how a plan's loose weights give way; ``slopes`` (n, m) of binding rows."""
    program = relaxation.program
    assert plan.loose is not None
    loose = np.flatnonzero(plan.loose)
    scale = 2.0 * max(program.gamma + plan.risk, LEAST)
    d = np.maximum(program.specific, LEAST)
    own, f, a = d[loose], program.exposures, slopes
    inner = f[loose] / own[:, None]
    core = np.linalg.inv(np.eye(f.shape[1]) + f[loose].T @ inner)
    moved = -inner @ (core @ f.T)  # (l, n), no rows yet
    stiff = scale * (d + np.einsum("ij,jk,ik->i", f, core, f))
    inverse = (1.0 / own - np.einsum("ij,jk,ik->i", inner, core, inner)) / scale
    if a.shape[1] and len(loose):
        pull = (a[loose] / own[:, None] - inner @ (core @ (inner.T @ a[loose]))) / scale
        weight = np.linalg.pinv(a[loose].T @ pull)
        missed = a + moved.T @ a[loose]  # (n, m): what the rows still lack
        moved = moved - pull @ (weight @ missed.T)
        stiff = stiff + np.einsum("im,mk,ik->i", missed, weight, missed)
        inverse = inverse - np.einsum("im,mk,ik->i", pull, weight, pull)
    stiff[loose] = 1.0 / np.maximum(inverse, 1e-12)
    return Give(loose=loose, stiff=stiff, moved=moved)
