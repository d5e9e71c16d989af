# SPDX-License-Identifier: Apache-2.0
"""Leaves as statements about cells, and parts of a cover as regions of plans.

The variables are a security's side, its kind of trade and where its weight is between
the cuts that leaves make, and the mode of a group. A plan that holds is on both sides,
and both have to be proven; where that leaves holes between leaves about sides and
leaves about kinds, sides are read as kinds, with those that hold on one side alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from di_optimizer.program.program import Program
from di_optimizer.program.sizes import ANY, BUY, EXIT, KINDS, SELL
from di_optimizer.solve.blocks import FREE
from di_optimizer.solve.cover import Cells, Statement, Variables
from di_optimizer.solve.dual import Dual
from di_optimizer.solve.parts import Part
from di_optimizer.solve.priced import BUY_SIDE, SELL_SIDE
from di_optimizer.solve.solution import Leaf

NAMES = ("EXIT", "SELL", "HOLD", "BUY")
SIDES = (ANY, SELL_SIDE, BUY_SIDE, ANY)  # kinds of the sides that two bits leave open
SIDES_AS_KINDS: tuple[Mapping[int, int], ...] = (
    {-1: SELL_SIDE, 0: ANY, 1: BUY},
    {-1: EXIT | SELL, 0: ANY, 1: BUY_SIDE},
)


@dataclass(frozen=True)
class Region:
    """Plans in a piece of the bill (−1 without netting) with some kinds of trade.

    ``kinds`` by security, such as "EXIT|SELL"; ``modes`` by group; ``ranges`` of the
    weight afterwards by security. What is not named may be anything.
    """

    piece: int = -1
    kinds: Mapping[int, str] = field(default_factory=dict)
    modes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    ranges: Mapping[int, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Space:
    """The variables of a program: sides, kinds, modes and weights, in this order.

    ``cuts`` are where leaves cut the weight of a security, in order. ``as_kinds`` are
    the kinds that sides stand for; empty where sides are variables of their own.
    """

    program: Program
    dual: Dual
    cuts: Mapping[int, tuple[float, ...]]
    as_kinds: Mapping[int, int] = field(default_factory=dict)

    @property
    def variables(self) -> Variables:
        """What a cover has to know of them."""
        return Variables(self.count, lambda cells: self.dual.empty(self.part(cells)))

    @property
    def _weights(self) -> int:
        return 2 * self.program.n + len(self.program.groups)

    def count(self, variable: int) -> int:
        """Return the number of a variable's cells."""
        n = self.program.n
        if variable < 2 * n:
            return 2 if variable < n else len(KINDS)
        if variable < self._weights:
            return len(self.program.groups[variable - 2 * n].modes)
        return len(self.cuts[variable - self._weights]) + 1

    def statement(self, leaf: Leaf, value: float) -> Statement | None:
        """Return what a leaf says; None where it is about nothing."""
        n, first = self.program.n, self._weights
        cells = self._kinds(leaf)
        for group in np.flatnonzero(leaf.modes != FREE).tolist():
            mode = int(leaf.modes[group])
            known = 0 <= mode < len(self.program.groups[group].modes)
            cells[2 * n + group] = 1 << mode if known else 0
        for security, ends in _ends(self.program, leaf).items():
            cells[first + security] = _between(self.cuts[security], *ends)
        return Statement(cells, value) if all(cells.values()) else None

    def _kinds(self, leaf: Leaf) -> dict[int, int]:
        """Return the cells of the sides and kinds that a leaf narrows."""
        n, cells = self.program.n, {}
        if len(leaf.kinds):
            for i in np.flatnonzero(leaf.kinds != ANY).tolist():
                cells[n + i] = int(leaf.kinds[i]) & ANY
        for i in np.flatnonzero(leaf.sides).tolist():
            side = int(leaf.sides[i])
            if self.as_kinds:
                cells[n + i] = cells.get(n + i, ANY) & self.as_kinds.get(side, 0)
            else:
                cells[i] = 2 * (side == 1) + (side == -1)
        return cells

    def part(self, cells: Cells) -> Part:
        """Return the plans in some cells; those of a weight have to be a run."""
        n, blocks = self.program.n, self.dual.blocks
        kinds = np.full(n, ANY, dtype=np.int64)
        modes, ranges = np.ones(len(blocks.mode), dtype=np.bool_), []
        for variable, mask in cells.items():
            if variable < 2 * n:
                kinds[variable % n] &= SIDES[mask] if variable < n else mask
            elif variable < self._weights:
                chosen = np.isin(blocks.mode, _numbers(mask))
                modes &= (blocks.group != variable - 2 * n) | chosen
            else:
                security = variable - self._weights
                ranges.append((security, *self._ends(security, mask)))
        return Part(kinds, modes, tuple(ranges))

    def region(self, cells: Cells) -> Region:
        """Return the plans in some cells in words."""
        n, part = self.program.n, self.part(cells)
        narrowed = np.flatnonzero(part.kinds != ANY).tolist()
        kinds = {i: _numbers(int(part.kinds[i])) for i in narrowed}
        groups = {v - 2 * n: m for v, m in cells.items() if 2 * n <= v < self._weights}
        return Region(
            -1,
            {i: "|".join(NAMES[kind] for kind in own) for i, own in kinds.items()},
            {group: tuple(_numbers(mask)) for group, mask in groups.items()},
            {security: (low, high) for security, low, high in part.ranges},
        )

    def _ends(self, security: int, mask: int) -> tuple[float, float]:
        """Return the ends of a run of cells."""
        cuts = self.cuts[security]
        first, last = (mask & -mask).bit_length() - 1, mask.bit_length() - 1
        low = cuts[first - 1] if first else -np.inf
        return low, cuts[last] if last < len(cuts) else np.inf


