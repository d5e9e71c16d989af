# SPDX-License-Identifier: Apache-2.0
"""What limits, prices and curbs are made from: a job and its program so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from di_optimizer.program.job import Job
from di_optimizer.program.lot_rules import LotView
from di_optimizer.program.program import Program
from di_optimizer.universe import Universe


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A program before its sizes, groups and soft limits.

    ``scale`` is NAV / base: limits of policy are fractions of NAV, the program's of
    base. ``views`` are the lots in program order.
    """

    job: Job
    universe: Universe
    program: Program
    views: Sequence[LotView]
    nav: Decimal
    base: Decimal
    scale: float
