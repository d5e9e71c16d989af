# SPDX-License-Identifier: Apache-2.0
"""What a plan says of prices of preferences: blanks, and settings that do nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from di_optimizer.policy import Policy
from di_optimizer.program.job import Built, Job
from di_optimizer.program.scores import numbers_of


def preference_notes(job: Job, built: Built) -> tuple[str, ...]:
    """Return what there is to say about scores, drift and thresholds."""
    return (*_blanks(job, built), *_idle(job.policy))


def _blanks(job: Job, built: Built) -> Iterator[str]:
    """Say how many securities a score has no number of."""
    symbols = built.universe.symbols
    for number, score in enumerate(job.policy.scores, start=1):
        column = numbers_of(job.market, symbols, score.column)
        blank = int(np.isnan(column).sum())
        if blank:
            verb = "is" if blank == 1 else "are"
            yield (
                f"scores[{number}] ({score.column}): {blank} of {len(symbols)} "
                f"securities {verb} blank there and count as 0."
            )


def _idle(policy: Policy) -> Iterator[str]:
    """Name settings that change nothing beside the others."""
    drift, worth = policy.drift, policy.worth
    if policy.tracking.gamma == 0.0 and (drift.factor != 1.0 or drift.specific != 1.0):
        yield "drift.factor and drift.specific are parts of tracking.gamma, which is 0."
    if worth.buy_bp > 0.0 and worth.trade_bp == 0.0 and worth.sell_bp == 0.0:
        yield "worth.buy_bp was not asked: worth.trade_bp and worth.sell_bp are 0."
