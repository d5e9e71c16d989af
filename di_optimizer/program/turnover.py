# SPDX-License-Identifier: Apache-2.0
"""How much may be traded: turnover as a row, volume as limits of each security."""

from __future__ import annotations

from collections.abc import Sequence

from di_optimizer.program.draft import Draft
from di_optimizer.program.program import Program, Row


def turnover_rows(draft: Draft) -> Sequence[Row]:
    """Return the row of ``turnover.maximum``, or none."""
    return ()


def within_volume(draft: Draft) -> Program:
    """Return the program with weights limited by ``turnover.adv``."""
    return draft.program
