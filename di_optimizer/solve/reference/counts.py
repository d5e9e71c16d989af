# SPDX-License-Identifier: Apache-2.0
"""Which kinds of trade a relaxation leans to, with rows that count kept.

Where too many names or trades are left, those go first that the relaxation has the
least of.
"""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program, Row
from di_optimizer.program.sizes import EXIT, HOLD, KINDS
from di_optimizer.solve.reference.convex import Point
from di_optimizer.solve.reference.kinds import counts_only
from di_optimizer.solve.reference.mix import Mix

NEAR = 1e-7  # fraction of base; a trade this close to a range counts as inside
CLOSED = -1.0  # share of a kind that is not open


def leaning_kinds(mix: Mix, point: Point, modes: Ints) -> tuple[Ints, Ints]:
    """Return the kinds next to the net trades, and those with the largest share.

    Masks of one kind, (n,) each; 0 where a security is not sized.
    """
    program, cells = mix.program, mix.cells
    own = mix.blocks.security[cells.block]
    chosen = mix.blocks.at(modes)[cells.block] & (cells.kind > 0)
    share = np.full((program.n, len(KINDS)), CLOSED)
    distance = np.full(share.shape, np.inf)
    net = (program.after(point.buys, point.sells) - program.held)[own]
    low, high = cells.buy_low - cells.sell_high, cells.buy_high - cells.sell_low
    away = np.maximum(np.maximum(low - net, net - high) - NEAR, 0.0)
    for place, kind in enumerate(KINDS):
        at = chosen & (cells.kind == kind)
        share[own[at], place] = np.clip(point.share[at], 0.0, 1.0)
        distance[own[at], place] = away[at]
    rank = np.where(np.isfinite(distance), distance - NEAR * share, np.inf)
    found = [np.argmin(rank, axis=1), np.argmax(share, axis=1)]
    masks = [np.where(share.max(axis=1) < 0.0, 0, np.array(KINDS)[f]) for f in found]
    by_trade, by_share = (kept_counts(program, mask, share) for mask in masks)
    return by_trade, by_share


def kept_counts(program: Program, kinds: Ints, share: Floats) -> Ints:
    """Return kinds with which no row counts too many or too few, where possible.

    Parameters
    ----------
    kinds : (n,)
    share : (n, kinds)
        How much speaks for each kind; below 0 where it is closed.
    """
    for row in [row for row in program.rows if counts_only(row)] * 2:
        kinds = _kept(program, row, kinds, share)
    return kinds


def counts_kept(program: Program, kinds: Ints) -> bool:
    """Return whether no row counts too many or too few; ``kinds`` (n,)."""
    rows = [row for row in program.rows if counts_only(row)]
    values = [row.offset + float(count(program, row, kinds).sum()) for row in rows]
    return all(
        row.lower <= value <= row.upper for row, value in zip(rows, values, strict=True)
    )


def count(program: Program, row: Row, kinds: Ints) -> Floats:
    """Return what each security counts in a row at its kind, (n,)."""
    held = (kinds != EXIT) & ((program.held > 0.0) | ((kinds != HOLD) & (kinds != 0)))
    total = np.zeros(program.n)
    if row.names is not None:
        total += row.names * held
    if row.trades is not None:
        total += row.trades * ((kinds != HOLD) & (kinds != 0))
    return total


def _kept(program: Program, row: Row, kinds: Ints, share: Floats) -> Ints:
    """Change kinds, those of the least loss first, until one row is kept."""
    value = row.offset + float(count(program, row, kinds).sum())
    sign = float(value < row.lower) - float(value > row.upper)
    missing = max(value - row.upper, row.lower - value)
    if missing <= 0.0:
        return kinds
    now = count(program, row, kinds)
    present = share[np.arange(len(kinds)), np.log2(np.maximum(kinds, 1)).astype(int)]
    offers = []
    for place, kind in enumerate(KINDS):
        other = np.full_like(kinds, kind)
        gained = sign * (count(program, row, other) - now)
        for i in np.flatnonzero((share[:, place] >= 0.0) & (gained > 0.0)).tolist():
            loss = float(present[i] - share[i, place])
            offers.append((loss, i, kind, float(gained[i])))
    kinds, changed = kinds.copy(), set[int]()
    for _, i, kind, gained_here in sorted(offers):
        if missing <= 0.0:
            break
        if i not in changed:
            kinds[i] = kind
            changed.add(i)
            missing -= gained_here
    return kinds