def spaces_of(program: Program, dual: Dual, leaves: Sequence[Leaf]) -> Iterator[Space]:
    """Yield the variables that some leaves are about, in all ways to read sides."""
    cuts: dict[int, set[float]] = {}
    for leaf in leaves:
        for security, ends in _ends(program, leaf).items():
            finite = {end for end in ends if np.isfinite(end)}
            cuts.setdefault(security, set()).update(finite)
    ordered = {security: tuple(sorted(found)) for security, found in cuts.items()}
    yield Space(program, dual, ordered)
    kinds = any(len(leaf.kinds) for leaf in leaves)
    if kinds and any(leaf.sides.any() for leaf in leaves):
        for as_kinds in SIDES_AS_KINDS:
            yield Space(program, dual, ordered, as_kinds)


def _ends(program: Program, leaf: Leaf) -> Mapping[int, tuple[float, float]]:
    """Return the range of each security that a leaf cuts off; ±inf at its own limits.

    Several ranges of one security are what they have in common.
    """
    found: dict[int, tuple[float, float]] = {}
    for security, low, high in leaf.ranges:
        known = found.get(security, (-np.inf, np.inf))
        found[security] = max(known[0], low), min(known[1], high)
    for security, (low, high) in found.items():
        found[security] = (
            -np.inf if low <= program.lower[security] else low,
            np.inf if high >= program.upper[security] else high,
        )
    return found


def _between(cuts: tuple[float, ...], low: float, high: float) -> int:
    """Return the cells between two ends, as bits; 0 for none.

    Examples
    --------
    >>> bin(_between((0.1, 0.2, 0.3), 0.1, 0.3)), _between((0.1, 0.2), 0.2, 0.2)
    ('0b110', 0)
    """
    first = 0 if low == -np.inf else cuts.index(low) + 1
    last = len(cuts) if high == np.inf else cuts.index(high)
    return ((1 << last + 1) - 1) & ~((1 << first) - 1)


def _numbers(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def unfit(program: Program, leaves: Iterable[Leaf]) -> str | None:
    """Return what is wrong with the first leaf of another program; None if all fit."""
    pieces = () if program.netting is None else program.netting.pieces
    for number, leaf in enumerate(leaves):
        limits = 0
        if program.netting is not None and 0 <= leaf.piece < len(pieces):
            limits = len(program.netting.limits(leaf.piece))
        groups = len(program.groups)
        allowed = {
            "factors": (leaf.factors, (program.exposures.shape[1],)),
            "rows": (leaf.rows, (len(program.rows),)),
            "sides": (leaf.sides, (program.n,)),
            "piece_rows": (leaf.piece_rows, (limits,)),
            "modes": (leaf.modes, (groups,) if len(leaf.modes) else (0,)),
            "kinds": (leaf.kinds, (program.n,) if len(leaf.kinds) else (0,)),
        }
        for name, (array, shape) in allowed.items():
            if array.shape != shape:
                return f"leaf {number}: {name} has shape {array.shape}, must be {shape}"
        for security, low, high in leaf.ranges:
            if not 0 <= security < program.n or np.isnan(low) or np.isnan(high):
                return f"leaf {number}: no security has range {security, low, high}"
    return None
