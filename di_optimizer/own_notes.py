# SPDX-License-Identifier: Apache-2.0
"""What a plan says of terms of the account's own, and their part in its bound."""

from __future__ import annotations

from dataclasses import replace

from di_optimizer.orders.sizing import Weights
from di_optimizer.own_terms.values import SETTING
from di_optimizer.program.job import Built, Job
from di_optimizer.program.tilt import with_tilt
from di_optimizer.solve.solution import Solution
from di_optimizer.trades import Figures

BP = 1e4


def tilted(built: Built, solution: Solution) -> Built:
    """Return what was built with the linear part of its own terms among its costs."""
    return replace(built, program=with_tilt(built.program, solution.tilt))


def below(built: Built, weights: Weights) -> float:
    """Return what is left of terms after their linear part, where that is below 0.

    As much as sized trades miss a constraint at its price: a bound has to be lower.
    """
    return min(built.program.own_value(weights.buys, weights.sells), 0.0)


def own_notes(job: Job, built: Built, figures: Figures) -> tuple[str, ...]:
    """Name the terms, what they add to the objective, and how many constraints hold."""
    if not job.policy.terms:
        return ()
    own, named = built.program.own, ", ".join(job.policy.terms)
    rows = [row for row in built.program.rows if row.name.startswith(SETTING)]
    held = len(rows) + (0 if own is None else len(own.names))
    return (
        f"Terms of your own ({named}) add {figures.own_term * BP:.2f} bp to the "
        f"objective; limits of theirs that hold: {held}.",
    )
