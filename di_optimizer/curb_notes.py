# SPDX-License-Identifier: Apache-2.0
"""What a plan says of limits on risk, largest positions and active share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from di_optimizer.orders.sizing import Weights
from di_optimizer.program.curbs import Curb, RiskCurb
from di_optimizer.program.job import Built
from di_optimizer.program.program import MAX_TE

BP = 1e4
BINDING = 2e-3  # of the limit: a value this close to it is on it
WORTH_SAYING = 1e-6  # weight or tracking error


def curb_notes(built: Built, weights: Weights) -> Iterator[str]:
    """Yield the notes on curbs that bind or, at their price, are missed."""
    program = built.program
    after = program.after(weights.buys, weights.sells)
    for curb in program.curbs:
        value = curb.value(after)
        if curb.name == MAX_TE:
            continue  # what a cap on tracking error did is said elsewhere
        if np.isfinite(curb.price) and value - curb.limit > WORTH_SAYING:
            over = value - curb.limit
            yield (
                f"{curb.name} is missed by {_shown(curb, over)}: it is "
                f"{_shown(curb, value)}, which costs {curb.price * over * BP:.2f} bp."
            )
        elif value >= curb.limit * (1.0 - BINDING):
            yield f"{curb.name} binds: it is {_shown(curb, value)}."


def _shown(curb: Curb, value: float) -> str:
    """Return a value in the unit of its curb."""
    if isinstance(curb, RiskCurb):
        return f"{value * BP:.2f} bp of tracking error"
    return f"{value:.4%}"
