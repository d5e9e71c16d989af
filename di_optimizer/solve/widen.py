# SPDX-License-Identifier: Apache-2.0
"""Limits moved out as far as one plan needs, so that a bound covers that plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.groups import Group, Mode
from di_optimizer.program.netting import Netting
from di_optimizer.program.program import Floats, Program


def widened(program: Program, buys: Floats, sells: Floats) -> Program:
    """Return the program with every limit moved out as far as one plan needs.

    Whole shares and cents can put a sized plan outside a limit by a little. The
    dual function of the widened program bounds all plans that stay as close to the
    limits as this one, itself included. Of each group, the mode that fits best is
    widened.

    Parameters
    ----------
    buys : (n,)
    sells : (lots,)
    """
    after = program.after(buys, sells)
    rows = []
    for row in program.rows:
        value = program.row_value(row, buys, sells)
        low, high = min(row.lower, value), max(row.upper, value)
        rows.append(replace(row, lower=low, upper=high))
    lots = replace(
        program.lots,
        floor=np.minimum(program.lots.floor, sells),
        cap=np.maximum(program.lots.cap, sells),
    )
    return replace(
        program,
        lower=np.minimum(program.lower, after),
        upper=np.maximum(program.upper, after),
        lots=lots,
        rows=tuple(rows),
        netting=_wide_bill(program, buys, sells),
        variance_cap=max(program.variance_cap, program.variance(buys, sells)),
        groups=tuple(_wide_group(group, buys, sells) for group in program.groups),
    )


def _wide_bill(program: Program, buys: Floats, sells: Floats) -> Netting | None:
    netting = program.netting
    if netting is None:
        return None
    bill = netting.bill(*program.realised(buys, sells))
    return replace(netting, cap=max(netting.cap, bill))


def _wide_group(group: Group, buys: Floats, sells: Floats) -> Group:
    bought, sold = buys[group.securities], sells[group.lots]
    misses = [misfit(mode, bought, sold) for mode in group.modes]
    best = int(np.argmin(misses))
    if misses[best] == 0.0:
        return group
    mode = group.modes[best]
    wide = replace(
        mode,
        buys=mode.buys | (bought > 0.0),
        floor=np.minimum(mode.floor, sold),
        cap=np.maximum(mode.cap, sold),
    )
    modes = (*group.modes[:best], wide, *group.modes[best + 1 :])
    return replace(group, modes=modes)


def misfit(mode: Mode, bought: Floats, sold: Floats) -> float:
    """Return by how much purchases and lot sales of a group miss a mode's box."""
    outside = np.maximum(mode.floor - sold, 0.0) + np.maximum(sold - mode.cap, 0.0)
    return float(outside.sum() + bought[~mode.buys].sum())
