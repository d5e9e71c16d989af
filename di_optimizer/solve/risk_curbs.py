# SPDX-License-Identifier: Apache-2.0
"""Limits on risk as prices: what no plan within the limit pays for.

At any price of the squared risk beyond its limit the problem is one that every engine
knows, with more factors and more specific variance, and what is proven there is a
bound. Rows alone bound less where purchases and sales are not convex.

Reference: Geoffrion (1974), Lagrangean relaxation for integer programming.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.curbs import Curb, RiskCurb
from di_optimizer.program.program import Floats, Program


def is_risk(curb: Curb) -> bool:
    """Return whether a curb is a hard limit on risk above 0."""
    return isinstance(curb, RiskCurb) and np.isinf(curb.price) and curb.limit > 0.0


def at_price(program: Program, curb: RiskCurb, price: float) -> Program:
    """Return the program with a price on a risk's square beyond the limit's, years."""
    unit = program.gamma if program.gamma > 0.0 else 1.0
    own = np.sqrt(program.gamma / unit) * program.exposures
    specific = program.gamma / unit * program.specific + price / unit * curb.specific**2
    return replace(
        program,
        gamma=unit,
        exposures=_joined(own, curb.exposures, price / unit),
        specific=specific,
        constant=program.constant - price * curb.limit**2,
    )


def _joined(own: Floats, other: Floats, price: float) -> Floats:
    """Return exposures whose squares are those of one, and a price times another's.

    No more columns where the two are the same but for a factor.
    """
    size = float((own * own).sum())
    if own.shape == other.shape and size > 0.0:
        ratio = float((own * other).sum()) / size
        if np.allclose(other, ratio * own, rtol=1e-9, atol=1e-14):
            found: Floats = own * np.sqrt(1.0 + price * ratio**2)
            return found
    used = np.flatnonzero(np.any(other != 0.0, axis=0))
    return np.hstack([own, np.sqrt(price) * other[:, used]])
