# SPDX-License-Identifier: Apache-2.0
"""Kinds of trades that keep the numbers of names and trades, at the least loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Row
from di_optimizer.program.sizes import BUY, HOLD, KINDS, SELL
from di_optimizer.solve.certified.node import Fixing, Minima
from di_optimizer.solve.certified.outer import is_count
from di_optimizer.solve.certified.relaxation import Relaxation

BITS = np.array(KINDS)


def within_counts(
    relaxation: Relaxation, open_: Fixing, lean: Fixing, minima: Minima
) -> Fixing:
    """Return a fixing whose kinds keep the limits on names and trades where they can.

    Kinds are changed where that costs the least at the multipliers.

    Parameters
    ----------
    open_ : Fixing
        What is still open.
    lean : Fixing
        One mode of each group, and one kind where kinds are told apart.
    minima : Minima
    """
    rows = [row for row in relaxation.program.rows if is_count(row)]
    if not rows:
        return lean
    block = relaxation.blocks_at(lean.modes)
    least = np.where(open_.kinds & BITS[:, None], minima.blocks[:, block], np.inf)
    kinds = lean.kinds.copy()
    for row in rows:
        _keep(row, counted_by_kind(relaxation, row), least, kinds)
    return replace(lean, kinds=kinds)


def counted_by_kind(relaxation: Relaxation, row: Row) -> Floats:
    """Return what each kind of each security adds to a row of counts, (4, n)."""
    n = relaxation.program.n
    names = np.zeros(n) if row.names is None else row.names
    trades = np.zeros(n) if row.trades is None else row.trades
    held = np.isin(BITS, (SELL, BUY))[:, None] | (
        (BITS == HOLD)[:, None] & (relaxation.program.held > 0.0)
    )
    return held * names + (BITS != HOLD)[:, None] * trades


def _keep(row: Row, counted: Floats, least: Floats, kinds: Ints) -> None:
    """Change kinds in place until a row of counts is within its limits."""
    single = np.isin(kinds, BITS)
    now = np.where(single, np.searchsorted(BITS, kinds), 0)
    here = np.arange(len(kinds))
    own = np.where(single, counted[now, here], 0.0)
    total = row.offset + float(own.sum())
    for missing, way in ((total - row.upper, 1.0), (row.lower - total, -1.0)):
        if missing <= 0.0:
            continue
        change = way * (own - counted)  # (4, n), above 0 where it helps
        helps = (change > 0.0) & single
        start = least[now, here]
        start = np.where(np.isfinite(start), start, 0.0)
        loss = np.where(helps, least - start, np.inf)
        to = np.argmin(loss, axis=0)
        order = np.argsort(loss[to, here], kind="stable")
        for i in order.tolist():
            if missing <= 0.0 or not _is_open(loss[to[i], i]):
                break
            kinds[i] = BITS[to[i]]
            missing -= change[to[i], i]


def _is_open(loss: float) -> bool:
    return bool(np.isfinite(loss))


def is_within(relaxation: Relaxation, kinds: Ints) -> Flags:
    """Return for each row of counts whether kinds keep it, (count rows,)."""
    found = []
    here, now = np.arange(len(kinds)), np.searchsorted(BITS, kinds)
    for row in relaxation.program.rows:
        if is_count(row):
            total = row.offset + counted_by_kind(relaxation, row)[now, here].sum()
            found.append(row.lower - 1e-9 <= total <= row.upper + 1e-9)
    return np.array(found, dtype=np.bool_)
