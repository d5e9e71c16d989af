# SPDX-License-Identifier: Apache-2.0
"""Prices of scores, drift and future taxes, in what the program prices already."""

from __future__ import annotations

from di_optimizer.program.draft import Draft
from di_optimizer.program.program import Program


def with_preferences(draft: Draft) -> Program:
    """Return the program with the prices of ``scores``, ``drift`` and ``future``."""
    return draft.program
