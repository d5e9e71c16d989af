# SPDX-License-Identifier: Apache-2.0
"""More than any plan can cost: a bound above it proves that there is none."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Program


def costliest(program: Program) -> float:
    """Return a number that no plan's objective exceeds, fraction of base."""
    lots = program.lots
    sold = np.bincount(lots.security, weights=lots.cap, minlength=program.n)
    bought = np.maximum(program.upper - program.held, 0.0)
    far = np.maximum(
        np.abs(program.held + bought - program.benchmark),
        np.abs(program.held - sold - program.benchmark),
    )
    factor = np.abs(program.exposures).T @ far
    total = program.gamma * float(factor @ factor + program.specific @ far**2)
    total += float(np.abs(program.buy_cost) @ bought)
    rates = np.abs(lots.rate)
    netting = program.netting
    if netting is not None:
        top = max(max(abs(p.short_rate), abs(p.long_rate)) for p in netting.pieces)
        rates = np.full(len(lots), top * netting.weight)
        start = abs(netting.short) + abs(netting.long)
        fixed = max(abs(p.constant) for p in netting.pieces) + abs(netting.before)
        total += netting.weight * (2.0 * top * start + fixed)
    gains = np.abs(lots.gain)
    for group in program.groups:
        for mode in group.modes:
            gains[group.lots] = np.maximum(gains[group.lots], np.abs(mode.gain))
            total += abs(mode.constant)
            charged = np.abs(mode.buy_charge) @ bought[group.securities]
            total += float(charged + np.abs(mode.sell_charge) @ lots.cap[group.lots])
    unit = rates * gains + np.abs(lots.sell_cost) + np.abs(lots.charge)
    most = np.maximum(lots.cap, lots.weight)
    if program.sizes is not None:
        total += float(np.abs(program.sizes.ticket).sum())
    return total + float(unit @ most) + abs(program.constant)
