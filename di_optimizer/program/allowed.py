# SPDX-License-Identifier: Apache-2.0
"""Whether a plan's trades are of allowed sizes: the rule, in plain arithmetic."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Flags, Floats, Program
from di_optimizer.program.sizes import BUY, DUST, EXIT, HOLD, NEAR, SELL, off_grid


def of_allowed_size(program: Program, buys: Floats, sells: Floats) -> Flags:
    """Return which securities' trades and positions are of an allowed size, (n,).

    Floors of lots are those of the program itself: for a program with groups ask
    about it at their modes (:func:`di_optimizer.program.program.at_modes`).

    Parameters
    ----------
    buys : (n,)
    sells : (lots,)
    """
    sizes = program.sizes
    if sizes is None:
        return np.ones(program.n, dtype=np.bool_)
    lots = program.lots
    sold, forced = (
        np.bincount(lots.security, weights=amounts, minlength=program.n).astype(float)
        for amounts in (sells, lots.floor)
    )
    kinds = program.kinds(buys, sells)
    just_forced = (forced > 0.0) & (np.abs(sold - forced) <= DUST)
    on_grid = off_grid(sold, sizes.step) <= NEAR
    sale = (on_grid | just_forced) & (sold >= sizes.least_sell - DUST)
    buy = (off_grid(buys, sizes.step) <= NEAR) & (buys >= sizes.least_buy - DUST)
    fits = np.select(
        [kinds == EXIT, kinds == SELL, kinds == HOLD, kinds == BUY],
        [np.ones_like(sale), sale, forced <= DUST, buy],
    ).astype(np.bool_)
    after = program.after(buys, sells)
    held = program.is_held(buys, sells)
    found: Flags = fits & (~held | (after >= sizes.least_held - DUST))
    return found
