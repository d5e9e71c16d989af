# SPDX-License-Identifier: Apache-2.0
"""Limits moved out as far as one plan needs, so that a bound covers that plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.groups import Group, Mode
from di_optimizer.program.netting import Netting
from di_optimizer.program.program import Flags, Floats, Ints, Program, at_modes
from di_optimizer.program.sizes import DUST, NEAR, Sizes, off_grid


def widened(program: Program, buys: Floats, sells: Floats) -> Program:
    """Return the program with every limit moved out as far as one plan needs.

    Whole shares and cents can put a sized plan outside a limit by a little. The
    dual function of the widened program bounds all plans that stay as close to the
    limits as this one, itself included. Of each group, the mode that fits best is
    widened. A security whose trade or position is of no allowed size, but for a
    rounding, may have any size.

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
    modes = np.array([_best(group, buys, sells) for group in program.groups], np.int64)
    wide = replace(
        program,
        lower=np.minimum(program.lower, after),
        upper=np.maximum(program.upper, after),
        lots=lots,
        rows=tuple(rows),
        netting=_wide_bill(program, buys, sells),
        curbs=tuple(
            curb.at(max(curb.limit, curb.value(after))) for curb in program.curbs
        ),
        variance_cap=max(program.variance_cap, program.variance(buys, sells)),
        groups=tuple(
            _wide_group(group, mode, buys, sells)
            for group, mode in zip(program.groups, modes.tolist(), strict=True)
        ),
    )
    return replace(wide, sizes=_wide_sizes(wide, modes, buys, sells))


def _wide_sizes(
    wide: Program, modes: Ints, buys: Floats, sells: Floats
) -> Sizes | None:
    """Return sizes without limits where a plan's are not allowed in its modes."""
    sizes = wide.sizes
    if sizes is None:
        return None
    allowed = of_allowed_size(at_modes(wide, modes), buys, sells)
    allowed &= ~_nearly_on_grid(wide, sizes, buys, sells)
    return replace(
        sizes,
        step=np.where(allowed, sizes.step, 0.0),
        least_buy=np.where(allowed, sizes.least_buy, 0.0),
        least_sell=np.where(allowed, sizes.least_sell, 0.0),
        least_held=np.where(allowed, sizes.least_held, 0.0),
    )


def _nearly_on_grid(wide: Program, sizes: Sizes, buys: Floats, sells: Floats) -> Flags:
    """Return where an amount passes for a step and is off it by more than a rounding.

    A bound is about the steps themselves.
    """
    own = wide.lots.security
    sold = np.bincount(own, weights=sells, minlength=wide.n).astype(np.float64)
    off = np.maximum(off_grid(buys, sizes.step), off_grid(sold, sizes.step))
    found: Flags = (off <= NEAR) & (off * sizes.step > DUST)
    return found


def _wide_bill(program: Program, buys: Floats, sells: Floats) -> Netting | None:
    netting = program.netting
    if netting is None:
        return None
    bill = netting.bill(*program.realised(buys, sells))
    return replace(netting, cap=max(netting.cap, bill))


def _best(group: Group, buys: Floats, sells: Floats) -> int:
    """Return the mode that a plan fits best."""
    bought, sold = buys[group.securities], sells[group.lots]
    return int(np.argmin([misfit(mode, bought, sold) for mode in group.modes]))


def _wide_group(group: Group, best: int, buys: Floats, sells: Floats) -> Group:
    bought, sold = buys[group.securities], sells[group.lots]
    mode = group.modes[best]
    if misfit(mode, bought, sold) == 0.0:
        return group
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
