# SPDX-License-Identifier: Apache-2.0
"""Limits on totals as rows: sectors, countries, issuers, factors, beta, attributes."""

from __future__ import annotations

from collections.abc import Sequence

from di_optimizer.program.draft import Draft
from di_optimizer.program.program import Row


def total_rows(draft: Draft) -> Sequence[Row]:
    """Return the rows of ``policy.limits`` and of restrictions on totals."""
    return ()
