# SPDX-License-Identifier: Apache-2.0
"""Which kinds of trade a relaxation leans to, with rows that count kept.

Where too many names or trades are left, those go first that the relaxation has the
least of.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Ints, Program, Row
from di_optimizer.program.sizes import EXIT, HOLD, KINDS
from di_optimizer.solve.reference.convex import Point
from di_optimizer.solve.reference.kinds import counts_only
from di_optimizer.solve.reference.mix import Mix

NEAR = 1e-7  # fraction of base; a trade this close to a range counts as inside
CLOSED = -1.0  # share of a kind that is not open


@dataclass(frozen=True)
class Leaning:
    """How much of each kind a relaxation has at chosen modes, (n, kinds) each.

    ``share`` is :data:`CLOSED` where a kind is not open, and ``away`` is how far the
    net trade is from the kind's amounts, inf there.
    """

    share: Floats
    away: Floats

    def kinds(self, rank: Floats) -> Ints:
        """Return the kind of the least rank, as a mask; 0 where none is open."""
        none = self.share.max(axis=1) < 0.0
        best: Ints = np.where(none, 0, np.array(KINDS)[np.argmin(rank, axis=1)])
        return best

    def both(self) -> tuple[Ints, Ints]:
        """Return the kinds next to the net trades, and those of the largest share."""
        near = np.where(np.isfinite(self.away), self.away - NEAR * self.share, np.inf)
        return self.kinds(near), self.kinds(-self.share)

    def in_order(self) -> Iterator[Ints]:
        """Yield kinds for all securities, those that cost the least share first."""
        loss = self.share.max(axis=1, keepdims=True) - self.share
        loss = np.where(self.share < 0.0, np.inf, loss)
        order = np.argsort(loss, axis=1, kind="stable")
        ranked = np.take_along_axis(loss, order, axis=1)
        kinds = np.array(KINDS)[order]
        matter = np.flatnonzero(np.isfinite(ranked[:, 0])).tolist()
        heap: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())]
        while heap:
            total, changes = heapq.heappop(heap)
            yield self._changed(kinds, changes)
            last = changes[-1][0] if changes else -1
            for i in matter:
                place = changes[-1][1] + 1 if i == last else 1
                if i < last or place >= len(KINDS):
                    continue
                added = ranked[i, place] - (ranked[i, place - 1] if i == last else 0.0)
                rest = changes[:-1] if i == last else changes
                if np.isfinite(added):
                    heapq.heappush(heap, (total + added, (*rest, (i, place))))

    def _changed(self, kinds: Ints, changes: tuple[tuple[int, int], ...]) -> Ints:
        """Return the best kinds but for some securities, with the rank of theirs."""
        found: Ints = np.where(self.share.max(axis=1) < 0.0, 0, kinds[:, 0])
        for security, place in changes:
            found[security] = kinds[security, place]
        return found


def leaning_of(mix: Mix, point: Point, modes: Ints) -> Leaning:
    """Return what a relaxation leans to in chosen modes."""
    program, cells = mix.program, mix.cells
    own = mix.blocks.security[cells.block]
    chosen = mix.blocks.at(modes)[cells.block] & (cells.kind > 0)
    share = np.full((program.n, len(KINDS)), CLOSED)
    distance = np.full(share.shape, np.inf)
    net = (program.after(point.buys, point.sells) - program.held)[own]
    low, high = cells.buy_low - cells.sell_high, cells.buy_high - cells.sell_low
    away = np.maximum(np.maximum(low - net, net - high) - NEAR, 0.0)
    for place, kind in enumerate(KINDS):
        at = np.flatnonzero(chosen & (cells.kind == kind))
        share[own[at], place] = 0.0
        np.add.at(share[:, place], own[at], np.clip(point.share[at], 0.0, 1.0))
        np.minimum.at(distance[:, place], own[at], away[at])
    return Leaning(share, distance)


def leaning_kinds(mix: Mix, point: Point, modes: Ints) -> tuple[Ints, Ints]:
    """Return the kinds next to the net trades, and those with the largest share.

    Masks of one kind, (n,) each; 0 where a security is not sized. No row counts too
    many or too few, where possible.
    """
    leaning = leaning_of(mix, point, modes)
    by_trade, by_share = leaning.both()
    share = leaning.share
    return (
        kept_counts(mix.program, by_trade, share),
        kept_counts(mix.program, by_share, share),
    )


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
