# SPDX-License-Identifier: Apache-2.0
"""A linear part of terms of one's own, moved into the costs of the program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.own_terms.values import Tilt
from di_optimizer.program.program import Program


def with_tilt(program: Program, tilt: Tilt | None) -> Program:
    """Return the program with a linear part of its own terms among its costs.

    The objective of every plan stays what it is; what is left of the terms is no
    more below zero, so that a bound that knows nothing of them is one with them.
    """
    if tilt is None or program.own is None or not np.isfinite(tilt.constant):
        return program
    buys = np.concatenate([tilt.buys, np.zeros(len(program.slacks))])
    charge = np.zeros(program.n) if program.buy_charge is None else program.buy_charge
    lots = program.lots
    return replace(
        program,
        buy_cost=program.buy_cost + buys,
        buy_charge=charge + buys,
        lots=replace(lots, charge=lots.charge + tilt.sells),
        constant=program.constant + tilt.constant,
        own=program.own.tilted(tilt),
    )
