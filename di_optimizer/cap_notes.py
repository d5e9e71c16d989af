# SPDX-License-Identifier: Apache-2.0
"""What a plan says of the cap on its tracking error: met, binding or out of reach."""

from __future__ import annotations

from dataclasses import dataclass

from di_optimizer.program.job import Built, Job
from di_optimizer.program.program import MAX_TE
from di_optimizer.trades import Figures

BP = 1e4
SAME = 1e-9  # fraction of base: tracking errors this close are the same
NEAR = 1e-3  # of the cap: within this it is what holds the plan back


@dataclass(frozen=True, kw_only=True)
class CapFacts:
    """What the engine found out about the cap on tracking error.

    Attributes
    ----------
    least : float or None
        Where the cap cannot be met: no plan within the other limits has less
        tracking error than this, annualised.
    risk : float
        Price of variance at which the cap costs nothing more, years; 0 where the
        cap does not bind.
    """

    least: float | None = None
    risk: float = 0.0


def te_cap(job: Job, built: Built) -> float | None:
    """Return the cap that policy sets, annualised fraction of base; None for none."""
    most = job.policy.tracking.max_te_bp
    if most is None:
        return None
    return most / BP * max(float(built.nav / built.base), 0.0)


def te_over_cap(job: Job, built: Built, figures: Figures) -> float:
    """Return the tracking error above the cap after trading; 0 within it."""
    cap = te_cap(job, built)
    over = 0.0 if cap is None else figures.te_after - cap
    return over if over > SAME else 0.0


def cap_notes(
    job: Job, built: Built, figures: Figures, facts: CapFacts
) -> tuple[str, ...]:
    """Return what there is to say about the cap on tracking error."""
    cap = te_cap(job, built)
    if cap is None:
        return ()
    name, after = f"{MAX_TE} {cap * BP:g}", figures.te_after * BP
    if facts.least is not None:
        return (
            f"{name} cannot be met: within the other limits no plan is below "
            f"{facts.least * BP:.2f} bp; this one comes close with {after:.2f} bp.",
        )
    if over := te_over_cap(job, built, figures):
        return (
            f"{name} is exceeded by {over * BP:.2f} bp: no tradable sizes were found "
            "within it.",
        )
    if facts.risk > 0.0 and figures.te_after >= cap * (1.0 - NEAR):
        price = 2.0 * facts.risk * figures.te_after
        return (
            f"{name} binds: one bp more of tracking error is worth about "
            f"{price:.3f} bp of NAV.",
        )
    return ()
