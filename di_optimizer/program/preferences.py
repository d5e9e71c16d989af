# SPDX-License-Identifier: Apache-2.0
"""Prices of scores, drift and future taxes, in what the program prices already."""

from __future__ import annotations

from di_optimizer.errors import InputError
from di_optimizer.program.aversion import at_gamma, unknown_factors, with_a_factor
from di_optimizer.program.draft import Draft
from di_optimizer.program.program import Program
from di_optimizer.program.scores import scored, unpriceable, with_later_tax


def with_preferences(draft: Draft) -> Program:
    """Return the program with the prices of ``scores``, ``drift`` and ``future``.

    Raises
    ------
    InputError
        With every column and every factor that a price cannot be put on.
    """
    problems = [*unpriceable(draft.job), *unknown_factors(draft.job)]
    if problems:
        raise InputError(problems)
    program = with_later_tax(draft, scored(draft, draft.program))
    gamma = draft.job.policy.tracking.gamma
    return with_a_factor(at_gamma(draft.job, draft.universe, program, gamma))
